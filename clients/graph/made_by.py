"""Applications that one identity made, or owns: what a deploy may have left behind, and nobody else's.

Never found by name alone, which anyone can take: a name only says which of a directory's many are worth reading.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients.graph.addresses import LARGEST_PAGE, MOST_VALUES, Get, filtered, one_of
from clients.graph.lists import read_lists
from clients.graph.parts import client_id_of, plain
from clients.graph.refusals import unread
from helpers.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from clients.graph.answered import Answer
    from clients.graph.asking import Graph
    from helpers.observing.documents import Document

_PRINCIPAL, _OWNED, _APPLICATION = "service_principal", "owned_objects", "application"
_TYPE = "#microsoft.graph.application"
_MAY_READ = "sign in as the deployer, or as who may read applications (`ise-intune drift --permissions`)"


@dataclass(frozen=True)
class MadeBy:
    """What was found. `app_id` is the identity's client id, in lower case, empty where the tenant has no such identity.

    `owned` are object ids, in lower case, of the applications it owns. `applications` are whole, keys without their
    bytes: those it owns, and those of the names that were asked for, whoever made them.
    """

    app_id: str
    owned: frozenset[str]
    applications: tuple[Document, ...]


async def read_made_by(graph: Graph, identity: str, *, name: str, prefix: str, known: str = "") -> MadeBy:
    """Return the applications that the service principal `identity` (object id) owns, and those that are called so.

    `name` is a whole display name, `prefix` the beginning of one; `known` is the object id of one more to read.
    Raises `ServiceError` where any of it cannot be read: what was not seen might be there.
    """
    principal = Get(_PRINCIPAL, f"/servicePrincipals/{identity}?$select=id,appId")
    owned = Get(_OWNED, f"/servicePrincipals/{identity}/ownedObjects?$top={LARGEST_PAGE}")
    called = (f"displayName eq {_text(name)}", f"startswith(displayName,{_text(prefix)})")
    answer, (owns, *named) = await asyncio.gather(
        graph.get(principal), read_lists(graph, [owned, *(_applications(condition) for condition in called)])
    )
    ids = [*_ids(each for each in _whole(owns, _OWNED) if each.get("@odata.type") == _TYPE)]
    found = [each for listed in named for each in _whole(listed, _APPLICATION)]
    there = {*_ids(found)}
    found += await _by_ids(graph, [each for each in dict.fromkeys((*ids, known)) if each and each not in there])
    every = {each["id"].lower(): plain(each) for each in found if isinstance(each.get("id"), str)}
    return MadeBy(_app_id(answer), frozenset(ids), tuple(every.values()))


def _app_id(answer: Answer) -> str:
    if answer.missing:
        return ""
    app_id = client_id_of(answer.document or {})
    if not app_id:
        raise _unreadable(unread(answer, _PRINCIPAL).reason)
    return app_id


async def _by_ids(graph: Graph, ids: Sequence[str]) -> list[Document]:
    groups = [ids[first : first + MOST_VALUES] for first in range(0, len(ids), MOST_VALUES)]
    gets = [_applications(one_of("id", [*group])) for group in groups]
    return [each for found in await read_lists(graph, gets) for each in _whole(found, _APPLICATION)]


def _applications(condition: str) -> Get:
    return Get(_APPLICATION, filtered("applications", condition, f"&$top={LARGEST_PAGE}"))


def _text(value: str) -> str:
    """Return a text as OData writes it."""
    return "'" + value.replace("'", "''") + "'"


def _ids(documents: Iterable[Document]) -> Iterator[str]:
    return (each["id"].lower() for each in documents if isinstance(each.get("id"), str))


def _whole(found: list[Document] | Answer, surface: str) -> list[Document]:
    """Return a list that was read to its end. Raises `ServiceError` for any other, but one of what is not there."""
    if isinstance(found, list):
        return found
    if found.missing:
        return []
    raise _unreadable(unread(found, surface).reason)


def _unreadable(reason: str) -> ServiceError:
    return ServiceError("Microsoft Graph", f"what the deployer made cannot be read: {reason}", _MAY_READ)
