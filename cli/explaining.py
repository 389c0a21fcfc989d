"""`check --explain` for a person: settings grouped, and wrapped to the terminal."""

from __future__ import annotations

import shutil
import textwrap
from typing import TYPE_CHECKING

from helpers.declaration.explaining import explained
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cli.settings import Setting
    from helpers.declaration.declaration import Declaration
    from helpers.declaration.explaining import Group

# Longer lines are hard to read, and below this a table is none.
_WIDEST, _NARROWEST = 110, 60
_INDENT = "  "
_PRECEDENCE = "THIS RUN: an option wins over an environment variable, that over the file, that over the default"


def run_lines(settings: Iterable[Setting]) -> Iterator[str]:
    """Yield what governs this run, and which source would win over which."""
    width = _width()
    yield from _wrapped(_PRECEDENCE, width, "", hanging=2)
    for setting in settings:
        yield from _wrapped(f"{setting.name}: {one_line(setting.value)} ({setting.source})", width, _INDENT, hanging=2)
        yield from _wrapped(f"set by {setting.alternatives}", width, _INDENT * 3)


def declaration_lines(declaration: Declaration) -> Iterator[str]:
    """Yield every setting of one file, in groups."""
    yield ""
    yield f"{declaration.name.upper()} ({declaration.file})"
    for group in explained(declaration):
        yield ""
        yield from _group_lines(group, _width())


def _width() -> int:
    return min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)


def _group_lines(group: Group, width: int) -> Iterator[str]:
    yield from _wrapped(group.heading, width, _INDENT, hanging=2)
    keys = [row.key.removeprefix(f"{group.block}.") for row in group.settings]
    key_width = min(max(map(len, keys), default=0), width // 2)
    for key, row in zip(keys, group.settings, strict=True):
        source = f"  ({row.source})" if row.source else ""
        yield from _wrapped(f"{key:<{key_width}}  {one_line(row.value)}{source}", width, _INDENT * 2, key_width + 2)
        for paragraph in row.meaning.splitlines():
            yield from _wrapped(one_line(paragraph), width, _INDENT * 4)


def _wrapped(text: str, width: int, indent: str, hanging: int = 0) -> Sequence[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent + " " * hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
