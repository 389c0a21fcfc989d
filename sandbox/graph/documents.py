"""How directory objects are made, changed and shown, whatever their kind."""

from __future__ import annotations

import base64
import copy
import hashlib
import secrets
import uuid
from typing import TYPE_CHECKING, Any

from sandbox.graph.errors import bad_request

if TYPE_CHECKING:
    from collections.abc import Collection

    from sandbox.store import Document


def new_id() -> str:
    """Return an id that nobody has; Microsoft's are not version-4 UUIDs, and clients must not rely on it."""
    return str(uuid.UUID(bytes=secrets.token_bytes(16), version=5))


def opaque_id(*parts: str) -> str:
    """Return an id such as Graph gives to assignments and grants: base64url text, not a UUID."""
    return base64.urlsafe_b64encode(hashlib.sha256("\0".join(parts).encode()).digest()).decode().rstrip("=")


def without_annotations(body: Document) -> Document:
    """Return a body less what OData adds to it (`@odata.type`, `owners@odata.bind`)."""
    return {name: value for name, value in body.items() if "@" not in name}


def check_properties(resource: str, changes: Document, known: Collection[str]) -> None:
    """Raise Graph's 400 for a property that the resource does not have."""
    for name in changes:
        if name not in known:
            raise bad_request(f"Invalid property '{name}' on type 'microsoft.graph.{resource}'.")


def check_read_only(document: Document, changes: Document, read_only: Collection[str]) -> None:
    """Raise Graph's 400 where a property that is the directory's own is changed; repeating it is harmless."""
    for name in read_only:
        if name in changes and changes[name] not in (None, document.get(name)):
            raise bad_request(f"Property '{name}' is read-only and cannot be set.")


def merged(document: Document, changes: Document) -> Document:
    """Return a document with changes: complex values are merged property by property, lists are replaced as sent."""
    result = copy.deepcopy(document)
    for name, value in changes.items():
        result[name] = _merged_value(result.get(name), value)
    return result


def _merged_value(present: object, sent: object) -> Any:  # noqa: ANN401 — any JSON
    if isinstance(sent, dict):
        # An empty complex value sets nothing: the provider sends `"optionalClaims": {}` for none.
        return merged(present, sent) if isinstance(present, dict) else (sent or None)
    return copy.deepcopy(sent)
