"""A Graph that answers as a test says, for what asks it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from clients.graph.addresses import Get
from clients.graph.asking import Graph
from clients.graph.lists import read_lists
from clients.graph.pacing import Pace
from clients.graph.statistics import Tally
from helpers.clouds import CLOUDS
from tests.reading_graph import Passing

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from clients.graph.answered import Answer

GLOBAL = CLOUDS["global"]
APPLICATION = Get("application", "/applications/1")
LIST = Get("memberships", "/servicePrincipals/1/transitiveMemberOf")
FINE: dict[str, Any] = {"value": []}


@dataclass
class Asked:
    """A Graph that answers as a test says, and what it was asked."""

    answer: Callable[[httpx.Request], httpx.Response]
    cloud: str = "global"
    time: Passing = field(default_factory=Passing)
    tally: Tally = field(default_factory=Tally)
    requests: list[httpx.Request] = field(default_factory=list)

    def do(self, work: Callable[[Graph], Coroutine[Any, Any, Any]]) -> Any:  # noqa: ANN401 — the work's result
        """Do something with the Graph."""

        async def done() -> Any:  # noqa: ANN401
            async with httpx.AsyncClient(transport=httpx.MockTransport(self._answer)) as http:
                pace = Pace(self.time.clock, self.tally)
                return await work(Graph(http, CLOUDS[self.cloud], a_token, pace, self.time.clock, self.tally))

        return asyncio.run(done())

    def get(self, get: Get = APPLICATION) -> Answer:
        """Ask for one thing by itself."""
        answer: Answer = self.do(lambda graph: graph.get(get))
        return answer

    def get_all(self, *gets: Get) -> list[Answer]:
        """Ask in batches."""
        answers: list[Answer] = self.do(lambda graph: graph.get_all(gets))
        return answers

    def lists(self, *gets: Get) -> list[Any]:
        """Read lists to their end."""
        lists: list[Any] = self.do(lambda graph: read_lists(graph, gets))
        return lists

    def pages(self, get: Get = LIST) -> list[Any]:
        """Read a list page by page."""

        async def read(graph: Graph) -> list[Any]:
            return [page async for page in graph.pages(get)]

        pages: list[Any] = self.do(read)
        return pages

    @property
    def batches(self) -> list[list[dict[str, Any]]]:
        """What was inside each batch."""
        return [json.loads(request.content)["requests"] for request in self.requests if request.method == "POST"]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)


async def a_token() -> str:
    return "the-token"


def responses(request: httpx.Request, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> httpx.Response:
    """Return what a batch is answered, each request inside as `answer` says; in the opposite order, as it may be."""
    inner = json.loads(request.content)["requests"]
    return httpx.Response(200, json={"responses": [{"id": one["id"], **answer(one)} for one in reversed(inner)]})


def batch(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[httpx.Request], httpx.Response]:
    return lambda request: responses(request, answer)


def fine(request: dict[str, Any]) -> dict[str, Any]:
    return {"status": 200, "headers": {}, "body": {"url": request["url"], **FINE}}


def in_turn(answers: Iterable[httpx.Response]) -> Callable[[httpx.Request], httpx.Response]:
    left = iter(answers)
    return lambda _: next(left)


def gets(number: int, **of: Any) -> list[Get]:  # noqa: ANN401 — a read's own fields
    return [Get("application", f"/applications/{each}", **of) for each in range(number)]
