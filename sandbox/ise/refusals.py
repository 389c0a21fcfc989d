"""How ISE's API says no."""

from __future__ import annotations


class IseRefused(Exception):
    """An HTTP status and ISE's message.

    `bare` where ISE leaves out the envelope that its answers have otherwise (CiscoISE/ansible-ise issues 43 and 97).
    """

    def __init__(self, status: int, message: str, *, bare: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.bare = bare

    def body(self) -> dict[str, object]:
        """Return the JSON."""
        told: dict[str, object] = {"status": "Fail", "message": self.message}
        return told if self.bare else {"response": {**told, "id": None}, "version": "1.0.0"}
