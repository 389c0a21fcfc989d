"""Everything of Graph about applications of one tenant, as `Documents`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from clients.graph.certificates import Certificates
from clients.graph.objects import Objects
from clients.graph.tenant_wide import (
    policies_of,
    principals_of,
    read_apis,
    read_deleted,
    read_grants,
    read_policies,
    read_role_assignments,
    roles_of,
)
from helpers.guids import GUID
from helpers.observing.documents import Documents, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from clients.graph.asking import Graph
    from clients.graph.kept import Kept
    from clients.graph.objects import Choose
    from clients.graph.steps import Steps
    from helpers.observing.documents import Document, Listing

_NO_CLIENT_ID = Unread("that is no client id: a GUID is")


@dataclass
class TenantReader:
    """Reads one tenant. What its APIs are called is kept from one reading to the next; nothing else is."""

    tenant_id: str
    graph: Graph
    _apis: dict[str, Document] = field(default_factory=dict)

    async def read(
        self, client_ids: Sequence[str], steps: Steps, *, choose: Choose | None, kept: Kept | None, deep: Steps | None
    ) -> dict[str, Documents]:
        """Return the documents of these applications by client id, as it was given.

        `choose` decides whether lists of all are cheaper; without it nothing is read in such lists. `deep` counts the
        certificates whose bytes are read; without it they are not.
        """
        wanted = sorted({each.lower() for each in client_ids if GUID.fullmatch(each)})
        objects = Objects(self.graph, steps, choose)
        await objects.read(wanted)
        found = {each: objects.fields(each) for each in wanted}
        await self._add_the_rest(found, singly=choose is None)
        if deep is not None:
            certificates = Certificates(self.graph, deep, kept)
            keys = await certificates.read({each: read["application"] for each, read in found.items()})
            for client_id, listing in keys.items():
                found[client_id]["key_credentials"] = listing
        return {each: self._documents(each, found.get(each.lower())) for each in client_ids}

    async def _add_the_rest(self, found: Mapping[str, dict[str, Any]], *, singly: bool) -> None:
        principals = {
            each: principals_of(read["service_principal"], read["memberships"]) for each, read in found.items()
        }
        everyone = sorted({each for ids in principals.values() for each in ids})
        object_ids = {
            each: read["service_principal"]["id"]
            for each, read in found.items()
            if _is_there(read, "service_principal")
        }
        grants, roles, policies, deleted = await asyncio.gather(
            read_grants(self.graph, object_ids),
            read_role_assignments(self.graph, everyone if singly else None),
            read_policies(self.graph),
            read_deleted(self.graph, {each for each, read in found.items() if read["application"] is None}),
        )
        for client_id, read in found.items():
            read["delegated_grants"] = grants.get(client_id, _without(read["service_principal"]))
            read["directory_roles"] = roles_of(roles, principals[client_id])
            read["policies"] = policies_of(policies, _object_ids(read))
            read["deleted"] = deleted.get(client_id)
        await read_apis(self.graph, *_apis_of(found.values()), self._apis)

    def _documents(self, client_id: str, read: Mapping[str, Any] | None) -> Documents:
        if read is None:
            listings: dict[str, Any] = {each.name: _NO_CLIENT_ID for each in fields(Documents) if each.default == ()}
            return Documents(client_id, self.tenant_id, _NO_CLIENT_ID, _NO_CLIENT_ID, **listings)
        return Documents(client_id, self.tenant_id, **read, resources=self._apis)


def _is_there(read: Mapping[str, Any], name: str) -> bool:
    return isinstance(read[name], dict)


def _without(service_principal: Document | Unread | None) -> Listing:
    """Return what is granted to a service principal that is not there, or was not read."""
    return service_principal if isinstance(service_principal, Unread) else ()


def _object_ids(read: Mapping[str, Any]) -> set[str]:
    return {str(read[name]["id"]).lower() for name in ("application", "service_principal") if _is_there(read, name)}


def _apis_of(found: Any) -> tuple[set[str], set[str]]:  # noqa: ANN401 — whatever Graph answered
    """Return the client ids and the object ids of the APIs that applications ask for, or were granted."""
    found = [*found]
    client_ids = {each for read in found for each in _requested(read["application"])}
    listings = [read[name] for read in found for name in ("app_role_assignments", "delegated_grants")]
    granted = [each.get("resourceId") for listing in listings if isinstance(listing, tuple) for each in listing]
    return client_ids, {each for each in granted if isinstance(each, str) and GUID.fullmatch(each)}


def _requested(application: object) -> Iterator[str]:
    required = application.get("requiredResourceAccess") if isinstance(application, dict) else None
    for access in required if isinstance(required, list) else ():
        client_id = access.get("resourceAppId") if isinstance(access, dict) else None
        if isinstance(client_id, str) and GUID.fullmatch(client_id):
            yield client_id
