"""One tenant's Graph, only read: single requests and batches of twenty, in its pace, again where it was too fast.

What may be asked again is in `answered`; how often and how long is here. Sources: microsoft-graph-docs-contrib,
concepts/json-batching.md (ids, order, versions) and concepts/throttling.md (Retry-After inside a batch).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from httpx import InvalidURL

from clients.graph.addresses import Elsewhere, next_page, url
from clients.graph.answered import NOT_GRAPHS, Answer, answer_of, no_answer, sent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

    import httpx

    from clients.graph.addresses import Get
    from clients.graph.pacing import Clock, Pace
    from clients.graph.statistics import Tally
    from helpers.clouds import Cloud
    from helpers.observing.documents import Document

BATCH = 20
# Of throttling Graph says when it ends; a service that is away is given a few seconds.
_MOST_THROTTLED, _MOST_AWAY = 8, 4
_PATIENCE_SECONDS = 300.0
# Two million objects; who answers with more pages answers for ever.
MOST_PAGES = 2000
_PRIORITY = {"x-ms-throttle-priority": "low"}
_EVENTUAL = {"ConsistencyLevel": "eventual"}


class NotARead(Exception):
    """Something else than a read was about to be sent; a defect of this program."""


@dataclass
class Graph:
    """The Graph of one tenant. `token` gives a bearer token that is valid now."""

    http: httpx.AsyncClient
    cloud: Cloud
    token: Callable[[], Awaitable[str]]
    pace: Pace
    clock: Clock
    tally: Tally
    # What did not come back for all trying is tried once from then on: it would only keep everything else waiting.
    _away: set[str] = field(default_factory=set)

    async def get(self, get: Get) -> Answer:
        """Ask for one thing, as a request of its own."""
        return (await self._patiently([get], self._alone))[0]

    async def get_all(self, gets: Sequence[Get], *, answered: Callable[[int], None] = lambda _: None) -> list[Answer]:
        """Ask for many things in batches, and return the answers in their order; `answered` hears how many came."""
        answers: dict[int, Answer] = {}

        async def batch(places: list[int]) -> None:
            found = await self._patiently([gets[place] for place in places], self._batch)
            answers.update(zip(places, found, strict=True))
            answered(len(places))

        await asyncio.gather(*(batch(places) for places in _batches(gets)))
        return [answers[place] for place in range(len(gets))]

    async def pages(self, get: Get) -> AsyncIterator[list[Document] | Answer]:
        """Yield a list page by page; last of all, if its end was not reached, the answer that says why."""
        following: Get | None = get
        for _ in range(MOST_PAGES):
            if following is None:
                return
            answer = await self.get(following)
            page = listed(answer)
            if page is None:
                yield answer
                return
            yield page
            try:
                following = self.next(following, answer)
            except Elsewhere as place:
                yield leads_elsewhere(place)
                return
        yield no_answer(f"the list has no end: {MOST_PAGES} pages were read")

    def next(self, get: Get, answer: Answer) -> Get | None:
        """Return the read of a list's next page, None at its end. Raises `Elsewhere`."""
        link = (answer.document or {}).get("@odata.nextLink")
        return None if link is None else next_page(get, link, self.cloud)

    async def _patiently(self, gets: list[Get], ask: Callable[[list[Get]], Awaitable[list[Answer]]]) -> list[Answer]:
        """Ask, and ask again what was throttled or away, until all is answered or patience ends."""
        answers: dict[int, Answer] = {}
        left, begun, tries = list(range(len(gets))), self.clock.monotonic(), 0
        while left:
            asked = [gets[place] for place in left]
            async with self.pace.lanes.one():
                await self.pace.take(asked)
                found = await ask(asked)
                self._note(asked, found)
            answers.update(zip(left, found, strict=True))
            tries += 1
            left = [place for place in left if answers[place].retryable]
            wait = _wait([answers[place] for place in left], tries)
            patient = self.clock.monotonic() - begun + wait <= _PATIENCE_SECONDS
            left = [place for place in left if self._again(gets[place], answers[place], tries, patient=patient)]
            if left:
                self.pace.close(gets[left[0]], wait)
        return [answers[place] for place in range(len(gets))]

    def _again(self, get: Get, answer: Answer, tries: int, *, patient: bool) -> bool:
        most = 1 if get.surface in self._away else _MOST_THROTTLED if answer.throttled else _MOST_AWAY
        if patient and tries < most:
            return True
        self._away.add(get.surface)
        return False

    def _note(self, gets: Sequence[Get], answers: Sequence[Answer]) -> None:
        self.pace.settle(gets, answers)
        for get, answer in zip(gets, answers, strict=True):
            self.tally.resource_units += get.cost if answer.units is None else answer.units
            self.tally.throttled += answer.throttled
            if answer.document is not None:
                self._away.discard(get.surface)

    async def _alone(self, gets: list[Get]) -> list[Answer]:
        (get,) = gets
        headers = _EVENTUAL if get.eventual else {}
        self.tally.requests += 1
        return [await self._send("GET", url(get, self.cloud), headers=headers)]

    async def _batch(self, gets: list[Get]) -> list[Answer]:
        requests = [_inner(place, get) for place, get in enumerate(gets)]
        self.tally.requests += len(gets)
        address = f"{self.cloud.graph}/{gets[0].version}/$batch"
        return _inner_answers(len(gets), await self._send("POST", address, json={"requests": requests}))

    async def _send(self, method: str, address: str, **content: Any) -> Answer:  # noqa: ANN401 — httpx's own options
        try:
            request = self.http.build_request(method, address, **content)
        except (InvalidURL, UnicodeError):
            # An id or the address of a next page is Graph's, and can be none that anybody could ask for.
            return no_answer("gave an id or an address that cannot be asked for")
        _check_that_it_reads(request.method, request.url.path, content.get("json"))
        request.headers["Accept"] = "application/json"
        request.headers.update(_PRIORITY)
        request.headers["Authorization"] = f"Bearer {await self.token()}"
        self.tally.round_trips += 1
        return await sent(self.http, request)


