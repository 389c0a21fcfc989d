"""One ASGI application for every host: it finds the service, spoils what a fault asks for, and notes what was asked."""

from __future__ import annotations

import asyncio
import json
import time
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sandbox.hosts import SERVED, Served, normal_host
from sandbox.requests_seen import SeenRequest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from sandbox.faults import Fault, Faults
    from sandbox.hosts import Service
    from sandbox.requests_seen import RequestLog

_MISDIRECTED = 421
# Not 500: the azuread provider repeats every 5xx but this one for minutes (provider.md §2), and a mistake of the
# sandbox's own is not cured by repeating.
_OUR_MISTAKE = 501
_QUERY_IS_HARMLESS = {"graph", "intune"}


@dataclass(frozen=True)
class Dispatcher:
    """The services by name, and what stands before each of them.

    Sets `request.state.cloud`, and `request.state.batched`: the application through which a service asks itself what
    came in a batch, so that it is noted and spoiled as if it had come by itself.
    """

    services: Mapping[Service, ASGIApp]
    log: RequestLog
    faults: Faults
    errors_log: Path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. What is not HTTP is not answered."""
        if scope["type"] != "http":
            return
        host = normal_host(_host(scope))
        served = SERVED.get(host)
        if served is None or served.service not in self.services:
            problem = {"code": "MisdirectedRequest", "message": f"the sandbox does not serve {host!r}"}
            await _answer(send, _MISDIRECTED, json.dumps({"error": problem}))
        elif served.service == "admin":
            # Asking for the record is no part of the record.
            await self.services["admin"](scope, receive, send)
        else:
            await self._noted(served, host, (scope, receive, send))

    async def _noted(
        self, served: Served, host: str, exchange: tuple[Scope, Receive, Send], *, batch: int | None = None
    ) -> None:
        scope, receive, send = exchange
        number, came, begun = self.log.next_number(), datetime.now(UTC), time.perf_counter()
        answer = _Answer(send)
        try:
            fault = self.faults.take(
                service=served.service, host=host, method=scope["method"], path=_path(scope), batched=batch is not None
            )
            scope = self._told(served, host, scope, number)
            await self._answered(served, fault, (scope, receive, answer), late=batch is None)
        finally:
            self.log.write(
                SeenRequest(
                    number=number,
                    time=came.isoformat(timespec="milliseconds"),
                    method=scope["method"],
                    host=host,
                    path=_path(scope),
                    query=scope["query_string"].decode("latin-1") if served.service in _QUERY_IS_HARMLESS else "",
                    status=answer.status,
                    milliseconds=round((time.perf_counter() - begun) * 1000, 1),
                    batch=batch,
                )
            )

    def _told(self, served: Served, host: str, scope: Scope, number: int) -> Scope:
        """Return a request with what the services are told of it."""

        async def batched(inner: Scope, receive: Receive, send: Send) -> None:
            await self._noted(served, host, (inner, receive, send), batch=number)

        return {**scope, "state": {**scope.get("state", {}), "cloud": served.cloud, "batched": batched}}

    async def _answered(
        self, served: Served, fault: Fault | None, exchange: tuple[Scope, Receive, _Answer], *, late: bool
    ) -> None:
        scope, receive, answer = exchange
        if fault is not None and late:
            answer.delay = fault.delay
        if fault is not None and fault.status is not None:
            await _answer(answer.pass_on, fault.status, _fault_body(fault), retry_after=fault.retry_after)
            return
        try:
            await self.services[served.service](scope, receive, answer)
        except Exception:  # noqa: BLE001 — whatever a service got wrong, the others go on
            with self.errors_log.open("a", encoding="utf-8") as file:
                file.write(f"{scope['method']} {_host(scope)}{_path(scope)}\n{traceback.format_exc()}\n")
            if not answer.status:
                await _answer(answer.pass_on, _OUR_MISTAKE, json.dumps({"error": {"code": "SandboxMistake"}}))


class _Answer:
    """A `send` that remembers the status, and turns a service's own 500 into what is not repeated for minutes."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.delay = 0.0
        """Seconds by which it comes late; what was asked is done by then."""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 500:  # noqa: PLR2004
            message = {**message, "status": _OUR_MISTAKE}
        await self.pass_on(message)

    async def pass_on(self, message: Message) -> None:
        """Send a message as it is."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self.delay:
                await asyncio.sleep(self.delay)
        await self._send(message)


def _host(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")


def _path(scope: Scope) -> str:
    # ISE's double slash is real: the path is noted as it was sent.
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.partition(b"?")[0].decode("latin-1")


def _fault_body(fault: Fault) -> str:
    if fault.body is not None:
        return fault.body
    return json.dumps({"error": {"code": "FaultOnRequest", "message": "the sandbox was asked to answer so"}})


async def _answer(send: Send, status: int, body: str, *, retry_after: int | None = None) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body.encode())).encode())]
    if retry_after is not None:
        headers.append((b"retry-after", str(retry_after).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
