"""Text with marks: what a sentence is made of, before a renderer gives it the form of its format.

Every part may hold text from a file or from Entra, and such text may be hostile: a renderer escapes each part for its
format and only then puts its own marks around it. Nothing here is markup.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LONGEST_QUOTE = 200


class Mark(StrEnum):
    """What a part is, for a renderer to show."""

    PLAIN = "plain"
    STRONG = "strong"  # what the sentence is about, such as a permission's name: bold
    NAME = "name"  # what somebody called something: italic
    CODE = "code"  # to be compared or copied letter by letter, such as an id: monospaced


@dataclass(frozen=True)
class Part:
    """A piece of text and its mark. The text is raw: not escaped for any format, control characters and all."""

    text: str
    mark: Mark = Mark.PLAIN


@dataclass(frozen=True)
class Sentence:
    """One or more sentences about one difference. As text it is one line, safe on a terminal, without the marks."""

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return "".join(one_line(part.text) for part in self.parts)


def say(*pieces: str | Part) -> Sentence:
    """Return the sentence made of pieces; bare texts are plain."""
    parts = (Part(piece) if isinstance(piece, str) else piece for piece in pieces)
    return Sentence(tuple(part for part in parts if part.text))


def strong(text: str) -> Part:
    """Mark what the sentence is about."""
    return Part(_cut(text), Mark.STRONG)


def name(text: str) -> Part:
    """Mark what somebody called something."""
    return Part(_cut(text) or "(no name)", Mark.NAME)


def code(text: str) -> Part:
    """Mark what is compared letter by letter."""
    return Part(_cut(text) or "(empty)", Mark.CODE)


def quote(text: str) -> Part:
    """Return somebody's words as plain text, cut where they are long."""
    return Part(_cut(text))


def listed(pieces: Sequence[str], mark: Callable[[str], Part] = name) -> list[Part | str]:
    """Return texts, marked, with commas between them and an "and" before the last."""
    parts: list[Part | str] = []
    for place, piece in enumerate(pieces):
        if place:
            parts.append(" and " if place == len(pieces) - 1 else ", ")
        parts.append(mark(piece))
    return parts


def _cut(text: str) -> str:
    left_out = len(text) - _LONGEST_QUOTE
    return text if left_out <= 0 else f"{text[:_LONGEST_QUOTE]}… ({left_out} more characters)"
