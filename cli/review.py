"""`ise-intune review`: what a change does to access, told to who has to approve it."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.exit_codes import COULD_NOT, FINE, FOUND
from cli.results import json_result, write_result
from helpers.errors import InputError
from helpers.findings import Severity
from helpers.reports.of_review import outcome_of, report_of
from helpers.reports.report import Outcome
from helpers.reviewing.assembling import review_folders, review_sources
from helpers.rules.policy import Policy, read_policy
from helpers.rules.registry import RULES, rule_ids

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpers.reviewing.review import Review, Reviewed

_HELP = """Review a change of access: which permissions, certificates, owners and decisions it adds and removes.

Compares two folders of environment files, or two synthesized outputs, without credentials and without running the code
of either; or reads Terraform's plan (`terraform show -json`), which says what will really happen.

\b
Formats:
  text      for a terminal
  markdown  for a comment on a pull request; its first line finds the comment again
  json      for programs; docs/review.schema.json describes it
  sarif     for code scanning, at the line that causes each finding
  html      one page, to read, print or keep

\b
Exit codes:
  0  nothing at or above the gate
  2  something is
  1  it could not be told: an input could not be read or was not understood

\b
Examples:
  ise-intune review --before main/environments --after environments
  ise-intune review --before main/environments --after environments --format markdown --output comment.md
  terraform show -json plan.bin | ise-intune review --plan -
"""
_FORMATS = ("text", "markdown", "json", "sarif", "html")
_EXIT_CODES = {Outcome.STOP: FOUND, Outcome.CANNOT_TELL: COULD_NOT, Outcome.PASS: FINE}
_STANDARD_INPUT = "-"
_WIDEST = 100
_SAY_SOURCE = "say what to review: --before DIR with --after DIR, or --plan FILE"

_folder = click.Path(path_type=Path, file_okay=False)


@click.command(help=_HELP, short_help="Review what a change does to access.")
@click.option("--before", type=_folder, metavar="DIR", help="The environments' folder, or the output, as it was.")
@click.option("--after", type=_folder, metavar="DIR", help="The same as it shall be.")
@click.option("--plan", "plans", multiple=True, metavar="FILE|-", help="Terraform's plan as JSON; may be repeated.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write the result to this file.")
@click.option(
    "--gate", type=click.Choice([str(each) for each in Severity]), help="Stop from here on. Default: the policy's."
)
@click.option("--policy", "policy_file", type=click.Path(path_type=Path), help="The team's severities and gate.")
def review(
    *,
    before: Path | None,
    after: Path | None,
    plans: tuple[str, ...],
    form: str,
    output: Path | None,
    gate: str | None,
    policy_file: Path | None,
) -> int:
    """Review, print, and say by the exit code whether the change may go on."""
    policy = _policy(policy_file, gate)
    done = _reviewed(before, after, plans, policy)
    write_result(render(done, form, on_terminal=output is None and sys.stdout.isatty()), output)
    return _EXIT_CODES[outcome_of(done)]


def _policy(file: Path | None, gate: str | None) -> Policy:
    policy = read_policy(file, rules=rule_ids()) if file else Policy()
    return replace(policy, gate=Severity[gate.upper()]) if gate else policy


def _reviewed(before: Path | None, after: Path | None, plans: tuple[str, ...], policy: Policy) -> Review:
    now = datetime.now(UTC)
    if plans and before is None and after is None:
        return _plans(plans, policy, now)
    if before is None or after is None or plans:
        raise click.UsageError(_SAY_SOURCE)
    return review_folders(before, after, now=now, policy=policy)


def _plans(plans: Iterable[str], policy: Policy, now: datetime) -> Review:
    """Review every plan that can be read: one that cannot must not hide what another one does."""
    from helpers.reviewing.plan_reading import read_plan

    sources: list[Reviewed] = []
    errors: list[str] = []
    for plan in dict.fromkeys(plans):
        name = "standard input" if plan == _STANDARD_INPUT else plan
        try:
            sources += read_plan(_content(plan), name=name)
        except InputError as error:
            errors.append(str(error))
    return review_sources(sources, now=now, policy=policy, errors=errors)


def _content(plan: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if plan == _STANDARD_INPUT else Path(plan).read_bytes()
    except OSError as error:
        raise InputError(plan, f"cannot be read ({error.strerror})", "check its path") from None


def render(done: Review, form: str, *, on_terminal: bool = False) -> str:
    """Return the review in a format; each renderer is imported when it is asked for."""
    if form == "json":
        return _as_json(done)
    report = report_of(done)
    if form == "markdown":
        from helpers.reports.markdown import as_markdown

        return as_markdown(report)
    if form == "html":
        from helpers.reports.html import as_html

        return as_html(report)
    if form == "sarif":
        from helpers.reports.sarif import as_sarif

        return as_sarif(report, catches={rule.id: rule.catches for rule in RULES})
    from helpers.reports.text import as_text

    columns = min(_WIDEST, shutil.get_terminal_size().columns) if on_terminal else _WIDEST
    return as_text(report, colour=on_terminal and _wants_colour(), columns=columns)


def _wants_colour() -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _as_json(done: Review) -> str:
    from helpers.reports.json_report import error_objects, found_objects, review_object, unchecked_objects

    return json_result(
        review_object(done), found=found_objects(done), unchecked=unchecked_objects(done), errors=error_objects(done)
    )
