"""`ise-intune review`: what a change does to access, told to who has to approve it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.gating import gated, policy_of
from cli.plans import read_plans
from cli.progress import advancing
from cli.rendering import exit_code, is_for_terminal, rendered
from cli.results import complain, json_result, say, write_result
from cli.review_again import outcome_beside, review_in
from helpers.reports.of_review import outcome_of, report_of
from helpers.reports.report import Outcome
from helpers.reviewing.assembling import review_folders, review_sources

if TYPE_CHECKING:
    from cli.settings import Settings
    from helpers.advancing import Advance
    from helpers.reports.of_review_json import ReadReview
    from helpers.reviewing.review import Review
    from helpers.rules.policy import Policy

_HELP = """Review a change of access: which permissions, certificates, owners and decisions it adds and removes.

Compares two folders of environment files, or two synthesized outputs, without credentials and without running the code
of either; or reads Terraform's plan (`terraform show -json`), which says what will really happen.

--from-json shows a review again that another job wrote as JSON, and believes none of it beyond what it says: it is held
to its schema, and the gate is yours. --approved lets only that through which was approved: the review whose digest is
that of the file, whatever was found.

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
  ise-intune review --from-json review.json --format markdown
  ise-intune review --plan plan.json --approved review.json
"""
_FORMATS = ("text", "markdown", "json", "sarif", "html")
_SAY_SOURCE = "say what to review: --before DIR with --after DIR, --plan FILE, or --from-json FILE"
_SAY_ALONE = "--from-json FILE goes with --output, --gate, --policy and --format (not json) alone"

_folder = click.Path(path_type=Path, file_okay=False)
_file = click.Path(path_type=Path, dir_okay=False)


@click.command(help=_HELP, short_help="Review what a change does to access.")
@click.option("--before", type=_folder, metavar="DIR", help="The environments' folder, or the output, as it was.")
@click.option("--after", type=_folder, metavar="DIR", help="The same as it shall be.")
@click.option("--plan", "plans", multiple=True, metavar="FILE|-", help="Terraform's plan as JSON; may be repeated.")
@click.option("--from-json", "again", type=_file, metavar="FILE", help="A review as JSON, to be shown again.")
@click.option("--approved", type=_file, metavar="FILE", help="The review, as JSON, that was approved.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write the result to this file.")
@gated
@click.pass_obj
def review(
    settings: Settings,
    *,
    before: Path | None,
    after: Path | None,
    plans: tuple[str, ...],
    again: Path | None,
    approved: Path | None,
    form: str,
    output: Path | None,
    gate: str | None,
    policy_file: Path | None,
) -> int:
    """Review, print, and say by the exit code whether the change may go on."""
    policy = policy_of(policy_file, gate)
    on_terminal = is_for_terminal(output)
    if again is not None:
        if before or after or plans or approved or form == "json":
            raise click.UsageError(_SAY_ALONE)
        read = review_in(again, policy)
        write_result(rendered(read.report, form, on_terminal=on_terminal), output)
        return exit_code(read.outcome)
    # Read first: without it nothing can be let through.
    approval = review_in(approved, policy) if approved else None
    with advancing(settings) as advance:
        done = _reviewed(before, after, plans, policy=policy, advance=advance)
    write_result(render(done, form, on_terminal=on_terminal), output)
    return exit_code(outcome_of(done) if approval is None else _beside(done, approval, settings))


def _beside(done: Review, approval: ReadReview, settings: Settings) -> Outcome:
    outcome, why = outcome_beside(done, approval)
    if outcome is Outcome.PASS:
        say(settings, why)
    else:
        complain(f"error: {why}")
    return outcome


def _reviewed(
    before: Path | None, after: Path | None, plans: tuple[str, ...], *, policy: Policy, advance: Advance
) -> Review:
    now = datetime.now(UTC)
    if plans and before is None and after is None:
        sources, errors = read_plans(plans)
        return review_sources(sources, now=now, policy=policy, errors=errors, advance=advance)
    if before is None or after is None or plans:
        raise click.UsageError(_SAY_SOURCE)
    return review_folders(before, after, now=now, policy=policy, advance=advance)


def render(done: Review, form: str, *, on_terminal: bool = False) -> str:
    """Return the review in a format."""
    return _as_json(done) if form == "json" else rendered(report_of(done), form, on_terminal=on_terminal)


def _as_json(done: Review) -> str:
    from helpers.reports.json_report import error_objects, found_objects, review_object, unchecked_objects

    return json_result(
        review_object(done), found=found_objects(done), unchecked=unchecked_objects(done), errors=error_objects(done)
    )
