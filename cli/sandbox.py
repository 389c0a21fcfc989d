"""`ise-intune sandbox`: the loopback world, to enter, to keep up, to look at and to throw away."""

from __future__ import annotations

import os
import sys
from functools import update_wrapper
from typing import TYPE_CHECKING, Any

import click

from cli.exit_codes import FINE
from cli.sandbox_folder import FOLDER_OPTION, folder_path
from cli.sandbox_portal import portal
from cli.sandbox_register import register
from helpers.errors import SetupError
from sandbox.before_terraform import DECLARED
from sandbox.identities import CONSENTING_DEPLOYER, PEOPLE, PIPELINES, TENANTS
from sandbox.provider_choice import CHOICES
from sandbox.session import POSTGRESQL_VARIABLE, Wishes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.settings import Settings
    from sandbox.folder import SandboxFolder

_HELP = """Run commands against a small cloud on this machine: Entra, Graph, Intune and ISE on loopback.

Production configuration runs there as it is. Nothing in it reaches any other host, and nothing of your own sign-in,
Terraform settings or state is used.

\b
Examples:
  ise-intune sandbox run -- cdktf deploy demo
  ise-intune sandbox run --as deployer -- sh
  ise-intune sandbox up
  ise-intune sandbox portal add-secret demo
"""


@click.group(short_help="Run commands against a cloud on this machine.", help=_HELP)
def sandbox() -> None:
    """Refuse where there can be no sandbox."""
    if sys.platform == "win32":
        raise SetupError("the sandbox needs Linux or macOS; on Windows use WSL")


sandbox.add_command(portal)
sandbox.add_command(register)


def _entering(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how a sandbox is entered, given to the command as one `Wishes`."""

    def with_wishes(*args: Any, provider: Any, pipeline: str, tenant: str, state: str, **others: Any) -> object:  # noqa: ANN401
        wishes = Wishes(provider=provider, pipeline=pipeline, tenant=tenant, declared_state=state == DECLARED)
        return command(*args, wishes=wishes, **others)

    options = (
        click.option(
            "--provider",
            type=click.Choice(CHOICES),
            default="auto",
            show_default=True,
            help="Which azuread provider Terraform gets. auto: AZUREAD_PROVIDER_MIRROR, else the Terraform registry,"
            " else the project's stand-in.",
        ),
        click.option(
            "--as",
            "pipeline",
            type=click.Choice([pipeline.name for pipeline in PIPELINES]),
            default=CONSENTING_DEPLOYER.name,
            show_default=True,
            help="Which pipeline signs in. deployer: may make what it owns; consenting-deployer: may consent as well;"
            " auditor: reads all that an audit needs; reader: reads applications alone.",
        ),
        click.option("--tenant", default=TENANTS[0].name, show_default=True, help="A tenant's name or id."),
        click.option(
            "--state",
            type=click.Choice(["sandbox", DECLARED]),
            default="sandbox",
            show_default=True,
            help="Where Terraform keeps its state. sandbox: in the sandbox, whatever the file says. declared: where the"
            f" file says, on this machine alone; PostgreSQL is the one that {POSTGRESQL_VARIABLE} names.",
        ),
    )
    wrapped = update_wrapper(with_wishes, command)
    for option in reversed(options):
        wrapped = option(wrapped)
    return FOLDER_OPTION(wrapped)


@sandbox.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@_entering
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="-- COMMAND [ARGUMENTS]…")
@click.pass_obj
def run(settings: Settings, *, folder: Path | None, wishes: Wishes, command: tuple[str, ...]) -> int:
    """Run one command inside the sandbox, and pass on its exit status.

    Joins the sandbox that is up in the folder; otherwise serves it until the command ends.
    """
    if not command:
        raise click.UsageError("name the command to run: ise-intune sandbox run -- COMMAND")
    from sandbox.command import run_command
    from sandbox.environment import uncoloured
    from sandbox.session import entered

    say = _talk(settings)
    with entered(_opened(settings, folder), wishes, cache=_cache(settings), say=say) as environment:
        plain = uncoloured(os.environ, terminal=sys.stdout.isatty())
        return run_command(command, environment | plain)


@sandbox.command()
@_entering
@click.pass_obj
def up(settings: Settings, *, folder: Path | None, wishes: Wishes) -> int:
    """Serve the sandbox until Ctrl-C, for other terminals and tools to join."""
    from sandbox.keeping_up import keep_up

    opened = _opened(settings, folder)
    keep_up(opened, wishes, cache=_cache(settings), say=_talk(settings), result=click.echo)
    return FINE


@sandbox.command()
@FOLDER_OPTION
@click.pass_obj
def status(settings: Settings, *, folder: Path | None) -> int:
    """Say whether the sandbox is up, and who is who in it."""
    from sandbox.endpoint import find_server
    from sandbox.folder import existing_folder

    existing = existing_folder(folder_path(settings, folder))
    server = find_server(existing)
    click.echo(f"folder   {existing.path}")
    click.echo(f"server   {f'process {server.pid}, proxy {server.proxy_url}' if server else 'not up'}")
    for tenant in TENANTS:
        click.echo(f"tenant   {tenant.id}  {tenant.cloud:<15} {tenant.name}")
    for pipeline in PIPELINES:
        click.echo(f"pipeline {pipeline.object_id}  {pipeline.name}: {', '.join(pipeline.roles)}")
    for person in PEOPLE:
        click.echo(f"person   {person.id}  {person.name}{'' if person.account_enabled else ' (account disabled)'}")
    return FINE


@sandbox.command()
@FOLDER_OPTION
@click.pass_obj
def reset(settings: Settings, *, folder: Path | None) -> int:
    """Throw the sandbox away: its tenants, its state, its keys and its logs."""
    from sandbox.endpoint import sole_server
    from sandbox.folder import existing_folder, remove_folder

    path = folder_path(settings, folder)
    if not path.exists():
        _talk(settings)(f"{path}: there is no sandbox")
        return FINE
    existing = existing_folder(path)
    with sole_server(existing) as ours:
        if not ours:
            raise SetupError(f"{existing.path}: this sandbox is up; end the command that serves it first")
        remove_folder(existing)
    _talk(settings)(f"{existing.path}: removed")
    return FINE


def _opened(settings: Settings, stated: Path | None) -> SandboxFolder:
    from sandbox.folder import open_folder

    return open_folder(folder_path(settings, stated))


def _cache(settings: Settings) -> Path:
    return settings.root / ".cache" / "providers"


def _talk(settings: Settings) -> Callable[[str], None]:
    def say(line: str) -> None:
        if settings.verbosity >= 0:
            click.echo(line, err=True)

    return say
