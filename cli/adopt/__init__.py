"""`ise-intune adopt`: an application that somebody made by hand, taken over as it is."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from cli.adopt.first_day import FORMATS
from cli.completing import environment_names
from cli.file_options import guid, of_any_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cli.settings import Settings

_HELP = """Take over an application that somebody made in the portal, and change nothing of it.

Reads the application as `drift` does, and writes an environment file that declares all there is, its public
certificates beside it, and what a deploy needs to import each object instead of making it. Then it plans: every change
must be none, or nothing is to be applied. Nothing is written unless everything that is needed is known.

Which node presents a certificate is asked, unless one host name in it says so, or --node does. What no file can declare
(client secrets, federated credentials, foreign keys, roles) is listed, each with what to do about it: remove it by
hand, or let it stay with --leave. It goes on showing in `drift` until it is gone or excepted. Nothing is stripped
silently.

Signs in with the ARM_* variables of a pipeline, AZURE_* of its own, or the Azure CLI, and only reads.

\b
Exit codes:
  0  adopted: a deploy imports it and changes nothing
  2  the files are written, and a deploy would change something: see the report
  1  it could not be done, and nothing was written; or there was no plan

\b
Examples:
  ise-intune adopt 22222222-3333-4444-5555-666666666666 --tenant 5a9d0000-0001-4000-8000-000000000001 \\
    --name production --deployer 77777777-8888-9999-0000-111111111111 --release 3.4 --patch 2 --state azurerm \\
    --state-setting storage_account_name=tfstate --state-setting container_name=ise-intune
  ise-intune adopt … --node 1f0c9d52-7c3b-4a83-9d3f-0c6c1c7f2f3e=psn-01,psn-02 --leave 0d4f3c11-…
  ise-intune adopt --check production     the gate alone, again
  ise-intune adopt --resume production    after a deploy that was killed, or a state that was lost
"""
_SAY_ONE = "name one: CLIENT_ID with --tenant and --name, --check NAME, or --resume NAME"


def _exceptions(
    _context: click.Context, parameter: click.Parameter, values: tuple[tuple[str, str, str, str], ...]
) -> tuple[tuple[str, str, str, date], ...]:
    try:
        return tuple((rule, subject, reason, date.fromisoformat(until)) for rule, subject, reason, until in values)
    except ValueError:
        raise click.BadParameter("ends with a day, as in 2027-03-31", param=parameter) from None


def _nodes(_context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    from cli.adopt.asking import nodes_in

    stated: dict[str, tuple[str, ...]] = {}
    for value in values:
        key, separator, rest = value.partition("=")
        nodes = nodes_in(rest)
        if not separator or not key or not nodes:
            raise click.BadParameter(f"is not of the form {parameter.metavar}", param=parameter)
        if key.lower() in stated:
            raise click.BadParameter(f"gives {key} twice", param=parameter)
        stated[key.lower()] = nodes
    return stated


def _stated(options: Iterable[str]) -> list[str]:
    """Return which of these were typed, as they are typed."""
    context = click.get_current_context()
    typed = {each for each in options if context.get_parameter_source(each) is ParameterSource.COMMANDLINE}
    return [each.opts[0] for each in context.command.params if each.name in typed]


@click.command(help=_HELP, short_help="Take over an application as it is.")
@click.argument("client_id", required=False, default="", callback=guid)
@click.option("--tenant", default="", callback=guid, help="The Entra tenant (directory id).")
@click.option("--name", default="", help="What to call the environment: its file, and its stack.")
@click.option("--deployer", default="", callback=guid, help="Object id of the pipeline's service principal.")
@click.option(
    "--node",
    "nodes",
    multiple=True,
    metavar="KEY_ID=NODE[,NODE]",
    callback=_nodes,
    help="The ISE nodes that present a certificate, by its key id or thumbprint (SHA-1). Repeatable.",
)
@click.option(
    "--leave",
    multiple=True,
    metavar="ID",
    help="Let something stay that no file declares, by its key id or what the list calls it. Repeatable.",
)
@click.option(
    "--exception",
    "exceptions",
    multiple=True,
    nargs=4,
    metavar="RULE SUBJECT REASON UNTIL",
    callback=_exceptions,
    help="Accept a finding until a day; it is written into the file. Repeatable.",
)
@click.option("--reason", default="", help="Why ISE needs the permissions beyond the profile; asked at a terminal.")
@of_any_file
@click.option("--replace", is_flag=True, help="Write an environment anew that is there already.")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    help="Write what is wrong with it, and the order to mend it; also where nothing is adopted.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="The form of --report.",
)
@click.option("--check", metavar="NAME", default="", shell_complete=environment_names, help="The gate alone, again.")
@click.option(
    "--resume",
    "resumed",
    metavar="NAME",
    default="",
    shell_complete=environment_names,
    help="Find and import what a killed deploy made. --client-id chooses among several.",
)
@click.option("--client-id", "chosen", default="", callback=guid, help="With --resume: which application.")
@click.pass_obj
def adopt(
    settings: Settings,
    /,
    *,
    client_id: str,
    check: str,
    resumed: str,
    chosen: str,
    **options: Any,  # noqa: ANN401 — click's
) -> int:
    """Do the one thing that is named."""
    if sum(map(bool, (client_id, check, resumed))) != 1 or (chosen and not resumed):
        raise click.UsageError(_SAY_ONE)
    stated = _stated(options)
    if stated and not client_id:
        raise click.UsageError(f"{', '.join(stated)}: for adopting a CLIENT_ID alone; the file of NAME says the rest")
    if "--format" in stated and options["report"] is None:
        raise click.UsageError("--format is the form of a report: give --report FILE too")
    if resumed:
        from cli.adopt.resume import resume

        return resume(settings, resumed, client_id=chosen)
    if check:
        from cli.adopt.checking import check_again

        return check_again(settings, check)
    if not options["tenant"] or not options["name"]:
        raise click.UsageError(_SAY_ONE)
    from cli.adopt.adopting import Asked, adopt_application

    return adopt_application(settings, Asked(client_id, **options))
