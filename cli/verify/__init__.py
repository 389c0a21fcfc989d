"""`ise-intune verify`: act as ISE, and say which link between ISE and Intune is broken, and whose job it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.completing import environment_names
from cli.results import write_result
from cli.verify.acting import acting

if TYPE_CHECKING:
    from cli.settings import Settings
    from cli.verify.acting import Acting
    from helpers.verifying.verified import Verified

_HELP = """Go the way that ISE goes for the stack NAME, and say which link is broken, what it means and whose job it is.

The way: DNS and TLS to each host, a token for Microsoft Graph and what it permits, service discovery, a token for
Intune and what it permits, the compliance service, a device. Reads the stack's outputs as `ise-intune outputs` does;
the environment file is used where it is here. HTTPS_PROXY and SSL_CERT_FILE count. Intune's query for all devices,
which is ISE's once in four hours, is never sent.

\b
With what:
  --key    a node's private key: PEM, PKCS #8 or PKCS #12; its password from ISE_INTUNE_KEY_PASSWORD or a prompt
  --probe  no node's key: signs in as whoever deploys, registers a certificate of its own on the application for 15
           minutes, goes the way with it, and removes it; no other credential changes, or it says so loudly
  neither  only what needs no credential; where somebody can sign in who may read applications, what is registered,
           asked for and consented to

\b
Exit codes:
  0  every link works
  2  a link is broken, or a query takes longer than users bear
  1  it could not be fully checked

\b
Examples:
  ise-intune verify production --key psn-01.pvk --device 00:50:56:A4:C0:01
  ise-intune verify production --probe --yes
  ise-intune verify production --outputs outputs.json --format json
"""
_FORMATS = ("text", "markdown", "json", "html")
_NOTICED_MILLISECONDS = 300.0


@click.command(help=_HELP, short_help="Act as ISE: which link to Intune is broken.")
@click.argument("name", shell_complete=environment_names)
@acting
@click.option("--device", default="", metavar="GUID|MAC", help="Ask about this device.  [default: one nobody has]")
@click.option(
    "--slower-than",
    type=click.FloatRange(min=0, min_open=True),
    default=_NOTICED_MILLISECONDS,
    show_default=True,
    metavar="MS",
    help="From when on a query is slow.",
)
@click.option("--outputs", "source", type=click.Path(path_type=Path), help="Read the outputs from this file or folder.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write the result to this file.")
@click.pass_obj
def verify(
    settings: Settings,
    name: str,
    *,
    acting: Acting,
    device: str,
    slower_than: float,
    source: Path | None,
    form: str,
    output: Path | None,
) -> int:
    """Act as ISE, print, and say by the exit code whether somebody has to act."""
    from cli.rendering import exit_code, is_for_terminal
    from cli.verify.target import read_target
    from cli.verify.walking import Wanted, walked
    from helpers.reports.of_verify import outcome_of

    done = walked(settings, read_target(settings, name, source), Wanted(device, slower_than), acting)
    write_result(render(done, form, on_terminal=is_for_terminal(output)), output)
    return exit_code(outcome_of(done))


def render(done: Verified, form: str, *, on_terminal: bool = False) -> str:
    """Return what came of it in one of the formats."""
    if form == "json":
        from cli.results import json_result
        from helpers.reports import json_verify

        return json_result(
            json_verify.verify_object(done),
            found=json_verify.found_objects(done),
            unchecked=json_verify.unchecked_objects(done),
        )
    from cli.rendering import rendered
    from helpers.reports.of_verify import report_of

    return rendered(report_of(done), form, on_terminal=on_terminal)
