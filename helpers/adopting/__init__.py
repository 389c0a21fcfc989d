"""An application that somebody else made, taken over as it is: what it is, and what is wrong with it."""
