"""`ise-intune certificate expiry`: when certificates end, over all environments and without access to any tenant."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.completing import environment_names
from cli.exit_codes import COULD_NOT, FINE, FOUND
from cli.findings import finding_line
from cli.progress import advancing
from cli.results import complain, json_result, say, write_result
from cli.tables import table
from helpers.declaration.environments import judge_files
from helpers.declaration.folder import environment_paths, select
from helpers.expiry import expiries
from helpers.plain_text import one_line
from helpers.reports.finding_object import finding_object
from helpers.rules.declared_certificates import expiry_findings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.settings import Settings
    from helpers.declaration.environments import Judged
    from helpers.expiry import Expiry
    from helpers.findings import Finding

_HELP = """Show when the certificates of the environments NAMES end, and which of them ask for a successor.

Without NAMES, those that ISE_INTUNE_STACKS selects, else all. A certificate asks for a successor inside its window:
the last 30 days, or the last third of a shorter lifetime. It has one when each of its nodes has another entry that
lasts longer. `ise-intune check` finds the same.

\b
Formats:
  text        a table, the next to end first
  json        the same for programs
  prometheus  for node_exporter's textfile collector, with absolute times
  ics         a calendar of the days they end, with alarms

\b
Exit codes:
  0  none asks for a successor
  2  one does, or has expired without
  1  an environment file has mistakes; the others are shown (2 wins when both happened)

\b
Examples:
  ise-intune certificate expiry
  ise-intune certificate expiry --format prometheus --output /var/lib/node_exporter/ise-intune.prom
  ise-intune certificate expiry production --format ics --output certificates.ics
"""
_COLUMNS = (
    "ENVIRONMENT",
    "ENTRY",
    "NODES",
    "COMMON NAME",
    "NOT BEFORE",
    "NOT AFTER",
    "DAYS LEFT",
    "WINDOW",
    "SUCCESSOR",
)
_LONGEST_NAME = 60


@click.command(help=_HELP, short_help="When certificates end, over all environments.")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=environment_names)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "prometheus", "ics")),
    default="text",
    show_default=True,
    help="How to show.",
)
@click.option("--output", type=click.Path(path_type=Path), help="Write to this file, whole or not at all.")
@click.pass_obj
def expiry(settings: Settings, *, names: tuple[str, ...], form: str, output: Path | None) -> int:
    """Judge what can be judged, and show it."""
    wanted = names or settings.stacks
    # Not `select` for all: one badly named file would hide every other.
    paths = select(settings.environments, wanted) if wanted else environment_paths(settings.environments)
    with advancing(settings) as advance:
        judged = judge_files(paths, advance=advance)
    now = datetime.now(UTC)
    ends = [end for declaration in judged.declarations for end in expiries(declaration, now)]
    findings = [finding for declaration in judged.declarations for finding in expiry_findings(declaration, now)]
    ends.sort(key=lambda end: (end.entry.not_after, end.environment, end.entry.name))
    write_result(_rendered(form, judged, ends, findings, paths=paths, now=now), output)
    if form != "json":
        for mistake in judged.mistakes:
            complain(f"error: {mistake}")
        _say_findings(settings, findings)
    if any(finding.counts for finding in findings):
        return FOUND
    return COULD_NOT if judged.mistakes else FINE


def _rendered(
    form: str,
    judged: Judged,
    ends: Sequence[Expiry],
    findings: Sequence[Finding],
    *,
    paths: Sequence[Path],
    now: datetime,
) -> str:
    if form == "json":
        return json_result(
            {"certificates": [_as_object(end) for end in ends]},
            found=[finding_object(finding) for finding in findings],
            errors=[vars(mistake) for mistake in judged.mistakes],
        )
    if form == "prometheus":
        from helpers.expiry.prometheus import prometheus_text

        good = {declaration.name for declaration in judged.declarations}
        return prometheus_text(ends, sound={path.stem: path.stem in good for path in paths})
    if form == "ics":
        from helpers.expiry.calendars import calendar_text

        return calendar_text(ends, now)
    return table(_COLUMNS, [_row(end) for end in ends])


def _row(end: Expiry) -> tuple[str, ...]:
    certificate = end.entry.certificate
    return (
        end.environment,
        end.entry.name,
        ",".join(end.entry.nodes),
        one_line(certificate.common_name[:_LONGEST_NAME]),
        f"{end.entry.not_before:%Y-%m-%d}",
        f"{end.entry.not_after:%Y-%m-%d}",
        str(end.days_left) if end.days_left >= 0 else "expired",
        f"{end.window.days} days",
        _successor(end),
    )


def _successor(end: Expiry) -> str:
    if end.needs_successor:
        return f"NEEDED for {','.join(end.uncovered)}"
    return ",".join(end.successors) if not end.uncovered else "-"


def _as_object(end: Expiry) -> dict[str, Any]:
    certificate = end.entry.certificate
    return {
        "environment": end.environment,
        "entry": end.entry.name,
        "nodes": list(end.entry.nodes),
        "common_name": certificate.common_name,
        "thumbprint_sha1": certificate.sha1_hex,
        "sha256": certificate.sha256_hex,
        "key_id": end.entry.key_id,
        "not_before": f"{end.entry.not_before:%Y-%m-%dT%H:%M:%SZ}",
        "not_after": f"{end.entry.not_after:%Y-%m-%dT%H:%M:%SZ}",
        "days_left": end.days_left,
        "window_days": end.window.days,
        "window_seconds": int(end.window.total_seconds()),
        "in_window": end.due,
        "successors": list(end.successors),
        "nodes_without_successor": list(end.uncovered),
        "needs_successor": end.needs_successor,
    }


def _say_findings(settings: Settings, findings: Sequence[Finding]) -> None:
    for finding in findings:
        if finding.counts:
            complain(one_line(finding_line(finding)))
        else:
            say(settings, one_line(finding_line(finding)))
