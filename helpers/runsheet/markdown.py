"""A run sheet as Markdown: task lists, for an issue or a wiki. What can be tied to a code span is in one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpers.reports.markdown_text import code_span, guarded, inline, line
from helpers.runsheet.sections import sections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.runsheet.sections import Item, Section
    from helpers.runsheet.sheet import RunSheet

_TICK = re.compile(r"\[([xX])\]")


def as_markdown(sheet: RunSheet) -> str:
    """Return the sheet."""
    return "".join(f"{each}\n" for each in _lines(sheet))


def _lines(sheet: RunSheet) -> Iterator[str]:
    yield f"# Run sheet: {inline(sheet.title)}"
    yield ""
    yield f"- Environment {code_span(sheet.name)}, cloud {code_span(sheet.cloud.name)}, ISE {sheet.ise or '?'}"
    yield f"- Tenant {code_span(sheet.tenant_id)}, application {code_span(sheet.client_id)}"
    yield f"- Made {sheet.made:%Y-%m-%d %H:%M} UTC, digest {code_span(sheet.digest)}"
    for warning in sheet.warnings:
        yield ""
        yield f"> <b>Warning:</b> {line(warning)}"
    for number, section in enumerate(sections(sheet), 1):
        yield from _section(number, section)


def _section(number: int, section: Section) -> Iterator[str]:
    yield ""
    yield f"## {number}. {inline(section.title)}"
    yield ""
    if section.place:
        yield code_span(section.place)
        yield ""
    yield line(section.intro)
    yield ""
    for item in section.items:
        yield from _item(item)
    for note in section.notes:
        yield ""
        yield line(note)


def _unticked(markdown: str) -> str:
    """Return a line in which nothing ticks its box: GitHub's parser takes an [x] anywhere in the line for the tick."""
    return _TICK.sub(lambda tick: f"[\\x{ord(tick[1]):02x}]", markdown)


def _item(item: Item) -> Iterator[str]:
    if item.is_field:
        yield f"- [ ] <b>{line(item.title)}</b>: {code_span(item.facts[0].value)}"
    else:
        yield f"- [ ] {_unticked(line(item.title))}"
        for fact in item.facts:
            yield f"  - {inline(fact.label)}: {code_span(fact.value or '-')}"
        if item.note.parts:
            yield f"  - {line(item.note)}"
    if item.alarm:
        yield f"  - <b>Attention:</b> {guarded(inline(item.alarm))}"
    if item.unconfirmed:
        yield f"  - <b>Not confirmed:</b> {guarded(inline(item.unconfirmed))}"
