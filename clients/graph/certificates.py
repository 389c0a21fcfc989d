"""The bytes of applications' certificates: the one thing that Graph shows 150 times a minute, and no faster.

Whether a list shows them Microsoft's pages say yes and no (graph-audit.md §0): one list is tried, and believed only
where it shows every one. `key` null is left as it is: whoever reads it says that it was not shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients.graph.addresses import MOST_VALUES, Counted, Get, filtered, one_of
from clients.graph.asking import BATCH
from clients.graph.lists import read_lists
from clients.graph.parts import APPLICATION, client_id_of, plain, the_object
from clients.graph.refusals import unread
from helpers.observing.documents import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from clients.graph.asking import Graph
    from clients.graph.kept import Kept
    from clients.graph.steps import Steps
    from helpers.observing.documents import Document, Listing

_SURFACE = "key_credentials"
_SELECT = "$select=id,appId,keyCredentials"
# Ten of these are what a minute allows.
_AT_A_TIME = 15
_NO_LIST = Unread("Graph: answered without a list of key credentials")


@dataclass
class Certificates:
    """Reads them for one tenant. `kept` is what an interrupted look has read."""

    graph: Graph
    steps: Steps
    kept: Kept | None

    async def read(self, applications: Mapping[str, Document | Unread | None]) -> dict[str, Listing]:
        """Return the key credentials with their `key`, by client id, of applications as the normal pass saw them."""
        found: dict[str, Listing] = {}
        wanted: dict[str, Document] = {}
        for client_id, application in applications.items():
            shown = _key_credentials(application)
            known = self._known(client_id, shown) if isinstance(shown, tuple) else shown
            if known is None and isinstance(application, dict):
                wanted[client_id] = application
            else:
                found[client_id] = known or ()
        self.steps.more(len(wanted))
        for group in _groups(await self._by_lists(wanted, found), _AT_A_TIME):
            await self._alone(group, wanted, found)
        if self.kept is not None and not any(isinstance(listing, Unread) for listing in found.values()):
            self.kept.forget()
        return found

    def _known(self, client_id: str, shown: tuple[Document, ...]) -> tuple[Document, ...] | None:
        if not shown:
            return ()
        known = self.kept.of(client_id, [*shown]) if self.kept else None
        return None if known is None else tuple(known)

    async def _by_lists(self, wanted: Mapping[str, Document], found: dict[str, Listing]) -> list[str]:
        """Try one list, and the others if it showed everything; return what is left to be read alone."""
        groups = [*_groups([*wanted], MOST_VALUES)]
        if len(wanted) > 1 and not await self._listed(groups[:1], wanted, found):
            for first in range(1, len(groups), BATCH):
                await self._listed(groups[first : first + BATCH], wanted, found)
        return [client_id for client_id in wanted if client_id not in found]

    async def _listed(
        self, groups: Sequence[Sequence[str]], wanted: Mapping[str, Document], found: dict[str, Listing]
    ) -> list[str]:
        """Take what lists show with all of its bytes; return those of which they do not."""
        conditions = [one_of("id", [str(wanted[each]["id"]) for each in group]) for group in groups]
        gets = [Get(_SURFACE, filtered("applications", condition, f"&{_SELECT}")) for condition in conditions]
        lists = await read_lists(self.graph, gets)
        documents = [document for listed in lists if isinstance(listed, list) for document in listed]
        for client_id, keys in {client_id_of(each): _key_credentials(each) for each in documents}.items():
            if client_id in wanted and _is_whole(keys):
                self._take(client_id, wanted[client_id], keys, found)
        return [client_id for group in groups for client_id in group if client_id not in found]

    async def _alone(
        self, client_ids: Sequence[str], wanted: Mapping[str, Document], found: dict[str, Listing]
    ) -> None:
        gets = [Get(_SURFACE, f"/applications(appId='{client_id}')?{_SELECT}") for client_id in client_ids]
        for client_id, answer in zip(client_ids, await self.graph.get_all(gets), strict=True):
            read = the_object(APPLICATION, client_id, answer)
            listing = unread(answer, _SURFACE) if read is None else _key_credentials(read)
            self._take(client_id, wanted[client_id], listing, found)

    def _take(self, client_id: str, application: Document, listing: Listing, found: dict[str, Listing]) -> None:
        found[client_id] = listing
        shown = _key_credentials(application)
        if self.kept is not None and _is_whole(listing) and isinstance(listing, tuple) and isinstance(shown, tuple):
            self.kept.add(client_id, [*shown], [*listing])
        left = self.steps.total - self.steps.done - 1
        self.steps.go(1, self.graph.pace.seconds_for(Counted.CERTIFICATES, left))


def _key_credentials(application: Document | Unread | None) -> Listing:
    if not isinstance(application, dict):
        return application or ()
    listed = application.get("keyCredentials")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        return _NO_LIST
    return tuple(plain(each) for each in listed)


def _is_whole(listing: Listing) -> bool:
    """Say whether there is a list in which every entry has its bytes."""
    return isinstance(listing, tuple) and all(isinstance(each.get("key"), str) for each in listing)


def _groups(values: Sequence[str], size: int) -> Iterator[list[str]]:
    for first in range(0, len(values), size):
        yield [*values[first : first + size]]
