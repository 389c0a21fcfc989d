"""A run sheet as one HTML file: to work from on a screen, to print on A4, and to hand on.

Nothing is loaded from anywhere. The policy in it allows the style and the script it carries, by their hashes, and
nothing else. The script copies values and remembers ticks; without it the page is complete, less these two.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from helpers.reports.html import shown, source_hash
from helpers.runsheet.sections import Section, sections

if TYPE_CHECKING:
    from jinja2 import Template

    from helpers.runsheet.sections import Item
    from helpers.runsheet.sheet import RunSheet

_HERE = Path(__file__).parent
_REPORTS = _HERE.parent / "reports"


@dataclass(frozen=True)
class _Step:
    """An item and the id of its box, which says what it is about: a tick must never move to another step."""

    id: str
    item: Item


def as_html(sheet: RunSheet) -> str:
    """Return the sheet as a whole page."""
    style = _own_file(_REPORTS / "report.css") + _own_file(_HERE / "runsheet.css")
    script = _own_file(_HERE / "runsheet.js")
    return _template().render(
        sheet=sheet,
        sections=[(section, _steps(section)) for section in sections(sheet)],
        style=style,
        style_hash=source_hash(style),
        script=script,
        script_hash=source_hash(script),
    )


def _own_file(path: Path) -> Markup:
    return Markup(path.read_text(encoding="utf-8"))  # noqa: S704 — our own file, in which nothing can be of anybody else


def _steps(section: Section) -> list[_Step]:
    return [_Step(_id(section, item), item) for item in section.items]


def _id(section: Section, item: Item) -> str:
    facts = [text for fact in item.facts for text in (fact.label, fact.value)]
    content = "\0".join((section.title, str(item.title), *facts))
    return "step-" + hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    environment.filters.update(shown=shown, data_url=_data_url)
    return environment.from_string((_HERE / "runsheet.html.jinja").read_text(encoding="utf-8"))


def _data_url(text: str) -> str:
    return "data:application/x-pem-file;base64," + base64.b64encode(text.encode("ascii")).decode("ascii")
