"""Small repositories of git's, for tests: real ones, without anything of this machine's configuration."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
_WHO = ("-c", "user.name=A Person", "-c", "user.email=person@example.net", "-c", "commit.gpgSign=false")


@dataclass(frozen=True)
class Checkout:
    """A work tree, by its top folder."""

    top: Path

    def git(self, *arguments: str) -> str:
        """Run git here and return what it says, less the last line break."""
        done = subprocess.run(
            ["git", "-C", str(self.top), *_WHO, *arguments],
            env={**os.environ, **_ALONE},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.removesuffix("\n")

    def commit(self, what: str = "a change") -> str:
        """Commit everything there is, and return the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", what)
        return self.git("rev-parse", "HEAD")

    def write(self, path: str, text: str | None = None) -> Path:
        """Write a file; its own name, where nothing is said: no two files are then one that was renamed."""
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{path}\n" if text is None else text, encoding="utf-8")
        return file


def checkout(top: Path) -> Checkout:
    """Make an empty repository at `top`, on a branch called main."""
    top.mkdir(parents=True, exist_ok=True)
    made = Checkout(top)
    made.git("init", "--quiet", "--initial-branch=main")
    return made


def clone(of: Checkout, top: Path, *options: str) -> Checkout:
    """Clone a repository as a pipeline does, over a protocol that heeds `--depth`."""
    of.git("clone", "--quiet", *options, of.top.as_uri(), str(top))
    return Checkout(top)
