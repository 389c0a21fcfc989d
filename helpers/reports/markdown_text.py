"""Text from anywhere, written so that Markdown shows it and does nothing else with it.

Two things would make more of it. The parser: emphasis, links, images, HTML, tables, fences; so every character that can
be structure is written as a character reference, which CommonMark (section 2.5) never takes for structure. And what
hosts do afterwards to the text that is left, references or not: mentions, issues, commits, emoji and addresses. None of
them looks into code spans, so a word that could be one of these becomes one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpers.plain_text import one_line
from helpers.sentences import Mark, Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from helpers.sentences import Sentence

_STRUCTURE = str.maketrans({character: f"&#{ord(character)};" for character in "&<>\\`*_{}[]|~#@$^=!%"})
# GitHub: @name, #1, GH-1, owner/name#1, a commit's hash, :emoji:, $formula$, addresses. GitLab besides: !1, ~label,
# %milestone, &1, ^alert, [vulnerability:1], {+ added +}, *iteration:1, and Jira's KEY-1.
_REFERENCE = re.compile(
    r"[@#~$%^&<>*:!?=|{}\[\]\\`]|(?i:www\.|\bGH-\d|\b[0-9a-f]{7,}\b)|\b(?!SHA-)[A-Z][A-Z0-9_]+-\d", re.ASCII
)
_PUNCTUATED = re.compile(r"""(?P<before>[("']*)(?P<word>.*?)(?P<after>[)"'.,;:!?]*)""", re.DOTALL)
_BACKTICKS = re.compile("`+")
_TAGS = {Mark.STRONG: ("<b>", "</b>"), Mark.NAME: ("<i>", "</i>"), Mark.PLAIN: ("", "")}


def inline(text: str) -> str:
    """Return `text` as Markdown for one line, to stand behind something of our own. What backticks hold is code."""
    pieces = one_line(text).split("`")
    if len(pieces) % 2 == 0:  # a backtick without its other: nothing here was meant as code
        return _plain("`".join(pieces))
    return _joined(code_span(piece) if at % 2 else _plain(piece) for at, piece in enumerate(pieces) if piece)


def line(sentence: Sentence) -> str:
    """Return a sentence as Markdown for one line, wherever that line stands."""
    return guarded(_joined(_part(part) for part in _merged(sentence.parts)))


def guarded(markdown: str) -> str:
    """Return inline Markdown that begins no block: no list, quotation, heading, indented code or rule."""
    first = markdown[:1]
    if not first or first.isalpha() or first in "<`&":
        return markdown
    return f"&#{ord(first)};{markdown[1:]}"


def code_span(text: str) -> str:
    """Return `text` as code: not a character of it means anything."""
    text = one_line(text)
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _part(part: Part) -> str:
    if part.mark is Mark.CODE:
        return code_span(part.text)
    opening, closing = _TAGS[part.mark]
    return f"{opening}{inline(part.text)}{closing}"


def _joined(pieces: Iterable[str]) -> str:
    """Join pieces; two code spans side by side would be one with other ends, so a space keeps them apart."""
    joined = ""
    for piece in pieces:
        joined += f" {piece}" if joined.endswith("`") and piece.startswith("`") else piece
    return joined


def _merged(parts: Iterable[Part]) -> Iterator[Part]:
    """Yield parts, neighbours without a mark as one: halves of a reference must not meet unseen."""
    waiting = ""
    for part in parts:
        if part.mark is Mark.PLAIN:
            waiting += part.text
            continue
        if waiting:
            yield Part(waiting)
        waiting = ""
        yield part
    if waiting:
        yield Part(waiting)


def _plain(text: str) -> str:
    return " ".join(map(_word, text.split(" ")))


def _word(word: str) -> str:
    parted = _PUNCTUATED.fullmatch(word)
    if parted is None or not _REFERENCE.search(parted["word"]):
        return word.translate(_STRUCTURE)
    return parted["before"].translate(_STRUCTURE) + code_span(parted["word"]) + parted["after"].translate(_STRUCTURE)
