"""`ise-intune certificate usage`: which certificates still sign in, by the logs of Entra, before one is taken away."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.completing import environment_names
from cli.results import write_result
from helpers.usage import KEPT, LEAST_QUIET, QUIET

if TYPE_CHECKING:
    from cli.settings import Settings
    from helpers.usage import Usage

_HELP = """Say of each key of the environment NAME whether it still signs in, and change nothing.

Reads the application, the sign-in log as far back as Entra keeps it (30 days), and the report of each key's last use. A
key is *in use*, *unused* since a day, or nobody can tell; then every reason is said. It is unused only where the log
reaches back and is alive, the report agrees, each of its nodes has signed in since with another certificate that is its
own, and every row says which key it is of. What else is on the application is told too.

Finds the application and signs in as `ise-intune drift` does. Needs AuditLog.Read.All beside Application.Read.All, and
Microsoft Entra ID P1 in the tenant. Microsoft has both logs in its global cloud alone.

\b
Exit codes:
  0  everything could be told
  2  a certificate that was to go is in use (each of its nodes has a newer one, or --entry names it), or
     sign-ins are refused since one was taken away
  1  of some key nobody can tell, or something could not be done

\b
Examples:
  ise-intune certificate usage production --outputs outputs.json
  ise-intune certificate usage production --entry psn-01 --format json --output usage.json
  ise-intune certificate remove production psn-01 --evidence usage.json
"""
_FORMATS = ("text", "markdown", "json", "html")


@click.command(help=_HELP, short_help="Which certificates still sign in.")
@click.argument("name", shell_complete=environment_names)
@click.option("--entry", "only", default="", metavar="ENTRY", help="This entry alone, or the key of this key id.")
@click.option(
    "--quiet-days",
    type=click.IntRange(LEAST_QUIET.days, KEPT.days - 1),
    default=QUIET.days,
    show_default=True,
    metavar="DAYS",
    help="How long a certificate must be silent to count as unused.",
)
@click.option("--outputs", type=click.Path(path_type=Path), help="Outputs of deploys: a file or a folder.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write the result to this file.")
@click.pass_obj
def usage(
    settings: Settings,
    *,
    name: str,
    only: str,
    quiet_days: int,
    outputs: Path | None,
    form: str,
    output: Path | None,
) -> int:
    """Read, judge, print, and say by the exit code whether somebody has to act."""
    from cli.certificate.editing import read_sound
    from cli.certificate.looking import looked
    from cli.drift.sources import OutputFiles, TerraformOutputs, source_of
    from cli.rendering import exit_code, is_for_terminal
    from helpers.reports.of_usage import outcome_of

    sound = read_sound(settings, name)
    source = source_of(sound.declaration, OutputFiles(outputs) if outputs else TerraformOutputs(settings.root))
    done = looked(settings, source, only=only, quiet=timedelta(days=quiet_days))
    write_result(render(done, form, on_terminal=is_for_terminal(output)), output)
    return exit_code(outcome_of(done))


def render(done: Usage, form: str, *, on_terminal: bool = False) -> str:
    """Return what was seen in one of the formats."""
    if form == "json":
        from cli.results import json_result
        from helpers.reports import json_usage

        return json_result(
            json_usage.usage_object(done),
            found=json_usage.found_objects(done),
            unchecked=json_usage.unchecked_objects(done),
        )
    from cli.rendering import rendered
    from helpers.reports.of_usage import report_of

    return rendered(report_of(done), form, on_terminal=on_terminal)
