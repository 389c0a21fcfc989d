"""The rules: each turns what it is given into findings. The clock is always an argument."""
