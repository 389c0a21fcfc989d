"""`ise-intune post`: put what another job found where people look, on GitHub, GitLab or Azure DevOps."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.exit_codes import COULD_NOT, FINE
from cli.gating import gated, policy_of
from cli.results import complain, say
from helpers.errors import InputError
from helpers.plain_text import counted
from helpers.reports.report import Outcome, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.settings import Settings
    from clients.forges import Change, Forge
    from helpers.reports.report import Report
    from helpers.rules.policy import Policy

_HELP = """Put what another job found where people look: on the pull or merge request, or into an issue.

Runs in a pipeline of GitHub Actions, GitLab or Azure DevOps, whose runner says where to post and what happened; which
permission the job's token needs, docs/pipelines.md says.
"""
_REVIEW_HELP = """Comment on the pull or merge request with a review that another job made, and set its status.

FILE is the JSON of `ise-intune review`, and is not trusted: it is held to a size and to its schema, shown by our own
code, and how it ends is judged by your own --gate and --policy. Which change it is about, the event says, not the file.
There is one comment, written over each time; a comment of anybody else is never touched. Where the change has gone on
since, nothing is posted.

\b
Exit codes:
  0  posted, whatever the review says: the status is the gate
  1  there was no review that could be read, and that was posted; or it could not be posted

\b
Example:
  ise-intune post review review.json --policy policy.yaml
"""
_ISSUE_HELP = """Open an issue with what a nightly job found, keep it up to date, and close it when there is nothing.

FILE is what `ise-intune drift --format issue` wrote. The same findings change nothing, so nobody is notified twice.

\b
Example:
  ise-intune post issue drift-issue.json
"""
_EVENT_HELP = """Print number and commit of the merge or pull request that a webhook told this pipeline of.

A job fetches that change by them, before `post review` says what was found. Both are held to their form.

\b
Example:
  ise-intune post event
"""
_FILES_NAMED = 5
_file = click.Path(path_type=Path, dir_okay=False)


@click.group(help=_HELP, short_help="Comment on a change, or keep an issue.")
def post() -> None:
    """Hold the verbs together."""


@post.command(help=_REVIEW_HELP, short_help="Comment on a change with its review.")
@click.argument("file", type=_file)
@gated
@click.pass_obj
def review(settings: Settings, file: Path, *, gate: str | None, policy_file: Path | None) -> int:
    """Find the change, read the review, judge it, and post both."""
    from clients.forges import forge_of
    from clients.forges.forge import NOWHERE

    policy = policy_of(policy_file, gate)
    with forge_of(os.environ) as forge:
        change = forge.change()
        if change is None:
            say(settings, NOWHERE)
            return FINE
        report, is_read = _report(file, policy)
        _put(forge, change, replace(report, notes=(*report.notes, *_beside(change))))
    return FINE if is_read else COULD_NOT


@post.command(help=_EVENT_HELP, short_help="Say which change the event is about.")
def event() -> None:
    """Print its number and commit."""
    from clients.forges import change_in

    number, commit = change_in(os.environ)
    click.echo(f"{number} {commit}")


@post.command(help=_ISSUE_HELP, short_help="Keep an issue of what a nightly job found.")
@click.argument("file", type=_file)
@click.pass_obj
def issue(settings: Settings, file: Path) -> int:
    """Read what was found, and let the forge have it."""
    from cli.post.reading import read_issue
    from clients.forges import forge_of

    wanted = read_issue(file)
    with forge_of(os.environ) as forge:
        address = forge.issue(wanted)
    if address:
        click.echo(address)
    else:
        say(settings, "nothing was found, and no issue says otherwise")
    return FINE


def _report(file: Path, policy: Policy) -> tuple[Report, bool]:
    """Return the review's report, or one that says why there is none."""
    from cli.review_again import review_in
    from helpers.reports.of_review_json import unreadable

    try:
        return review_in(file, policy).report, True
    except InputError as error:
        complain(f"error: {error}")
        return unreadable(error, policy), False


def _put(forge: Forge, change: Change, report: Report) -> None:
    from clients.forges import Verdict
    from helpers.reports.markdown import as_markdown, marker

    verdicts = {Outcome.PASS: Verdict.PASSES, Outcome.STOP: Verdict.STOPS, Outcome.CANNOT_TELL: Verdict.UNKNOWN}
    # First what stops a change: a comment can be refused where the conversation is locked.
    forge.status(change, verdicts[report.outcome], report.verdict)
    click.echo(forge.comment(change, marker(report.kind), as_markdown(report)))


def _beside(change: Change) -> Iterator[str]:
    """Yield what a reader must know whom the report says that all is well."""
    outside = change.outside("environments")
    if not outside and change.all_paths:
        return
    named = ", ".join(shortened(path, 100) for path in outside[:_FILES_NAMED])
    more = f" and {len(outside) - _FILES_NAMED:,} more" if len(outside) > _FILES_NAMED else ""
    files = (
        f"{counted(len(outside), 'file')} outside environments/ ({named}{more})"
        if outside
        else "too many files to list"
    )
    yield (
        f"The change also touches {files}. No review here covers what it does to them, and what made this report may be"
        " among them: code owners decide."
    )
