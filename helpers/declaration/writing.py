"""Texts as an environment file has them: plain where no reader of YAML takes them for anything else, else quoted."""

from __future__ import annotations

import json
import re

_PLAIN = re.compile(r"[a-zA-Z][a-zA-Z0-9._/-]*")
# What some reader takes for true, false or nothing (YAML 1.1 and 1.2), whatever its capitals.
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def scalar_text(text: str) -> str:
    """Return a name or a path as a scalar that reads back as exactly that text, wherever it stands."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else quoted(text)


def quoted(text: str) -> str:
    """Return a scalar in double quotes: what JSON writes, YAML reads."""
    return json.dumps(text, ensure_ascii=False)
