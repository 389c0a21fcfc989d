"""azuread_service_principal_delegated_permission_grant: consent to delegated permissions of one API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.provider.graph import GraphError, saying
from sandbox.provider.legacy import Rules
from sandbox.provider.problems import Refused
from sandbox.provider.resource import ResourceType, path_id, text_or_null, texts

if TYPE_CHECKING:
    from sandbox.provider.graph import Graph
    from sandbox.provider.values import Values

_ODATA_TYPE = "#microsoft.graph.oAuth2PermissionGrant"


class DelegatedPermissionGrant(ResourceType):
    """What a service principal may do for every user of the tenant, or for one."""

    type_name = "azuread_service_principal_delegated_permission_grant"
    uuids = ("resource_service_principal_object_id", "service_principal_object_id", "user_object_id")
    rules = Rules(replacing=frozenset(uuids))

    def parse_id(self, identifier: str) -> tuple[str, ...]:
        """Return the grant's id."""
        return path_id(identifier, "oauth2PermissionGrants")

    def create(self, graph: Graph, planned: Values) -> Values | None:
        """Grant the scopes. A grant that exists already is Graph's 409."""
        client, resource = planned["service_principal_object_id"], planned["resource_service_principal_object_id"]
        for object_id in (client, resource):
            with saying(f'Could not retrieve Service Principal (Service Principal: "{object_id}")'):
                graph.get(f"/servicePrincipals/{object_id}")
        user = text_or_null(planned["user_object_id"])
        grant = {
            "@odata.type": _ODATA_TYPE,
            "clientId": client,
            "consentType": "Principal" if user else "AllPrincipals",
            "resourceId": resource,
            "scope": _scope(planned),
        }
        with saying("Could not create delegated permission grant"):
            made = graph.post(
                "/oauth2PermissionGrants", grant | ({"principalId": user} if user else {}), retry=_not_replicated
            )
        planned["id"] = f"/oauth2PermissionGrants/{made['id']}"
        return self.read(graph, planned)

    def read(self, graph: Graph, state: Values) -> Values | None:
        """Read the grant."""
        self.parse_id(state["id"])
        try:
            found = graph.get(state["id"])
        except GraphError as error:
            if error.not_found:
                return None
            summary = f'Retrieving Delegated Permission Grant with ID "{state["id"]}"'
            raise Refused(summary, str(error), attribute="id") from error
        return state | {
            "claim_values": (found.get("scope") or "").split(),
            "resource_service_principal_object_id": found.get("resourceId") or "",
            "service_principal_object_id": found.get("clientId"),
            "user_object_id": found.get("principalId") or "",
        }

    def update(self, graph: Graph, prior: Values, planned: Values) -> Values | None:
        """Write the scopes anew; everything else is replaced."""
        del prior
        with saying(f"Updating {self._shown(planned)}"):
            graph.patch(planned["id"], {"@odata.type": _ODATA_TYPE, "scope": _scope(planned)})
        return self.read(graph, planned)

    def delete(self, graph: Graph, state: Values) -> None:
        """Take the grant back."""
        with saying(f"Deleting {self._shown(state)}", attribute="id"):
            graph.delete(state["id"])

    def _shown(self, state: Values) -> str:
        (identifier,) = self.parse_id(state["id"])
        return f'O Auth 2 Permission Grant (O Auth 2 Permission Grant: "{identifier}")'


def _scope(planned: Values) -> str | None:
    return " ".join(texts(planned["claim_values"])) or None


def _not_replicated(error: GraphError) -> bool:
    missing = "does not exist or one of its queried reference-property objects are not present"
    return error.not_found or (error.status == 400 and missing in error.said)  # noqa: PLR2004
