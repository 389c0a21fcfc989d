"""Which sandbox is meant: the option, the variable, or the project's own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cli.settings import Settings

_VARIABLE = "ISE_INTUNE_SANDBOX"


FOLDER_OPTION = click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help=f"The sandbox's folder. Default: {_VARIABLE}, else .sandbox in the project.",
)


def folder_path(settings: Settings, stated: Path | None) -> Path:
    """Return where the sandbox is, or shall be."""
    variable = os.environ.get(_VARIABLE)
    return stated or (Path(variable) if variable else settings.root / ".sandbox")
