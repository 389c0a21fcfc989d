"""What an application was granted: application permissions as app role assignments, delegated ones as grants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from helpers.clouds import CLOUDS
from sandbox.directory import Directory
from sandbox.entra.consent import grant_requested
from sandbox.entra.sign_in import Tenant
from sandbox.identities import ADMINISTRATOR_ID
from tests.asking_graph import GRAPH_APP_ID, INTUNE_API_APP_ID, NOW, TENANT, Graph, filled_world

if TYPE_CHECKING:
    from pathlib import Path

READ_APPLICATIONS = "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"
GET_COMPLIANCE = "7ec88bad-30c7-4928-a005-4455362cfd98"
USER_READ = "e1fe6dd8-ba31-4d61-89e7-88639da4683d"
NOBODY = "5a9d0000-9999-4000-8000-000000000000"
GRANTS = "/v1.0/oauth2PermissionGrants"


class Integration:
    """An application that asks for two APIs, with its service principal and theirs."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        wanted = (
            (GRAPH_APP_ID, [(READ_APPLICATIONS, "Role"), (USER_READ, "Scope")]),
            (INTUNE_API_APP_ID, [(GET_COMPLIANCE, "Role")]),
        )
        self.application = graph.make(
            "/v1.0/applications",
            displayName="ISE",
            requiredResourceAccess=[
                {"resourceAppId": api, "resourceAccess": [{"id": id_, "type": type_} for id_, type_ in accesses]}
                for api, accesses in wanted
            ],
        )
        self.id = graph.make("/v1.0/servicePrincipals", appId=self.application["appId"])["id"]
        self.microsoft_graph = graph.principal_id(GRAPH_APP_ID)
        self.intune = graph.principal_id(INTUNE_API_APP_ID)

    def assignment(self, **changes: str) -> dict[str, str]:
        """Return the body of the assignment of a Graph role."""
        ends = {"principalId": self.id, "resourceId": self.microsoft_graph, "appRoleId": READ_APPLICATIONS}
        return {**ends, **changes}

    def grant(self, **changes: str | None) -> dict[str, Any]:
        """Return the body of a grant to all users."""
        ends = {"clientId": self.id, "resourceId": self.microsoft_graph}
        return {**ends, "consentType": "AllPrincipals", "scope": "User.Read", **changes}

    @property
    def assigned_path(self) -> str:
        """Where Microsoft Graph's assignments are."""
        return f"/v1.0/servicePrincipals/{self.microsoft_graph}/appRoleAssignedTo"

    @property
    def own_path(self) -> str:
        """Where the application's own assignments are."""
        return f"/v1.0/servicePrincipals/{self.id}/appRoleAssignments"


@pytest.fixture
def integration(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Integration:
    return Integration(Graph(filled_world(tmp_path, tmp_path_factory)))


def test_an_assignment_is_seen_from_both_ends(integration: Integration) -> None:
    graph = integration.graph
    made = graph.make(integration.assigned_path, **integration.assignment())
    del made["@odata.context"]
    assert graph.values(integration.own_path) == [made]
    assert made in graph.values(integration.assigned_path)
    assert (made["principalDisplayName"], made["resourceDisplayName"]) == ("ISE", "Microsoft Graph")
    graph.delete(f"{integration.own_path}/{made['id']}")
    assert graph.refusal("GET", f"{integration.assigned_path}/{made['id']}") == (404, "Request_ResourceNotFound")


def test_an_assignment_may_be_made_from_either_end(integration: Integration) -> None:
    graph = integration.graph
    made = graph.make(integration.own_path, **integration.assignment())
    assert graph.get(f"{integration.assigned_path}/{made['id']}")["appRoleId"] == READ_APPLICATIONS


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param({"appRoleId": GET_COMPLIANCE}, 400, id="a role of another API"),
        pytest.param({"appRoleId": USER_READ}, 400, id="a scope"),
        pytest.param({"principalId": NOBODY}, 404, id="to nobody"),
        pytest.param({"principalId": ADMINISTRATOR_ID}, 400, id="an application's role to a person"),
        pytest.param({"resourceId": NOBODY}, 400, id="another API than the path's"),
        pytest.param({"appRoleId": ""}, 400, id="no role"),
    ],
)
def test_an_assignment_that_makes_no_sense_is_refused(
    integration: Integration, change: dict[str, str], status: int
) -> None:
    body = integration.assignment(**change)
    assert integration.graph.refusal("POST", integration.assigned_path, body)[0] == status


