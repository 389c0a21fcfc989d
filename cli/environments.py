"""`ise-intune environments`: which deployments there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.exit_codes import COULD_NOT, FINE
from cli.results import complain, json_result, say, write_result
from cli.tables import table
from helpers.declaration.environments import environment_files, judge_files
from helpers.model import stated
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from cli.settings import Settings
    from helpers.declaration.declaration import Declaration

_HELP = """List the environments: name, tenant, ISE release, certificates, where the state is.

\b
Formats:
  text   a table
  json   for programs
  names  one name a line, from the file names alone

\b
Example:
  ise-intune environments --format names
"""
_COLUMNS = ("NAME", "DISPLAY NAME", "CLOUD", "TENANT", "ISE", "CERTIFICATES", "STATE")


@click.command(help=_HELP, short_help="List the environments.")
@click.option("--format", "form", type=click.Choice(("text", "json", "names")), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write the result to this file.")
@click.pass_obj
def environments(settings: Settings, *, form: str, output: Path | None) -> int:
    """List the sound ones, and say which are not."""
    files = environment_files(settings.environments)
    if form == "names":
        write_result("".join(f"{name}\n" for name in files), output)
        return FINE
    judged = judge_files(files.values())
    if form == "json":
        content = {"environments": [_as_object(each) for each in judged.declarations]}
        write_result(json_result(content, errors=[vars(mistake) for mistake in judged.mistakes]), output)
    else:
        write_result(table(_COLUMNS, [_row(each) for each in judged.declarations]), output)
        if not files:
            say(settings, "no environment yet; `ise-intune new NAME` writes one")
    for mistake in judged.mistakes:
        complain(f"error: {mistake}")
    return COULD_NOT if judged.mistakes else FINE


def _row(declaration: Declaration) -> tuple[str, ...]:
    integration = declaration.integration
    return (
        declaration.name,
        one_line(stated(integration.application.display_name)),
        declaration.cloud.name,
        integration.tenant_id,
        str(declaration.terms.ise),
        str(len(declaration.certificates)),
        declaration.state.backend,
    )


def _as_object(declaration: Declaration) -> dict[str, object]:
    integration = declaration.integration
    return {
        "name": declaration.name,
        "file": declaration.file,
        "display_name": stated(integration.application.display_name),
        "cloud": declaration.cloud.name,
        "tenant_id": integration.tenant_id,
        "ise": {"release": declaration.terms.ise.release, "patch": declaration.terms.ise.patch},
        "admin_consent": declaration.terms.admin_consent.value,
        "certificates": [
            {"name": entry.name, "nodes": list(entry.nodes), "not_after": entry.certificate.end_date}
            for entry in declaration.certificates
        ],
        "state": declaration.state.backend,
    }
