"""`ise-intune sandbox register`: an application as somebody once made it in the portal, for `adopt` to take over."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from cli.results import called
from cli.sandbox_folder import FOLDER_OPTION, folder_path
from sandbox.identities import CONSENTING_DEPLOYER, DEPLOYERS, TENANTS
from sandbox.shapes import SHAPES

if TYPE_CHECKING:
    from pathlib import Path

    from cli.settings import Settings
    from sandbox.identities import SandboxTenant

_OBJECT_IDS = {pipeline.name: pipeline.object_id for pipeline in DEPLOYERS}
_HELP = """Make an application in the sandbox as somebody once made it in the portal, and print its client id.

It has the certificates that ISE's nodes sign in with, an administrator has consented, and the audit log has it all.

\b
SHAPE is one of:
{shapes}

\b
Examples:
  ise-intune sandbox register article-2016
  ise-intune sandbox register redirects-and-owners --tenant fabrikam --no-deployer-owner
""".format(shapes="\n".join(f"  {name:<21} {made}" for name, made in SHAPES.items()))


@click.command(short_help="Make an application as somebody once made it in the portal.", help=_HELP)
@FOLDER_OPTION
@click.argument("shape", type=click.Choice([*SHAPES]), metavar="SHAPE")
@click.option("--tenant", default=TENANTS[0].name, show_default=True, help="A tenant's name or id.")
@click.option("--display-name", default="Cisco ISE", show_default=True, help="What it is called.")
@click.option(
    "--deployer",
    type=click.Choice([*_OBJECT_IDS]),
    default=CONSENTING_DEPLOYER.name,
    show_default=True,
    help="The pipeline that will take it over.",
)
@click.option(
    "--deployer-owner/--no-deployer-owner",
    default=True,
    show_default=True,
    help="Whether that pipeline is an owner of the application and of the service principal already.",
)
@click.pass_obj
def register(
    settings: Settings,
    *,
    folder: Path | None,
    shape: str,
    tenant: str,
    display_name: str,
    deployer: str,
    deployer_owner: bool,
) -> None:
    """Make it, by the server of the sandbox or in its store."""
    from sandbox.folder import existing_folder
    from sandbox.orders import Registration
    from sandbox.portal.registering import register_in
    from sandbox.session import find_tenant

    place = find_tenant(tenant)
    wanted = Registration(shape, place.id, _OBJECT_IDS[deployer], display_name, deployer_owner)
    made = register_in(existing_folder(folder_path(settings, folder)), wanted)
    click.echo(made.client_id)
    if settings.verbosity >= 0:
        click.echo(f"{shape}: {made.display_name} in {made.tenant}, an application {SHAPES[shape]}", err=True)
        click.echo(f"next: {_adopting(made.client_id, place, folder, deployer)}", err=True)


def _adopting(client_id: str, tenant: SandboxTenant, folder: Path | None, deployer: str) -> str:
    """Return the command that takes it over."""
    where = f" --folder {shlex.quote(str(folder))}" if folder else ""
    entering = f"sandbox run{where} --tenant {tenant.id} --as {deployer}"
    cloud = f" --cloud {tenant.cloud}" if tenant.cloud != "global" else ""
    adopting = f"adopt {client_id} --tenant {tenant.id}{cloud} --name NAME --deployer {_OBJECT_IDS[deployer]}"
    return f"{called()} {entering} -- ise-intune {adopting}"
