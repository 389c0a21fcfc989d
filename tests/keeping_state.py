"""Servers that keep Terraform's state, for tests: one over HTTP in this process, and a real PostgreSQL of its own."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

# Long enough for a Terraform that is hung up on to die before its state is written.
_WRITING_SECONDS = 1.0


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
