"""`$expand`: one relationship along with an object, twenty of it at most, and nothing that says there is more."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sandbox.graph.applications import APPLICATIONS as APPLICATION
from sandbox.graph.service_principals import SERVICE_PRINCIPALS as SERVICE_PRINCIPAL
from sandbox.identities import ADMINISTRATOR_ID, DEPLOYER
from sandbox.limits import Limits
from tests.asking_graph import GRAPH_APP_ID, TENANT, Graph, filled_world
from tests.making_certificates import make_certificate

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.store import Document

APPLICATIONS, PRINCIPALS = "/v1.0/applications", "/v1.0/servicePrincipals"
READ_APPLICATIONS = "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"


@pytest.fixture
def graph(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    return Graph(filled_world(tmp_path, tmp_path_factory))


def owned_by_many(graph: Graph, count: int) -> str:
    """Return the id of an application with so many owners."""
    store = graph.world.store
    people = [f"5a9d0000-00e1-4000-8000-{number:012}" for number in range(count)]
    for identifier in people:
        person = {"id": identifier, "displayName": identifier, "userPrincipalName": identifier, "mail": None}
        store.put(TENANT, "user", identifier, person)
    made: Document = graph.make(APPLICATIONS, displayName="ISE")
    document = store.get(TENANT, "application", made["id"]) or {}
    store.put(TENANT, "application", made["id"], {**document, "owners": people})
    return str(made["id"])


@pytest.mark.parametrize(("there", "shown"), [(19, 19), (20, 20), (21, 20)])
def test_what_is_expanded_ends_at_twenty_and_nothing_says_so(graph: Graph, there: int, shown: int) -> None:
    path = f"{APPLICATIONS}/{owned_by_many(graph, there)}"
    single = graph.get(path, expand="owners")
    (listed,) = graph.values(APPLICATIONS, expand="owners", filter="displayName eq 'ISE'")
    assert len(single["owners"]) == len(listed["owners"]) == shown
    assert not [name for name in (*single, *listed) if "nextLink" in name]
    assert len(graph.values(f"{path}/owners")) == there


def test_an_expanded_object_is_what_its_own_list_shows(graph: Graph) -> None:
    principal = graph.principal_id(DEPLOYER.client_id)
    made = graph.make(APPLICATIONS, displayName="ISE")
    owner = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{principal}"}
    graph.ask("POST", f"{APPLICATIONS}/{made['id']}/owners/$ref", owner)
    path = f"{APPLICATIONS}(appId='{made['appId']}')"
    found = graph.get(path, expand="owners", select="id")
    assert {name for name in found if "@" not in name} == {"id", "owners"}
    assert found["owners"] == graph.values(f"{path}/owners")


@pytest.mark.parametrize("name", sorted(APPLICATION.related))
def test_every_relationship_of_an_application_expands(graph: Graph, name: str) -> None:
    able = replace(graph, roles=("Application.ReadWrite.All", "Policy.Read.All"))
    assert isinstance(able.get(f"{APPLICATIONS}(appId='{DEPLOYER.client_id}')", expand=name)[name], list)


@pytest.mark.parametrize("name", sorted(SERVICE_PRINCIPAL.related))
def test_every_relationship_of_a_service_principal_expands(graph: Graph, name: str) -> None:
    able = replace(graph, roles=("Application.ReadWrite.All", "Policy.Read.All"))
    assert all(isinstance(found[name], list) for found in able.values(PRINCIPALS, expand=name))


def test_granted_permissions_expand_in_a_list(graph: Graph) -> None:
    api, principal = graph.principal_id(GRAPH_APP_ID), graph.principal_id(DEPLOYER.client_id)
    found = {one["id"]: one["appRoleAssignments"] for one in graph.values(PRINCIPALS, expand="appRoleAssignments")}
    assert found[principal] == graph.values(f"{PRINCIPALS}/{principal}/appRoleAssignments")
    assert {assignment["resourceId"] for assignment in found[principal]} == {api}
    assert found[api] == []


def test_v1_hides_a_flexible_credentials_expression_here_too(graph: Graph) -> None:
    made = graph.make(APPLICATIONS, displayName="ISE")["id"]
    body = {"name": "f", "issuer": "https://oidc.example", "claimsMatchingExpression": {"value": "x"}}
    graph.make(f"/beta/applications/{made}/federatedIdentityCredentials", **body)
    shown = {
        version: graph.get(f"/{version}/applications/{made}", expand="federatedIdentityCredentials")
        for version in ("v1.0", "beta")
    }
    (one,), (two,) = (shown[version]["federatedIdentityCredentials"] for version in ("v1.0", "beta"))
    assert (one["subject"], "claimsMatchingExpression" in one) == (None, False)
    assert two["claimsMatchingExpression"] == {"value": "x"}


@pytest.mark.parametrize(
    ("expand", "code"),
    [
        pytest.param("owners,federatedIdentityCredentials", "BadRequest", id="two relationships"),
        pytest.param("nothing", "BadRequest", id="an unknown one"),
        pytest.param("", "BadRequest", id="none"),
        pytest.param("*", "BadRequest", id="all"),
        pytest.param("owners($select=id)", "Request_UnsupportedQuery", id="with options of its own"),
    ],
)
def test_what_else_may_be_asked_is_refused(graph: Graph, expand: str, code: str) -> None:
    assert graph.refusal("GET", APPLICATIONS, expand=expand) == (400, code)


def test_who_may_not_read_a_relationship_by_itself_may_not_expand_it(graph: Graph) -> None:
    path = f"{PRINCIPALS}(appId='{DEPLOYER.client_id}')"
    reader = replace(graph, roles=("Application.Read.All",))
    assert reader.get(path, expand="memberOf")["memberOf"] == []
    assert reader.refusal("GET", path, expand="tokenLifetimePolicies")[0] == 403


def test_of_a_person_among_the_expanded_an_ordinary_reader_sees_the_id(graph: Graph) -> None:
    made = graph.make(APPLICATIONS, displayName="ISE")["id"]
    reference = {"@odata.id": f"https://graph.microsoft.com/v1.0/users/{ADMINISTRATOR_ID}"}
    graph.ask("POST", f"{APPLICATIONS}/{made}/owners/$ref", reference)
    (owner,) = replace(graph, roles=("Application.Read.All",)).get(f"{APPLICATIONS}/{made}", expand="owners")["owners"]
    assert (owner["id"], owner["displayName"]) == (ADMINISTRATOR_ID, None)


# Certificates, which lists keep back as well


@pytest.mark.parametrize("limits", [Limits(), Limits(certificates_in_lists=True)], ids=["as ever", "switched"])
def test_a_list_shows_certificates_only_where_the_limits_say_so(graph: Graph, limits: Limits) -> None:
    graph.world.conditions.set(limits)
    entry = {"type": "AsymmetricX509Cert", "usage": "Verify", "key": base64.b64encode(make_certificate()).decode()}
    made = graph.make(APPLICATIONS, displayName="ISE", keyCredentials=[entry])["id"]
    (listed,) = graph.values(APPLICATIONS, filter="displayName eq 'ISE'", select="keyCredentials")
    assert (listed["keyCredentials"][0]["key"] is not None) == limits.certificates_in_lists
    (unasked,) = graph.values(APPLICATIONS, filter="displayName eq 'ISE'")
    assert unasked["keyCredentials"][0]["key"] is None
    assert graph.get(f"{APPLICATIONS}/{made}")["keyCredentials"][0]["key"] is None
    assert graph.get(f"{APPLICATIONS}/{made}", select="keyCredentials")["keyCredentials"][0]["key"] is not None
