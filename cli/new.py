"""`ise-intune new`: write a commented environment file to start from."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from cli.file_options import guid, of_any_file, pairs, require_working, stated_release
from cli.results import called, say
from helpers.declaration.awaiting import awaits_file
from helpers.declaration.environments import judge_new
from helpers.declaration.folder import FOLDER_VARIABLE, name_remedy
from helpers.declaration.forms import TO_FILL_IN
from helpers.declaration.json_schema import json_schema_text
from helpers.declaration.template import NewEnvironment, environment_text
from helpers.errors import DeclarationErrors, InputError
from helpers.guids import NO_GUID
from helpers.permissions import AS_FOUND, profiles
from helpers.plain_text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cli.settings import Settings
    from helpers.errors import Mistake

# All but that of what was adopted, which asks for nothing by itself.
_PROFILES = tuple(name for name in profiles() if name != AS_FOUND)
_SCHEMA_FILE = "environment.schema.json"

# The options behind the keys of the file; any other key is called as its option is.
_OPTIONS = {
    "certificates": "--certificate",
    "state": "--state-setting",
    "ise": "--ise-api",
    "application": "--display-name",
    "permissions": "--admin-consent",
    "tenant_id": "--tenant-id",
}

_HELP = """Write a commented environment file NAME.yaml to start from. An existing file is never touched.

Your editor completes and explains every key, by the schema the file names. What no option gives is left to fill in,
and listed; `ise-intune check NAME` goes on listing it until it is done.

\b
Examples:
  ise-intune new lab
  ise-intune new production --release 3.4 --patch 2 --state azurerm
  ise-intune new production --tenant-id 5a9d0000-0001-4000-8000-000000000001 \\
    --certificate psn-01=certificates/psn-01.pem --certificate psn-02=certificates/psn-02.pem \\
    --state azurerm --state-setting storage_account_name=tfstate --state-setting container_name=ise-intune
"""


@click.command(help=_HELP, short_help="Write a commented environment file.")
@click.argument("name")
@click.option("--tenant-id", default=NO_GUID, callback=guid, help="The Entra tenant (directory id).")
@click.option("--deployer", default=NO_GUID, callback=guid, help="Object id of the pipeline's service principal.")
@click.option("--display-name", help="The application's name in Entra. Default: Cisco ISE – Intune compliance (NAME).")
@click.option("--profile", type=click.Choice(_PROFILES), default="minimal", show_default=True)
@click.option(
    "--certificate",
    "certificates",
    multiple=True,
    metavar="ENTRY=PATH",
    callback=pairs,
    help="A node's certificate, by a path from the environments' folder. Repeatable.",
)
@of_any_file
@click.pass_obj
def new(settings: Settings, /, *, name: str, display_name: str | None, patch: int | None, **options: object) -> None:
    """Judge the options, write the file if they can be part of a sound one, and say what is still to do."""
    remedy = name_remedy(name)
    if remedy:
        raise InputError(name, "cannot name an environment", remedy)
    display_name = display_name or f"Cisco ISE – Intune compliance ({name})"
    if visible(display_name, keep="") != display_name:
        raise InputError("--display-name", "holds control or invisible characters", "type the text anew")
    ise = stated_release(str(options["release"]), patch)
    require_working(ise)
    options["certificates"] = options["certificates"] or {"psn-01": f"certificates/{name}-psn-01.pem"}
    text = environment_text(NewEnvironment(name=name, display_name=display_name, patch=ise.patch, **options))  # type: ignore[arg-type]
    path = settings.environments / f"{name}.yaml"
    left = _still_to_do(text, path)
    _write_new(path, text)
    put_schema_beside(path)
    say(settings, f"{path}: written")
    for mistake in left:
        say(settings, f"to do: {mistake}")
    say(settings, f"{'then' if left else 'next'}: {called()} check {name}")


def _still_to_do(text: str, path: Path) -> Sequence[Mistake]:
    """Return what is left to a person. Raises `DeclarationErrors` for options that no sound file can have."""
    mistakes = judge_new(text.encode(), path)
    wrong = [mistake for mistake in mistakes if not _may_come(mistake)]
    if wrong:
        raise DeclarationErrors([replace(each, file=_option(each), line=0) for each in wrong])
    return mistakes


def _may_come(mistake: Mistake) -> bool:
    return mistake.cause == TO_FILL_IN or awaits_file(mistake)


def _option(mistake: Mistake) -> str:
    key = re.split(r"[.\[]", mistake.key)[0]
    return _OPTIONS.get(key, f"--{key}")


def _write_new(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        raise InputError(str(path), "exists already", "edit it, or choose another name") from None
    except OSError as error:
        remedy = f"name a folder you may write to with {FOLDER_VARIABLE}"
        raise InputError(str(path), f"cannot be written ({error.strerror})", remedy) from None


def put_schema_beside(path: Path) -> None:
    """Give a folder outside the project the schema that the file's first line names."""
    schema = path.with_name(_SCHEMA_FILE)
    if not schema.exists():
        _write_new(schema, json_schema_text())
