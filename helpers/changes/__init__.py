"""What a change of files concerns: which environments are to be reviewed, synthesized and deployed because of it."""
