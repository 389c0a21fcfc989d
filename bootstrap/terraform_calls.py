"""Which Terraforms cdktf started and whether one still runs: each holds a named pipe open and writes its call there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHANGING = {"apply", "destroy"}
_MUCH = 65536


class TerraformCalls:
    """Reads the pipe. `pipe` is its path."""

    def __init__(self, folder: Path) -> None:
        """Make the pipe in a private folder."""
        self.pipe = folder / "runs"
        os.mkfifo(self.pipe, 0o600)
        self._descriptor = os.open(self.pipe, os.O_RDONLY | os.O_NONBLOCK)
        self._heard = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def running(self) -> bool:
        """Say whether a Terraform holds the pipe open."""
        try:
            while heard := os.read(self._descriptor, _MUCH):
                self._heard += heard
        except BlockingIOError:
            return True
        return False

    def folders_changed(self) -> Sequence[Path]:
        """Return the folders in which a Terraform was told to change something, each once, the first one first."""
        calls = (line.partition(" ") for line in os.fsdecode(self._heard).splitlines())
        return list(dict.fromkeys(Path(folder) for verb, _, folder in calls if verb in _CHANGING))
