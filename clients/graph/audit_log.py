"""A tenant's audit log: asked for by a window of time, never per application (five requests in ten seconds)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from clients.graph import logs
from clients.graph.addresses import Get, filtered
from clients.graph.permissions import AUDIT_LOG
from clients.graph.readings import AuditLog
from helpers.guids import GUID
from helpers.moments import second

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from clients.graph.asking import Graph
    from clients.graph.steps import Steps
    from helpers.observing.documents import Document


async def read_log(
    graph: Graph, steps: Steps, *, since: datetime, until: datetime, about: Collection[str] | None
) -> AuditLog:
    """Return the log's records of the window; with `about`, only those in which one of these ids stands anywhere."""
    condition = f"activityDateTime ge {second(since)} and activityDateTime le {second(until)}"
    get = Get(AUDIT_LOG, filtered("auditLogs/directoryAudits", condition, f"&$top={logs.PAGE}"))
    ids = None if about is None else frozenset(each.lower() for each in about)
    log = await logs.read_records(graph, steps, get, wanted=lambda record: ids is None or _names_one(record, ids))
    return AuditLog(log.records, log.unread)


def _names_one(record: Document, ids: frozenset[str]) -> bool:
    # What changed is written as JSON inside JSON, so an id can stand anywhere.
    return not ids.isdisjoint(GUID.findall(json.dumps(record).lower()))
