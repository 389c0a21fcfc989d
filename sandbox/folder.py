"""The sandbox's folder: private to its owner, recognised by a marker, and where each thing in it lies."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

MARKER = "this-is-an-ise-intune-sandbox"
_MARKER_TEXT = """\
`ise-intune sandbox` made this folder: the state, the keys and the logs of a loopback world.
Nothing in it is worth keeping; `ise-intune sandbox reset` removes it.
"""
_SOMETHING_ELSE = "holds something else than a sandbox"
_ANOTHER_PATH = "name another path with --folder"


@dataclass(frozen=True)
class SandboxFolder:
    """One sandbox on disk. `path` is absolute, without links."""

    path: Path

    @property
    def store(self) -> Path:
        """The SQLite file of `sandbox.store`."""
        return self.path / "world.sqlite"

    @property
    def endpoint(self) -> Path:
        """Where the running server can be found; there only while it runs."""
        return self.path / "endpoint.json"

    @property
    def secrets(self) -> Path:
        """The pipelines' client secrets by client id, JSON, as `sandbox.seed` writes them."""
        return self.path / "deployers.json"

    @property
    def ca(self) -> Path:
        """The certificate authority that everything inside the sandbox trusts, PEM."""
        return self.path / "ca.pem"

    @property
    def requests_log(self) -> Path:
        """What the services were asked: a JSON object a line."""
        return self.path / "requests.log"

    @property
    def connections_log(self) -> Path:
        """What the proxy led to the services: a JSON object a line."""
        return self.path / "connections.log"

    @property
    def refused_log(self) -> Path:
        """What the proxy refused: a JSON object a line. Nothing here means that nothing phoned home."""
        return self.path / "refused.log"

    @property
    def errors_log(self) -> Path:
        """Tracebacks of the sandbox's own mistakes."""
        return self.path / "errors.log"

    @property
    def output(self) -> Path:
        """What cdktf synthesizes inside the sandbox."""
        return self.path / "cdktf.out"

    @property
    def programs(self) -> Path:
        """Programs that stand before the real ones on PATH: `terraform`."""
        return self.path / "bin"


def open_folder(path: Path) -> SandboxFolder:
    """Return the sandbox at `path`, made where there is nothing yet, or an empty private folder.

    Raises:
        InputError: something else is there, or the folder is open to others.
    """
    path = path.resolve()
    if not path.exists():
        _make(path)
    _refuse_what_is_not_ours(path)
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise InputError(str(path), "the sandbox's folder cannot be written", "make it writable, or use --folder")
    if not (path / MARKER).exists():
        _mark_if_empty(path)
    return SandboxFolder(path)


def existing_folder(path: Path) -> SandboxFolder:
    """Return the sandbox at `path`.

    Raises:
        InputError: nothing is there, or something that is no sandbox, or that others can read.
    """
    path = path.resolve()
    if not path.exists():
        raise InputError(str(path), "there is no sandbox", "`ise-intune sandbox up` or `run` makes one")
    _refuse_what_is_not_ours(path)
    if not (path / MARKER).exists():
        raise InputError(str(path), _SOMETHING_ELSE, _ANOTHER_PATH)
    return SandboxFolder(path)


def remove_folder(folder: SandboxFolder) -> None:
    """Delete the sandbox. The marker goes last, so that a deletion cut short can be repeated."""
    for entry in sorted(folder.path.iterdir(), key=lambda entry: entry.name == MARKER):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    folder.path.rmdir()


def _make(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        remedy = "name a folder that you may make with --folder"
        raise InputError(str(path), f"the sandbox's folder cannot be made ({error.strerror})", remedy) from error


def _refuse_what_is_not_ours(path: Path) -> None:
    if not path.is_dir():
        raise InputError(str(path), "is a file, not a sandbox's folder", _ANOTHER_PATH)
    facts = path.stat()
    if facts.st_uid != os.geteuid():
        raise InputError(str(path), "belongs to another user, and a sandbox holds keys", _ANOTHER_PATH)
    if stat.S_IMODE(facts.st_mode) & 0o077:
        raise InputError(str(path), "is open to other users, and a sandbox holds keys", f"chmod 700 '{path}'")


def _mark_if_empty(path: Path) -> None:
    if any(entry.name != ".gitignore" for entry in path.iterdir()) and not (path / MARKER).exists():
        raise InputError(str(path), _SOMETHING_ELSE, _ANOTHER_PATH)
    # Wherever the folder is put, it never shows up in `git status`.
    write_private(path / ".gitignore", "*\n")
    write_private(path / MARKER, _MARKER_TEXT)


def write_private(path: Path, content: str, *, mode: int = 0o600) -> None:
    """Write a file whole or not at all, readable by its owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The process id keeps two writers of one file apart; the last one wins.
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    draft.replace(path)
