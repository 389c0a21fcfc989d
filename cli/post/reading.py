"""An issue as `ise-intune drift --format issue` wrote it, read back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from clients.forges.forge import Issue
from helpers.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

_TEXTS = ("key", "title", "state", "body", "digest")
_STATES = {"open": True, "closed": False}
_REMEDY = "give what `ise-intune drift --format issue` wrote"
_MOST_BYTES = 1024 * 1024


def read_issue(file: Path) -> Issue:
    """Return the issue in a file. Raises `InputError` for anything else."""
    try:
        with file.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InputError(str(file), f"cannot be read ({error.strerror})", "check its path") from None
    try:
        document = json.loads(content) if len(content) <= _MOST_BYTES else None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not all(isinstance(document.get(name), str) for name in _TEXTS):
        raise InputError(str(file), "holds no issue", _REMEDY)
    if document["state"] not in _STATES:
        raise InputError(str(file), "says neither open nor closed", _REMEDY)
    key, title, state, body, digest = (document[name] for name in _TEXTS)
    return Issue(key, title, body, _STATES[state], digest)
