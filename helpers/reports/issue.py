"""A report as an issue that a job opens, keeps up to date and closes: nothing in it but what was found.

A job looks for `key` in the bodies of issues (or for the title), makes one where there is none and `state` is open,
and otherwise writes title, body and state over the one it found. The same findings give the same bytes, so that a
nightly job changes nothing, and notifies nobody, until something differs; `digest` says so without comparing bodies.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from helpers.reports.markdown import LONGEST, as_markdown
from helpers.reports.report import Outcome

if TYPE_CHECKING:
    from helpers.reports.report import Report

_OPEN, _CLOSED = "open", "closed"


def as_issue(report: Report) -> str:
    """Return JSON with `key`, `title`, `state` (open or closed), `body` (Markdown) and `digest`."""
    key = f"ise-intune-issue:{report.kind}"
    document = {
        "key": key,
        "title": f"ise-intune {report.kind}: somebody has to look",
        "state": _CLOSED if report.outcome is Outcome.PASS else _OPEN,
        "body": _body(report, f"\n<!-- {key} -->\n"),
        "digest": report.digest,
    }
    return json.dumps(document, indent=2) + "\n"


def _body(report: Report, end: str) -> str:
    """Return the report with its key at the very end, where no hostile text could have put another's."""
    return as_markdown(report, longest=LONGEST - len(end)) + end
