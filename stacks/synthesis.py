"""All stacks, written as Terraform JSON."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from stacks.framework import CONTEXT, App
from stacks.integration import IntegrationStack

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpers.declaration.declaration import Declaration


def synthesize(declarations: Iterable[Declaration], *, output: Path, root: Path, commit: str | None = None) -> None:
    """Write a stack for each declaration below `output`, as `stacks/<name>/cdk.tf.json`.

    `root` is the project's folder, from which the `local` backend counts its path. The same input gives the same
    bytes; `commit` is part of the input.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    app = App(outdir=str(output), context=CONTEXT)
    for declaration in declarations:
        IntegrationStack(app, declaration, project_root=_way_to(root, output, declaration.name), commit=commit)
    app.synth()


def _way_to(root: Path, output: Path, name: str) -> str:
    """Return the relative path from a stack's folder to `root`: an absolute one names this machine."""
    stack = output.resolve() / "stacks" / name
    return PurePath(os.path.relpath(root.resolve(), stack)).as_posix()
