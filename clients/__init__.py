"""I/O at the edge: tokens, Graph, Intune, ISE and Terraform. Nothing here judges what it brings."""
