"""Any of a tenant's logs, page by page: five requests in ten seconds for all of them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clients.graph.answered import Answer
from clients.graph.readings import Log
from clients.graph.refusals import unread

if TYPE_CHECKING:
    from collections.abc import Callable

    from clients.graph.addresses import Get
    from clients.graph.asking import Graph
    from clients.graph.steps import Steps
    from helpers.observing.documents import Document

PAGE = 1000
# At the pace Graph allows this takes five minutes.
MOST_PAGES = 150


async def read_records(
    graph: Graph, steps: Steps, get: Get, *, wanted: Callable[[Document], bool] = lambda _: True
) -> Log:
    """Return the records of a log that are wanted; what is missing of them, and why, is in `unread`."""
    records: list[Document] = []
    pages = 0
    async for page in graph.pages(get):
        if isinstance(page, Answer):
            return Log(tuple(records), unread(page, get.surface).reason)
        if pages == MOST_PAGES:
            # However full they are: a log may go on with pages that hold less, or nothing, for ever.
            return Log(tuple(records), f"only its newest {MOST_PAGES * PAGE:,} records were read")
        records += filter(wanted, page)
        pages += 1
        steps.more(1)(1)
    return Log(tuple(records))
