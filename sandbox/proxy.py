"""The sandbox's way out: a CONNECT proxy that leads the served names to the services and refuses every other.

Programs reach it by `HTTPS_PROXY`. Because it is the only way out, what it refuses is the proof that nothing of a
deploy goes anywhere but to the hosts it should.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sandbox.hosts import normal_host

if TYPE_CHECKING:
    import socket
    from collections.abc import Container
    from pathlib import Path

_HEADER_LIMIT = 16 * 1024
_HEADER_SECONDS = 10.0
# After one side has said its last word the other may still answer, but not for ever.
_LAST_WORD_SECONDS = 300.0
_CHUNK = 64 * 1024
_HTTPS_PORT = "443"


@dataclass(frozen=True)
class ConnectionLog:
    """Where the proxy writes down what it was asked for: a JSON object a line."""

    led: Path
    refused: Path

    def write(self, *, target: str, refused_because: str | None = None) -> None:
        """Note one connection."""
        note = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "target": target}
        path = self.led
        if refused_because is not None:
            path = self.refused
            note["why"] = refused_because
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(note) + "\n")


class Refused(Exception):
    """What the client asked for is not given: the status line to answer, what it wanted and why it cannot have it."""

    def __init__(self, status: str, target: str, why: str) -> None:
        super().__init__(why)
        self.status, self.target, self.why = status, target, why


class Proxy:
    """A CONNECT proxy on a listening socket of the caller's."""

    def __init__(self, *, hosts: Container[str], upstream: tuple[str, int], log: ConnectionLog) -> None:
        """Lead `hosts`, port 443, to the TLS socket at `upstream`."""
        self._hosts = hosts
        self._upstream = upstream
        self._log = log
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        self._server: asyncio.Server | None = None

    async def start(self, listener: socket.socket) -> None:
        """Begin to accept."""
        self._server = await asyncio.start_server(self._accept, sock=listener, limit=_HEADER_LIMIT, backlog=512)

    async def stop(self) -> None:
        """Accept no more, and cut what is still open."""
        if self._server is not None:
            await stop_accepting(self._server)
        tasks = list(self._open.values())
        for writer, task in self._open.items():
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        await _turns()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Not a coroutine: a task that is cancelled before its first step would leave the connection open.
        self._open[writer] = asyncio.get_running_loop().create_task(self._serve_and_close(reader, writer))

    async def _serve_and_close(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            # The client has gone, or the sandbox goes: nobody is left to be told.
            pass
        finally:
            await _close(writer)
            self._open.pop(writer, None)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            target = self._led(await _request_line(reader))
        except Refused as refused:
            self._log.write(target=refused.target, refused_because=refused.why)
            await _answer(writer, refused.status, f"{refused.target}: {refused.why}\n")
            return
        try:
            service_reader, service_writer = await asyncio.open_connection(*self._upstream, limit=_CHUNK)
        except OSError:
            await _answer(writer, "502 Bad Gateway", "the sandbox's services have stopped\n")
            return
        self._log.write(target=target)
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await _join((reader, writer), (service_reader, service_writer))
        finally:
            await _close(service_writer)

    def _led(self, line: str) -> str:
        """Return the host that a request line asks for, if it is one that is led anywhere."""
        method, _, rest = line.partition(" ")
        target = rest.partition(" ")[0]
        if method != "CONNECT":
            raise Refused("403 Forbidden", f"{method} {target}", "plain HTTP leads nowhere in the sandbox")
        host, _, port = target.rpartition(":")
        if normal_host(host) not in self._hosts or port != _HTTPS_PORT:
            raise Refused("403 Forbidden", target, "the sandbox does not serve this host")
        return normal_host(host)


async def _request_line(reader: asyncio.StreamReader) -> str:
    try:
        async with asyncio.timeout(_HEADER_SECONDS):
            header = await reader.readuntil(b"\r\n\r\n")
    except TimeoutError:
        raise Refused("408 Request Timeout", "-", "no request within ten seconds") from None
    except asyncio.LimitOverrunError:
        raise Refused("431 Request Header Fields Too Large", "-", "a header of more than 16 KiB") from None
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            raise ConnectionResetError from None
        raise Refused("400 Bad Request", "-", "half a request") from None
    return header.partition(b"\r\n")[0].decode("latin-1")


async def _answer(writer: asyncio.StreamWriter, status: str, body: str) -> None:
    content = body.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + content)
    await writer.drain()


_End = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _join(one: _End, other: _End) -> None:
    """Carry bytes both ways until both sides have said their last word."""
    ways = {asyncio.ensure_future(_carry(one[0], other[1])), asyncio.ensure_future(_carry(other[0], one[1]))}
    try:
        done, left = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        if left and not any(_failed(way) for way in done):
            await asyncio.wait(left, timeout=_LAST_WORD_SECONDS)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


def _failed(way: asyncio.Future[None]) -> bool:
    return way.cancelled() or way.exception() is not None


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


async def stop_accepting(server: asyncio.Server) -> None:
    """Close a server, but not between a connection's being accepted and its protocol's being made.

    asyncio takes some turns for that, and leaks the connection if its server is closed in one of them.
    """
    loop = asyncio.get_running_loop()
    for listener in server.sockets:
        loop.remove_reader(listener.fileno())
    await _turns()
    server.close()


async def _turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError, asyncio.CancelledError):
        await writer.wait_closed()
