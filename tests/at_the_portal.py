"""An application deployed to a sandbox, and an administrator at the portal, with everything Graph shows of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.identities import ADMINISTRATOR_ID, COLLEAGUE_ID, DEPLOYER
from sandbox.portal import CHANGES, Desk
from tests.asking_graph import TENANT, Graph, filled_world
from tests.declaring import declare
from tests.deployments import deployed

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.deployments import Deployment

BY_NAME = {change.name: change for change in CHANGES}
# Enough of everything that it can be reordered.
DECLARED: dict[str, Any] = {
    "tenant_id": TENANT,
    "deployer": DEPLOYER.object_id,
    "application": {"display_name": "Cisco ISE", "owners": [COLLEAGUE_ID]},
    "permissions": {"profile": "support-tip-2020"},
    "certificates": {"psn-01": "certificates/psn-01.pem", "psn-02": "certificates/psn-02.pem"},
}


@dataclass(frozen=True)
class Office:
    """The administrator's desk, Graph as she sees it, and what was deployed."""

    desk: Desk
    graph: Graph
    deployment: Deployment

    def shown(self) -> dict[str, Any]:
        """Return everything Graph shows of the application, whether it is there or not, and of its neighbours."""
        application = f"/applications(appId='{self.deployment.client_id}')"
        principal = f"/servicePrincipals(appId='{self.deployment.client_id}')"
        paths = (
            f"/v1.0{application}",
            f"/v1.0{application}?$select=keyCredentials",
            f"/v1.0{application}/owners",
            f"/beta{application}/federatedIdentityCredentials",
            f"/v1.0{application}/tokenLifetimePolicies",
            f"/v1.0{principal}",
            f"/v1.0{principal}/owners",
            f"/v1.0{principal}/appRoleAssignments",
            f"/v1.0{principal}/oauth2PermissionGrants",
            f"/v1.0{principal}/memberOf",
            f"/v1.0{principal}/ownedObjects",
            "/v1.0/applications",
            "/v1.0/servicePrincipals",
            "/v1.0/groups",
            "/v1.0/directory/deletedItems/microsoft.graph.application",
            "/v1.0/roleManagement/directory/roleAssignments",
            "/v1.0/policies/appManagementPolicies",
        )
        answers = {path: self.graph.ask("GET", path.partition("?")[0], **_query(path)) for path in paths}
        return {path: answer.json() if answer.status_code == 200 else None for path, answer in answers.items()}

    def records(self) -> list[dict[str, Any]]:
        """Return the audit log, newest first."""
        return self.graph.values("/v1.0/auditLogs/directoryAudits")


def _query(path: str) -> dict[str, str]:
    _, _, query = path.partition("?$")
    return dict([query.split("=")]) if query else {}


def open_office(folder: Path, factory: pytest.TempPathFactory) -> Office:
    """Return the office of a sandbox to which one application was deployed, owned by two."""
    world = filled_world(folder, factory)
    world.conditions.set(world.conditions.limits.without_quotas())
    deployment = deployed(world, declare(folder / "environments", **DECLARED))
    graph = Graph(world, object_id=ADMINISTRATOR_ID, roles=())
    return Office(Desk(world, TENANT, deployment.client_id), graph, deployment)
