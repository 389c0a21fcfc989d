"""What the shell offers after TAB."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click


def environment_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001 — click's signature
    """Return the environments whose names begin so. Never an error: nobody can read one at this moment."""
    from cli.settings import Settings
    from helpers.declaration.folder import environment_files
    from helpers.errors import IseIntuneError

    root = context.find_root().params.get("root")
    try:
        files = environment_files(Settings.of(root=root, verbosity=-1).environments)
    except IseIntuneError:
        return []
    return [name for name in files if name.startswith(incomplete)]
