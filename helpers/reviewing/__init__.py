"""The review: what a change does to access, from files, from a synthesized stack or from a plan, in one form."""
