"""What holds for every verb: which project, which environments, how much to say."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from helpers.errors import InputError

_INSTALLED_FROM = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Setting:
    """A setting of the run, and where its value comes from."""

    name: str
    value: str
    source: str
    alternatives: str


@dataclass(frozen=True)
class Settings:
    """`verbosity` is -1 (quiet), 0, 1 or 2. Precedence: option, environment variable, default."""

    root: Path
    verbosity: int
    root_stated: bool = False

    @classmethod
    def of(cls, *, root: Path | None, verbosity: int) -> Settings:
        """Return the settings of one command line. Raises `InputError` for a root that is no folder."""
        if root is not None and not root.is_dir():
            raise InputError(str(root), "is not a folder", "give --root the project's folder")
        return cls((root or _INSTALLED_FROM).absolute(), verbosity, root is not None)

    @property
    def environments(self) -> Path:
        """The environments' folder: ISE_INTUNE_ENVIRONMENTS, else `environments` in the project.

        Written from where the person is, when it is below: messages then name files as they would.
        """
        folder = Path(os.environ.get("ISE_INTUNE_ENVIRONMENTS") or self.root / "environments")
        here = Path.cwd()
        return folder.relative_to(here) if folder.is_absolute() and folder.is_relative_to(here) else folder

    @property
    def stacks(self) -> list[str]:
        """The environments that ISE_INTUNE_STACKS selects; none means all. Raises `InputError`."""
        from helpers.declaration.folder import stacks_selected

        return stacks_selected(os.environ.get("ISE_INTUNE_STACKS", ""))

    def explained(self, names: tuple[str, ...] = ()) -> list[Setting]:
        """Return what governs a run that was given `names`, each with its source and what else could set it."""
        folder_stated = bool(os.environ.get("ISE_INTUNE_ENVIRONMENTS"))
        stacks, selects = self.stacks, "the command line's names, else ISE_INTUNE_STACKS, else all"
        selected = ", ".join(names or stacks) or "all"
        source = "command line" if names else "ISE_INTUNE_STACKS" if stacks else "default"
        return [
            Setting("project", str(self.root), "--root" if self.root_stated else "default", "--root, else here"),
            Setting(
                "environments' folder",
                str(self.environments),
                "ISE_INTUNE_ENVIRONMENTS" if folder_stated else "default",
                "ISE_INTUNE_ENVIRONMENTS, else `environments` in the project",
            ),
            Setting("environments", selected, source, selects),
        ]
