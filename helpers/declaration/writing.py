"""Texts as an environment file has them: plain where no reader of YAML takes them for anything else, else quoted."""

from __future__ import annotations

import json
import re

# Without one of `-_./` it could be a word that some reader takes for true, false or nothing.
_PLAIN = re.compile(r"[a-zA-Z][a-zA-Z0-9]*[-_./][a-zA-Z0-9._/-]*")


def scalar_text(text: str) -> str:
    """Return a name or a path as a scalar that reads back as exactly that text, wherever it stands."""
    return text if _PLAIN.fullmatch(text) else quoted(text)


def quoted(text: str) -> str:
    """Return a scalar in double quotes: what JSON writes, YAML reads."""
    return json.dumps(text, ensure_ascii=False)
