"""How the commands of one sandbox find its server: a file that says where, a lock that says whether.

A lock ends with its process however that ends, so a file without a lock is what a killed server left behind. Who joins
a server holds a shared lock on another file: the server waits for the joined before it goes.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from helpers.errors import SetupError
from sandbox.folder import write_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.folder import SandboxFolder

_ANSWER_SECONDS = 2.0


@dataclass(frozen=True)
class Endpoint:
    """A running server: its process, and its proxy's port on 127.0.0.1."""

    pid: int
    proxy_port: int

    @property
    def proxy_url(self) -> str:
        """What `HTTPS_PROXY` is set to."""
        return f"http://127.0.0.1:{self.proxy_port}"


def announce(folder: SandboxFolder, endpoint: Endpoint) -> None:
    """Write down where the server is."""
    write_private(folder.endpoint, json.dumps(asdict(endpoint)))


def find_server(folder: SandboxFolder) -> Endpoint | None:
    """Return where the folder's server is, None if none runs.

    Raises:
        SetupError: one runs, but does not answer.
    """
    try:
        fields = json.loads(folder.endpoint.read_text(encoding="utf-8"))
        endpoint = Endpoint(pid=fields["pid"], proxy_port=fields["proxy_port"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not is_served(folder):
        return None
    try:
        socket.create_connection(("127.0.0.1", endpoint.proxy_port), timeout=_ANSWER_SECONDS).close()
    except OSError as error:
        problem = f"the sandbox's server (process {endpoint.pid}) does not answer on port {endpoint.proxy_port}"
        raise SetupError(f"{folder.path}: {problem}; end that process and try again") from error
    return endpoint


def is_served(folder: SandboxFolder) -> bool:
    """Say whether a process serves the folder, or is just about to."""
    with _locked(folder.path / "server.lock") as free:
        return not free


@contextlib.contextmanager
def sole_server(folder: SandboxFolder) -> Iterator[bool]:
    """Be the folder's only server while the context lasts; gives False where another one is."""
    with _locked(folder.path / "server.lock") as free:
        yield free


@contextlib.contextmanager
def joined(folder: SandboxFolder) -> Iterator[Endpoint | None]:
    """Keep the folder's server alive while the context lasts; gives None where there is none."""
    with _locked(folder.path / "joined.lock", shared=True, wait=True):
        yield find_server(folder)


@contextlib.contextmanager
def nobody_joined(folder: SandboxFolder, *, wait: bool) -> Iterator[bool]:
    """Let nobody join while the context lasts; gives False where somebody has and `wait` is not wanted."""
    with _locked(folder.path / "joined.lock", wait=wait) as free:
        yield free


@contextlib.contextmanager
def _locked(path: Path, *, shared: bool = False, wait: bool = False) -> Iterator[bool]:
    # Not on Windows: imported here so that the command line can say so.
    import fcntl

    # Python's descriptors are not inherited: the lock does not outlive us in a child.
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        taken = False
    else:
        taken = True
    try:
        yield taken
    finally:
        os.close(descriptor)
