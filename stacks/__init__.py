"""CDKTF constructs: they write down what `helpers` decided."""
