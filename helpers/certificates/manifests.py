"""The application's manifest as a source of certificates: one `keyCredentials` entry, several, or all of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from helpers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST = 50


class _Scan(Protocol):
    def __call__(self, content: bytes, *, name: str) -> None: ...


def keys_in(text: str, *, name: str, scan: _Scan) -> list[str]:
    """Return the `value` or `key` of each credential in the JSON `text`, or the one string that it is.

    `scan` is shown the JSON with its escapes resolved, and raises when it finds what must not be there. Empty when
    `text` is no JSON, or PEM stands somewhere else in it. Raises `InputError` naming
    `name` when it is JSON without a certificate.
    """
    try:
        document = json.loads(text)
        scan(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"), name=name)
        if isinstance(document, str):
            return [document]
        entries = list(_entries(document, _DEEPEST))
    except (ValueError, RecursionError):
        return []
    keys = [key for entry in entries for key in (entry.get("value"), entry.get("key")) if isinstance(key, str)]
    if keys:
        return keys
    if entries:
        cause = "is a manifest entry without the certificate's bytes, as Microsoft Graph returns it by default"
        raise InputError(name, cause, "ask Graph again with $select=keyCredentials, or export it from ISE")
    if "-----BEGIN" in text:
        return []  # PEM inside some other document is read as PEM
    raise InputError(name, "is JSON without a certificate", "give a keyCredentials entry, or export it from ISE")


def _entries(node: Any, depth: int) -> Iterator[dict[str, Any]]:  # noqa: ANN401 — any JSON value
    if depth == 0:
        return
    if isinstance(node, dict):
        if "customKeyIdentifier" in node or node.get("type") == "AsymmetricX509Cert":
            yield node
            return
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from _entries(inner, depth - 1)
