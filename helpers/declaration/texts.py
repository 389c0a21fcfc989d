"""What no text of the file may hold, whichever key it stands under."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.declaration.forms import FILL_IN, NO_GUID, TO_FILL_IN
from helpers.plain_text import visible
from helpers.terraform_text import CDKTF_MARKER

if TYPE_CHECKING:
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


def _judge_text(text: str, complaints: Complaints, path: KeyPath) -> None:
    if text in (NO_GUID, FILL_IN):
        complaints.about(path, TO_FILL_IN, "write the real value")
    elif "PRIVATE KEY" in text:
        remedy = "take it out, and make a new key for the node: this one is no longer private"
        complaints.about(path, "holds a private key, which has no business here", remedy)
    elif "BEGIN CERTIFICATE" in text:
        complaints.about(path, "holds a certificate", "put it into a file below this folder, and write the file's path")
    elif visible(text) != text:
        complaints.about(path, "holds control or invisible characters", "type the text anew")
    elif path not in _SEVERAL_LINES and visible(text, keep="") != text:
        complaints.about(path, "has more than one line", "write it on one line")
    if CDKTF_MARKER in text:
        complaints.about(path, f"holds `{CDKTF_MARKER}`, a marker of CDKTF's own", "use another text")
