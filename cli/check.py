"""`ise-intune check`: judge environment files, their structure and what time does to them."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.completing import environment_names
from cli.exit_codes import COULD_NOT, FINE, FOUND
from cli.findings import finding_line
from cli.progress import advancing
from cli.results import json_result, say, write_result
from helpers.declaration.environments import judge_files
from helpers.declaration.folder import select
from helpers.plain_text import counted, one_line
from helpers.reports.finding_object import finding_object
from helpers.rules.declared_certificates import certificate_findings
from helpers.rules.named import misnamed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.settings import Settings
    from helpers.declaration.declaration import Declaration
    from helpers.declaration.environments import Judged
    from helpers.errors import Mistake
    from helpers.findings import Finding

_HELP = """Judge environment files: all mistakes at once, each with its line, cause and remedy.

NAMES are environments or files; without any, those that ISE_INTUNE_STACKS selects, else all. Files are judged beside
each other too, and certificates that have expired, or soon will, are reported. Fits a pre-commit hook.

\b
Exit codes:
  0  sound
  2  sound, but something was found, such as a certificate about to expire
  1  a mistake

\b
Examples:
  ise-intune check
  ise-intune check production
  ise-intune check --explain production
"""


@click.command(help=_HELP, short_help="Judge environment files.")
@click.argument("names", metavar="[NAME|FILE]...", nargs=-1, shell_complete=environment_names)
@click.option("--explain", is_flag=True, help="Show every setting, where its value comes from and what it is for.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of an environment file, and judge nothing.")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write the result to this file.")
@click.pass_obj
def check(
    settings: Settings, names: tuple[str, ...], *, explain: bool, schema: bool, form: str, output: Path | None
) -> int:
    """Judge, and say what was judged: silence could also mean that nothing was."""
    if schema:
        from helpers.declaration.json_schema import json_schema_text

        write_result(json_schema_text(), output)
        return FINE
    paths = _paths(settings, names)
    judged = _judged(settings, paths)
    now = datetime.now(UTC)
    findings = [finding for each in judged.declarations for finding in certificate_findings(each, now)]
    if form == "json":
        write_result(_as_json(settings, names, judged, findings, explain=explain), output)
    else:
        write_result(_as_text(settings, names, judged, findings, explain=explain), output)
        say(settings, _summary(len(paths), judged.mistakes, findings))
    if any(finding.counts for finding in findings):
        return FOUND
    return COULD_NOT if judged.mistakes else FINE


def _judged(settings: Settings, paths: Sequence[Path]) -> Judged:
    """Judge the files, and what they call rules and surfaces, which only a report gives a meaning."""
    with advancing(settings) as advance:
        judged = judge_files(paths, advance=advance)
    mistakes = [mistake for each in judged.declarations for mistake in misnamed(each)]
    return replace(judged, mistakes=(*judged.mistakes, *mistakes))


def _paths(settings: Settings, names: Sequence[str]) -> list[Path]:
    """Return the files meant, each once: what looks like a path is one, anything else is an environment's name."""
    files = [Path(name) for name in names if _looks_like_a_path(name)]
    wanted = [name for name in names if not _looks_like_a_path(name)] if names else settings.stacks
    if names and not wanted:
        return list(dict.fromkeys(files))
    return list(dict.fromkeys([*files, *select(settings.environments, wanted)]))


def _looks_like_a_path(name: str) -> bool:
    return name.endswith((".yaml", ".yml")) or "/" in name or os.sep in name


def _as_text(
    settings: Settings, names: tuple[str, ...], judged: Judged, findings: Sequence[Finding], *, explain: bool
) -> str:
    lines = [f"error: {mistake}" for mistake in judged.mistakes]
    lines += [finding_line(finding) for finding in findings]
    if explain:
        from cli.explaining import declaration_lines, run_lines

        lines += run_lines(settings.explained(names))
        for declaration in judged.declarations:
            lines += declaration_lines(declaration)
    return "".join(f"{one_line(line)}\n" for line in lines)


def _summary(count: int, mistakes: Sequence[Mistake], findings: Sequence[Finding]) -> str:
    if not count:
        return "no environment file to judge; `ise-intune new NAME` writes one"
    return f"{counted(count, 'environment file')}: {counted(len(mistakes), 'mistake')}, " + counted(
        len(findings), "finding"
    )


def _as_json(
    settings: Settings, names: tuple[str, ...], judged: Judged, findings: Sequence[Finding], *, explain: bool
) -> str:
    content: dict[str, Any] = {"environments": [_as_object(each, explain=explain) for each in judged.declarations]}
    if explain:
        content["run"] = [vars(setting) for setting in settings.explained(names)]
    errors = [vars(mistake) for mistake in judged.mistakes]
    return json_result(content, found=[finding_object(each) for each in findings], errors=errors)


def _as_object(declaration: Declaration, *, explain: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": declaration.name, "file": declaration.file}
    if explain:
        from helpers.declaration.explaining import explained

        entry["settings"] = [
            {"group": group.heading, **vars(row)} for group in explained(declaration) for row in group.settings
        ]
    return entry
