"""A report as one HTML file: no script, nothing loaded from anywhere, readable on a phone and on paper."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from helpers.plain_text import one_line
from helpers.reports.report import Outcome, as_sentence, place_of, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Template

    from helpers.reports.report import Report

_HERE = Path(__file__).parent
_LONGEST_TEXT = 2_000
_SIGNS = {Outcome.STOP: "!", Outcome.CANNOT_TELL: "?", Outcome.PASS: "✓"}


def as_html(report: Report) -> str:
    """Return the report as a whole page."""
    style = (_HERE / "report.css").read_text(encoding="utf-8")
    return _template().render(
        report=report,
        signs=_SIGNS,
        style=Markup(style),  # noqa: S704 — our own file, in which nothing can be of anybody else
        style_hash=source_hash(style),
    )


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    environment.filters.update(shown=shown, pieces=_pieces, place=place_of, sentence=as_sentence)
    return environment.from_string((_HERE / "report.html.jinja").read_text(encoding="utf-8"))


def shown(text: str) -> str:
    """Return a text without what could steer a reader's eye or browser; jinja2 escapes it for HTML after that."""
    return one_line(shortened(str(text), _LONGEST_TEXT))


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a text, and whether each stood in backticks."""
    text = shortened(text, _LONGEST_TEXT)
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        yield text, False
        return
    yield from ((piece, bool(at % 2)) for at, piece in enumerate(pieces) if piece)


def source_hash(text: str) -> str:
    """Return the hash by which a content security policy allows an inline style (CSP level 3, section 6.7.3.2)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
