"""Whether those who own an application are still there: `accountEnabled` of each, which is shown on request alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clients.graph.addresses import LARGEST_PAGE, Get
from clients.graph.answered import Answer
from clients.graph.lists import read_lists
from clients.graph.parts import in_order
from clients.graph.refusals import unread

if TYPE_CHECKING:
    from clients.graph.asking import Graph
    from helpers.observing.documents import Document, Documents, Listing

_SURFACE = "owner_accounts"
_OPTIONS = f"$select=id,accountEnabled&$top={LARGEST_PAGE}"


async def read_owner_accounts(graph: Graph, documents: Documents) -> Listing:
    """Return the owners of both objects with `accountEnabled`, each once; of one that may not be read, it is null."""
    owned = (
        ("applications", documents.application, documents.application_owners),
        ("servicePrincipals", documents.service_principal, documents.service_principal_owners),
    )
    gets = [
        Get(_SURFACE, f"/{collection}/{document['id']}/owners?{_OPTIONS}")
        for collection, document, owners in owned
        if isinstance(document, dict) and owners
    ]
    accounts: dict[str, Document] = {}
    for found in await read_lists(graph, gets):
        if isinstance(found, Answer):
            return unread(found, _SURFACE)
        accounts |= {str(each.get("id")).lower(): each for each in found}
    return in_order([*accounts.values()])
