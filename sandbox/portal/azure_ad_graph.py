"""The retired API that applications of before 2020 still ask for: old tenants have its service principal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.permissions import AZURE_AD_GRAPH
from sandbox.graph.service_principals import SERVICE_PRINCIPALS
from sandbox.seed import MICROSOFTS_TENANT, app_role, scope

if TYPE_CHECKING:
    from sandbox.portal.desk import Desk
    from sandbox.store import Document

# Two of its permissions, by the ids that Microsoft's samples of those years have.
_READ_DIRECTORY = ("Directory.Read.All", "5778995a-e1bf-45b8-affa-663a9f3f4d04")
_SIGN_IN = ("User.Read", "311a71cc-e848-46a1-bdf8-97ff7156d8e6")

# What the article asks of it, and what the portal of then asked for every new application.
REQUESTED: Document = {
    "resourceAppId": AZURE_AD_GRAPH,
    "resourceAccess": [{"id": _SIGN_IN[1], "type": "Scope"}, {"id": _READ_DIRECTORY[1], "type": "Role"}],
}


def bring_azure_ad_graph(desk: Desk) -> None:
    """Let the tenant have had it all along."""
    if desk.directory.service_principal_by_app_id(AZURE_AD_GRAPH) is not None:
        return
    name = "Windows Azure Active Directory"
    principal = {
        "appId": AZURE_AD_GRAPH,
        "appDisplayName": name,
        "displayName": name,
        "appOwnerOrganizationId": MICROSOFTS_TENANT,
        "createdDateTime": desk.timestamp(),
        "servicePrincipalNames": [AZURE_AD_GRAPH, "https://graph.windows.net"],
        "signInAudience": "AzureADMultipleOrgs",
        "appRoles": [app_role(*_READ_DIRECTORY)],
        "oauth2PermissionScopes": [scope(*_SIGN_IN)],
    }
    desk.settle("servicePrincipal", SERVICE_PRINCIPALS.new(principal))
