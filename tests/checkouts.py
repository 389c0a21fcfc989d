"""A repository of this project to be checked out, and checkouts in which `make setup` finds all that it would install.

What set-up installs is borrowed by links from the environment that runs the tests, with the marks of having been made
from the same locks: the command runs for real, and has nothing to do.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bootstrap import stamps
from bootstrap.layout import Layout
from bootstrap.machine import this_machine
from bootstrap.setup import make_plan
from tests.sandboxes import ROOT
from tests.test_repository import tracked

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_OURS = Layout(ROOT)
_WHO = ("-c", "user.name=A. Person", "-c", "user.email=person@contoso.example", "-c", "commit.gpgsign=false")
# Never what stands in the folder it is called from, as an installed command would not take it either.
_COMMAND = """#!/bin/sh
PYTHONPATH='{root}' exec '{root}/.venv/bin/python' -P -c 'import sys; from cli.main import main; sys.exit(main())' "$@"
"""


@dataclass(frozen=True)
class Repository:
    """The repository that a team works with. Its files are in `path`, where whatever is committed is checked out."""

    path: Path

    def git(self, *arguments: str) -> str:
        """Run git; return what it says."""
        done = subprocess.run(["git", *_WHO, *arguments], cwd=self.path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        """Commit everything; return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


def repository(path: Path, copied: Iterable[tuple[str, str]]) -> Repository:
    """Make a repository of this project's files as they are now, and copy into place what its users copy."""
    for file in tracked():
        place = path / file.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)
    # A team's own environments, and none of ours.
    shutil.rmtree(path / "environments" / "certificates", ignore_errors=True)
    for file in (path / "environments").glob("*.yaml"):
        file.unlink()
    for example, copy in copied:
        (path / copy).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path / example, path / copy)
    made = Repository(path)
    made.git("init", "--quiet", "--initial-branch=main")
    made.commit("Begin")
    return made


def check_out(repository: Repository, revision: str, place: Path, *, only: str = "") -> None:
    """Check a revision out, with its history; with `only`, no other folder of it."""
    place.mkdir(parents=True)
    made = Repository(place)
    made.git("init", "--quiet", "--initial-branch=main")
    made.git("remote", "add", "origin", str(repository.path))
    made.git("fetch", "--quiet", "origin", "+refs/*:refs/remotes/origin/*")
    if only:
        made.git("sparse-checkout", "set", "--no-cone", only)
    commit = repository.git("rev-parse", f"{revision}^{{commit}}")
    made.git("checkout", "--quiet", "--detach", commit)


def lend_set_up(root: Path, *, terraform: Path, output: Path) -> None:
    """Let a checkout have what set-up would install; `terraform` is the sandbox's, and cdktf writes to `output`."""
    layout = Layout(root)
    layout.scripts.mkdir(parents=True)
    for entry in _OURS.scripts.iterdir():
        (layout.scripts / entry.name).symlink_to(entry)
    for name in ("lib", "pyvenv.cfg"):
        (layout.venv / name).symlink_to(_OURS.venv / name)
    layout.node_modules.symlink_to(_OURS.node_modules)
    (root / "cdktf.out").symlink_to(output)
    _replace(layout.scripts / "terraform", f"#!/bin/sh\nexec '{terraform}' \"$@\"\n")
    _replace(layout.scripts / "ise-intune", _COMMAND.format(root=root))
    ours = (_OURS.scripts / "activate").read_text(encoding="utf-8")
    _replace(layout.scripts / "activate", ours.replace(str(_OURS.venv), str(layout.venv)))
    for step in make_plan(layout, this_machine(), held=0).steps():
        if step.stamp.is_relative_to(layout.stamps):
            stamps.write(step.stamp, step.fingerprint)


def _replace(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(0o755)
