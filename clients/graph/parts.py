"""The parts that each of an application's two objects is read in: alone by client id, or of all of a tenant in a list.

Both ways bring the same. What a list cuts, or cannot have whole, is read alone (graph-audit.md §B).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clients.graph.addresses import BETA, LARGEST_PAGE, V1, Get
from clients.graph.answered import NOT_GRAPHS, no_answer
from clients.graph.refusals import unread

if TYPE_CHECKING:
    from clients.graph.answered import Answer
    from helpers.observing.documents import Document, Listing, Unread

# Where `$expand` ends, and nothing says so: as many can be all there are, or not.
EXPANDED = 20
_PAGE = f"$top={LARGEST_PAGE}"
_ON_REQUEST = "$select=id,appId,isDisabled,authenticationBehaviors"


@dataclass(frozen=True)
class Part:
    """One part. `tail` follows `(appId='…')` where it is read alone; `options` are those of the list of all.

    `relation` is the relationship that the list has with each object, empty where the part is the object itself; with
    up to `whole` of them it surely has all.
    """

    name: str
    surface: str
    collection: str
    tail: str
    options: str
    relation: str = ""
    whole: int = EXPANDED - 1
    version: str = V1

    def alone(self, client_id: str) -> Get:
        """Return the read of one application's."""
        return Get(self.surface, f"/{self.collection}(appId='{client_id}'){self.tail}", self.version)

    def of_all(self) -> Get:
        """Return the read of the tenant's."""
        return Get(self.surface, f"/{self.collection}?{self.options}&{_PAGE}", self.version)


APPLICATION = Part("application", "application", "applications", "?$expand=owners", "$expand=owners")
ON_REQUEST = Part("on_request", "application", "applications", f"?{_ON_REQUEST}", _ON_REQUEST)
SERVICE_PRINCIPAL = Part(
    "service_principal", "service_principal", "servicePrincipals", "?$expand=owners", "$expand=owners"
)


def _related(surface: str, relation: str, *, listed: str = "", whole: int = EXPANDED - 1) -> Part:
    options = f"$select=id,appId&$expand={listed or relation}"
    tail = f"/{relation}?{_PAGE}"
    return Part(surface, surface, "servicePrincipals", tail, options, listed or relation, whole)


PARTS_OF_APPLICATION = (
    APPLICATION,
    ON_REQUEST,
    Part(
        "federated_credentials",
        "federated_credentials",
        "applications",
        "/federatedIdentityCredentials",
        "$select=id,appId&$expand=federatedIdentityCredentials",
        "federatedIdentityCredentials",
        # v1.0 does not show a flexible one's expression.
        version=BETA,
    ),
)
PARTS_OF_SERVICE_PRINCIPAL = (
    SERVICE_PRINCIPAL,
    _related("app_role_assignments", "appRoleAssignments"),
    # Who is in no group at all is in none by way of another either; of whoever is in one, the list does not say all.
    _related("memberships", "transitiveMemberOf", listed="memberOf", whole=0),
    _related("owned_objects", "ownedObjects"),
)


def owners_of(part: Part, document: Document) -> Get:
    """Return the read of an object's owners."""
    return Get(f"{part.surface}_owners", f"/{part.collection}/{document['id']}/owners?{_PAGE}")


def the_object(part: Part, client_id: str, answer: Answer) -> Document | Unread | None:
    """Return the object that was asked for alone, None where Graph says there is none."""
    document = answer.document
    if document is None:
        return None if answer.missing else unread(answer, part.surface)
    if client_id_of(document) != client_id.lower() or not isinstance(document.get("id"), str):
        return unread(no_answer(NOT_GRAPHS), part.surface)
    return document


def the_list(surface: str, found: list[Document] | Answer) -> Listing | None:
    """Return a list in an order of its own, None where Graph says that whose it is does not exist."""
    if isinstance(found, list):
        return in_order(found)
    return None if found.missing else unread(found, surface)


def in_order(documents: list[Document]) -> tuple[Document, ...]:
    """Return objects in an order that is the same however they were read."""
    return tuple(sorted(map(plain, documents), key=lambda document: str(document.get("id"))))


def plain(document: Document) -> Document:
    """Return an object without what only says how it came (`@odata.context`); its type stays."""
    return {name: value for name, value in document.items() if "@odata." not in name or name == "@odata.type"}


def client_id_of(document: dict[str, Any]) -> str:
    """Return an object's client id in lower case; empty where it has none."""
    client_id = document.get("appId")
    return client_id.lower() if isinstance(client_id, str) else ""
