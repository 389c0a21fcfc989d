"""`ise-intune check`: judge environment files, their structure and what time does to them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.main import COULD_NOT, FINE, FOUND
from cli.results import json_result, say, write_result
from helpers.declaration.environments import environment_files, read_files, select
from helpers.declaration.explaining import explained
from helpers.declaration.file_schema import json_schema
from helpers.errors import DeclarationErrors
from helpers.plain_text import one_line
from helpers.rules.declared_certificates import certificate_findings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.settings import Settings
    from helpers.declaration.declaration import Declaration
    from helpers.errors import Mistake
    from helpers.findings import Finding

_HELP = """Judge environment files: all mistakes at once, each with its line, cause and remedy.

NAMES are environments or files; without any, all are judged, also beside each other. Certificates that have expired,
or soon will, are reported too. Fits a pre-commit hook.

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
@click.argument("names", metavar="[NAME|FILE]...", nargs=-1)
@click.option("--explain", is_flag=True, help="Show every setting, where its value comes from and what it is for.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of an environment file, and judge nothing.")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write the result to this file.")
@click.pass_obj
def check(
    settings: Settings, names: Sequence[str], *, explain: bool, schema: bool, form: str, output: Path | None
) -> int:
    """Judge, and say what was judged: silence could also mean that nothing was."""
    if schema:
        import json

        write_result(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n", output)
        return FINE
    paths = _paths(settings, names)
    declarations, mistakes = _judged(paths)
    findings = [finding for each in declarations for finding in certificate_findings(each, datetime.now(UTC))]
    if form == "json":
        content = {"environments": [_as_object(each, explain=explain) for each in declarations]}
        errors = [_mistake(mistake) for mistake in mistakes]
        write_result(json_result(content, found=[_finding(each) for each in findings], errors=errors), output)
    else:
        write_result(_as_text(declarations, mistakes, findings, explain=explain), output)
        say(settings, _summary(len(paths), mistakes, findings))
    if any(finding.counts for finding in findings):
        return FOUND
    return COULD_NOT if mistakes else FINE


def _paths(settings: Settings, names: Sequence[str]) -> list[Path]:
    """Return the files meant: what looks like a path is one, anything else is an environment's name."""
    files = [Path(name) for name in names if name.endswith((".yaml", ".yml")) or "/" in name]
    known = [name for name in names if Path(name) not in files]
    if names and not known:
        return files
    return files + select(environment_files(settings.environments), known)


def _judged(paths: Sequence[Path]) -> tuple[list[Declaration], Sequence[Mistake]]:
    """Return what all files declare, or, when one has mistakes, what the sound ones do beside the mistakes."""
    try:
        return read_files(paths), ()
    except DeclarationErrors as error:
        wrong = {mistake.file for mistake in error.mistakes}
        return read_files([path for path in paths if path.name not in wrong]), error.mistakes


def _as_text(
    declarations: Sequence[Declaration], mistakes: Sequence[Mistake], findings: Sequence[Finding], *, explain: bool
) -> str:
    lines = [f"error: {mistake}" for mistake in mistakes]
    lines += [_finding_line(finding) for finding in findings]
    if explain:
        for declaration in declarations:
            lines += ["", *_explained_lines(declaration)]
    return "".join(f"{one_line(line)}\n" for line in lines)


def _finding_line(finding: Finding) -> str:
    place = finding.location
    line = f"{finding.severity}: {place.file}:{place.line}: {finding.what}; {finding.remedy} [{finding.rule}]"
    if finding.exception is None:
        return line
    return f"excepted until {finding.exception.until} ({finding.exception.reason}): {line}"


def _explained_lines(declaration: Declaration) -> list[str]:
    rows = explained(declaration)
    width = max(len(row.key) for row in rows)
    lines = [declaration.file]
    for row in rows:
        lines.append(f"  {row.key:<{width}}  {row.value}  ({row.source})")
        lines += [f"  {'':<{width}}    {meaning}" for meaning in row.meaning.splitlines()]
    return lines


def _summary(count: int, mistakes: Sequence[Mistake], findings: Sequence[Finding]) -> str:
    files = f"{count} environment file{'' if count == 1 else 's'}"
    if not count:
        return "no environment file to judge; `ise-intune new NAME` writes one"
    wrong = f"{len(mistakes)} mistake{'' if len(mistakes) == 1 else 's'}"
    return f"{files}: {wrong}, {len(findings)} finding{'' if len(findings) == 1 else 's'}"


def _as_object(declaration: Declaration, *, explain: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": declaration.name, "file": declaration.file}
    if explain:
        entry["settings"] = [vars(row) for row in explained(declaration)]
    return entry


def _mistake(mistake: Mistake) -> dict[str, Any]:
    return vars(mistake)


def _finding(finding: Finding) -> dict[str, Any]:
    entry = {
        "id": finding.rule,
        "severity": str(finding.severity),
        "subject": finding.subject,
        "what": finding.what,
        "remedy": finding.remedy,
        "file": finding.location.file,
        "line": finding.location.line,
    }
    if finding.exception:
        entry["exception"] = {"reason": finding.exception.reason, "until": finding.exception.until.isoformat()}
    return entry