def test_a_role_is_assigned_once_by_whomever(integration: Integration) -> None:
    """An application consented by hand makes the provider's assignment fail (provider.md §3)."""
    graph = integration.graph
    directory = Directory(graph.world.store, TENANT, "global")
    tenant = Tenant(directory, "Contoso", CLOUDS["global"])
    grant_requested(tenant, integration.application["appId"], now=NOW)
    again = graph.ask("POST", integration.assigned_path, integration.assignment())
    assert again.status_code == 400
    assert again.json()["error"]["message"] == "Permission being assigned already exists on the object"
    assert graph.refusal("POST", GRANTS, integration.grant())[0] == 409


def test_what_was_assigned_is_in_the_next_token(integration: Integration) -> None:
    directory = Directory(integration.graph.world.store, TENANT, "global")
    assert directory.granted_roles(integration.id, integration.microsoft_graph) == []
    integration.graph.make(integration.assigned_path, **integration.assignment())
    assert directory.granted_roles(integration.id, integration.microsoft_graph) == ["Application.Read.All"]


def test_a_grant_is_made_found_changed_and_deleted(integration: Integration) -> None:
    graph = integration.graph
    made = graph.make(GRANTS, **integration.grant())
    path = f"{GRANTS}/{made['id']}"
    graph.change(path, scope="User.Read openid")
    (found,) = graph.values(GRANTS, filter=f"clientId eq '{integration.id}'")
    assert found == graph.values(f"/v1.0/servicePrincipals/{integration.id}/oauth2PermissionGrants")[0]
    assert (found["scope"], found["principalId"]) == ("User.Read openid", None)
    assert graph.values(GRANTS, filter=f"resourceId eq '{integration.intune}'") == []
    graph.delete(path)
    assert graph.refusal("GET", path) == (404, "Request_ResourceNotFound")


def test_a_client_has_one_grant_on_an_api_for_all_and_one_for_each_user(integration: Integration) -> None:
    graph = integration.graph
    graph.make(GRANTS, **integration.grant())
    again = graph.ask("POST", GRANTS, integration.grant(scope="openid"))
    assert (again.status_code, again.json()["error"]["message"]) == (409, "Permission entry already exists.")
    graph.make(GRANTS, **integration.grant(consentType="Principal", principalId=ADMINISTRATOR_ID))


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param({"clientId": NOBODY}, 404, id="to no client"),
        pytest.param({"resourceId": NOBODY}, 404, id="on no API"),
        pytest.param({"consentType": "Everybody"}, 400, id="an unknown consent type"),
        pytest.param({"consentType": "Principal"}, 400, id="for one user, unnamed"),
        pytest.param({"principalId": ADMINISTRATOR_ID}, 400, id="for all users and one"),
        pytest.param({"consentType": "Principal", "principalId": NOBODY}, 404, id="for nobody"),
        pytest.param({"scope": None}, 400, id="no scope"),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused(
    integration: Integration, change: dict[str, str | None], status: int
) -> None:
    assert integration.graph.refusal("POST", GRANTS, integration.grant(**change))[0] == status


def test_a_deleted_application_loses_what_it_was_granted(integration: Integration) -> None:
    graph = integration.graph
    graph.make(integration.assigned_path, **integration.assignment())
    graph.make(GRANTS, **integration.grant())
    graph.delete(f"/v1.0/applications/{integration.application['id']}")
    assert graph.values(GRANTS) == []
    assert integration.id not in [found["principalId"] for found in graph.values(integration.assigned_path)]
