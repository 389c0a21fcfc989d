"""Lists to their end, many at a time: what goes on after a first page is asked for in batches too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clients.graph.addresses import Elsewhere
from clients.graph.answered import no_answer
from clients.graph.asking import MOST_PAGES, leads_elsewhere, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clients.graph.addresses import Get
    from clients.graph.answered import Answer
    from clients.graph.asking import Graph
    from helpers.observing.documents import Document


async def read_lists(
    graph: Graph, gets: Sequence[Get], *, answered: Callable[[int], None] = lambda _: None
) -> list[list[Document] | Answer]:
    """Return whole lists in the order they were asked for, or the answer that stands for one that has a gap."""
    found: dict[int, list[Document]] = {place: [] for place in range(len(gets))}
    failed: dict[int, Answer] = {}
    following = dict(enumerate(gets))
    for _ in range(MOST_PAGES):
        answers = await graph.get_all([*following.values()], answered=answered)
        pages = list(zip(following.items(), answers, strict=True))
        following = {}
        for (place, get), answer in pages:
            page = listed(answer)
            if page is None:
                failed[place] = answer
                continue
            found[place] += page
            try:
                if (more := graph.next(get, answer)) is not None:
                    following[place] = more
            except Elsewhere as elsewhere:
                failed[place] = leads_elsewhere(elsewhere)
        if not following:
            break
    failed |= dict.fromkeys(following, no_answer("the list has no end"))
    return [failed.get(place, found[place]) for place in range(len(gets))]
