"""All stacks, written as Terraform JSON."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from helpers.errors import SetupError
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
    _refuse_unwritable(output)
    app = App(outdir=str(output), context=CONTEXT)
    for declaration in declarations:
        IntegrationStack(app, declaration, project_root=_way_to(root, output, declaration.name), commit=commit)
    app.synth()


def _refuse_unwritable(output: Path) -> None:
    """Raise `SetupError` in one sentence where Node would end in forty lines of its own."""
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output):
            pass
    except OSError as error:
        raise SetupError(f"{output}: cannot be written ({error.strerror}); synthesize where you may write") from None


def _way_to(root: Path, output: Path, name: str) -> str:
    """Return the relative path from a stack's folder to `root`: an absolute one names this machine."""
    stack = output.resolve() / "stacks" / name
    return PurePath(os.path.relpath(root.resolve(), stack)).as_posix()
