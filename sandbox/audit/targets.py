"""What was changed, as `targetResources` says it: objects, and properties whose values are JSON within JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sandbox.store import Document

_TYPES = {
    "application": "Application",
    "servicePrincipal": "ServicePrincipal",
    "user": "User",
    "group": "Group",
    "role": "Role",
}


def target(kind: str, document: Document, properties: Iterable[Document] = ()) -> Document:
    """Return one of the objects of an activity."""
    return {
        "id": document["id"],
        "displayName": document.get("displayName"),
        "type": _TYPES.get(kind, "Other"),
        "userPrincipalName": document.get("userPrincipalName"),
        "groupType": "unknownFutureValue" if kind == "group" else None,
        "modifiedProperties": list(properties),
    }


def attribute(name: str, before: object, after: object) -> Document:
    """Return a property of a directory object: each side a JSON list in text, `[]` for nothing."""
    return {"displayName": name, "oldValue": _listed(before), "newValue": _listed(after)}


def added(name: str, value: object) -> Document:
    """Return a property of something that was added: it has no old value at all."""
    return {"displayName": name, "oldValue": None, "newValue": json.dumps(value)}


def removed(name: str, value: object) -> Document:
    """Return a property of something that was taken away."""
    return {"displayName": name, "oldValue": json.dumps(value), "newValue": None}


def included(names: Sequence[str]) -> Document:
    """Return the property that names the others; a companion record names none."""
    return added("Included Updated Properties", ", ".join(names))


def key_description(before: Document, after: Document) -> Document:
    """Return the whole set of an object's credentials on both sides."""
    old, new = key_descriptions(before), key_descriptions(after)
    return {"displayName": "KeyDescription", "oldValue": json.dumps(old), "newValue": json.dumps(new)}


def key_descriptions(document: Document) -> list[str]:
    """Return a line for each credential. A display name may hold commas and brackets: nothing is escaped."""
    return [
        f"[KeyIdentifier={entry['keyId']},KeyType={entry.get('type') or 'Password'}"
        f",KeyUsage={entry.get('usage') or 'Verify'},DisplayName={entry.get('displayName') or ''}]"
        for kind in ("keyCredentials", "passwordCredentials")
        for entry in document.get(kind) or ()
    ]


def _listed(value: object) -> str:
    if value is None or value in ([], {}):
        return "[]"
    return json.dumps(value if isinstance(value, list) else [value])
