"""Wrap text in styles to a terminal's columns: words of any script, and names without a place to break."""

from __future__ import annotations

import unicodedata
from itertools import groupby
from typing import TYPE_CHECKING

from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

COLUMNS = 100

Piece = tuple[str, str]  # a text and its style
_WIDE = "WF"  # Unicode Standard Annex 11: wide and full-width characters take two columns


def wrapped(
    pieces: Sequence[Piece], *, columns: int = COLUMNS, indent: Piece = ("", ""), hanging: int = 0
) -> Iterator[list[Piece]]:
    """Yield lines of `pieces`, the first behind `indent`, the others behind `hanging` spaces; all text made printable.

    Spaces between words become one. A word that is wider than a line is broken.
    """
    room = [columns - width(indent[0]), columns - hanging]
    line: list[Piece] = [indent]
    left, empty = room[0], True
    for word in _words(pieces):
        for part in _broken(word, min(room)):
            needed = _width(part)
            if not empty and needed + 1 > left:
                yield line
                line, left, empty = [(" " * hanging, "")], room[1], True
            line += part if empty else [(" ", ""), *part]
            left -= needed if empty else needed + 1
            empty = False
    yield line


def width(text: str) -> int:
    """Return the columns a text takes: two for a wide character, none for one that joins its neighbour."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def _width(pieces: Iterable[Piece]) -> int:
    return sum(width(text) for text, _ in pieces)


def _words(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Yield words, each in its pieces: a style may change within one."""
    word: list[Piece] = []
    for text, style in pieces:
        for at, part in enumerate(one_line(text).split(" ")):
            if at and word:
                yield word
                word = []
            if part:
                word.append((part, style))
    if word:
        yield word


def _broken(word: list[Piece], most: int) -> Iterator[list[Piece]]:
    """Yield a word whole, or in parts of at most `most` columns."""
    if _width(word) <= most:
        yield word
        return
    part: list[Piece] = []
    left = most
    for text, style in word:
        for character in text:
            if _columns(character) > left:
                yield _joined(part)
                part, left = [], most
            part.append((character, style))
            left -= _columns(character)
    yield _joined(part)


def _joined(characters: list[Piece]) -> list[Piece]:
    return [("".join(text for text, _ in run), style) for style, run in groupby(characters, key=lambda piece: piece[1])]
