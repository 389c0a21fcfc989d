"""`ise-intune certificate`: the certificates that ISE nodes sign in with, from export to end of life."""

from __future__ import annotations

import click

from cli.lazy_commands import LazyCommands

_HELP = """Work with the certificates that ISE nodes sign in with.

\b
A renewal is two deploys:
  ise-intune certificate add production psn-01-2027 export.zip --node psn-01
  cdktf deploy production          then let psn-01 present the new one
  ise-intune certificate usage production --format json --output usage.json
  ise-intune certificate remove production psn-01 --evidence usage.json
  cdktf deploy production
"""

COMMANDS = {
    "show": "cli.certificate.show:show",
    "expiry": "cli.certificate.expiry:expiry",
    "add": "cli.certificate.add:add",
    "usage": "cli.certificate.usage:usage",
    "remove": "cli.certificate.remove:remove",
    "rename": "cli.certificate.rename:rename",
    "revoke": "cli.certificate.revoke:revoke",
}


@click.group(
    cls=LazyCommands,
    places=COMMANDS,
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"]},
    short_help="Certificates of ISE nodes: show, renew, watch, revoke.",
)
def certificate() -> None:
    """Work with the certificates that ISE nodes sign in with."""
