"""`ise-intune sandbox portal`: changes behind Terraform's back, a command for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.completing import environment_names
from cli.sandbox_folder import FOLDER_OPTION, folder_path
from cli.tables import table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cli.settings import Settings
    from helpers.declaration.declaration import Declaration
    from sandbox.folder import SandboxFolder
    from sandbox.orders import Made
    from sandbox.portal import Change

_HELP = """Change something in the sandbox behind Terraform's back.

As an administrator does in the portal, by Graph's own rules and into its audit log; or as Microsoft and time do.
`ise-intune sandbox portal list` says which changes do harm and which mean nothing.

\b
Examples:
  ise-intune sandbox portal list
  ise-intune sandbox portal add-secret demo
  ise-intune sandbox portal grant-permission --app CLIENT_ID --permission User.Read.All
"""
_LIST = "list"


class _Portal(click.Group):
    """A command for each change; they are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 — click's signature
        return [_LIST, *_changes()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == _LIST:
            return super().get_command(ctx, cmd_name)
        change = _changes().get(cmd_name)
        return None if change is None else _command(change)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            from helpers.nearest import did_you_mean

            ctx.fail(f"there is no change {args[0]!r}; {did_you_mean(args[0], known)}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Portal, short_help="Change something behind Terraform's back.", help=_HELP)
def portal() -> None:
    """Have a command for each change."""


@portal.command(_LIST, short_help="List every change, the harmful ones first.")
def list_() -> None:
    """List every change there is, the harmful ones first."""
    rows = [(change.name, "harmful" if change.harmful else "harmless", change.does) for change in _changes().values()]
    click.echo(table(("CHANGE", "KIND", "WHAT IT DOES"), rows), nl=False)


def _changes() -> dict[str, Change]:
    from sandbox.portal import CHANGES

    return {change.name: change for change in CHANGES}


def _command(change: Change) -> click.Command:
    from sandbox.portal import OPTIONS

    options = [
        click.Option([f"--{name.replace('_', '-')}"], default=default, show_default=bool(default), help=OPTIONS[name])
        for name, default in change.options.items()
    ]
    command = click.Command(
        change.name,
        params=[
            click.Argument(["environment"], required=False, metavar="[NAME]", shell_complete=environment_names),
            click.Option(["--app"], metavar="CLIENT_ID", help="The application, instead of the environment's NAME."),
            click.Option(["--tenant"], help="A tenant's name or id, where NAME is no environment."),
            *options,
        ],
        help=_help(change),
        short_help=f"{change.does[:1].upper()}{change.does[1:]}.",
        callback=click.pass_obj(_running(change)),
    )
    return FOLDER_OPTION(command)


def _help(change: Change) -> str:
    kind = "It does harm: drift must find it." if change.harmful else "It means nothing: drift must not report it."
    examples = f"\b\nExamples:\n  ise-intune sandbox portal {change.name} demo"
    return (
        f"Change the application of the environment NAME: {change.does}. {kind}\n\n"
        "NAME is an environment's, or else an application's display name or client id.\n\n"
        f"{examples}"
    )


def _running(change: Change) -> Any:  # noqa: ANN401 — click's callback
    def run(settings: Settings, *, folder: Path | None, **given: str | None) -> None:
        from sandbox.folder import existing_folder
        from sandbox.orders import Order
        from sandbox.portal.ordering import carry_out_in

        existing = existing_folder(folder_path(settings, folder))
        tenant_id, application = _meant(settings, existing, given)
        options = {name: value for name in change.options if (value := given[name]) is not None}
        made = carry_out_in(existing, Order(change.name, application, tenant_id, options))
        click.echo(_said(change, made), nl=False)

    return run


def _meant(settings: Settings, folder: SandboxFolder, given: Mapping[str, str | None]) -> tuple[str | None, str]:
    """Return which application, in which tenant: named, deployed here as the environment, or declared by its file."""
    from helpers.model import stated
    from sandbox.portal.ordering import deployed
    from sandbox.session import find_tenant

    name, app, tenant = (given[key] for key in ("environment", "app", "tenant"))
    if (name is None) is (app is None):
        raise click.UsageError("name an environment, or an application with --app")
    if name is None or tenant is not None:
        return find_tenant(tenant).id if tenant is not None else None, str(app or name)
    found = deployed(folder, name)
    if found is not None:
        return found
    declared = _declared(settings, name)
    if declared is None:
        return None, name
    return declared.integration.tenant_id, stated(declared.integration.application.display_name)


def _declared(settings: Settings, name: str) -> Declaration | None:
    from helpers.declaration.environments import read_environment
    from helpers.declaration.folder import environment_paths

    if not settings.environments.is_dir():
        return None
    paths = {path.stem: path for path in environment_paths(settings.environments)}
    return read_environment(paths[name]) if name in paths else None


def _said(change: Change, made: Made) -> str:
    left = ", ".join(f'"{activity}"' for activity in dict.fromkeys(made.activities)) or "nothing"
    return (
        f"{change.name}: {change.does}\n"
        f"application: {made.display_name} ({made.client_id}) in {made.tenant}\n"
        f"left in the audit log: {left}\n"
    )
