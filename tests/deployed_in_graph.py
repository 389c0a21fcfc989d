"""An application in the sandbox's Graph as a deploy of a file leaves it, and what Graph then shows of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from helpers.comparing import Surface, compare, without_ids
from helpers.model import PermissionType, stated
from helpers.observing import Documents, observe
from tests.asking_graph import EVERYTHING, GRAPH_APP_ID, INTUNE_API_APP_ID, Graph, filled_world

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pytest

    from helpers.comparing import Difference
    from helpers.declaration.declaration import Declaration
    from helpers.model import Permission
    from helpers.observing import Document, Observed

APPLICATIONS, PRINCIPALS = "/v1.0/applications", "/v1.0/servicePrincipals"
_MORE = (
    "Application.Read.All",
    "Directory.Read.All",
    "Group.ReadWrite.All",
    "RoleManagement.ReadWrite.Directory",
    "Policy.ReadWrite.ApplicationConfiguration",
)
_ON_REQUEST = "id,isDisabled,authenticationBehaviors"
_POLICIES = (
    "tokenLifetimePolicies",
    "tokenIssuancePolicies",
    "claimsMappingPolicies",
    "homeRealmDiscoveryPolicies",
    "appManagementPolicies",
)


def graph_of(folder: Path, factory: pytest.TempPathFactory) -> Graph:
    """Return a filled sandbox's Graph, asked by somebody who may do everything."""
    return Graph(filled_world(folder, factory), roles=(*EVERYTHING, *_MORE))


def deploy(graph: Graph, declaration: Declaration) -> str:
    """Make what a file declares, and consent to it; return the client id."""
    model = declaration.integration
    owners = [reference(owner)["@odata.id"] for owner in sorted(stated(model.application.owners))]
    application = graph.make(
        APPLICATIONS,
        displayName=stated(model.application.display_name),
        requiredResourceAccess=_required(stated(model.requested)),
        keyCredentials=[dict(entry.certificate.manifest_entry("key")) for entry in declaration.certificates],
        **{"owners@odata.bind": owners},
    )
    bound = {"appId": application["appId"], "owners@odata.bind": owners}
    principal = graph.make(PRINCIPALS, **bound)
    for permission in stated(model.granted):
        resource = graph.principal_id(permission.api)
        if permission.type is PermissionType.APPLICATION:
            ends = {"principalId": principal["id"], "resourceId": resource, "appRoleId": permission.id}
            graph.make(f"{PRINCIPALS}/{principal['id']}/appRoleAssignments", **ends)
    return str(application["appId"])


class Deployed:
    """An application in the sandbox, changed and put right by calls of Graph."""

    def __init__(self, graph: Graph, declaration: Declaration) -> None:
        self.graph, self.declaration = graph, declaration
        self.client_id = deploy(graph, declaration)
        self.application = str(graph.get(f"{APPLICATIONS}(appId='{self.client_id}')")["id"])
        self.principal = graph.principal_id(self.client_id)

    @property
    def here(self) -> str:
        """The path of the application."""
        return f"{APPLICATIONS}/{self.application}"

    @property
    def there(self) -> str:
        """The path of the service principal."""
        return f"{PRINCIPALS}/{self.principal}"

    def observed(self) -> Observed:
        """Return what Graph shows now, read into the model."""
        return observe(documents_of(self.graph, self.client_id))

    def differences(self) -> list[Difference]:
        """Return what differs from the declaration, bytes that nobody asked for apart."""
        found = without_ids(compare(self.declaration.integration, self.observed().integration))
        return [each for each in found if each.surface is not Surface.CERTIFICATE_BYTES]


def reference(identifier: str) -> dict[str, str]:
    """Return a reference to a directory object."""
    return {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{identifier}"}


def documents_of(graph: Graph, client_id: str) -> Documents:
    """Return everything Graph shows of an application, read one by one."""
    application = _found(graph, APPLICATIONS, client_id)
    principal = _found(graph, PRINCIPALS, client_id)
    documents = Documents(client_id, graph.tenant_id, application, principal, resources=_resources(graph))
    if application is None:
        (deleted, *_) = [*_listed(graph, "/v1.0/directory/deletedItems/microsoft.graph.application"), None]
        return replace(documents, deleted=deleted)
    here = f"{APPLICATIONS}/{application['id']}"
    documents = replace(
        documents,
        application={**application, **graph.get(here, select=_ON_REQUEST)},
        application_owners=_listed(graph, f"{here}/owners"),
        federated_credentials=_listed(graph, f"/beta/applications/{application['id']}/federatedIdentityCredentials"),
        policies=tuple(_policies(graph, {application["id"], (principal or {}).get("id")})),
    )
    return replace(documents, **_of_principal(graph, principal["id"])) if principal else documents


def _of_principal(graph: Graph, principal_id: str) -> dict[str, Any]:
    here = f"{PRINCIPALS}/{principal_id}"
    memberships = _listed(graph, f"{here}/transitiveMemberOf")
    holders = {principal_id, *(each["id"] for each in memberships)}
    roles = _listed(graph, "/v1.0/roleManagement/directory/roleAssignments", expand="roleDefinition")
    return {
        "service_principal_owners": _listed(graph, f"{here}/owners"),
        "app_role_assignments": _listed(graph, f"{here}/appRoleAssignments"),
        "delegated_grants": _listed(graph, "/v1.0/oauth2PermissionGrants", filter=f"clientId eq '{principal_id}'"),
        "directory_roles": tuple(each for each in roles if each["principalId"] in holders),
        "memberships": memberships,
        "owned_objects": _listed(graph, f"{here}/ownedObjects"),
    }


def _policies(graph: Graph, ids: set[str | None]) -> Iterable[Document]:
    for name in _POLICIES:
        for policy in _listed(graph, f"/v1.0/policies/{name}"):
            if ids & {each["id"] for each in _listed(graph, f"/v1.0/policies/{name}/{policy['id']}/appliesTo")}:
                yield {"@odata.type": f"#microsoft.graph.{name[:-3]}y", **policy}


def _found(graph: Graph, collection: str, client_id: str) -> Document | None:
    answer = graph.ask("GET", f"{collection}(appId='{client_id}')")
    return answer.json() if answer.status_code == 200 else None


def _listed(graph: Graph, path: str, **query: str) -> tuple[Document, ...]:
    return tuple(graph.values(path, **query))


def _resources(graph: Graph) -> dict[str, Document]:
    apis = (graph.get(f"{PRINCIPALS}(appId='{app_id}')") for app_id in (GRAPH_APP_ID, INTUNE_API_APP_ID))
    return {api["id"].lower(): api for api in apis}


def _required(permissions: Iterable[Permission]) -> list[Document]:
    by_api: dict[str, list[Document]] = {}
    for each in sorted(permissions):
        kind = "Role" if each.type is PermissionType.APPLICATION else "Scope"
        by_api.setdefault(each.api, []).append({"id": each.id, "type": kind})
    return [{"resourceAppId": api, "resourceAccess": access} for api, access in by_api.items()]
