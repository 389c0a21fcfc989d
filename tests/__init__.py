"""What the project promises, as sentences that a machine checks."""
