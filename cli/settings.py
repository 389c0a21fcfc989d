"""What holds for every verb: which project, how much to say."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from helpers.errors import InputError

_INSTALLED_FROM = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """`verbosity` is -1 (quiet), 0, 1 or 2. Precedence: option, environment variable, default."""

    root: Path
    verbosity: int

    @classmethod
    def of(cls, *, root: Path | None, verbosity: int) -> Settings:
        """Return the settings of one command line. Raises `InputError` for a root that is no folder."""
        if root is not None and not root.is_dir():
            raise InputError(str(root), "is not a folder", "give --root the project's folder")
        return cls((root or _INSTALLED_FROM).absolute(), verbosity)

    @property
    def environments(self) -> Path:
        """The environments' folder: ISE_INTUNE_ENVIRONMENTS, else `environments` in the project."""
        stated = os.environ.get("ISE_INTUNE_ENVIRONMENTS")
        return Path(stated) if stated else self.root / "environments"
