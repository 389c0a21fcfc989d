"""`ise-intune new`: write a commented environment file to start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.results import say
from helpers.clouds import CLOUDS
from helpers.declaration.environments import NAME
from helpers.declaration.template import NewEnvironment, environment_text
from helpers.errors import InputError
from helpers.permissions import GUID
from helpers.plain_text import printable

if TYPE_CHECKING:
    from pathlib import Path

    from cli.settings import Settings

# Shaped like ids, so that editor and `check` say which lines are still to be filled in, and no deploy can succeed.
_TO_FILL_IN = "00000000-0000-0000-0000-000000000000"

_HELP = """Write a commented environment file NAME.yaml to start from. An existing file is never touched.

Your editor completes and explains every key, by the schema the file names. Options not given are left to fill in.

\b
Examples:
  ise-intune new production
  ise-intune new lab --tenant-id 5a9d0000-0001-4000-8000-000000000001 --certificate psn-01=certificates/psn-01.pem
"""


def _guid(_context: click.Context, parameter: click.Parameter, value: str) -> str:
    if not GUID.fullmatch(value):
        raise click.BadParameter("is not a GUID; copy the id from the portal", param=parameter)
    return value.lower()


def _entries(_context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    entries = {}
    for value in values:
        name, separator, path = value.partition("=")
        if not separator or not name or not path:
            raise click.BadParameter(f"{value!r} is not of the form NAME=PATH", param=parameter)
        entries[name] = path
    return entries


@click.command(help=_HELP, short_help="Write a commented environment file.")
@click.argument("name")
@click.option("--tenant-id", default=_TO_FILL_IN, callback=_guid, help="The Entra tenant (directory id).")
@click.option("--deployer", default=_TO_FILL_IN, callback=_guid, help="Object id of the pipeline's service principal.")
@click.option("--cloud", type=click.Choice(tuple(CLOUDS)), default="global", show_default=True)
@click.option("--display-name", help="The application's name in Entra. Default: Cisco ISE – Intune compliance (NAME).")
@click.option(
    "--certificate",
    "certificates",
    multiple=True,
    metavar="ENTRY=PATH",
    callback=_entries,
    help="A node's certificate, by a path from the environments' folder. Repeatable.",
)
@click.pass_obj
def new(
    settings: Settings,
    *,
    name: str,
    tenant_id: str,
    deployer: str,
    cloud: str,
    display_name: str | None,
    certificates: dict[str, str],
) -> None:
    """Write the file, and say what is still to do."""
    if not NAME.fullmatch(name):
        remedy = "begin with a small letter; then small letters, digits and hyphens, 40 at most"
        raise InputError(name, "cannot name an environment", remedy)
    display_name = display_name or f"Cisco ISE – Intune compliance ({name})"
    if printable(display_name, keep="") != display_name:
        raise InputError("--display-name", "holds control or invisible characters", "type the text anew")
    text = environment_text(
        NewEnvironment(
            name=name,
            tenant_id=tenant_id,
            deployer=deployer,
            display_name=display_name,
            certificates=certificates or {"psn-01": f"certificates/{name}-psn-01.pem"},
            cloud=cloud,
        )
    )
    path = settings.environments / f"{name}.yaml"
    _write_new(path, text)
    say(settings, f"{path}: written. Fill it in, put the certificates beside it, then: ise-intune check {name}")


def _write_new(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        raise InputError(str(path), "exists already", "edit it, or choose another name") from None
    except OSError as error:
        raise InputError(str(path), f"cannot be written ({error.strerror})", "check the folder") from None
