"""A report in the format that was asked for; each renderer is imported when it is."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from cli.exit_codes import COULD_NOT, FINE, FOUND
from helpers.reports.report import Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.reports.report import Report

_WIDEST = 100
_EXIT_CODES = {Outcome.STOP: FOUND, Outcome.CANNOT_TELL: COULD_NOT, Outcome.PASS: FINE}


def is_for_terminal(output: Path | None) -> bool:
    """Say whether a result goes to a terminal: to no file, and into no pipe."""
    return output is None and sys.stdout.isatty()


def exit_code(outcome: Outcome) -> int:
    """Return the exit code of a report that ended so."""
    return _EXIT_CODES[outcome]


def rendered(report: Report, form: str, *, on_terminal: bool = False) -> str:
    """Return a report as markdown, html, sarif, issue or text; on a terminal, text in its width and in colour."""
    match form:
        case "markdown":
            from helpers.reports.markdown import as_markdown

            return as_markdown(report)
        case "html":
            from helpers.reports.html import as_html

            return as_html(report)
        case "sarif":
            from helpers.reports.sarif import as_sarif
            from helpers.rules.registry import RULES

            return as_sarif(report, catches={rule.id: rule.catches for rule in RULES})
        case "issue":
            from helpers.reports.issue import as_issue

            return as_issue(report)
    from helpers.reports.text import as_text

    columns = min(_WIDEST, shutil.get_terminal_size().columns) if on_terminal else _WIDEST
    return as_text(report, colour=on_terminal and _wants_colour(), columns=columns)


def _wants_colour() -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
