"""Which ISE, as whom, and trusted how: the options and questions of every verb that asks ISE's API."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.asking import asked_for
from cli.results import complain
from clients.ise_account import PASSWORD_VARIABLE, USER_VARIABLE
from helpers.errors import InputError
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from clients.ise_api import IseApi


@dataclass(frozen=True)
class Connection:
    """What the command line says of ISE's API; `api` is None for the address in the environment file."""

    api: str | None
    ca: Path | None
    insecure: bool


def connected(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --api, --ca and --insecure, given to the command as `api`, `ca` and `insecure`."""
    for option in (
        click.option("--insecure", is_flag=True, help="Do not verify ISE's certificate: the password can be read."),
        click.option("--ca", type=click.Path(path_type=Path), help="Trust this CA (PEM) for ISE's web interface."),
        click.option("--api", metavar="URL", help="The primary PAN's API.  [default: ise.api of the file]"),
    ):
        command = option(command)
    return command


def connect(connection: Connection, declared: str | None, *, file: Path) -> IseApi:
    """Return ISE's API, signed in; `declared` is the address in the environment `file`. Raises `InputError`."""
    if connection.insecure and connection.ca:
        raise click.UsageError("--ca and --insecure contradict each other: leave --insecure out")
    url = connection.api or declared
    if not url:
        remedy = "write the address of the primary PAN there, as in `api: https://pan.example.net`, or give --api"
        raise InputError(f"{file}: ise.api", "is not set", remedy)
    # Takes most of a second: not before it is known that there is somebody to ask.
    from clients.ise_api import IseApi

    if connection.insecure:
        complain(
            f"warning: --insecure: nobody verifies that {one_line(url)} is ISE; whoever stands in between can read the "
            "password and change what is answered: give its CA with --ca instead"
        )
    user = os.environ.get(USER_VARIABLE) or asked_for("ISE's API account", hidden=False)
    password = os.environ.get(PASSWORD_VARIABLE) or (asked_for(f"Password of {user}", hidden=True) if user else "")
    return IseApi(url, user=user, password=password, ca_file=connection.ca, insecure=connection.insecure)
