"""`ise-intune identities`: what each identity of a pipeline may do, and whether the one signed in may."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.completing import environment_names
from cli.exit_codes import COULD_NOT, FINE, FOUND
from cli.results import complain, json_result, say, write_result
from clients.graph.identities import IDENTITIES, JOBS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.identities.checking import Checked
    from cli.settings import Settings

_HELP = """Show what each identity of a pipeline needs and why, or say whether the one that is signed in has it.

Without --check: the smallest set of permissions for each identity, as docs/identities.md has it.

With --check: signs in to the tenants of the environments NAME, as that job does, and holds the token to what the job
needs there: permissions that lack, with who must grant what; permissions beyond need; and for deploy and verify,
whether whoever signs in is the `deployer` of the file. Nothing is read but the token, and nothing is changed.

\b
Exit codes of --check:
  0  it may do what the job does
  2  something lacks
  1  it could not be told: nobody could sign in, or a file has mistakes

\b
Examples:
  ise-intune identities
  ise-intune identities --check deploy production
  ise-intune identities --format markdown --output docs/identities.md
"""


@click.command(help=_HELP, short_help="What a pipeline's identities may do.")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=environment_names)
@click.option("--check", "job", type=click.Choice(JOBS), help="Hold who is signed in to what this job needs.")
@click.option("--format", "form", type=click.Choice(("text", "markdown", "json")), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write the result to this file.")
@click.pass_obj
def identities(settings: Settings, *, names: tuple[str, ...], job: str | None, form: str, output: Path | None) -> int:
    """Print the table, or check."""
    from cli.identities.table import as_markdown, as_objects, as_text

    if job is None:
        if names:
            raise click.UsageError("environments are named with --check alone")
        if form == "json":
            text = json_result({"identities": as_objects(IDENTITIES)})
        else:
            text = as_markdown(IDENTITIES) if form == "markdown" else as_text(IDENTITIES)
        write_result(text, output)
        return FINE
    if form == "markdown":
        raise click.UsageError("--check is told as text or json")
    from cli.identities.checking import check

    checked = check(settings, names, job)
    write_result(_checked_json(job, checked) if form == "json" else _checked_text(settings, checked), output)
    return _exit_code(checked)


def _checked_text(settings: Settings, checked: Sequence[Checked]) -> str:
    for each in checked:
        for line in (*each.lacks, *each.failures):
            complain(f"error: {line}")
        for line in each.beyond:
            say(settings, f"warning: {line}")
    return "".join(f"{each.summary}\n" for each in checked)


def _checked_json(job: str, checked: Sequence[Checked]) -> str:
    return json_result(
        {"job": job, "beyond_need": [line for each in checked for line in each.beyond]},
        found=[{"tenant_id": each.tenant_id, "what": line} for each in checked for line in each.lacks],
        errors=[{"message": line} for each in checked for line in each.failures],
    )


def _exit_code(checked: Sequence[Checked]) -> int:
    if any(each.lacks for each in checked):
        return FOUND
    return COULD_NOT if any(each.failures for each in checked) else FINE
