"""`$batch`: up to twenty requests in one, each answered as if it had come by itself, in no order anybody may rely on.

Source: microsoft-graph-docs-contrib, concepts/json-batching.md; the words of the refusals as clients report them.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from sandbox.graph.errors import GraphError, bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Scope

    from sandbox.store import Document

_MOST = 20
_WRITES = ("POST", "PATCH", "PUT")
# What an inner request has from the one around it, whatever it says itself.
_OUTER = ("host", "authorization")
_INHERITED = (*_OUTER, "user-agent")
# Starlette writes names in lower case; Graph does not, and in JSON the case is part of the name.
_LOWER = ("request-id", "client-request-id")


@dataclass(frozen=True)
class _Step:
    """One request of a batch. `id` is compared without regard to case."""

    id: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: object
    depends_on: tuple[str, ...]

    @classmethod
    def read(cls, sent: object) -> _Step:
        if not isinstance(sent, dict):
            raise _malformed("Each request of a batch must be a JSON object.")
        texts = [sent.get(name) for name in ("id", "method", "url")]
        headers, depends_on = sent.get("headers") or {}, sent.get("dependsOn") or []
        if not all(isinstance(text, str) and text for text in texts):
            raise _malformed("Each request of a batch needs an id, a method and a url, and each is a string.")
        if not isinstance(headers, dict) or not isinstance(depends_on, list):
            raise _malformed("The headers of a request are an object, and dependsOn is a list.")
        lower = {str(name).lower(): str(value) for name, value in headers.items()}
        identifier, method, url = map(str, texts)
        return cls(identifier, method.upper(), url, lower, sent.get("body"), tuple(str(one) for one in depends_on))


async def batched(request: Request, sent: Document, *, now: datetime) -> Document:
    """Return the answers to a batch.

    Raises:
        GraphError: 400 for a batch that cannot be read; what is wrong with one request is in its own answer.
    """
    answers: dict[str, Document] = {}
    for step in _in_order(_steps(sent)):
        failed = [name for name in step.depends_on if answers[name.lower()]["status"] >= 400]  # noqa: PLR2004 — HTTP's own number
        answers[step.id.lower()] = _failed_dependency(step, now) if failed else await _answer(request, step, now)
    return {"responses": [answers[name] for name in sorted(answers, key=_nowhere_in_particular)]}


def _steps(sent: Document) -> list[_Step]:
    requests = sent.get("requests")
    if not isinstance(requests, list) or not requests:
        raise _malformed("Invalid batch payload format.")
    if len(requests) > _MOST:
        message = f"Number of batch request steps exceeds the maximum value of {_MOST}."
        raise bad_request(message, code="MaximumValueExceeded")
    steps = [_Step.read(one) for one in requests]
    names = [step.id.lower() for step in steps]
    if len(set(names)) < len(names):
        raise _malformed("Request Id values must be unique in a batch.")
    for step in steps:
        _check(step, names)
    return steps


def _check(step: _Step, names: Sequence[str]) -> None:
    if any(name.lower() not in names for name in step.depends_on):
        raise _malformed(f"Request {step.id} depends on one that is not in the batch.")
    has_body = step.body is not None
    if (step.method in _WRITES and not has_body) or (has_body and "content-type" not in step.headers):
        raise _malformed(f"Write request id : {step.id} does not contain Content-Type header or body.")


def _in_order(steps: Sequence[_Step]) -> list[_Step]:
    """Return the steps so that each comes after those it depends on."""
    by_name = {step.id.lower(): step for step in steps}
    graph = {step.id.lower(): [name.lower() for name in step.depends_on] for step in steps}
    try:
        return [by_name[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError:
        raise _malformed("The requests of the batch depend on each other in a circle.") from None


def _nowhere_in_particular(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


async def _answer(request: Request, step: _Step, now: datetime) -> Document:
    problem = _wrong_address(step.url)
    if problem is not None:
        return _shown_error(step, problem, now)
    # Where the requests are counted and spoiled, those of a batch pass too (sandbox/dispatch.py).
    service: ASGIApp = request.scope.get("state", {}).get("batched") or request.app
    heard = _Heard()
    await service(_scope(request, step), _Body(step.body), heard)
    return {"id": step.id, "status": heard.status, "headers": heard.headers, **heard.body()}


def _wrong_address(url: str) -> GraphError | None:
    first = url.lstrip("/").partition("/")[0].partition("?")[0]
    if "://" in url or first.lower() in ("v1.0", "beta", "$batch"):
        # A batch stays in its own version: the addresses in it begin behind that.
        return bad_request(f"Resource not found for the segment '{first}'.", code="BadRequest")
    return None


def _scope(request: Request, step: _Step) -> Scope:
    outer, (path, _, query) = request.scope, step.url.partition("?")
    path = f"/{request.url.path.strip('/').split('/')[0]}/{path.lstrip('/')}"
    inherited = {name: value for name, value in request.headers.items() if name in _INHERITED}
    own = {name: value for name, value in step.headers.items() if name not in _OUTER}
    return {
        **{
            name: outer[name]
            for name in ("type", "asgi", "http_version", "scheme", "server", "client")
            if name in outer
        },
        "method": step.method,
        "path": unquote(path),
        "raw_path": quote(path, safe="/%()'$=,:@").encode(),
        "query_string": quote(query, safe="%$&=',()/:@+").encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in {**inherited, **own}.items()],
        "state": {"cloud": request.state.cloud},
    }


class _Body:
    """A `receive` that gives one JSON body."""

    def __init__(self, body: object) -> None:
        self._body = b"" if body is None else json.dumps(body).encode()

    async def __call__(self) -> Message:
        return {"type": "http.request", "body": self._body, "more_body": False}


class _Heard:
    """A `send` that keeps an answer as a batch shows it."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self._content = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {_written(name.decode()): value.decode() for name, value in message["headers"]}
            self.headers.pop("Content-Length", None)
        else:
            self._content += message.get("body", b"")

    def body(self) -> Document:
        if not self._content:
            return {}
        if "json" in self.headers.get("Content-Type", ""):
            return {"body": json.loads(self._content)}
        # What is no JSON is written in base64.
        return {"body": base64.b64encode(self._content).decode()}


def _written(name: str) -> str:
    if name in _LOWER or name.startswith("x-ms-"):
        return name
    return "OData-Version" if name == "odata-version" else name.title()


def _failed_dependency(step: _Step, now: datetime) -> Document:
    message = f"Request {step.id} was not tried, because one it depends on failed."
    return _shown_error(step, GraphError(424, "FailedDependency", message), now)


def _shown_error(step: _Step, error: GraphError, now: datetime) -> Document:
    body = error.body(now, request_id=step.id, client_request_id=step.id)
    return {"id": step.id, "status": error.status, "headers": {"Content-Type": "application/json"}, "body": body}


def _malformed(message: str) -> GraphError:
    return bad_request(message, code="BadRequest")