def listed(answer: Answer) -> list[Document] | None:
    """Return the objects of a list's page, None where the answer is no such page."""
    values = (answer.document or {}).get("value")
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        return None
    return values


def leads_elsewhere(place: Elsewhere) -> Answer:
    """Return what stands for a page whose address is not Graph's."""
    return no_answer(f"the list goes on {place}: nothing was sent there")


def _batches(gets: Sequence[Get]) -> Iterator[list[int]]:
    """Yield the places of those that can go together: of one version, counted alike."""
    kinds: dict[tuple[object, ...], list[int]] = {}
    for place, get in enumerate(gets):
        kinds.setdefault((get.version, get.counted), []).append(place)
    for places in kinds.values():
        for first in range(0, len(places), BATCH):
            yield places[first : first + BATCH]


def _inner(place: int, get: Get) -> Document:
    return {
        "id": str(place),
        "method": "GET",
        "url": get.path,
        "headers": {**_PRIORITY, **(_EVENTUAL if get.eventual else {})},
    }


def _inner_answers(count: int, outer: Answer) -> list[Answer]:
    """Return the answers inside a batch in the order of its requests; what is wrong with the batch is so with each."""
    if outer.document is None:
        trouble = outer if outer.status != 200 else no_answer(NOT_GRAPHS)  # noqa: PLR2004 — HTTP's own number
        # What Graph says of its quotas, it says of the batch once.
        return [replace(trouble, units=0)] * count
    responses = outer.document.get("responses")
    found: dict[str, Answer] = {}
    for response in responses if isinstance(responses, list) else ():
        identifier = response.get("id") if isinstance(response, dict) else None
        if isinstance(identifier, str):
            twice = identifier in found
            found[identifier] = no_answer("answered twice inside a batch") if twice else _inner_answer(response)
    left_out = no_answer("left out of a batch's answer", again=True)
    return [found.get(str(place), left_out) for place in range(count)]


def _inner_answer(response: Document) -> Answer:
    status, headers = response.get("status"), response.get("headers")
    if not isinstance(status, int) or isinstance(status, bool):
        return no_answer(NOT_GRAPHS)
    if 300 <= status < 400:  # noqa: PLR2004 — HTTP's redirects
        return no_answer("answered with a redirect: nothing was sent there")
    lower = {str(name).lower(): value for name, value in headers.items()} if isinstance(headers, dict) else {}
    return answer_of(status, lower, response.get("body"))


def _wait(answers: Sequence[Answer], tries: int) -> float:
    """Return how long to wait: the longest that was asked for, else longer each time."""
    asked = [answer.retry_after for answer in answers if answer.retry_after is not None]
    return max(asked, default=2.0 ** (tries - 1))


def _check_that_it_reads(method: str, path: str, body: Any) -> None:  # noqa: ANN401 — any JSON
    """Let nothing out but reads: GET, and batches of GET alone."""
    if method == "GET":
        return
    inner = body.get("requests", ()) if isinstance(body, dict) else ()
    if (
        method != "POST"
        or not path.endswith("/$batch")
        or any(one.get("method") != "GET" for one in inner)
        or not inner
    ):
        raise NotARead(f"{method} {path}")
