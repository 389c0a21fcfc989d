"""Sets the project up on a machine with nothing but Python, and runs programs in what it set up.

Only the standard library is used here, since nothing else is installed yet. `start.sh` finds a Python for it.
"""
