"""`ise-intune ise`: what ISE's own API saves people from doing by hand."""

from __future__ import annotations

import click

from cli.lazy_commands import LazyCommands

_HELP = """Ask ISE's own API: bring its nodes' certificates into an environment, import the roots it lacks.

The API is off until an administrator turns it on: Administration > System > Settings > API Settings > Open API. It
answers at the primary PAN, `ise.api` in the environment file or --api. The account is asked for, or taken from
ISE_INTUNE_ISE_USER and ISE_INTUNE_ISE_PASSWORD.

\b
Examples:
  ise-intune ise export production --dry-run
  ise-intune ise trust production --ca company-ca.pem
"""

COMMANDS = {
    "export": "cli.ise.export:export",
    "trust": "cli.ise.trust:trust",
}


@click.group(
    cls=LazyCommands,
    places=COMMANDS,
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"]},
    short_help="Fetch certificates from ISE, import roots into it.",
)
def ise() -> None:
    """Ask ISE's own API."""
