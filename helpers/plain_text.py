"""Text from elsewhere, made safe to show: a name in a certificate or an archive can carry terminal commands."""

from __future__ import annotations

import unicodedata

# Cc: control characters; Cf: invisible formatting such as right-to-left override; Zl, Zp: line breaks in disguise.
_UNSAFE_CATEGORIES = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"}


def printable(text: str, *, keep: str = "\n") -> str:
    """Return `text` with every character that is not plainly visible written as an escape (ESC as backslash, x1b).

    Characters in `keep` stay as they are.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        if character in keep or unicodedata.category(character) not in _UNSAFE_CATEGORIES
        else _escape(character)
        for character in text
    )


def one_line(text: str) -> str:
    """Return `text` made printable, its line breaks escaped too."""
    return printable(text, keep="")


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
