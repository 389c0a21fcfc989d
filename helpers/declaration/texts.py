"""What no text of the file may hold, whichever key it stands under."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.declaration.forms import FILL_IN, TO_FILL_IN
from helpers.guids import NO_GUID
from helpers.plain_text import visible
from helpers.terraform_text import CDKTF_MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.declaration.locations import KeyPath
    from helpers.declaration.mistakes import Complaints

_SEVERAL_LINES = {("application", "notes")}


def judge_texts(value: Any, complaints: Complaints, path: KeyPath = ()) -> None:  # noqa: ANN401 — any plain value
    """Complain of every text below `value` that can be no text of this file."""
    if isinstance(value, dict):
        for key, inner in value.items():
            judge_texts(inner, complaints, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            judge_texts(inner, complaints, (*path, index))
    elif isinstance(value, str):
        _judge_text(value, complaints, path)


def is_expressible(text: str, path: KeyPath = ()) -> bool:
    """Say whether an environment file can hold a text, at `path` or anywhere else."""
    return next(_wrong(text, path), None) is None


def _judge_text(text: str, complaints: Complaints, path: KeyPath) -> None:
    for cause, remedy in _wrong(text, path):
        complaints.about(path, cause, remedy)


def _wrong(text: str, path: KeyPath) -> Iterator[tuple[str, str]]:
    """Yield why a text can be no text of this file, and what to do."""
    if text in (NO_GUID, FILL_IN):
        yield TO_FILL_IN, "write the real value"
    elif "PRIVATE KEY" in text:
        remedy = "take it out, and make a new key for the node: this one is no longer private"
        yield "holds a private key, which has no business here", remedy
    elif "BEGIN CERTIFICATE" in text:
        yield "holds a certificate", "put it into a file below this folder, and write the file's path"
    elif visible(text) != text:
        yield "holds control or invisible characters", "type the text anew"
    elif path not in _SEVERAL_LINES and visible(text, keep="") != text:
        yield "has more than one line", "write it on one line"
    if CDKTF_MARKER in text:
        yield f"holds `{CDKTF_MARKER}`, a marker of CDKTF's own", "use another text"
