"""Values of the audit log: JSON inside JSON, with lists of their own syntax inside that.

Nothing here raises: a value that is not what it should be is text, or is not understood.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from helpers.activities.activity import Key

if TYPE_CHECKING:
    from collections.abc import Iterator

# Whatever follows `DisplayName=` is the name: it may hold commas, brackets, and what looks like another key's fields.
_KEY = re.compile(
    r"\[?KeyIdentifier=(?P<id>[^,\]]+),\s*KeyType=(?P<type>[^,\]]*),\s*KeyUsage=(?P<usage>[^,\]]*),\s*DisplayName=(?P<name>.*)",
    re.DOTALL,
)
_CONSENTED_SCOPES = re.compile(r"\bScope: ?([^,\]]*)")
_INTO = "=>"


def texts(value: object) -> tuple[str, ...] | None:
    """Return the texts in a value, which is JSON inside text or plain text; None for no value at all."""
    return None if value is None else tuple(_leaves(_decoded(value)))


def keys(value: object) -> dict[tuple[str, str, str], Key] | None:
    """Return the credentials that one side of `KeyDescription` lists; None where it is not understood.

    Two may have one key id (what signs for SAML has its password's): they are by id, type and usage.
    """
    listed = [] if value is None else _decoded(value)
    entries = [listed] if isinstance(listed, str) and listed else listed or []
    if not isinstance(entries, list):
        return None
    matches = [_KEY.fullmatch(entry) if isinstance(entry, str) else None for entry in entries]
    understood = [match for match in matches if match is not None]
    if len(understood) < len(matches):
        return None
    return {(key.id, key.type.casefold(), usage): key for key, usage in map(_key, understood)}


def _key(match: re.Match[str]) -> tuple[Key, str]:
    key = Key(match["id"].strip().lower(), match["type"].strip(), match["name"].removesuffix("]"))
    return key, match["usage"].strip().casefold()


def scopes(side: tuple[str, ...] | None) -> frozenset[str]:
    """Return the scopes in a value of spaces between names."""
    return frozenset(scope for text in side or () for scope in text.split())


def consented(side: tuple[str, ...] | None) -> tuple[frozenset[str], frozenset[str]]:
    """Return the scopes before and after of `ConsentAction.Permissions`, whose one value tells both: `[…] => […]`."""
    before, into, after = " ".join(side or ()).partition(_INTO)
    if not into:
        return frozenset(), _in_consent(before)
    return _in_consent(before), _in_consent(after)


def _in_consent(text: str) -> frozenset[str]:
    return frozenset(scope for match in _CONSENTED_SCOPES.finditer(text) for scope in match[1].split())


def _decoded(value: object) -> object:
    """Return what JSON in a text says; a text that is none stands for itself."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _leaves(value: object) -> Iterator[str]:
    """Yield every text in a JSON value in order, without its keys; numbers and truths as JSON writes them."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            yield found.strip()
        elif isinstance(found, dict):
            waiting += reversed(found.values())
        elif isinstance(found, list):
            waiting += reversed(found)
        elif found is not None:
            yield str(found).lower()
