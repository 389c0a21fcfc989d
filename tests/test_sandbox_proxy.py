"""The proxy leads the served names to the services, and nothing anywhere else."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

import sandbox.proxy
from helpers.clouds import CLOUDS
from sandbox.hosts import SERVED, normal_host
from sandbox.identities import ADMIN_HOST, COMPLIANCE_HOSTS, ISE_NODES
from sandbox.proxy import ConnectionLog, Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

GRAPH = b"CONNECT graph.microsoft.com:443 HTTP/1.1\r\nHost: graph.microsoft.com:443\r\n\r\n"
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


@dataclass(frozen=True)
class Reached:
    """A proxy in front of an upstream that sends back in capitals what it gets, and a last word at the end."""

    port: int
    led: Path
    refused: Path

    async def ask(self, sent: bytes, *, then_end: bool = True) -> bytes:
        """Send, end our side if so wished, and return all that comes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        if then_end:
            writer.write_eof()
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer

    def refusals(self) -> list[str]:
        """Return the targets that were refused."""
        return [json.loads(line)["target"] for line in self.refused.read_text().splitlines()]


@contextlib.asynccontextmanager
async def proxy(folder: Path, *, upstream_port: int | None = None) -> AsyncIterator[Reached]:
    """Give a running proxy."""

    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(1000):
            writer.write(chunk.upper())
        writer.write(b"-- end")
        writer.close()

    upstream = await asyncio.start_server(shout, "127.0.0.1", 0)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    led, refused = folder / "connections.log", folder / "refused.log"
    port = upstream_port or upstream.sockets[0].getsockname()[1]
    running = Proxy(hosts=SERVED, upstream=("127.0.0.1", port), log=ConnectionLog(led=led, refused=refused))
    await running.start(listener)
    try:
        yield Reached(listener.getsockname()[1], led, refused)
    finally:
        await running.stop()
        upstream.close()


def test_a_served_name_is_led_and_both_ends_may_end_first(tmp_path: Path) -> None:
    """Our end of the connection is over before the answer begins: half-closed is not closed."""

    async def story() -> None:
        async with proxy(tmp_path) as reached:
            assert await reached.ask(GRAPH + b"hello") == ESTABLISHED + b"HELLO-- end"
            assert json.loads(reached.led.read_text())["target"] == "graph.microsoft.com"
            assert not reached.refused.exists()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("request_", "status", "target"),
    [
        pytest.param(b"CONNECT example.com:443 HTTP/1.1", 403, "example.com:443", id="a name that is not served"),
        pytest.param(b"CONNECT graph.microsoft.com:80 HTTP/1.1", 403, "graph.microsoft.com:80", id="another port"),
        pytest.param(b"CONNECT graph.microsoft.com HTTP/1.1", 403, "graph.microsoft.com", id="no port"),
        pytest.param(b"CONNECT xgraph.microsoft.com:443 HTTP/1.1", 403, "xgraph.microsoft.com:443", id="a longer name"),
        pytest.param(b"CONNECT 127.0.0.1:443 HTTP/1.1", 403, "127.0.0.1:443", id="an address"),
        pytest.param(b"CONNECT [::1]:443 HTTP/1.1", 403, "[::1]:443", id="an IPv6 address"),
        pytest.param(
            b"GET http://graph.microsoft.com/ HTTP/1.1", 403, "GET http://graph.microsoft.com/", id="plain HTTP"
        ),
        pytest.param(b"\x16\x03\x01 nonsense", 403, "\x16\x03\x01 nonsense", id="not HTTP"),
    ],
)
def test_everything_else_is_refused_and_noted(tmp_path: Path, request_: bytes, status: int, target: str) -> None:
    async def story() -> None:
        async with proxy(tmp_path) as reached:
            answer = await reached.ask(request_ + b"\r\n\r\n")
            assert answer.startswith(f"HTTP/1.1 {status} ".encode())
            assert reached.refusals() == [target]
            assert not reached.led.exists()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(
            b"CONNECT graph.microsoft.com:443 HTTP/1.1\r\n" + b"X: y\r\n" * 4000 + b"\r\n", 431, id="too long"
        ),
        pytest.param(b"CONNECT graph.microsoft.com:443 HTTP/1.1\r\nX: " + b"y" * 40_000, 431, id="a line without end"),
        pytest.param(b"CONNECT graph.micro", 400, id="half a request"),
    ],
)
def test_a_header_is_read_only_so_far(tmp_path: Path, sent: bytes, status: int) -> None:
    async def story() -> None:
        async with proxy(tmp_path) as reached:
            assert (await reached.ask(sent)).startswith(f"HTTP/1.1 {status} ".encode())

    asyncio.run(story())


def test_who_says_nothing_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.proxy, "_HEADER_SECONDS", 0.01)

    async def story() -> None:
        async with proxy(tmp_path) as reached:
            assert (await reached.ask(b"CONNECT ", then_end=False)).startswith(b"HTTP/1.1 408 ")

    asyncio.run(story())


def test_who_connects_and_leaves_is_no_refusal(tmp_path: Path) -> None:
    async def story() -> None:
        async with proxy(tmp_path) as reached:
            assert await reached.ask(b"") == b""
            assert not reached.refused.exists()

    asyncio.run(story())


def test_services_that_are_gone_are_said_to_be(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: whoever connects is refused

        async def story() -> None:
            async with proxy(tmp_path, upstream_port=taken.getsockname()[1]) as reached:
                assert (await reached.ask(GRAPH)).startswith(b"HTTP/1.1 502 ")

        asyncio.run(story())


def test_two_hundred_connections_at_once_each_get_their_own_answer(tmp_path: Path) -> None:
    async def story() -> None:
        async with proxy(tmp_path) as reached:
            answers = await asyncio.gather(*(reached.ask(GRAPH + f"number {n} ".encode() * 5000) for n in range(200)))
            for number, answer in enumerate(answers):
                assert answer == ESTABLISHED + f"NUMBER {number} ".encode() * 5000 + b"-- end"

    asyncio.run(story())


def test_stopping_cuts_what_is_still_open(tmp_path: Path) -> None:
    async def story() -> None:
        async with proxy(tmp_path) as reached:
            reader, writer = await asyncio.open_connection("127.0.0.1", reached.port)
            writer.write(GRAPH)
            assert await reader.readexactly(len(ESTABLISHED)) == ESTABLISHED
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    asyncio.run(asyncio.wait_for(story(), timeout=30))


def test_every_host_of_every_cloud_is_served() -> None:
    for cloud in CLOUDS.values():
        assert SERVED[cloud.login_host].service == "entra"
        assert SERVED[cloud.graph_host].service == "graph"
        assert SERVED[cloud.graph_host].cloud == cloud.name
        assert SERVED[cloud.intune_host].service == "intune"
        assert SERVED[COMPLIANCE_HOSTS[cloud.name]].cloud == cloud.name
    assert SERVED["login.chinacloudapi.cn"].cloud == "china"
    assert {SERVED[node].service for node in ISE_NODES} == {"ise"}
    assert SERVED[ADMIN_HOST].service == "admin"


@pytest.mark.parametrize("written", ["Graph.Microsoft.COM", "graph.microsoft.com.", "graph.microsoft.com:443"])
def test_a_host_is_the_same_however_it_is_written(written: str) -> None:
    assert normal_host(written) == "graph.microsoft.com"
