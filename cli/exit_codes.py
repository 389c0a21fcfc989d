"""What a verb's end means to whoever called it; the numbers are a contract (design.md).

2 wins over 1, so that an outage never hides an alert.
"""

FINE = 0
COULD_NOT = 1  # could not do it, or not fully check it; usage errors included
FOUND = 2  # something was found at or above the gate
INTERRUPTED = 130  # by Ctrl-C
