"""Client secrets: shown without the secret, and only ever repeated or left out by a PATCH."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.graph.errors import bad_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sandbox.store import Document


def without_secrets(entries: Iterable[Document]) -> list[Document]:
    """Return the entries as Graph shows them: a secret is told once, when it is made."""
    return [{**entry, "secretText": None} for entry in entries]


def repeated(stored: Sequence[Document], sent: object) -> list[Document]:
    """Return the stored entries that were sent again; a new one needs `addPassword`."""
    if not isinstance(sent, list) or not all(isinstance(entry, dict) for entry in sent):
        raise bad_request("Invalid value specified for property 'passwordCredentials'.")
    present = {str(entry["keyId"]).lower(): entry for entry in stored}
    result: list[Document] = []
    for entry in sent:
        identifier = str(entry.get("keyId")).lower()
        if identifier not in present:
            raise bad_request("New password credentials must be generated with service actions.")
        result.append(present[identifier])
    return result
