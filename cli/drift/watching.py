"""Reading what there is in Entra, of many environments in many tenants; what differs is read once more."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cli.drift.sources import read_sources
from cli.progress import saying_if_interrupted, shown
from cli.results import say
from clients.graph import Directories, Step, Tenant
from helpers.activities import ByObject, Window, read_activities, window
from helpers.drifting.assembling import Watched
from helpers.observing import observe

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from cli.drift.sources import Outputs, Source
    from cli.settings import Settings
    from clients.graph import AuditLog, Reading, Statistics
    from helpers.drifting.applied import Applied
    from helpers.reviewing.review import Reviewed

_TICK_SECONDS = 0.5


@dataclass(frozen=True)
class Looking:
    """How to look: where outputs are read again, whether bytes are compared, how long what differs may settle.

    `cache` is the folder that keeps what a deep look has read when it is interrupted.
    """

    outputs: Outputs
    deep: bool
    settle: float
    cache: Path


def watch(
    sources: Sequence[Source], planned: Iterable[Reviewed], looking: Looking, *, settings: Settings
) -> list[Watched]:
    """Read every environment that can be found, and what differs once more, with the audit log of its tenant."""
    plans = {each.name: each for each in planned}
    watched = [_beginning(each, plans.get(each.declaration.name)) for each in sources]
    with (
        saying_if_interrupted(lambda: "nothing is reported: the same command looks again"),
        shown(settings) as show,
        Directories(os.environ, progress=show) as directories,
    ):
        watched = _read(watched, directories.read(_wanted(watched), kept=looking.cache if looking.deep else None))
        candidates = [each for each in watched if each.is_candidate]
        if candidates:
            _settle(looking.settle, show)
            again = directories.read_again(_wanted(candidates), deep=looking.deep)
            # Outputs too are read anew: a deploy may have ended between the two looks.
            sources = read_sources([each.declaration for each in candidates], looking.outputs.anew())
            applied = {each.declaration.name: each.applied for each in sources}
            watched = [_read_again(each, again, applied) for each in watched]
        watched = list(_explained(watched, directories))
        _say_cost(settings, directories.statistics)
    return watched


def _beginning(source: Source, planned: Reviewed | None) -> Watched:
    return Watched(
        source.declaration,
        client_id=source.client_id,
        applied=source.applied,
        failure=source.failure,
        notes=source.notes,
        planned=planned,
    )


def _tenant(watched: Watched) -> Tenant:
    return Tenant(watched.declaration.integration.tenant_id, watched.declaration.cloud)


def _wanted(watched: Iterable[Watched]) -> dict[Tenant, list[str]]:
    wanted: dict[Tenant, list[str]] = {}
    for each in watched:
        if each.client_id and not each.failure:
            wanted.setdefault(_tenant(each), []).append(each.client_id)
    return wanted


def _read(watched: Iterable[Watched], readings: dict[Tenant, Reading]) -> list[Watched]:
    return [_with(each, readings) if each.client_id and not each.failure else each for each in watched]


def _with(watched: Watched, readings: dict[Tenant, Reading]) -> Watched:
    reading = readings[_tenant(watched)]
    documents = reading.documents.get(watched.client_id)
    if documents is None:
        return replace(watched, failure=reading.failure or "Graph said nothing of it")
    return replace(watched, readings=(*watched.readings, observe(documents)))


def _read_again(watched: Watched, readings: dict[Tenant, Reading], applied: dict[str, Applied | None]) -> Watched:
    """Add what was read again of an environment that is in `applied`; leave any other as it is."""
    name = watched.declaration.name
    if name not in applied:
        return watched
    return _with(replace(watched, applied=applied[name] or watched.applied), readings)


def _settle(seconds: float, show: Callable[[Step], None]) -> None:
    """Wait: Graph shows old copies for a while after every change."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        show(Step("letting what differs settle", round(seconds - left), max(1, round(seconds)), left))
        time.sleep(min(left, _TICK_SECONDS))


def _explained(watched: Iterable[Watched], directories: Directories) -> Iterator[Watched]:
    """Ask each tenant's audit log once, for all of its environments that differ."""
    watched = list(watched)
    differing = [each for each in watched if each.is_candidate]
    asked = window(datetime.now(UTC))
    about: dict[Tenant, set[str]] = {}
    for each in differing:
        about.setdefault(_tenant(each), set()).update(each.object_ids)
    logs = {tenant: _log(tenant, asked, ids, directories) for tenant, ids in about.items()}
    read = {tenant: ByObject(read_activities(log.records)) for tenant, log in logs.items()}
    names = {each.declaration.name for each in differing}
    for each in watched:
        if each.declaration.name in names:
            tenant = _tenant(each)
            why = logs[tenant].unread or f"the audit log does not tell it ({asked.beyond})"
            yield replace(each, activities=read[tenant].about(each.object_ids), unexplained=why)
        else:
            yield each


def _log(tenant: Tenant, asked: Window, about: Collection[str], directories: Directories) -> AuditLog:
    # The log's newest records carry times of Microsoft's clocks, which may be ahead of ours.
    return directories.read_audit_log(tenant, since=asked.since, until=asked.until + timedelta(minutes=5), about=about)


def _say_cost(settings: Settings, cost: Statistics) -> None:
    if settings.verbosity > 0:
        waited = f", {cost.seconds_waited:.0f} s waited" if cost.seconds_waited >= 1 else ""
        say(
            settings,
            f"Graph: {cost.requests:,} requests in {cost.round_trips:,} round trips, {cost.resource_units:,} resource"
            f" units, {cost.throttled:,} times told to slow down{waited}",
        )
