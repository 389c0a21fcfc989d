"""HTTPS through the sandbox's proxy, a kept-alive connection for each thread and host.

http.client rather than httpx: Terraform starts a provider several times in one command, and importing httpx costs each
start a quarter of a second.
"""

from __future__ import annotations

import http.client
import ssl
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.provider.guard import Surroundings

# Long enough for a slow answer that a test asked for, short enough that a person sees the failure.
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """What a server said. Header names are lower-case."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


class Connections:
    """Sends requests to https URLs, by the sandbox's proxy only; safe to share between threads."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.load_verify_locations(surroundings.authority)
        self._local = threading.local()

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Send one request and return the answer, whatever its status. Raises OSError when nobody answers."""
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise OSError(f"{url} is not an https address")
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        host, port = parts.hostname, parts.port or 443
        request = (method, target, headers, body)
        idle = self._connection(host, port).sock is not None
        try:
            return self._exchange(host, port, request)
        except (ConnectionResetError, BrokenPipeError):
            if not idle:
                raise
            # The server closed an idle connection meanwhile: it did not read the request, so once more.
            return self._exchange(host, port, request)
        except http.client.HTTPException as error:
            raise OSError(f"{host} did not answer as HTTP does: {error!r}") from error

    def close(self) -> None:
        """Close this thread's connections."""
        for connection in self._kept().values():
            connection.close()

    def _exchange(self, host: str, port: int, request: tuple[str, str, Mapping[str, str], bytes | None]) -> Answer:
        method, target, headers, body = request
        connection = self._connection(host, port)
        try:
            connection.request(method, target, body, dict(headers))
            response = connection.getresponse()
            content = response.read()
        except BaseException:
            # A connection in an unknown state must not serve the next request.
            connection.close()
            raise
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, response.reason, named, content)

    def _connection(self, host: str, port: int) -> http.client.HTTPSConnection:
        kept = self._kept()
        if (host, port) not in kept:
            proxy = self._surroundings
            connection = http.client.HTTPSConnection(
                proxy.proxy_host, proxy.proxy_port, context=self._context, timeout=_TIMEOUT_SECONDS
            )
            connection.set_tunnel(host, port)
            kept[host, port] = connection
        return kept[host, port]

    def _kept(self) -> dict[tuple[str, int], http.client.HTTPSConnection]:
        kept: dict[tuple[str, int], http.client.HTTPSConnection] = self._local.__dict__.setdefault("kept", {})
        return kept
