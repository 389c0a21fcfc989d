"""The environment file's edge: YAML text in, a judged `Declaration` out."""
