"""What ISE asks of Graph, who is let in at all, and how what is not there is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from helpers.clouds import CLOUDS
from sandbox.entra.tokens import issue_access_token
from sandbox.identities import COMPLIANCE_HOSTS, COMPLIANCE_PATH, DEPLOYER, NAC_PATH, TENANTS
from tests.asking_graph import GRAPH_APP_ID, INTUNE_APP_ID, NOW, TENANT, Graph, filled_world

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.identities import SandboxTenant

DISCOVERY = f"//v1.0/servicePrincipals/appId={INTUNE_APP_ID}/endpoints"


@pytest.fixture
def graph(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    return Graph(filled_world(tmp_path, tmp_path_factory), roles=("Application.Read.All",))


@pytest.mark.parametrize("tenant", TENANTS, ids=lambda tenant: tenant.name)
def test_ise_finds_the_compliance_service_of_its_tenants_cloud(graph: Graph, tenant: SandboxTenant) -> None:
    there = replace(graph, tenant_id=tenant.id, cloud=tenant.cloud)
    host = f"https://{COMPLIANCE_HOSTS[tenant.cloud]}"
    assert {found["providerName"]: found["uri"] for found in there.values(DISCOVERY)} == {
        "ComplianceRetrievalService": host + COMPLIANCE_PATH,
        "NACAPIService": host + NAC_PATH,
    }


@pytest.mark.parametrize(
    "path",
    [
        f"/v1.0/servicePrincipals(appId='{INTUNE_APP_ID}')/endpoints",
        f"/v1.0/serviceprincipals/appId={INTUNE_APP_ID}/endpoints",
        f"/beta/servicePrincipals(appId='{INTUNE_APP_ID.upper()}')/endpoints/",
    ],
)
def test_a_service_principal_answers_to_every_way_of_writing_its_key(graph: Graph, path: str) -> None:
    assert graph.values(path) == graph.values(DISCOVERY)


def test_microsofts_service_principals_have_other_ids_in_every_tenant(graph: Graph) -> None:
    ids = {replace(graph, tenant_id=tenant.id, cloud=tenant.cloud).principal_id(GRAPH_APP_ID) for tenant in TENANTS} | {
        GRAPH_APP_ID
    }
    assert len(ids) == len(TENANTS) + 1


@pytest.mark.parametrize(
    ("audience", "status"),
    [
        ("https://graph.microsoft.com", 200),
        ("https://graph.microsoft.com/", 200),
        (GRAPH_APP_ID, 200),
        ("https://graph.microsoft.us", 401),
        ("https://api.manage.microsoft.com/", 401),
    ],
)
def test_a_token_opens_the_graph_it_was_issued_for(graph: Graph, audience: str, status: int) -> None:
    token = issue_access_token(
        graph.world, tenant_id=TENANT, audience=audience, app_id="a", object_id="b", roles=["Application.Read.All"]
    )
    assert replace(graph, token=token).ask("GET", DISCOVERY).status_code == status


def test_a_tenant_is_unknown_in_another_cloud(graph: Graph) -> None:
    token = issue_access_token(
        graph.world,
        tenant_id=TENANT,
        audience=CLOUDS["china"].graph,
        app_id="a",
        object_id="b",
        roles=["Application.Read.All"],
    )
    elsewhere = replace(graph, token=token, cloud="china")
    assert elsewhere.refusal("GET", DISCOVERY) == (401, "InvalidAuthenticationToken")


@pytest.mark.parametrize("token", ["nonsense", "a.b.c"])
def test_a_token_that_entra_did_not_sign_proves_nothing(graph: Graph, token: str) -> None:
    assert replace(graph, token=token).refusal("GET", DISCOVERY) == (401, "InvalidAuthenticationToken")


def test_without_a_token_nothing_is_shown(graph: Graph) -> None:
    answer = graph.services.get("https://graph.microsoft.com/v1.0/applications")
    assert (answer.status_code, answer.json()["error"]["message"]) == (401, "Access token is empty.")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_expired_token_proves_nothing_any_more(graph: Graph) -> None:
    graph.values(DISCOVERY)
    token = issue_access_token(
        graph.world, tenant_id=TENANT, audience=CLOUDS["global"].graph, app_id="a", object_id="b", roles=[]
    )
    later = replace(graph, token=token).at(NOW + timedelta(hours=2))
    assert later.refusal("GET", DISCOVERY) == (401, "InvalidAuthenticationToken")


def test_an_error_says_what_graph_says(graph: Graph) -> None:
    asked = replace(graph, headers={"client-request-id": "mine"})
    answer = asked.ask("GET", "/v1.0/applications/5a9d0000-9999-4000-8000-000000000000")
    inner = answer.json()["error"].pop("innerError")
    assert answer.status_code == 404
    assert inner == {
        "date": NOW.strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": answer.headers["request-id"],
        "client-request-id": "mine",
    }
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1.0/users"),
        ("GET", "/v2.0/applications"),
        ("PUT", "/v1.0/applications"),
        ("POST", "/v1.0/applications/x/setVerifiedPublisher"),
        ("GET", "/"),
    ],
)
def test_what_the_sandbox_lacks_is_refused_so_that_nobody_tries_again(graph: Graph, method: str, path: str) -> None:
    """The provider repeats every 5xx but 501 for minutes (provider.md §2)."""
    assert graph.refusal(method, path) == (501, "NotImplemented")


def test_a_mistake_of_the_sandbox_is_not_repeated_either(graph: Graph) -> None:
    graph.world.store.put(TENANT, "application", "broken", {"id": "broken"})
    assert graph.refusal("GET", "/v1.0/applications/broken") == (501, "NotImplemented")


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_a_body_that_is_no_object_is_refused(graph: Graph, body: bytes) -> None:
    answer = graph.services.post(
        "https://graph.microsoft.com/v1.0/applications",
        content=body,
        headers={"Authorization": f"Bearer {graph._bearer}"},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")


def test_the_organization_is_the_callers_tenant(graph: Graph) -> None:
    reader = replace(graph, roles=("Directory.Read.All",))
    assert [found["id"] for found in reader.values("/v1.0/organization")] == [TENANT]
    assert reader.get(f"/v1.0/organization/{TENANT.upper()}")["displayName"] == "Contoso"
    assert reader.refusal("GET", f"/v1.0/organization/{TENANTS[1].id}")[0] == 404


def test_a_directory_object_is_found_whatever_it_is(graph: Graph) -> None:
    reader = replace(graph, roles=("Directory.Read.All",))
    found = reader.get(f"/v1.0/directoryObjects/{DEPLOYER.object_id}")
    assert (found["@odata.type"], found["appId"]) == ("#microsoft.graph.servicePrincipal", DEPLOYER.client_id)
    assert reader.refusal("GET", "/v1.0/directoryObjects/5a9d0000-9999-4000-8000-000000000000")[0] == 404
