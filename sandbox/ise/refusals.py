"""How ISE's API says no."""

from __future__ import annotations


class IseRefused(Exception):
    """An HTTP status and ISE's message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def body(self) -> dict[str, object]:
        """Return the JSON: the same envelope as an answer (CiscoISE/ansible-ise issue 43 quotes one)."""
        return {"response": {"status": "Fail", "message": self.message, "id": None}, "version": "1.0.0"}
