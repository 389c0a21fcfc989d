"""The sandbox's services without a socket: for plain requests, and below MSAL and Cisco's SDK, which use `requests`.

What a router and a TLS front do for the running sandbox, this does for a test: the host name decides the service.
"""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests
    from starlette.applications import Starlette
    from starlette.types import Receive, Scope, Send


@dataclass(frozen=True)
class Served:
    """A service and the cloud that its host belongs to."""

    service: Starlette
    cloud: str = "global"


@dataclass(frozen=True)
class InProcess:
    """Services by host name. Every request made is in `asked`, as (method, URL)."""

    hosts: Mapping[str, Served]
    asked: list[tuple[str, str]] = field(default_factory=list)

    def ask(self, method: str, url: str, **options: Any) -> httpx.Response:  # noqa: ANN401 — httpx's own options
        """Return the answer to one request."""
        self.asked.append((method, url))
        return asyncio.run(self._ask(method, url, **options))

    def get(self, url: str, **options: Any) -> httpx.Response:  # noqa: ANN401
        """Ask with GET."""
        return self.ask("GET", url, **options)

    def post(self, url: str, **options: Any) -> httpx.Response:  # noqa: ANN401
        """Ask with POST."""
        return self.ask("POST", url, **options)

    def client(self, **options: Any) -> httpx.Client:  # noqa: ANN401 — httpx's own options
        """Return a client all of whose requests come here."""
        return httpx.Client(transport=httpx.MockTransport(self._handle), **options)

    def below(self, session: requests.Session) -> requests.Session:
        """Lead a session's requests here; a host that is not served raises KeyError."""
        session.mount("https://", _Adapter(self))
        return session

    def _handle(self, request: httpx.Request) -> httpx.Response:
        # Its encoding is taken off already; another reader would take it off again.
        answer = self.ask(request.method, str(request.url), content=request.content, headers=request.headers)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    async def _ask(self, method: str, url: str, **options: Any) -> httpx.Response:  # noqa: ANN401
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self._route)) as client:
            return await client.request(method, url, **options)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = dict(scope["headers"])[b"host"].decode()
        served = self.hosts[host]
        scope.setdefault("state", {})["cloud"] = served.cloud
        await served.service(scope, receive, send)


class _Adapter(HTTPAdapter):
    """Answers as a connection would, streams included: Cisco's SDK downloads below `requests`."""

    def __init__(self, services: InProcess) -> None:
        super().__init__()
        self._services = services

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        headers = {name: value for name, value in request.headers.items() if name.lower() != "content-length"}
        answer = self._services.ask(request.method or "GET", request.url or "", content=request.body, headers=headers)
        received = HTTPResponse(
            io.BytesIO(answer.content), headers=answer.headers, status=answer.status_code, preload_content=False
        )
        return self.build_response(request, received)
