"""Applications and service principals: made, found, changed, deleted and brought back, as Graph does it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.identities import ADMINISTRATOR_ID, DEPLOYER, FORMER_COLLEAGUE_ID, TENANTS
from tests.asking_graph import CALLER_APP_ID, GRAPH_APP_ID, NOW, Graph, filled_world

if TYPE_CHECKING:
    from pathlib import Path

APPLICATIONS, PRINCIPALS = "/v1.0/applications", "/v1.0/servicePrincipals"
DELETED = "/v1.0/directory/deletedItems"
NOBODY = "5a9d0000-9999-4000-8000-000000000000"


@pytest.fixture
def graph(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    return Graph(filled_world(tmp_path, tmp_path_factory))


def reference(identifier: str) -> str:
    return f"https://graph.microsoft.com/v1.0/directoryObjects/{identifier}"


def owner_ids(graph: Graph, path: str) -> list[str]:
    return [owner["id"] for owner in graph.values(f"{path}/owners")]


def names(found: list[dict[str, Any]]) -> list[str]:
    return [document["displayName"] for document in found]


# Making and showing


def test_an_application_made_with_a_name_has_every_property_at_its_default(graph: Graph) -> None:
    made = graph.make(APPLICATIONS, displayName="ISE")
    assert made["signInAudience"] == "AzureADMyOrg"
    assert made["createdByAppId"] == CALLER_APP_ID
    assert made["createdDateTime"] == "2027-01-15T12:00:00Z"
    empty = ("keyCredentials", "passwordCredentials", "requiredResourceAccess", "identifierUris", "appRoles", "tags")
    assert all(made[name] == [] for name in empty)
    assert (made["web"]["redirectUris"], made["spa"]["redirectUris"], made["publicClient"]["redirectUris"]) == ([],) * 3
    assert graph.get(f"{APPLICATIONS}/{made['id']}") == made


def test_ids_are_not_version_4_uuids(graph: Graph) -> None:
    made = graph.make(APPLICATIONS, displayName="ISE")
    assert {uuid.UUID(made[name]).version for name in ("id", "appId")} == {5}


def test_what_is_not_for_showing_is_not_shown(graph: Graph) -> None:
    deployer = graph.get(f"{APPLICATIONS}(appId='{DEPLOYER.client_id}')")
    assert {"owners", "federatedIdentityCredentials", "authenticationBehaviors"}.isdisjoint(deployer)
    assert [(entry["secretText"], len(entry["hint"])) for entry in deployer["passwordCredentials"]] == [(None, 3)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "Request_BadRequest"),
        ({"displayName": ""}, "Request_BadRequest"),
        ({"displayName": "x" * 257}, "Request_BadRequest"),
        ({"displayName": "ISE", "colour": "blue"}, "Request_BadRequest"),
        ({"displayName": "ISE", "signInAudience": "Everybody"}, "Request_BadRequest"),
        (
            {"displayName": "ISE", "requiredResourceAccess": [{"resourceAccess": [{"id": NOBODY, "type": "Other"}]}]},
            "Request_BadRequest",
        ),
        ({"displayName": "ISE", "passwordCredentials": [{"displayName": "mine"}]}, "Request_BadRequest"),
    ],
    ids=["no name", "an empty name", "a long name", "an unknown property", "audience", "access type", "a secret"],
)
def test_an_application_that_makes_no_sense_is_refused(graph: Graph, body: dict[str, Any], code: str) -> None:
    assert graph.refusal("POST", APPLICATIONS, body) == (400, code)


def test_lists_keep_the_order_they_were_sent_in(graph: Graph) -> None:
    accesses = [{"id": str(uuid.UUID(int=number)), "type": "Role"} for number in (3, 1, 2)]
    required = [{"resourceAppId": GRAPH_APP_ID, "resourceAccess": accesses}]
    made = graph.make(APPLICATIONS, displayName="ISE", requiredResourceAccess=required, tags=["b", "a"])
    shown = graph.get(f"{APPLICATIONS}/{made['id']}")
    assert (shown["requiredResourceAccess"], shown["tags"]) == (required, ["b", "a"])


def test_a_change_of_part_of_a_complex_value_leaves_the_rest(graph: Graph) -> None:
    made = graph.make(APPLICATIONS, displayName="ISE", web={"homePageUrl": "https://ise.example.net"})
    graph.change(f"{APPLICATIONS}/{made['id']}", web={"redirectUris": ["https://a.example.net"]}, optionalClaims={})
    shown = graph.get(f"{APPLICATIONS}/{made['id']}")
    assert shown["web"]["homePageUrl"] == "https://ise.example.net"
    assert shown["web"]["redirectUris"] == ["https://a.example.net"]
    assert shown["optionalClaims"] is None


def test_an_id_may_be_repeated_but_not_changed(graph: Graph) -> None:
    made = graph.make(APPLICATIONS, displayName="ISE")
    graph.change(f"{APPLICATIONS}/{made['id']}", id=made["id"], notes="kept")
    assert graph.refusal("PATCH", f"{APPLICATIONS}/{made['id']}", {"appId": NOBODY}) == (400, "Request_BadRequest")


def test_a_secret_can_be_taken_away_but_not_added_by_a_patch(graph: Graph) -> None:
    path = f"{APPLICATIONS}(appId='{DEPLOYER.client_id}')"
    (secret,) = graph.get(path)["passwordCredentials"]
    added = {"passwordCredentials": [secret, {"keyId": NOBODY}]}
    assert graph.refusal("PATCH", path, added) == (400, "Request_BadRequest")
    graph.change(path, passwordCredentials=[secret])
    assert len(graph.get(path)["passwordCredentials"]) == 1
    graph.change(path, passwordCredentials=[])
    assert graph.get(path)["passwordCredentials"] == []


# Finding


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        ("displayName eq 'ise one'", ["ISE one"]),
        ("displayName eq 'O''Brien'", ["O'Brien"]),
        ("displayName in ('ISE one', 'ISE two')", ["ISE one", "ISE two"]),
        ("startswith(displayName, 'ise')", ["ISE one", "ISE two"]),
        ("startswith(displayName,'ISE') and displayName eq 'ISE two'", ["ISE two"]),
        ("displayName eq 'and'", []),
        (f"appId eq '{DEPLOYER.client_id.upper()}'", ["deployer"]),
        (f"appId eq '{NOBODY}'", []),
    ],
)
def test_a_filter_finds_what_it_names(graph: Graph, filter_: str, found: list[str]) -> None:
    for name in ("ISE one", "O'Brien", "ISE two"):
        graph.make(APPLICATIONS, displayName=name)
    assert names(graph.values(APPLICATIONS, filter=filter_)) == found


def test_objects_are_found_by_several_ids_up_to_fifteen(graph: Graph) -> None:
    made = [graph.make(APPLICATIONS, displayName=f"ISE {number}")["id"] for number in range(3)]
    wanted = ", ".join(f"'{identifier}'" for identifier in made)
    assert [found["id"] for found in graph.values(APPLICATIONS, filter=f"id in ({wanted})")] == made
    many = ", ".join(f"'{uuid.uuid4()}'" for _ in range(16))
    assert graph.refusal("GET", APPLICATIONS, filter=f"id in ({many})") == (400, "Request_UnsupportedQuery")


@pytest.mark.parametrize(
    ("filter_", "code"),
    [
        ("displayName eq", "BadRequest"),
        ("displayName like 'x'", "BadRequest"),
        ("displayName eq 'x' or displayName eq 'y'", "BadRequest"),
        ("notes eq 'x'", "Request_UnsupportedQuery"),
        (f"appId in ('{NOBODY}')", "Request_UnsupportedQuery"),
    ],
)
def test_a_filter_that_graph_does_not_support_is_refused(graph: Graph, filter_: str, code: str) -> None:
    assert graph.refusal("GET", APPLICATIONS, filter=filter_) == (400, code)


def test_service_principals_are_found_by_several_app_ids(graph: Graph) -> None:
    found = graph.values(PRINCIPALS, filter=f"appId in ('{GRAPH_APP_ID}', '{DEPLOYER.client_id}')")
    assert names(found) == ["Microsoft Graph", "deployer"]


def test_select_shows_what_it_names_and_nothing_else(graph: Graph) -> None:
    path = f"{APPLICATIONS}(appId='{DEPLOYER.client_id}')"
    shown = graph.get(path, select="appid,authenticationBehaviors")
    del shown["@odata.context"]
    assert shown == {"appId": DEPLOYER.client_id, "authenticationBehaviors": None}
    assert graph.refusal("GET", path, select="owner") == (400, "BadRequest")


def test_a_long_list_comes_in_pages_that_lead_to_the_next(graph: Graph) -> None:
    made = [graph.make(APPLICATIONS, displayName=f"ISE {number}")["id"] for number in range(5)]
    page = graph.get(APPLICATIONS, top="2", filter="startswith(displayName,'ISE')", select="id")
    seen = [document["id"] for document in page["value"]]
    while link := page.get("@odata.nextLink"):
        page = graph.get(link.removeprefix("https://graph.microsoft.com"))
        assert len(page["value"]) <= 2
        seen += [document["id"] for document in page["value"]]
    assert seen == made


@pytest.mark.parametrize("query", [{"top": "0"}, {"top": "1000"}, {"top": "x"}, {"skiptoken": "x"}])
def test_a_page_that_cannot_be_had_is_refused(graph: Graph, query: dict[str, str]) -> None:
    assert graph.refusal("GET", APPLICATIONS, **query)[0] == 400


def test_an_option_that_the_sandbox_lacks_is_refused_rather_than_ignored(graph: Graph) -> None:
    assert graph.refusal("GET", APPLICATIONS, orderby="displayName") == (400, "Request_UnsupportedQuery")
    owners = f"{APPLICATIONS}(appId='{DEPLOYER.client_id}')/owners"
    assert graph.refusal("GET", owners, expand="owners") == (400, "Request_UnsupportedQuery")


def test_a_tenant_sees_its_own_applications_only(graph: Graph) -> None:
    made = graph.make(APPLICATIONS, displayName="ISE")
    elsewhere = replace(graph, tenant_id=TENANTS[1].id)
    assert elsewhere.refusal("GET", f"{APPLICATIONS}/{made['id']}") == (404, "Request_ResourceNotFound")
    assert elsewhere.values(APPLICATIONS, filter=f"appId eq '{made['appId']}'") == []


# Service principals


def test_a_service_principal_repeats_its_application_and_follows_it(graph: Graph) -> None:
    application = graph.make(APPLICATIONS, displayName="ISE", identifierUris=["api://ise"])
    made = graph.make(PRINCIPALS, appId=application["appId"], tags=["HideApp"])
    assert (made["displayName"], made["appOwnerOrganizationId"]) == ("ISE", graph.tenant_id)
    assert (made["servicePrincipalNames"], made["tags"]) == (["api://ise", application["appId"]], ["HideApp"])
    graph.change(f"{APPLICATIONS}/{application['id']}", displayName="ISE, renamed")
    graph.change(f"{PRINCIPALS}/{made['id']}", accountEnabled=False)
    shown = graph.get(f"{PRINCIPALS}/{made['id']}")
    assert (shown["displayName"], shown["accountEnabled"]) == ("ISE, renamed", False)


def test_an_application_has_one_service_principal_in_a_tenant(graph: Graph) -> None:
    app_id = graph.make(APPLICATIONS, displayName="ISE")["appId"]
    graph.make(PRINCIPALS, appId=app_id)
    status, code = graph.refusal("POST", PRINCIPALS, {"appId": app_id})
    assert (status, code) == (409, "Request_MultipleObjectsWithSameKeyValue")


def test_a_service_principal_needs_an_application_that_is_open_to_its_tenant(graph: Graph) -> None:
    elsewhere = replace(graph, tenant_id=TENANTS[1].id)
    closed = graph.make(APPLICATIONS, displayName="closed")["appId"]
    opened = graph.make(APPLICATIONS, displayName="open", signInAudience="AzureADMultipleOrgs")["appId"]
    for app_id in (closed, NOBODY):
        assert elsewhere.refusal("POST", PRINCIPALS, {"appId": app_id}) == (400, "NoBackingApplicationObject")
    assert elsewhere.make(PRINCIPALS, appId=opened)["appOwnerOrganizationId"] == graph.tenant_id


# Owners


def test_owners_are_those_bound_at_creation(graph: Graph) -> None:
    bound = [reference(DEPLOYER.object_id), reference(ADMINISTRATOR_ID)]
    made = graph.make(APPLICATIONS, displayName="ISE", **{"owners@odata.bind": bound})
    owners = graph.values(f"{APPLICATIONS}/{made['id']}/owners")
    assert [owner["@odata.type"] for owner in owners] == ["#microsoft.graph.servicePrincipal", "#microsoft.graph.user"]
    assert [owner["id"] for owner in owners] == [DEPLOYER.object_id, ADMINISTRATOR_ID]


@pytest.mark.parametrize("collection", [APPLICATIONS, PRINCIPALS])
def test_owners_are_added_found_and_removed(graph: Graph, collection: str) -> None:
    made = graph.make(APPLICATIONS, displayName="ISE")
    if collection == PRINCIPALS:
        made = graph.make(PRINCIPALS, appId=made["appId"])
    path = f"{collection}/{made['id']}"
    body = {"@odata.id": reference(DEPLOYER.object_id.upper())}
    assert graph.ask("POST", f"{path}/owners/$ref", body).status_code == 204
    assert names(graph.values(f"{path}/owners", filter=f"id eq '{DEPLOYER.object_id}'")) == ["deployer"]
    assert graph.refusal("POST", f"{path}/owners/$ref", body) == (400, "Request_BadRequest")
    graph.delete(f"{path}/owners/{DEPLOYER.object_id}/$ref")
    assert owner_ids(graph, path) == []
    assert graph.refusal("DELETE", f"{path}/owners/{DEPLOYER.object_id}/$ref") == (404, "Request_ResourceNotFound")


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"@odata.id": reference(NOBODY)}, (404, "Request_ResourceNotFound")),
        ({}, (400, "Request_BadRequest")),
    ],
)
def test_an_owner_must_exist(graph: Graph, body: dict[str, str], refusal: tuple[int, str]) -> None:
    path = f"{APPLICATIONS}/{graph.make(APPLICATIONS, displayName='ISE')['id']}"
    assert graph.refusal("POST", f"{path}/owners/$ref", body) == refusal


@pytest.mark.parametrize("collection", [APPLICATIONS, PRINCIPALS])
@pytest.mark.parametrize(
    ("roles", "people_are_seen"),
    [
        (("Application.Read.All", "Directory.Read.All"), True),
        (("Application.Read.All", "User.Read.All"), True),
        (("Application.Read.All",), False),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else "",
)
def test_an_owner_who_has_left_is_seen_by_who_may_read_people(
    graph: Graph, collection: str, roles: tuple[str, ...], *, people_are_seen: bool
) -> None:
    bound = [reference(owner) for owner in (ADMINISTRATOR_ID, FORMER_COLLEAGUE_ID, DEPLOYER.object_id)]
    made = graph.make(APPLICATIONS, displayName="ISE", **{"owners@odata.bind": bound})
    if collection == PRINCIPALS:
        made = graph.make(PRINCIPALS, appId=made["appId"], **{"owners@odata.bind": bound})
    path = f"{collection}/{made['id']}/owners"
    owners = replace(graph, roles=roles).values(path, select="id,displayName,userPrincipalName,accountEnabled")
    people = [owner for owner in owners if owner["@odata.type"] == "#microsoft.graph.user"]
    assert [owner["id"] for owner in people] == [ADMINISTRATOR_ID, FORMER_COLLEAGUE_ID]
    assert [owner["accountEnabled"] for owner in people] == ([True, False] if people_are_seen else [None, None])
    assert all((owner["displayName"] is not None) is people_are_seen for owner in people)
    assert [owner["accountEnabled"] for owner in owners if owner not in people] == [True]


def test_whether_an_account_is_enabled_is_shown_on_request_alone(graph: Graph) -> None:
    made = graph.make(APPLICATIONS, displayName="ISE", **{"owners@odata.bind": [reference(FORMER_COLLEAGUE_ID)]})
    (owner,) = graph.values(f"{APPLICATIONS}/{made['id']}/owners")
    assert "accountEnabled" not in owner
    (expanded,) = graph.get(f"{APPLICATIONS}/{made['id']}", expand="owners")["owners"]
    assert expanded == owner


def test_an_application_owns_nothing(graph: Graph) -> None:
    made = graph.make(APPLICATIONS, displayName="ISE")
    body = {"@odata.id": reference(made["id"])}
    assert graph.refusal("POST", f"{APPLICATIONS}/{made['id']}/owners/$ref", body) == (400, "Request_BadRequest")


# Federated identity credentials


FEDERATED = {"name": "gh", "issuer": "https://token.actions.githubusercontent.com", "subject": "repo:o/r:ref:x"}


def test_a_federated_credential_is_made_read_by_id_or_name_changed_and_deleted(graph: Graph) -> None:
    path = f"{APPLICATIONS}/{graph.make(APPLICATIONS, displayName='ISE')['id']}/federatedIdentityCredentials"
    made = graph.make(path, **FEDERATED, audiences=["api://AzureADTokenExchange"], description="")
    assert graph.values(path) == [graph.get(f"{path}/{made['id']}")] == [graph.get(f"{path}/gh")]
    graph.change(f"{path}/gh", subject="repo:o/r:ref:y")
    assert graph.get(f"{path}/gh")["subject"] == "repo:o/r:ref:y"
    graph.delete(f"{path}/{made['id']}")
    assert graph.refusal("GET", f"{path}/gh") == (404, "Request_ResourceNotFound")


def test_federated_credentials_of_an_application_are_unique(graph: Graph) -> None:
    path = f"{APPLICATIONS}/{graph.make(APPLICATIONS, displayName='ISE')['id']}/federatedIdentityCredentials"
    graph.make(path, **FEDERATED)
    for again in ({**FEDERATED, "name": "other"}, {**FEDERATED, "subject": "other"}):
        assert graph.refusal("POST", path, again)[0] == 409


def test_only_beta_tells_what_a_flexible_federated_credential_matches(graph: Graph) -> None:
    identifier = graph.make(APPLICATIONS, displayName="ISE")["id"]
    tail = f"applications/{identifier}/federatedIdentityCredentials"
    expression = {"value": "claims['sub'] matches 'repo:o/*'", "languageVersion": 1}
    flexible = {"name": "flexible", "issuer": FEDERATED["issuer"], "claimsMatchingExpression": expression}
    assert graph.refusal("POST", f"/v1.0/{tail}", flexible)[0] == 400
    graph.make(f"/beta/{tail}", **flexible)
    assert graph.get(f"/beta/{tail}/flexible")["claimsMatchingExpression"] == expression
    shown = graph.get(f"/v1.0/{tail}/flexible")
    assert (shown["subject"], "claimsMatchingExpression" in shown) == (None, False)


# Deletion


def test_a_deleted_application_takes_its_service_principal_along(graph: Graph) -> None:
    application = graph.make(APPLICATIONS, displayName="ISE")
    principal = graph.make(PRINCIPALS, appId=application["appId"])
    graph.delete(f"{APPLICATIONS}/{application['id']}")
    for path in (f"{APPLICATIONS}/{application['id']}", f"{PRINCIPALS}/{principal['id']}"):
        assert graph.refusal("GET", path) == (404, "Request_ResourceNotFound")
    (deleted,) = graph.values(f"{DELETED}/microsoft.graph.application")
    assert (deleted["id"], deleted["deletedDateTime"]) == (application["id"], "2027-01-15T12:00:00Z")
    assert [found["id"] for found in graph.values(f"{DELETED}/microsoft.graph.servicePrincipal")] == [principal["id"]]


def test_a_deleted_application_can_be_restored_with_its_owners(graph: Graph) -> None:
    bound = {"owners@odata.bind": [reference(DEPLOYER.object_id)]}
    application = graph.make(APPLICATIONS, displayName="ISE", **bound)
    principal = graph.make(PRINCIPALS, appId=application["appId"])
    graph.delete(f"{APPLICATIONS}/{application['id']}")
    assert graph.refusal("POST", f"{DELETED}/{principal['id']}/restore")[0] == 400  # its application is gone
    for identifier in (application["id"], principal["id"]):
        assert graph.ask("POST", f"{DELETED}/{identifier}/restore").status_code == 200
    assert graph.get(f"{APPLICATIONS}/{application['id']}")["deletedDateTime"] is None
    assert owner_ids(graph, f"{APPLICATIONS}/{application['id']}") == [DEPLOYER.object_id]
    assert graph.values(f"{DELETED}/microsoft.graph.application") == []


def test_a_deleted_item_can_be_deleted_for_good(graph: Graph) -> None:
    application = graph.make(APPLICATIONS, displayName="ISE")
    graph.delete(f"{APPLICATIONS}/{application['id']}")
    assert graph.get(f"{DELETED}/{application['id']}")["@odata.type"] == "#microsoft.graph.application"
    graph.delete(f"{DELETED}/{application['id']}")
    assert graph.refusal("GET", f"{DELETED}/{application['id']}") == (404, "Request_ResourceNotFound")


def test_a_deleted_item_is_gone_after_30_days(graph: Graph) -> None:
    application = graph.make(APPLICATIONS, displayName="ISE")
    graph.delete(f"{APPLICATIONS}/{application['id']}")
    for days, kept in ((29, 1), (30, 0)):
        later = graph.at(NOW + timedelta(days=days))
        assert len(later.values(f"{DELETED}/microsoft.graph.application")) == kept
