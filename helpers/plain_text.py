"""Text from elsewhere, made safe to show: a name in a certificate or an archive can carry terminal commands."""

from __future__ import annotations

# Letters, marks and symbols that Unicode counts as visible though nothing shows (Default_Ignorable_Code_Point, and the
# blank braille cell): two names that differ by one of these look alike.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
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
    # Python prints no control and formatting characters (right-to-left override), nor spaces but the plain one.
    return character.isprintable() and character not in _INVISIBLE


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
