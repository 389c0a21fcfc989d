"""azuread_app_role_assignment: consent to one application permission."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.provider.graph import GraphError, saying
from sandbox.provider.legacy import Rules
from sandbox.provider.problems import Refused
from sandbox.provider.resource import ResourceType, path_id

if TYPE_CHECKING:
    from sandbox.provider.graph import Graph
    from sandbox.provider.values import Values


class AppRoleAssignment(ResourceType):
    """An app role of a resource's service principal, assigned to another."""

    type_name = "azuread_app_role_assignment"
    uuids = ("app_role_id", "principal_object_id", "resource_object_id")
    rules = Rules(replacing=frozenset(uuids))

    def parse_id(self, identifier: str) -> tuple[str, ...]:
        """Return the resource's object id and the assignment's id."""
        return path_id(identifier, "servicePrincipals", "appRoleAssignedTo")

    def create(self, graph: Graph, planned: Values) -> Values | None:
        """Assign the role, on the resource's side. One that exists already is Graph's 400."""
        resource_id = planned["resource_object_id"]
        with saying(f'Could not retrieve service principal for resource (Object ID: "{resource_id}")'):
            graph.get(f"/servicePrincipals/{resource_id}")
        assignment = {
            "@odata.type": "#microsoft.graph.appRoleAssignment",
            "appRoleId": planned["app_role_id"],
            "principalId": planned["principal_object_id"],
            "resourceId": resource_id,
        }
        with saying("Could not create app role assignment"):
            made = graph.post(
                f"/servicePrincipals/{resource_id}/appRoleAssignedTo", assignment, retry=_principal_not_replicated
            )
        planned["id"] = f"/servicePrincipals/{made['resourceId']}/appRoleAssignedTo/{made['id']}"
        return self.read(graph, planned)

    def read(self, graph: Graph, state: Values) -> Values | None:
        """Read the assignment."""
        self.parse_id(state["id"])
        try:
            found = graph.get(state["id"])
        except GraphError as error:
            if error.not_found:
                return None
            raise Refused(f"retrieving {_shown(self, state)}", str(error)) from error
        return state | {
            "app_role_id": found.get("appRoleId"),
            "principal_display_name": found.get("principalDisplayName") or "",
            "principal_object_id": found.get("principalId") or "",
            "principal_type": found.get("principalType") or "",
            "resource_display_name": found.get("resourceDisplayName") or "",
            "resource_object_id": found.get("resourceId") or "",
        }

    def delete(self, graph: Graph, state: Values) -> None:
        """Take the role away."""
        with saying(f"Deleting {_shown(self, state)}", attribute="id"):
            graph.delete(state["id"])


def _principal_not_replicated(error: GraphError) -> bool:
    return error.not_found or (error.status == 400 and "Not a valid reference update" in error.said)  # noqa: PLR2004


def _shown(kind: AppRoleAssignment, state: Values) -> str:
    resource_id, assignment_id = kind.parse_id(state["id"])
    return (
        f'Service Principal Id App Role Assigned To (Service Principal: "{resource_id}"\n'
        f'App Role Assignment: "{assignment_id}")'
    )
