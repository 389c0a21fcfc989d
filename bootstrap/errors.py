"""The one way in which set-up fails."""


class SetupError(Exception):
    """Something is missing or went wrong; the message is one sentence that says what, and what to do about it."""
