"""A group of commands, each imported when it is asked for: start-up time is a promise."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping


class LazyCommands(click.Group):
    """Commands by name, each given as `module:attribute`."""

    def __init__(self, *arguments: Any, places: Mapping[str, str], **options: Any) -> None:  # noqa: ANN401 — click's
        """Take `places` in the order in which people meet the commands; all else is click's."""
        super().__init__(*arguments, **options)
        self.places = places

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 — click's signature
        """Return the commands in the order people meet them."""
        return list(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 — click's signature
        """Import and return a command."""
        if cmd_name not in self.places:
            return None
        module, _, attribute = self.places[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say which command was meant when a name is not one."""
        if args and args[0] not in self.places and not args[0].startswith("-"):
            from helpers.nearest import did_you_mean

            ctx.fail(f"there is no command {args[0]!r}; {did_you_mean(args[0], self.places)}")
        return super().resolve_command(ctx, args)
