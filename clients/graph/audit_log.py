"""A tenant's audit log: asked for by a window of time, never per application (five requests in ten seconds)."""

from __future__ import annotations

import json
import re
from datetime import UTC
from typing import TYPE_CHECKING

from clients.graph.addresses import Get, filtered
from clients.graph.answered import Answer
from clients.graph.permissions import AUDIT_LOG
from clients.graph.readings import AuditLog
from clients.graph.refusals import unread

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from clients.graph.asking import Graph
    from clients.graph.steps import Steps
    from helpers.observing.documents import Document

_PAGE = 1000
# At the pace Graph allows this takes five minutes.
_MOST_PAGES = 150
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def read_log(
    graph: Graph, steps: Steps, *, since: datetime, until: datetime, about: Collection[str] | None
) -> AuditLog:
    """Return the log's records of the window; with `about`, only those in which one of these ids stands anywhere."""
    condition = f"activityDateTime ge {_written(since)} and activityDateTime le {_written(until)}"
    get = Get(AUDIT_LOG, filtered("auditLogs/directoryAudits", condition, f"&$top={_PAGE}"))
    ids = None if about is None else frozenset(each.lower() for each in about)
    records: list[Document] = []
    pages = 0
    async for page in graph.pages(get):
        if isinstance(page, Answer):
            return AuditLog(tuple(records), unread(page, AUDIT_LOG).reason)
        records += [record for record in page if ids is None or _names_one(record, ids)]
        pages += 1
        steps.more(1)(1)
        if pages == _MOST_PAGES and len(page) == _PAGE:
            return AuditLog(tuple(records), f"only its newest {pages * _PAGE:,} records were read")
    return AuditLog(tuple(records))


def _names_one(record: Document, ids: frozenset[str]) -> bool:
    # What changed is written as JSON inside JSON, so an id can stand anywhere.
    return not ids.isdisjoint(_GUID.findall(json.dumps(record).lower()))


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
