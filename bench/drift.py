"""What `ise-intune drift` costs for a large tenant: the command as a user runs it, the sandbox in another process."""

from __future__ import annotations

import json
import math
import statistics
import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.fleet import Fleet, deploy_all
from bench.measuring import ISE_INTUNE, ROOT, Figure, Run, once
from sandbox import services
from sandbox.store import Store
from sandbox.world import World
from tests.reading_graph import HERE, Passing, Sandboxed, documents_of, in_lists

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST_ROUND_TRIPS, _MOST_SECONDS, _MOST_MEMORY = 450, 6.0, 300.0
# What Graph lets pass of requests for the bytes of certificates, and in how many seconds.
_CERTIFICATES, _WINDOW_SECONDS = 150, 60.0


@dataclass(frozen=True)
class Look:
    """One run of the command, and how often something went over the wire for it, sign-in included."""

    run: Run
    round_trips: int


@contextmanager
def fleet() -> Iterator[Fleet]:
    """Give a place for a fleet that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield Fleet(Path(folder))


def look(fleet: Fleet, environment: Mapping[str, str], *options: str, ending: int = 0) -> Look:
    """Look at a fleet whose sandbox is served, as the user of `environment` would."""
    command = [ISE_INTUNE, "drift", "--outputs", str(fleet.outputs), "--output", f"{fleet.folder}/report", *options]
    before = round_trips(fleet)
    run = once(command, cwd=ROOT, environment=environment, ending=(ending,))
    return Look(run, round_trips(fleet) - before)


def unchanged(count: int) -> Iterator[Figure]:
    """Yield what it costs to look at so many environments of one tenant that nobody changed."""
    with fleet() as made:
        made.fill(made.declare(count))
        with made.entered() as environment:
            looks = [look(made, environment) for _ in range(3)]
    trips, memory = max(each.round_trips for each in looks), max(each.run.memory for each in looks)
    processor = statistics.median(each.run.processor for each in looks)
    wall = statistics.median(each.run.wall for each in looks)
    what = f"ise-intune drift, {count} environments of one tenant"
    yield Figure(what, trips, _MOST_ROUND_TRIPS, f"{trips} round trips, at most {_MOST_ROUND_TRIPS}")
    shown = f"{processor:.1f} s of processor time, at most {_MOST_SECONDS:.0f} s ({wall:.1f} s)"
    yield Figure(what, processor, _MOST_SECONDS, shown)
    yield Figure(what, memory, _MOST_MEMORY, f"{memory:.0f} MiB, at most {_MOST_MEMORY:.0f} MiB")


def all_changed(count: int) -> Iterator[Figure]:
    """Yield what it costs when each of so many got a client secret, beside a quarter of them: four times at most."""
    runs = [_changed(size) for size in (count // 4, count)]
    few, many = (each.processor for each in runs)
    shown = f"{many / few:.1f} x ({many:.1f} s of processor time, {runs[1].memory:.0f} MiB), at most 4 x"
    yield Figure(f"ise-intune drift, {count} changed / {count // 4} changed", many / few, 4.0, shown)


def _changed(count: int) -> Run:
    with fleet() as made:
        made.fill(made.declare(count), drifted=True)
        with made.entered() as environment:
            return look(made, environment, "--settle", "0", ending=2).run


def deep(count: int) -> Figure:
    """Return how long Graph's quotas make the certificates of so many environments take, by a simulated clock."""
    time = Passing()
    with fleet() as made, closing(Store(made.folder / "world.sqlite")) as store:
        world = World(made.sandbox.path, store, now=time.day)
        services.fill(world)
        client_ids = [each.client_id for each in deploy_all(world, made.declare(count))]
        with Sandboxed(world, time, made.folder).directories(choose=in_lists) as directories:
            documents_of(directories.read({HERE: client_ids}, kept=made.folder / "kept")[HERE])
    taken = time.passed()
    bound = _WINDOW_SECONDS * math.ceil(count / _CERTIFICATES)
    shown = f"{_minutes(taken)} of waiting for Graph's quotas, at most {_minutes(bound)} (simulated)"
    return Figure(f"ise-intune drift --deep, {count} environments", taken, bound, shown)


def round_trips(fleet: Fleet) -> int:
    """Return how often something went over the wire since the sandbox was first served."""
    log = fleet.sandbox.requests_log
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else ()
    return sum(json.loads(line)["batch"] is None for line in lines)


def _minutes(seconds: float) -> str:
    return f"{int(seconds // 60)} min {seconds % 60:02.0f} s"
