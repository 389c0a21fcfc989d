"""Graph's refusals, in Graph's words: clients and people recognise an error by its code and its message."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sandbox.store import Document


class GraphError(Exception):
    """A refusal: HTTP status, Graph's error code, the message, and headers that only this refusal has."""

    def __init__(self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    def body(self, now: datetime, *, request_id: str, client_request_id: str) -> Document:
        """Return the error as Graph writes it."""
        inner = {
            "date": now.strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request_id,
            "client-request-id": client_request_id,
        }
        return {"error": {"code": self.code, "message": self.message, "innerError": inner}}


def bad_request(message: str, *, code: str = "Request_BadRequest") -> GraphError:
    """Return the refusal of a request that makes no sense."""
    return GraphError(400, code, message)


def not_found(identifier: str) -> GraphError:
    """Return the refusal for an object that is not there, or is another tenant's."""
    return GraphError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{identifier}' does not exist or one of its queried reference-property objects are not present.",
    )


def conflict(message: str) -> GraphError:
    """Return the refusal of a second object with the key of a first."""
    return GraphError(409, "Request_MultipleObjectsWithSameKeyValue", message)


def denied() -> GraphError:
    """Return the refusal of a caller who may not."""
    return GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def unauthenticated(reason: str) -> GraphError:
    """Return the refusal of a caller whose token proves nothing here."""
    return GraphError(401, "InvalidAuthenticationToken", reason)


def not_offered(what: str) -> GraphError:
    """Return the refusal of what the real Graph may offer and this one does not.

    501, because the azuread provider retries every other 5xx for minutes (provider.md §2).
    """
    return GraphError(501, "NotImplemented", f"The sandbox's Microsoft Graph does not offer {what}.")
