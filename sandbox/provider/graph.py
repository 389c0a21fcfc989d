"""Microsoft Graph as the real provider asks it: headers, retries and the wording of its errors."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sandbox.provider.problems import Refused
from sandbox.provider.sign_in import fetch_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sandbox.provider.connection import Answer, Connections
    from sandbox.provider.sign_in import Settings, Token

Document = dict[str, Any]

_HEADERS = {
    "Accept": "application/json; charset=utf-8; IEEE754Compatible=false",
    "Content-Type": "application/json; charset=utf-8",
    "OData-MaxVersion": "4.0",
    "OData-Version": "4.0",
}
# Statuses that the real provider asks again after; 501 is the one server error it takes as final.
_PASSING = {408, 424, 429, 500, 502, 503, 504}
# The real provider keeps asking for minutes. Here the sandbox's own faults are all there is to wait for.
_ATTEMPTS = 8
_NOT_FOUND = 404
_RENEW_BEFORE_SECONDS = 300


class GraphError(Exception):
    """Graph refused; `str()` is the sentence the real provider shows as a diagnostic's detail."""

    def __init__(self, answer: Answer) -> None:
        self.status = answer.status
        self.said = _said(answer)
        status = f"{answer.status} ({answer.status} {answer.reason})"
        super().__init__(f"unexpected status {status} {self.said or 'received with no body'}")

    @property
    def not_found(self) -> bool:
        """Whether the object is not there, which on a read means: no longer in the state."""
        return self.status == _NOT_FOUND


class Graph:
    """A signed-in caller of Graph; safe to share between Terraform's parallel requests."""

    def __init__(
        self, settings: Settings, connections: Connections, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.settings = settings
        self._connections = connections
        self._sleep = sleep
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._signing_in = threading.Lock()
        self._token = fetch_token(settings, connections)
        self._renew_at = self._renewal()

    @property
    def caller_id(self) -> str:
        """The object id of the service principal that is signed in."""
        return self._token.object_id

    def get(self, path: str, *, beta: bool = False, select: str = "") -> Document:
        """Read one object."""
        return self.send("GET", _path(path, beta=beta), {"$select": select} if select else {}) or {}

    def list(self, path: str, *, where: str = "") -> list[Document]:
        """Read every page of a collection, filtered by `where` (an OData $filter)."""
        found: list[Document] = []
        url = self._url(_path(path, beta=False), {"$filter": where} if where else {})
        while url:
            page = self._exchange("GET", url, None, None) or {}
            found += page["value"]
            url = page.get("@odata.nextLink", "")
        return found

    def post(self, path: str, body: Document, *, retry: Callable[[GraphError], bool] | None = None) -> Document:
        """Make an object, and return it as Graph shows it."""
        return self.send("POST", _path(path, beta=False), {}, body, retry=retry) or {}

    def patch(
        self, path: str, body: Document, *, beta: bool = False, retry: Callable[[GraphError], bool] | None = None
    ) -> None:
        """Change the properties of an object that `body` names."""
        self.send("PATCH", _path(path, beta=beta), {}, body, retry=retry)

    def delete(self, path: str) -> None:
        """Delete an object, or a reference to one."""
        self.send("DELETE", _path(path, beta=False))

    def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Document | None = None,
        *,
        retry: Callable[[GraphError], bool] | None = None,
    ) -> Document | None:
        """Send a request until it is answered for good. Raises GraphError, or Refused when nobody answers."""
        return self._exchange(method, self._url(path, query or {}), body, retry)

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Ask until Graph shows a change: at once in the sandbox, unless a test asked for replication lag."""
        for attempt in range(_ATTEMPTS):
            if condition():
                return
            self._sleep(min(0.2 * 2**attempt, 5))
        raise Refused(f"Waiting for {what}", "timeout while waiting for state to become as asked")

    def reference(self, object_id: str) -> str:
        """Return the address by which an owner is named."""
        return f"{self.settings.graph}/v1.0/directoryObjects/{object_id}"

    @contextmanager
    def lock(self, object_id: str) -> Iterator[None]:
        """Change one application at a time: its certificates are one list, written whole."""
        with self._locks[object_id.lower()]:
            yield

    def _exchange(
        self, method: str, url: str, body: Document | None, retry: Callable[[GraphError], bool] | None
    ) -> Document | None:
        content = None if body is None else json.dumps(body).encode()
        for attempt in range(_ATTEMPTS):
            headers = {**_HEADERS, "Authorization": f"Bearer {self._access_token()}"}
            try:
                answer = self._connections.send(method, url, headers, content)
            except OSError as error:
                raise Refused(f"{method} {url} was not answered", str(error)) from error
            if answer.status < 300:  # noqa: PLR2004 — any success
                return json.loads(answer.body) if answer.body else None
            refusal = GraphError(answer)
            again = answer.status in _PASSING or (retry is not None and retry(refusal))
            if not again or attempt == _ATTEMPTS - 1:
                raise refusal
            self._sleep(_pause(answer, attempt))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _url(self, path: str, query: Mapping[str, str]) -> str:
        return f"{self.settings.graph}{path}" + (f"?{urlencode(query)}" if query else "")

    def _access_token(self) -> str:
        with self._signing_in:
            if time.monotonic() > self._renew_at:
                self._token = fetch_token(self.settings, self._connections)
                self._renew_at = self._renewal()
            return self._token.value

    def _renewal(self) -> float:
        token: Token = self._token
        return time.monotonic() + max(token.lifetime - _RENEW_BEFORE_SECONDS, token.lifetime / 2)


def just_made(error: GraphError) -> bool:
    """Retry a change to an object made a moment ago: Graph may not know it everywhere yet."""
    return error.status in {_NOT_FOUND, 409}


def is_gone(graph: Graph, path: str) -> bool:
    """Say whether Graph no longer finds an object."""
    try:
        graph.get(path)
    except GraphError as error:
        if error.not_found:
            return True
        raise
    return False


@contextmanager
def saying(summary: str, *, attribute: str = "") -> Iterator[None]:
    """Put the real provider's summary before what Graph says."""
    try:
        yield
    except GraphError as error:
        raise Refused(summary, str(error), attribute=attribute) from error


def _path(path: str, *, beta: bool) -> str:
    return f"/beta{path}" if beta else f"/v1.0{path}"


def _pause(answer: Answer, attempt: int) -> float:
    """Return seconds to wait: what Graph asked for, else doubling from one, as the real provider does."""
    asked = answer.headers.get("retry-after", "")
    return float(asked) if asked.isdigit() else float(min(2**attempt, 61))


def _said(answer: Answer) -> str:
    try:
        error = json.loads(answer.body)["error"]
        return "with error: " + ": ".join(_sentences(error))
    except (ValueError, KeyError, TypeError):
        text = answer.body.decode(errors="replace")
        return f"with response: {text}" if text else ""


def _sentences(error: Mapping[str, Any]) -> Iterator[str]:
    """Yield code and message of an OData error, then those of the errors inside it."""
    for key in ("code", "message"):
        if error.get(key):
            yield str(error[key])
    if isinstance(error.get("innerError"), dict):
        yield from _sentences(error["innerError"])
