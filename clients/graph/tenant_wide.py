"""What a tenant has once, for all of its applications: roles assigned, policies, what was deleted, APIs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from clients.graph.addresses import LARGEST_PAGE, MOST_VALUES, Get, filtered, one_of
from clients.graph.answered import Answer
from clients.graph.lists import read_lists
from clients.graph.parts import client_id_of, in_order, plain
from clients.graph.refusals import unread
from helpers.observing.documents import Unread

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from clients.graph.asking import Graph
    from helpers.observing.documents import Document, Listing

# By their name in addresses, each with its type.
KINDS_OF_POLICIES = {
    "tokenLifetimePolicies": "tokenLifetimePolicy",
    "tokenIssuancePolicies": "tokenIssuancePolicy",
    "claimsMappingPolicies": "claimsMappingPolicy",
    "homeRealmDiscoveryPolicies": "homeRealmDiscoveryPolicy",
    "appManagementPolicies": "appManagementPolicy",
}
_ASSIGNMENTS = "roleManagement/directory/roleAssignments"
_ROLE = "$expand=roleDefinition"
_OF_AN_API = "&$select=id,appId,displayName,appRoles,oauth2PermissionScopes"
_GROUP = "#microsoft.graph.group"


async def read_policies(graph: Graph) -> Listing:
    """Return every policy with its type and, in `appliesTo`, the ids (lower case) of what it applies to."""
    kinds = [*KINDS_OF_POLICIES]
    listed = await read_lists(graph, [Get("policies", f"/policies/{kind}") for kind in kinds])
    policies: list[tuple[str, Document]] = []
    for kind, found in zip(kinds, listed, strict=True):
        if isinstance(found, Answer):
            return unread(found, "policies")
        policies += [(kind, policy) for policy in found if isinstance(policy.get("id"), str)]
    gets = [Get("policies", f"/policies/{kind}/{policy['id']}/appliesTo") for kind, policy in policies]
    result: list[Document] = []
    for (kind, policy), objects in zip(policies, await read_lists(graph, gets), strict=True):
        if isinstance(objects, Answer):
            return unread(objects, "policies")
        ids = sorted(str(each.get("id")).lower() for each in objects)
        result.append({**policy, "@odata.type": f"#microsoft.graph.{KINDS_OF_POLICIES[kind]}", "appliesTo": ids})
    return in_order(result)


def policies_of(policies: Listing, object_ids: Collection[str]) -> Listing:
    """Return the policies that apply to one of these objects, as Graph shows them."""
    if isinstance(policies, Unread):
        return policies
    return tuple(
        {name: value for name, value in policy.items() if name != "appliesTo"}
        for policy in policies
        if not set(policy["appliesTo"]).isdisjoint(object_ids)
    )


async def read_role_assignments(graph: Graph, principals: Sequence[str] | None) -> Listing:
    """Return the directory roles assigned, each with its definition: of the tenant, or only of these principals."""
    if principals is None:
        gets = [Get("directory_roles", f"/{_ASSIGNMENTS}?{_ROLE}")]
    else:
        conditions = [f"principalId eq '{principal}'" for principal in principals]
        gets = [Get("directory_roles", filtered(_ASSIGNMENTS, each, f"&{_ROLE}")) for each in conditions]
    assignments: list[Document] = []
    for found in await read_lists(graph, gets):
        if isinstance(found, Answer):
            return unread(found, "directory_roles")
        assignments += found
    return in_order(assignments)


def principals_of(service_principal: object, memberships: Listing) -> list[str]:
    """Return the ids (lower case) to which a role can be assigned so that a service principal has it: groups too."""
    own = [str(service_principal.get("id")).lower()] if isinstance(service_principal, dict) else []
    groups = memberships if isinstance(memberships, tuple) else ()
    return own + [str(group.get("id")).lower() for group in groups if group.get("@odata.type") == _GROUP]


def roles_of(assignments: Listing, principals: Collection[str]) -> Listing:
    """Return the assignments to one of these principals."""
    if isinstance(assignments, Unread):
        return assignments
    return tuple(each for each in assignments if str(each.get("principalId")).lower() in principals)


async def read_deleted(graph: Graph, client_ids: Collection[str]) -> Mapping[str, Document | Unread]:
    """Return, of those client ids, the applications that were deleted and can be restored; the latest of each."""
    if not client_ids:
        return {}
    get = Get("deleted", f"/directory/deletedItems/microsoft.graph.application?$top={LARGEST_PAGE}")
    deleted: dict[str, Document | Unread] = {}
    async for page in graph.pages(get):
        if isinstance(page, Answer):
            return {each: deleted.get(each, unread(page, "deleted")) for each in client_ids}
        for document in sorted(page, key=lambda one: str(one.get("deletedDateTime"))):
            if (client_id := client_id_of(document)) in client_ids:
                deleted[client_id] = plain(document)
    return deleted


async def read_apis(
    graph: Graph, client_ids: Iterable[str], object_ids: Iterable[str], known: dict[str, Document]
) -> None:
    """Add the service principals of APIs to those `known` by object id (lower case); what is known is not read again.

    What an API offers are names for ids: they change rarely, and no verdict is about them.
    """
    have = {client_id_of(api) for api in known.values()}
    wanted = sorted({each.lower() for each in client_ids} - have)
    await _add_apis(graph, "appId", wanted, known)
    await _add_apis(graph, "id", sorted({each.lower() for each in object_ids} - set(known)), known)


async def _add_apis(graph: Graph, name: str, values: Sequence[str], known: dict[str, Document]) -> None:
    gets = [
        Get(
            "resources", filtered("servicePrincipals", one_of(name, [*values[first : first + MOST_VALUES]]), _OF_AN_API)
        )
        for first in range(0, len(values), MOST_VALUES)
    ]
    for found in await read_lists(graph, gets):
        for api in found if isinstance(found, list) else ():
            if isinstance(api.get("id"), str):
                known[api["id"].lower()] = plain(api)


async def read_grants(graph: Graph, service_principals: Mapping[str, str]) -> Mapping[str, Listing]:
    """Return the delegated permissions granted, by client id; `service_principals` are object ids by client id.

    Graph's page on these says that a filter by client keeps the delay of changes smallest.
    """
    conditions = [f"clientId eq '{object_id}'" for object_id in service_principals.values()]
    gets = [Get("delegated_grants", filtered("oauth2PermissionGrants", each)) for each in conditions]
    lists = await read_lists(graph, gets)
    return {
        client_id: in_order(found) if isinstance(found, list) else unread(found, "delegated_grants")
        for client_id, found in zip(service_principals, lists, strict=True)
    }


async def gathered(**work: Any) -> dict[str, Any]:  # noqa: ANN401 — each piece of work has its own kind of result
    """Do several pieces of work at a time, and return their results by name."""
    return dict(zip(work, await asyncio.gather(*work.values()), strict=True))
