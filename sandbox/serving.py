"""The sandbox's server: services and proxy in one event loop, in one thread of the process that wants them.

A thread and not a process: however the process ends, the server has ended too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import threading
from typing import TYPE_CHECKING

import uvicorn

from helpers.errors import SetupError
from sandbox import admin, services
from sandbox.dispatch import Dispatcher
from sandbox.endpoint import Endpoint, announce, nobody_joined, sole_server
from sandbox.faults import Faults
from sandbox.hosts import SERVED
from sandbox.proxy import ConnectionLog, Proxy, stop_accepting
from sandbox.requests_seen import RequestLog
from sandbox.store import Store
from sandbox.trust import server_context
from sandbox.world import World, utc_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from sandbox.folder import SandboxFolder

_LOG_LIMIT = 4 * 1024 * 1024
_CLOSE_SECONDS = 1.0


class Server:
    """A running server. `wait` returns when it has ended, by `stop` or by a mistake."""

    def __init__(self, folder: SandboxFolder) -> None:
        """Prepare to serve a folder whose `sole_server` the caller is."""
        self._folder = folder
        self._ready = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._endpoint: Endpoint | None = None

    @property
    def endpoint(self) -> Endpoint:
        """Where it is."""
        if self._endpoint is None:
            raise SetupError(f"{self._folder.path}: the sandbox's server did not start")
        return self._endpoint

    def start(self) -> None:
        """Serve; return once the services answer, or raise what kept them from it."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Ask the server to end. Safe from any thread and from a signal handler."""
        if self._loop is not None and self._stopping is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(self._stopping.set)

    def wait(self) -> None:
        """Return when the server has ended; raise what ended it."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001 — it is raised in the thread that asked for the server
            self._failure = error
        finally:
            self._folder.endpoint.unlink(missing_ok=True)
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        with contextlib.closing(Store(self._folder.store)) as store:
            world = World(folder=self._folder.path, store=store)
            services.fill(world)
            async with _listening(self._folder, _application(world, self._folder)) as port:
                self._endpoint = Endpoint(pid=os.getpid(), proxy_port=port)
                announce(self._folder, self._endpoint)
                self._ready.set()
                await self._stopping.wait()


@contextlib.contextmanager
def serving(folder: SandboxFolder, *, on_waiting: Callable[[], None]) -> Iterator[Server]:
    """Serve the folder while the context lasts, and then until those who joined are done.

    `on_waiting` is called when there is somebody to wait for.

    Raises:
        SetupError: another process serves it, or the server could not start.
    """
    with sole_server(folder) as ours:
        if not ours:
            raise SetupError(f"{folder.path}: another process serves this sandbox; end it, or use --folder")
        server = Server(folder)
        server.start()
        try:
            yield server
            _let_the_joined_finish(folder, on_waiting)
        finally:
            server.stop()
            server.wait()


def _let_the_joined_finish(folder: SandboxFolder, on_waiting: Callable[[], None]) -> None:
    # The file goes while nobody can join, so that whoever comes next starts a server instead of losing this one.
    with nobody_joined(folder, wait=False) as free:
        if free:
            folder.endpoint.unlink(missing_ok=True)
            return
    on_waiting()
    with nobody_joined(folder, wait=True):
        folder.endpoint.unlink(missing_ok=True)


def _application(world: World, folder: SandboxFolder) -> Dispatcher:
    for log in (folder.requests_log, folder.connections_log, folder.refused_log, folder.errors_log):
        _keep_small(log)
    faults, seen = Faults(), RequestLog(folder.requests_log)
    applications = services.applications(world)
    applications["admin"] = admin.application(world, faults=faults, log=seen)
    return Dispatcher(services=applications, log=seen, faults=faults, errors_log=folder.errors_log)


@contextlib.asynccontextmanager
async def _listening(folder: SandboxFolder, application: Dispatcher) -> AsyncIterator[int]:
    """Answer on two free ports: the services' TLS socket and the proxy that leads to it; gives the proxy's port."""
    tls, plain = _free_port(), _free_port()
    server = await _started(folder, application, tls)
    ticking = asyncio.create_task(_tick(server))
    log = ConnectionLog(led=folder.connections_log, refused=folder.refused_log)
    proxy = Proxy(hosts=SERVED, upstream=tls.getsockname(), log=log)
    await proxy.start(plain)
    try:
        yield plain.getsockname()[1]
    finally:
        await proxy.stop()
        ticking.cancel()
        await _stop(server)


async def _started(folder: SandboxFolder, application: Dispatcher, listener: socket.socket) -> uvicorn.Server:
    """Start uvicorn without `serve`: the signals belong to the command line, and its way to end takes its time."""
    config = uvicorn.Config(
        application, http="h11", ws="none", lifespan="off", log_config=None, access_log=False, server_header=False
    )
    # Its warnings (half a request, say) are of use in a log; on a terminal they would stand between a command's lines.
    log = logging.getLogger("uvicorn")
    log.handlers, log.propagate = [logging.FileHandler(folder.errors_log, delay=True)], False
    config.load()
    config.ssl = server_context(folder, SERVED, now=utc_now())
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    return server


async def _tick(server: uvicorn.Server) -> None:
    while True:
        await server.on_tick(0)  # sets the Date header
        await asyncio.sleep(1)


async def _stop(server: uvicorn.Server) -> None:
    for listening in server.servers:
        await stop_accepting(listening)
    for connection in list(server.server_state.connections):
        connection.shutdown()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_CLOSE_SECONDS):
            while server.server_state.connections:  # noqa: ASYNC110 — uvicorn keeps no event for it
                await asyncio.sleep(0.01)


def _free_port() -> socket.socket:
    # With the protocol by name: only then asyncio sends what is written at once, instead of 40 ms later.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    return listener


def _keep_small(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_name(log.name + ".1"))
