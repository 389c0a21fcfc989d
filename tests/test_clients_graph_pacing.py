"""Graph's quotas are kept without being told, and how much is in flight follows what Graph says."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from clients.graph.addresses import Get
from clients.graph.answered import Answer
from clients.graph.pacing import Lanes, Pace, Window
from clients.graph.statistics import Tally
from tests.reading_graph import Passing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

UNITS = Get("application", "/applications")
KEYS = Get("key_credentials", "/applications(appId='x')?$select=id,appId,keyCredentials")
LOG = Get("audit_log", "/auditLogs/directoryAudits")


async def taken(window: Window, cost: int) -> None:
    await window.take(cost)
    window.settle(cost, cost)


def waits(most: int, seconds: float, *costs: int) -> list[float]:
    """Return at what time each of these costs passed a window."""
    time = Passing()

    async def run() -> list[float]:
        window, at = Window(most, seconds, time.clock, Tally()), []
        for cost in costs:
            await taken(window, cost)
            at.append(round(time.passed(), 1))
        return at

    return asyncio.run(run())


def test_what_fits_passes_at_once_and_what_does_not_waits_for_the_oldest_to_be_over() -> None:
    assert waits(10, 5, 4, 4, 2, 1, 3, 4) == [0, 0, 0, 5.1, 5.1, 5.1]
    assert waits(10, 5, 10, 10, 10) == [0, 5.1, 10.2]


def test_what_costs_more_than_there_is_passes_when_all_is_free() -> None:
    assert waits(10, 5, 1, 100, 1) == [0, 5.1, 10.2]


def test_a_request_counts_from_its_leaving_until_the_seconds_are_over_since_its_answer() -> None:
    """Graph counts it some time in between, and nobody knows when."""
    time = Passing()

    async def run() -> float:
        window = Window(1, 10, time.clock, Tally())
        await window.take(1)
        time.day.go_on(60)
        window.settle(1, 1)
        await window.take(1)
        return time.passed()

    assert asyncio.run(run()) == pytest.approx(70, abs=0.2)


def test_nobody_passes_before_graph_said_and_who_waited_is_counted() -> None:
    time, tally = Passing(), Tally()

    async def run() -> None:
        window = Window(10, 5, time.clock, tally)
        window.close(3)
        window.close(1)
        await window.take(1)

    asyncio.run(run())
    assert (time.passed(), tally.counted().seconds_waited) == (3, 3)


def at_times(work: Callable[[Pace], Awaitable[None]]) -> float:
    time = Passing()

    async def run() -> None:
        await work(Pace(time.clock, Tally()))

    asyncio.run(run())
    return time.passed()


async def asked(pace: Pace, get: Get, number: int, *, share: float | None = 0.9) -> None:
    for _ in range(number):
        await pace.take([get])
        pace.settle([get], [Answer(200, {}, share=share)])


@pytest.mark.parametrize(
    ("get", "number", "seconds"),
    [
        pytest.param(KEYS, 150, 0, id="150 reads of certificates go at once"),
        pytest.param(KEYS, 151, 60, id="one more waits for a minute"),
        pytest.param(KEYS, 1000, 6 * 60, id="a thousand take more than six minutes"),
        pytest.param(LOG, 5, 0, id="five reads of the log go at once"),
        pytest.param(LOG, 11, 20, id="eleven take twenty seconds"),
        pytest.param(UNITS, 1750, 0, id="3500 units go at once"),
        pytest.param(UNITS, 1751, 10, id="one more waits for ten seconds"),
    ],
)
def test_the_quotas_of_the_smallest_tenant_are_kept(get: Get, number: int, seconds: float) -> None:
    assert at_times(lambda pace: asked(pace, get, number)) == pytest.approx(seconds, abs=1)


def test_a_tenant_that_says_nothing_where_the_smallest_would_has_a_larger_quota() -> None:
    assert at_times(lambda pace: asked(pace, UNITS, 4000, share=None)) == 0
    assert at_times(lambda pace: asked(pace, UNITS, 4001, share=None)) == pytest.approx(10, abs=1)


def test_time_left_is_told_by_the_quota() -> None:
    time = Passing()
    pace = Pace(time.clock, Tally())
    assert [pace.seconds_for(KEYS.counted, number) for number in (0, 150, 151, 450)] == [0, 0, 60, 120]


def test_lanes_are_few_at_first_and_grow_and_shrink() -> None:
    lanes = Lanes()
    limits = [lanes.limit]
    for _ in range(100):
        lanes.went_well()
    limits.append(lanes.limit)
    for _ in range(5):
        lanes.too_fast()
        limits.append(lanes.limit)
    assert limits == [4, 8, 4, 2, 1, 1, 1]


@pytest.mark.parametrize(
    ("answer", "limit"),
    [
        pytest.param(Answer(429), 2, id="too many"),
        pytest.param(Answer(200, {}, share=1.2), 2, id="beyond the quota"),
        pytest.param(Answer(200, {}, share=0.85), 4, id="near the quota"),
        pytest.param(Answer(200, {}), 4, id="nothing said"),
    ],
)
def test_lanes_follow_what_graph_says(answer: Answer, limit: int) -> None:
    pace = Pace(Passing().clock, Tally())
    pace.settle([UNITS], [answer])
    assert pace.lanes.limit == limit


def test_no_more_is_in_flight_than_there_are_lanes() -> None:
    lanes, most = Lanes(), 0

    async def one() -> None:
        nonlocal most
        async with lanes.one():
            most = max(most, lanes._in_flight)
            await asyncio.sleep(0)

    async def run() -> None:
        await asyncio.gather(*(one() for _ in range(50)))

    asyncio.run(run())
    assert (most, lanes._in_flight) == (4, 0)
