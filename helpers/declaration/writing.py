"""Texts as an environment file has them: plain where no reader of YAML takes them for anything else, else quoted."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    # What an environment file is made of.
    Plain = str | bool | int | Sequence["Plain"] | Mapping[str, "Plain"]

_PLAIN = re.compile(r"[a-zA-Z][a-zA-Z0-9._/-]*")
# What some reader takes for true, false or nothing (YAML 1.1 and 1.2), whatever its capitals.
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def scalar_text(text: str) -> str:
    """Return a name or a path as a scalar that reads back as exactly that text, wherever it stands."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else quoted(text)


def quoted(text: str) -> str:
    """Return a scalar in double quotes: what JSON writes, YAML reads."""
    return json.dumps(text, ensure_ascii=False)


def block(key: str, value: Plain, *, indent: int = 0) -> Iterator[str]:
    """Yield the lines of one key with whatever is below it; every text in it reads back as exactly that text."""
    yield from _valued(f"{' ' * indent}{scalar_text(key)}:", value, indent)


def _valued(head: str, value: Plain, indent: int) -> Iterator[str]:
    if isinstance(value, (str, bool, int)):
        yield f"{head} {_plain(value)}"
    elif not value:
        yield f"{head} {'{}' if isinstance(value, dict) else '[]'}"
    else:
        yield head
        yield from _below(value, indent + 2)


def _below(value: Sequence[Plain] | Mapping[str, Plain], indent: int) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from block(key, inner, indent=indent)
        return
    for each in value:
        if isinstance(each, dict):
            # The first key stands behind the dash.
            first, *rest = [line for key, inner in each.items() for line in block(key, inner, indent=indent + 2)]
            yield f"{' ' * indent}- {first.lstrip()}"
            yield from rest
        else:
            yield from _valued(f"{' ' * indent}-", each, indent)


def _plain(value: str | bool | int) -> str:  # noqa: FBT001 — a value
    return scalar_text(value) if isinstance(value, str) else str(value).lower()
