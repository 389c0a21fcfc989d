"""Text from elsewhere, made safe to show: a name in a certificate or an archive can carry terminal commands."""

from __future__ import annotations

import unicodedata

# Cc: control characters; Cf: invisible formatting such as right-to-left override; Zl, Zp: line breaks in disguise.
_UNSAFE_CATEGORIES = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"}
# Letters, marks and symbols that Unicode counts as visible though nothing shows (Default_Ignorable_Code_Point, and the
# blank braille cell): two names that differ by one of these look alike.
_INVISIBLE = frozenset(
    map(
        chr,
        (
            0x034F,
            0x115F,
            0x1160,
            0x17B4,
            0x17B5,
            0x2800,
            0x3164,
            0xFFA0,
            *range(0xFE00, 0xFE10),
            *range(0xE0100, 0xE01F0),
        ),
    )
)


def printable(text: str, *, keep: str = "\n") -> str:
    """Return `text` with every character that is not plainly visible written as an escape (ESC as backslash, x1b).

    Characters in `keep` stay as they are.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if character in keep or _is_visible(character) else _escape(character) for character in text
    )


def one_line(text: str) -> str:
    """Return `text` made printable, its line breaks escaped too."""
    return printable(text, keep="")


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in _UNSAFE_CATEGORIES and character not in _INVISIBLE


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
