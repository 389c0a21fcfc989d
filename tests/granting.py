"""Pipelines of the sandbox with other permissions than they begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.model import PermissionType
from helpers.permissions import MICROSOFT_GRAPH, find_api
from sandbox.directory import Directory
from sandbox.graph.app_role_assignments import new_assignment
from sandbox.identities import TENANTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.identities import Pipeline
    from sandbox.world import World


def grant_only(world: World, pipeline: Pipeline, permissions: Iterable[str]) -> None:
    """Let a pipeline hold these application permissions of Microsoft Graph in the first tenant, and no others."""
    tenant = TENANTS[0].id
    for held in world.store.where(tenant, "appRoleAssignment", "principalId", pipeline.object_id):
        world.store.delete(tenant, "appRoleAssignment", held["id"])
    graph = find_api(MICROSOFT_GRAPH)
    resource = Directory(world.store, tenant, TENANTS[0].cloud).service_principal_by_app_id(graph.app_id)
    principal = world.store.get(tenant, "servicePrincipal", pipeline.object_id)
    assert resource is not None
    assert principal is not None
    for name in permissions:
        role = graph.permissions[PermissionType.APPLICATION, name]
        made = new_assignment(principal, resource, role, created=world.now().strftime("%Y-%m-%dT%H:%M:%SZ"))
        world.store.put(tenant, "appRoleAssignment", made["id"], made)
