"""How fast a tenant's Graph may be asked: its quotas as windows that slide, and how much is in flight at a time.

Numbers: microsoft-graph-docs-contrib, concepts/throttling-limits.md; api/application-get.md for certificates. How many
requests may be in flight nobody publishes: few at first, more while nothing speaks against it.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients.graph.addresses import Counted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from clients.graph.addresses import Get
    from clients.graph.answered import Answer
    from clients.graph.statistics import Tally

# Of a tenant with fewer than 50 users, with up to 500, with more; in ten seconds, per application and tenant.
_UNITS = (3500, 5000, 8000)
_UNITS_SECONDS = 10.0
_CERTIFICATES, _CERTIFICATES_SECONDS = 150, 60.0
_LOGS, _LOGS_SECONDS = 5, 10.0
# Between two looks at a quota that others are still using, and beyond the moment when it should be free.
_SLACK_SECONDS = 0.1
# Graph tells how much of the quota is used once it is more than 0.8 of it.
_TOLD_ABOVE = 0.9
_FIRST, _MOST = 4, 8


@dataclass(frozen=True)
class Clock:
    """Time, as it passes (`monotonic`, `sleep`) and as it is (`wall`, seconds since 1970): tests have their own."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Window:
    """A quota: so much within the last seconds. Who comes when it is used up waits, and in turn.

    Graph counts a request some time between its leaving here and its answer: so it counts from its leaving on, and
    until the seconds are over since its answer.
    """

    def __init__(self, most: int, seconds: float, clock: Clock, tally: Tally) -> None:
        """Begin with nothing used."""
        self.most = most
        self.seconds = seconds
        self._clock, self._tally = clock, tally
        self._in_flight = 0
        self._answered: deque[tuple[float, int]] = deque()
        self._sum = 0
        self._closed_until = 0.0
        self._turn = asyncio.Lock()

    async def take(self, cost: int) -> None:
        """Wait until `cost` fits, and use it; `settle` must follow."""
        async with self._turn:
            while (wait := self._wait(min(cost, self.most))) > 0:
                self._tally.seconds_waited += wait
                await self._clock.sleep(wait)
            self._in_flight += cost

    def settle(self, taken: int, cost: int) -> None:
        """Note that what took so much was answered, and what it really cost."""
        self._in_flight -= taken
        self._answered.append((self._clock.monotonic(), cost))
        self._sum += cost

    def close(self, seconds: float) -> None:
        """Let nobody pass for so long: Graph asked for it."""
        self._closed_until = max(self._closed_until, self._clock.monotonic() + seconds)

    def answered(self) -> int:
        """Return how much was answered within the last seconds."""
        past = self._clock.monotonic() - self.seconds
        while self._answered and self._answered[0][0] <= past:
            self._sum -= self._answered.popleft()[1]
        return self._sum

    def seconds_for(self, cost: int) -> float:
        """Return about how long it takes to use so much, one by one."""
        beyond = cost - (self.most - self.answered() - self._in_flight)
        return 0.0 if beyond <= 0 else math.ceil(beyond / self.most) * self.seconds

    def _wait(self, cost: int) -> float:
        now = self._clock.monotonic()
        if now < self._closed_until:
            return self._closed_until - now
        excess = self.answered() + self._in_flight + cost - self.most
        if excess <= 0:
            return 0.0
        for moment, answered in self._answered:
            excess -= answered
            if excess <= 0:
                return max(moment + self.seconds - now, 0.0) + _SLACK_SECONDS
        return _SLACK_SECONDS


class Lanes:
    """How many requests are in flight. Fewer when Graph complains, one more after a round without complaint."""

    def __init__(self) -> None:
        """Begin with a few."""
        self.limit = _FIRST
        self._in_flight = 0
        self._without_complaint = 0
        self._free = asyncio.Condition()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Give a lane while the context lasts."""
        async with self._free:
            await self._free.wait_for(lambda: self._in_flight < self.limit)
            self._in_flight += 1
        try:
            yield
        finally:
            async with self._free:
                self._in_flight -= 1
                self._free.notify_all()

    def went_well(self) -> None:
        """Note an answer without complaint."""
        self._without_complaint += 1
        if self._without_complaint >= self.limit:
            self.limit, self._without_complaint = min(self.limit + 1, _MOST), 0

    def too_fast(self) -> None:
        """Note that Graph complained, or is about to."""
        self.limit, self._without_complaint = max(1, self.limit // 2), 0


class Pace:
    """All that slows one tenant's requests down."""

    def __init__(self, clock: Clock, tally: Tally) -> None:
        """Begin as in the smallest of tenants."""
        self.lanes = Lanes()
        self._units = Window(_UNITS[0], _UNITS_SECONDS, clock, tally)
        self._windows = {
            Counted.UNITS: self._units,
            Counted.CERTIFICATES: Window(_CERTIFICATES, _CERTIFICATES_SECONDS, clock, tally),
            Counted.LOGS: Window(_LOGS, _LOGS_SECONDS, clock, tally),
        }

    async def take(self, gets: Sequence[Get]) -> None:
        """Wait until these may be asked, all at once; they count for the same quotas."""
        counted = gets[0].counted
        if counted is not Counted.UNITS:
            await self._windows[counted].take(len(gets))
        await self._units.take(sum(get.cost for get in gets))

    def settle(self, gets: Sequence[Get], answers: Sequence[Answer]) -> None:
        """Note what answers say of quotas: what each request cost, and which part of the quota is used.

        A tenant whose Graph is silent where the smallest would not be has a larger quota.
        """
        if gets[0].counted is not Counted.UNITS:
            self._windows[gets[0].counted].settle(len(gets), len(gets))
        for get, answer in zip(gets, answers, strict=True):
            self._units.settle(get.cost, get.cost if answer.units is None else answer.units)
        silent = all(answer.share is None and not answer.throttled for answer in answers)
        if silent and self._units.answered() >= _TOLD_ABOVE * self._units.most:
            self._units.most = next((most for most in _UNITS if most > self._units.most), _UNITS[-1])
        if any(answer.throttled or (answer.share or 0) > 1 for answer in answers):
            self.lanes.too_fast()
        elif silent:
            self.lanes.went_well()

    def close(self, get: Get, seconds: float) -> None:
        """Ask nothing like this for so long."""
        self._windows[get.counted].close(seconds)

    def seconds_for(self, counted: Counted, requests: int) -> float:
        """Return about how long so many requests of a kind take, by their quota."""
        return self._windows[counted].seconds_for(requests)
