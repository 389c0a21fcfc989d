"""Both objects of many applications of one tenant, with what hangs on each."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clients.graph.addresses import V1, Get
from clients.graph.answered import Answer
from clients.graph.choosing import FEW
from clients.graph.lists import read_lists
from clients.graph.parts import (
    APPLICATION,
    EXPANDED,
    ON_REQUEST,
    PARTS_OF_APPLICATION,
    PARTS_OF_SERVICE_PRINCIPAL,
    SERVICE_PRINCIPAL,
    client_id_of,
    in_order,
    owners_of,
    plain,
    the_list,
    the_object,
)
from clients.graph.permissions import CHOICE
from helpers.observing.documents import Unread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from clients.graph.asking import Graph
    from clients.graph.parts import Part
    from clients.graph.steps import Steps
    from helpers.observing.documents import Document, Listing

Choose = Callable[[int, int, int], bool]
# Who may not read a list may not read what is in it either.
_REFUSED = (401, 402, 403)


@dataclass
class Objects:
    """What is being read of the applications, by part and client id. A part that Graph does not find is None.

    `choose` says whether lists are cheaper, from how many are wanted, how many there are, and in how many parts.
    """

    graph: Graph
    steps: Steps
    choose: Choose | None
    _found: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    _owners: dict[str, dict[str, Listing | None]] = field(default_factory=lambda: defaultdict(dict))

    async def read(self, client_ids: Sequence[str]) -> None:
        """Read all parts of both objects of each."""
        sides = (PARTS_OF_APPLICATION, PARTS_OF_SERVICE_PRINCIPAL)
        await asyncio.gather(*(self._side(parts, client_ids) for parts in sides))

    def fields(self, client_id: str) -> dict[str, Any]:
        """Return what was read of one application, by field of `Documents`."""
        return {**self._of_application(client_id), **self._of_service_principal(client_id)}

    async def _side(self, parts: Sequence[Part], client_ids: Sequence[str]) -> None:
        if await self._in_lists(parts, len(client_ids)):
            await asyncio.gather(*(self._list(part, frozenset(client_ids)) for part in parts))
        await self._alone(self._lacking(parts, client_ids, found=False))
        # Graph may not find what is there: old copies, and after every change. What it misses is asked for once more.
        await self._alone(self._lacking(parts, client_ids, found=True))
        await self._whole_owners(parts[0])

    async def _in_lists(self, parts: Sequence[Part], wanted: int) -> bool:
        if self.choose is None or wanted <= FEW:
            return False
        answer = await self.graph.get(Get(CHOICE, f"/{parts[0].collection}/$count", V1, eventual=True))
        return isinstance(answer.content, int) and self.choose(wanted, answer.content, len(parts))

    async def _list(self, part: Part, wanted: frozenset[str]) -> None:
        """Take what a list of all has of those wanted."""
        async for page in self.graph.pages(part.of_all()):
            self.steps.more(1)(1)
            if isinstance(page, Answer):
                if page.status in _REFUSED:
                    self._found[part.name] |= dict.fromkeys(wanted, the_list(part.surface, page))
                return
            for document in page:
                client_id = client_id_of(document)
                if client_id in wanted and isinstance(document.get("id"), str):
                    self._take(part, client_id, document)

    def _take(self, part: Part, client_id: str, document: Document) -> None:
        """Keep a part from a list if it is whole."""
        if not part.relation:
            self._found[part.name][client_id] = document
            return
        related = document.get(part.relation)
        if isinstance(related, list) and len(related) <= part.whole and all(isinstance(one, dict) for one in related):
            self._found[part.name][client_id] = in_order(related)

    def _lacking(self, parts: Sequence[Part], client_ids: Iterable[str], *, found: bool) -> list[tuple[Part, str]]:
        """Return what was not read yet or, with `found`, what was and Graph did not find."""
        return [
            (part, client_id)
            for client_id in client_ids
            for part in parts
            if (client_id in self._found[part.name]) is found and self._found[part.name].get(client_id) is None
        ]

    async def _alone(self, wanted: Sequence[tuple[Part, str]]) -> None:
        objects = [(part, client_id) for part, client_id in wanted if not part.relation]
        related = [(part, client_id) for part, client_id in wanted if part.relation]
        answered = self.steps.more(len(wanted))
        answers, lists = await asyncio.gather(
            self.graph.get_all([part.alone(client_id) for part, client_id in objects], answered=answered),
            read_lists(self.graph, [part.alone(client_id) for part, client_id in related], answered=answered),
        )
        for (part, client_id), answer in zip(objects, answers, strict=True):
            self._found[part.name][client_id] = the_object(part, client_id, answer)
        for (part, client_id), listed in zip(related, lists, strict=True):
            self._found[part.name][client_id] = the_list(part.surface, listed)

    async def _whole_owners(self, part: Part) -> None:
        """Keep the owners that came along with an object; where they may have been cut, read them by themselves."""
        cut: list[str] = []
        documents = {each: found for each, found in self._found[part.name].items() if isinstance(found, dict)}
        for client_id, document in documents.items():
            owners = document.pop("owners", None)
            if isinstance(owners, list) and len(owners) < EXPANDED and all(isinstance(one, dict) for one in owners):
                self._owners[part.name][client_id] = in_order(owners)
            else:
                cut.append(client_id)
        gets = [owners_of(part, documents[client_id]) for client_id in cut]
        for client_id, listed in zip(cut, await read_lists(self.graph, gets), strict=True):
            self._owners[part.name][client_id] = the_list(f"{part.surface}_owners", listed)

    def _of_application(self, client_id: str) -> dict[str, Any]:
        document = self._found[APPLICATION.name][client_id]
        more = self._found[ON_REQUEST.name][client_id]
        if isinstance(document, dict):
            # What could not be read is left out: whoever misses it says so.
            document = plain({**document, **(more if isinstance(more, dict) else {})})
        return {
            "application": document,
            "application_owners": self._hanging(document, self._owners[APPLICATION.name].get(client_id)),
            **self._related(PARTS_OF_APPLICATION, client_id, document),
        }

    def _of_service_principal(self, client_id: str) -> dict[str, Any]:
        document = self._found[SERVICE_PRINCIPAL.name][client_id]
        if isinstance(document, dict):
            document = plain(document)
        return {
            "service_principal": document,
            "service_principal_owners": self._hanging(document, self._owners[SERVICE_PRINCIPAL.name].get(client_id)),
            **self._related(PARTS_OF_SERVICE_PRINCIPAL, client_id, document),
        }

    def _related(self, parts: Sequence[Part], client_id: str, document: Document | Unread | None) -> Mapping[str, Any]:
        return {
            part.name: self._hanging(document, self._found[part.name][client_id]) for part in parts if part.relation
        }

    @staticmethod
    def _hanging(document: Document | Unread | None, listing: Listing | None) -> Listing:
        """Return what hangs on an object: none on one that is not there; what Graph did not find on one is unread."""
        if listing is not None:
            return listing
        if document is None:
            return ()
        return (
            document
            if isinstance(document, Unread)
            else Unread("Graph does not find it (404), though it has the object")
        )
