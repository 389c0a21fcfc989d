"""Text for people. What comes from elsewhere is made safe to show: it can hold commands.

A terminal obeys some, and so does the agent that runs a pipeline: Azure Pipelines obeys `##vso[…]` anywhere in a line
and colours `##[…]`; GitHub Actions obeys `##[…]` anywhere and `::name …::` at a line's start.
"""

from __future__ import annotations

import re

# Letters, marks and symbols that Unicode counts as visible though nothing shows (Default_Ignorable_Code_Point, and the
# blank braille cell): two names that differ by one of these look alike.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)


# Where a text may be wrapped, or cut at its backticks, any word of it can begin a line.
_AGENT_COMMAND = re.compile(r"(#)#(?=(?:vso)?\[)|(?<![^\s`])(:):(?=[a-z])", re.IGNORECASE)


def printable(text: str, *, keep: str = "\n") -> str:
    """Return `text` made visible, with no command in it that the agent of a pipeline would obey."""
    return without_commands(visible(text, keep=keep))


def visible(text: str, *, keep: str = "\n") -> str:
    """Return `text` with every character that is not plainly visible written as an escape (ESC as backslash, x1b).

    Characters in `keep` stay as they are.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if character in keep or _is_visible(character) else _escape(character) for character in text
    )


def without_commands(text: str, *, escape: str = "\\x") -> str:
    """Return `text` with the second character of whatever begins an agent's command written in hex after `escape`."""
    if "##" not in text and "::" not in text:
        return text
    return _AGENT_COMMAND.sub(lambda match: f"{match[1] or match[2]}{escape}{ord(match[0][1]):02x}", text)


def one_line(text: str) -> str:
    """Return `text` made printable, its line breaks escaped too."""
    return printable(text, keep="")


def counted(count: int, what: str, *, plural: str = "") -> str:
    """Return `1 finding`, `2 findings`."""
    return f"{count:,} {what if count == 1 else plural or what + 's'}"


def _is_visible(character: str) -> bool:
    # Python prints no control and formatting characters (right-to-left override), nor spaces but the plain one.
    return character.isprintable() and character not in _INVISIBLE


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
