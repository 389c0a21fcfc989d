"""A run sheet for a terminal, or a printer that knows no more: boxes to tick, and values that are never broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.plain_text import one_line
from helpers.reports.wrapping import wrapped
from helpers.runsheet.sections import sections
from helpers.sentences.parts import Mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.runsheet.sections import Item, Section
    from helpers.runsheet.sheet import RunSheet
    from helpers.sentences.parts import Part, Sentence

_BOX = "  [ ] "
_INDENT = " " * len(_BOX)


def as_text(sheet: RunSheet) -> str:
    """Return the sheet. Words are wrapped at 100 columns; what is to be copied stands on one line, however long."""
    return "".join(f"{line.rstrip()}\n" for line in _lines(sheet))


def _lines(sheet: RunSheet) -> Iterator[str]:
    yield from _prose(f"RUN SHEET: {one_line(sheet.title)}")
    yield f"{one_line(sheet.name)}, cloud {sheet.cloud.name}, ISE {sheet.ise or '?'}"
    yield f"Tenant {sheet.tenant_id}, application {sheet.client_id}"
    yield f"Made {sheet.made:%Y-%m-%d %H:%M} UTC, digest {sheet.digest}"
    for warning in sheet.warnings:
        yield ""
        yield from _prose(f"Warning: {_shown(warning)}")
    for number, section in enumerate(sections(sheet), 1):
        yield from _section(number, section)


def _section(number: int, section: Section) -> Iterator[str]:
    yield ""
    yield f"{number}. {section.title.upper()}"
    if section.place:
        yield f"   {section.place}"
    yield from _prose(_shown(section.intro), indent="   ")
    if any(item.is_field for item in section.items):
        yield ""
    # Fields of one form stand in one column.
    width = max((len(str(item.title)) for item in section.items if item.is_field), default=0)
    for item in section.items:
        yield from _field(item, width) if item.is_field else _item(item)
    for note in section.notes:
        yield ""
        yield from _prose(_shown(note), indent="   ")


def _field(item: Item, width: int) -> Iterator[str]:
    yield f"{_BOX}{item.title!s:<{width}}  {one_line(item.facts[0].value)}"
    yield from _doubts(item)


def _item(item: Item) -> Iterator[str]:
    yield ""
    yield from _prose(_shown(item.title), indent=_BOX)
    width = max((len(fact.label) for fact in item.facts), default=0)
    for fact in item.facts:
        yield f"{_INDENT}{fact.label:<{width}}  {one_line(fact.value)}"
    if item.note.parts:
        yield from _prose(_shown(item.note), indent=_INDENT)
    yield from _doubts(item)


def _doubts(item: Item) -> Iterator[str]:
    if item.alarm:
        yield from _prose(f"ATTENTION: {item.alarm}", indent=_INDENT)
    if item.unconfirmed:
        yield from _prose(f"NOT CONFIRMED: {item.unconfirmed}", indent=_INDENT)


def _shown(sentence: Sentence) -> str:
    return "".join(map(_part, sentence.parts))


def _part(part: Part) -> str:
    """Return a part's text, in quotes where one could not tell where a name or a command ends."""
    if part.mark is Mark.PLAIN or " " not in part.text:
        return part.text
    return f"`{part.text}`" if part.mark is Mark.CODE else f'"{part.text}"'


def _prose(text: str, *, indent: str = "") -> Iterator[str]:
    for line in wrapped(((text, ""),), indent=(indent, ""), hanging=len(indent)):
        yield "".join(piece for piece, _ in line)
