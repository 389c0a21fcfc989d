"""Groups, directory roles and policies: what a service principal or an application was put under, and who sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.identities import DEPLOYER
from sandbox.limits import Limits
from tests.asking_graph import Graph, filled_world

if TYPE_CHECKING:
    from pathlib import Path

APPLICATIONS, PRINCIPALS, GROUPS = "/v1.0/applications", "/v1.0/servicePrincipals", "/v1.0/groups"
ASSIGNMENTS = "/v1.0/roleManagement/directory/roleAssignments"
DEFINITIONS = "/v1.0/roleManagement/directory/roleDefinitions"
GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
INTUNE_ADMINISTRATOR = "3a2c62db-5318-420d-8d74-23affee5d9d5"
ROLES = (
    "Application.Read.All",
    "Application.ReadWrite.All",
    "Directory.Read.All",
    "Group.ReadWrite.All",
    "RoleManagement.ReadWrite.Directory",
    "Policy.ReadWrite.ApplicationConfiguration",
)
POLICY_LISTS = (
    "tokenLifetimePolicies",
    "tokenIssuancePolicies",
    "claimsMappingPolicies",
    "homeRealmDiscoveryPolicies",
    "appManagementPolicies",
)


@pytest.fixture
def graph(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    return Graph(filled_world(tmp_path, tmp_path_factory), roles=ROLES)


@pytest.fixture
def principal(graph: Graph) -> str:
    """The id of a service principal that nobody put under anything."""
    made = graph.make(APPLICATIONS, displayName="ISE")
    return str(graph.make(PRINCIPALS, appId=made["appId"])["id"])


def reader(graph: Graph, *more: str) -> Graph:
    return replace(graph, roles=("Application.Read.All", *more))


def reference(identifier: str) -> dict[str, str]:
    return {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{identifier}"}


def group(graph: Graph, name: str, *members: str, **more: object) -> str:
    """Return the id of a new group with these members."""
    body = {"displayName": name, "mailEnabled": False, "mailNickname": name, "securityEnabled": True, **more}
    made = str(graph.make(GROUPS, **body)["id"])
    for member in members:
        assert graph.ask("POST", f"{GROUPS}/{made}/members/$ref", reference(member)).status_code == 204
    return made


def assign(graph: Graph, principal: str, role: str, scope: str = "/") -> dict[str, Any]:
    made: dict[str, Any] = graph.make(ASSIGNMENTS, principalId=principal, roleDefinitionId=role, directoryScopeId=scope)
    return made


def names(values: list[Any]) -> list[str]:
    return sorted(value["displayName"] for value in values)


# Memberships


def test_memberships_are_listed_directly_and_by_way_of_groups(graph: Graph, principal: str) -> None:
    inner = group(graph, "inner", principal, isAssignableToRole=True)
    group(graph, "outer", inner)
    assign(graph, principal, GLOBAL_READER)
    assign(graph, inner, INTUNE_ADMINISTRATOR)
    path = f"{PRINCIPALS}/{principal}"
    assert names(graph.values(f"{path}/memberOf")) == ["Global Reader", "inner"]
    every = ["Global Reader", "Intune Administrator", "inner", "outer"]
    assert names(graph.values(f"{path}/transitiveMemberOf")) == every
    assert graph.get(path, expand="memberOf")["memberOf"] == graph.values(f"{path}/memberOf")


def test_groups_in_a_circle_are_listed_once(graph: Graph, principal: str) -> None:
    one = group(graph, "one", principal)
    two = group(graph, "two", one)
    graph.ask("POST", f"{GROUPS}/{one}/members/$ref", reference(two))
    assert names(graph.values(f"{PRINCIPALS}/{principal}/transitiveMemberOf")) == ["one", "two"]


def test_a_role_for_a_part_of_the_tenant_or_a_custom_one_is_no_membership(graph: Graph, principal: str) -> None:
    graph.world.store.put(graph.tenant_id, "roleDefinition", "custom", {"id": "custom", "displayName": "Custom"})
    assign(graph, principal, GLOBAL_READER, f"/{DEPLOYER.object_id}")
    assign(graph, principal, "custom")
    assert graph.values(f"{PRINCIPALS}/{principal}/memberOf") == []
    assert len(graph.values(ASSIGNMENTS, filter=f"principalId eq '{principal}'")) == 2


def test_who_may_not_read_a_kind_sees_that_there_is_one_and_its_id(graph: Graph, principal: str) -> None:
    of_group = group(graph, "secret", principal)
    assign(graph, principal, GLOBAL_READER)
    path = f"{PRINCIPALS}/{principal}/memberOf"
    seen = {one["@odata.type"]: one for one in reader(graph).values(path)}
    assert set(seen) == {"#microsoft.graph.group", "#microsoft.graph.directoryRole"}
    assert seen["#microsoft.graph.group"]["id"] == of_group
    shown = [value for one in seen.values() for name, value in one.items() if name not in ("@odata.type", "id")]
    assert set(shown) == {None}
    assert names(reader(graph, "Directory.Read.All").values(path)) == ["Global Reader", "secret"]


def test_transitive_memberships_are_not_for_who_only_owns(graph: Graph, principal: str) -> None:
    owner = replace(graph, roles=("Application.ReadWrite.OwnedBy",))
    assert owner.values(f"{PRINCIPALS}/{principal}/memberOf") == []
    assert owner.refusal("GET", f"{PRINCIPALS}/{principal}/transitiveMemberOf")[0] == 403


def test_a_list_of_memberships_pages_and_selects_and_does_not_filter(graph: Graph, principal: str) -> None:
    for name in ("a", "b", "c"):
        group(graph, name, principal)
    path = f"{PRINCIPALS}/{principal}/memberOf"
    page = graph.get(path, top="2", select="displayName")
    assert [set(one) for one in page["value"]] == [{"@odata.type", "displayName"}] * 2
    rest = graph.get(page["@odata.nextLink"].removeprefix("https://graph.microsoft.com"))
    assert names([*page["value"], *rest["value"]]) == ["a", "b", "c"]
    assert graph.refusal("GET", path, filter="displayName eq 'a'") == (400, "Request_UnsupportedQuery")


def test_owned_objects_are_applications_service_principals_and_groups(graph: Graph, principal: str) -> None:
    made = graph.make(APPLICATIONS, displayName="owned", **{"owners@odata.bind": [reference(principal)["@odata.id"]]})
    path = f"{PRINCIPALS}/{principal}"
    assert [(one["@odata.type"], one["id"]) for one in graph.values(f"{path}/ownedObjects")] == [
        ("#microsoft.graph.application", made["id"])
    ]
    assert graph.get(path, expand="ownedObjects")["ownedObjects"] == graph.values(f"{path}/ownedObjects")


# Groups


def test_members_come_and_go(graph: Graph, principal: str) -> None:
    made = group(graph, "g", principal)
    members = f"{GROUPS}/{made}/members"
    assert [member["id"] for member in graph.values(members)] == [principal]
    assert graph.refusal("POST", f"{members}/$ref", reference(principal)) == (400, "Request_BadRequest")
    graph.delete(f"{members}/{principal}/$ref")
    assert graph.values(members) == []
    assert graph.refusal("DELETE", f"{members}/{principal}/$ref") == (404, "Request_ResourceNotFound")
    assert graph.get(f"{GROUPS}/{made}", select="displayName")["displayName"] == "g"
    assert names(graph.values(GROUPS, filter="startswith(displayName,'g')")) == ["g"]


def test_a_member_that_is_deleted_is_gone_from_the_group(graph: Graph, principal: str) -> None:
    made = group(graph, "g", principal)
    graph.delete(f"{PRINCIPALS}/{principal}")
    assert graph.values(f"{GROUPS}/{made}/members") == []


def test_an_application_is_no_member_and_a_group_no_owner(graph: Graph) -> None:
    application = graph.make(APPLICATIONS, displayName="ISE")["id"]
    made = group(graph, "g")
    assert graph.refusal("POST", f"{GROUPS}/{made}/members/$ref", reference(application))[0] == 400
    assert graph.refusal("POST", f"{APPLICATIONS}/{application}/owners/$ref", reference(made))[0] == 400


def test_a_group_needs_its_properties(graph: Graph) -> None:
    assert graph.refusal("POST", GROUPS, {"displayName": "g"}) == (400, "Request_BadRequest")
    assert graph.refusal("GET", f"{GROUPS}/nobody") == (404, "Request_ResourceNotFound")


# Roles


def test_assignments_are_found_by_principal_with_their_role_or_principal(graph: Graph, principal: str) -> None:
    made = assign(graph, principal, GLOBAL_READER)
    assign(graph, DEPLOYER.object_id, INTUNE_ADMINISTRATOR)
    mine = f"principalId eq '{principal}'"
    (found,) = graph.values(ASSIGNMENTS, filter=mine, expand="roleDefinition")
    assert (found["id"], found["roleDefinition"]["displayName"]) == (made["id"], "Global Reader")
    (found,) = graph.values(ASSIGNMENTS, filter=mine, expand="principal")
    assert found["principal"]["displayName"] == "ISE"
    assert graph.refusal("GET", ASSIGNMENTS, expand="roleDefinition,principal") == (400, "BadRequest")
    assert len(graph.values(ASSIGNMENTS)) == 2
    alone = graph.get(f"{ASSIGNMENTS}/{made['id']}")
    assert {name: alone[name] for name in made if "@" not in name} == {
        "id": made["id"],
        "principalId": principal,
        "roleDefinitionId": GLOBAL_READER,
        "directoryScopeId": "/",
    }


def test_an_assignment_is_made_once_and_taken_away(graph: Graph, principal: str) -> None:
    made = assign(graph, principal, GLOBAL_READER)
    again = {name: made[name] for name in ("principalId", "roleDefinitionId", "directoryScopeId")}
    assert graph.refusal("POST", ASSIGNMENTS, again) == (400, "Request_BadRequest")
    graph.delete(f"{ASSIGNMENTS}/{made['id']}")
    assert graph.refusal("GET", f"{ASSIGNMENTS}/{made['id']}") == (404, "Request_ResourceNotFound")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        pytest.param({"principalId": "nobody"}, 404, id="nobody"),
        pytest.param({"roleDefinitionId": "none"}, 404, id="no role"),
        pytest.param({"directoryScopeId": None}, 400, id="no scope"),
    ],
)
def test_an_assignment_names_what_there_is(
    graph: Graph, principal: str, changes: dict[str, object], status: int
) -> None:
    body = {"principalId": principal, "roleDefinitionId": GLOBAL_READER, "directoryScopeId": "/", **changes}
    assert graph.refusal("POST", ASSIGNMENTS, body)[0] == status


def test_a_group_has_a_role_only_if_it_was_made_for_that(graph: Graph) -> None:
    body = {"principalId": group(graph, "g"), "roleDefinitionId": GLOBAL_READER, "directoryScopeId": "/"}
    assert graph.refusal("POST", ASSIGNMENTS, body) == (400, "Request_BadRequest")


def test_a_deleted_service_principal_leaves_no_assignment(graph: Graph, principal: str) -> None:
    assign(graph, principal, GLOBAL_READER)
    graph.delete(f"{PRINCIPALS}/{principal}")
    assert graph.values(ASSIGNMENTS) == []


def test_definitions_are_microsofts_and_the_tenants_own(graph: Graph) -> None:
    custom = {"id": "custom", "displayName": "Custom", "isBuiltIn": False, "templateId": "custom"}
    graph.world.store.put(graph.tenant_id, "roleDefinition", "custom", custom)
    assert names(graph.values(DEFINITIONS, filter="isBuiltIn eq false")) == ["Custom"]
    assert "Global Administrator" in names(graph.values(DEFINITIONS, filter="isBuiltIn eq true"))
    assert graph.get(f"{DEFINITIONS}/{GLOBAL_READER}")["displayName"] == "Global Reader"
    assert graph.refusal("GET", f"{DEFINITIONS}/nothing") == (404, "Request_ResourceNotFound")


# Policies


@pytest.mark.parametrize("name", POLICY_LISTS)
def test_a_policy_is_made_listed_shown_and_deleted(graph: Graph, name: str) -> None:
    made = graph.make(f"/v1.0/policies/{name}", displayName="short")
    path = f"/v1.0/policies/{name}/{made['id']}"
    auditor = replace(graph, roles=("Policy.Read.All",))
    assert names(auditor.values(f"/v1.0/policies/{name}")) == ["short"]
    assert auditor.get(path)["displayName"] == "short"
    assert auditor.values(f"{path}/appliesTo") == []
    assert "appliesTo" not in auditor.get(path)
    graph.delete(path)
    assert graph.refusal("GET", path) == (404, "Request_ResourceNotFound")


@pytest.mark.parametrize(
    ("name", "collection"),
    [
        ("tokenLifetimePolicies", "applications"),
        ("tokenLifetimePolicies", "servicePrincipals"),
        ("tokenIssuancePolicies", "applications"),
        ("claimsMappingPolicies", "servicePrincipals"),
        ("homeRealmDiscoveryPolicies", "servicePrincipals"),
        ("appManagementPolicies", "applications"),
        ("appManagementPolicies", "servicePrincipals"),
    ],
)
def test_a_policy_tells_whom_it_applies_to(graph: Graph, name: str, collection: str) -> None:
    policy = graph.make(f"/v1.0/policies/{name}", displayName="short")["id"]
    target = graph.get(f"/v1.0/{collection}(appId='{DEPLOYER.client_id}')", select="id")["id"]
    path, body = f"/v1.0/{collection}/{target}/{name}", reference(policy)
    assert graph.ask("POST", f"{path}/$ref", body).status_code == 204
    assert graph.refusal("POST", f"{path}/$ref", body)[0] == 400
    applies_to = f"/v1.0/policies/{name}/{policy}/appliesTo"
    assert [one["id"] for one in reader(graph).values(applies_to)] == [target]
    graph.delete(f"{path}/{policy}/$ref")
    assert graph.values(applies_to) == []
    assert graph.refusal("DELETE", f"{path}/{policy}/$ref")[0] == 404


def test_who_may_only_read_sees_no_policies_of_one_object(graph: Graph, principal: str) -> None:
    path = f"{PRINCIPALS}/{principal}/tokenLifetimePolicies"
    assert reader(graph, "Policy.Read.All").refusal("GET", path)[0] == 403
    able = replace(graph, roles=("Application.ReadWrite.All", "Policy.Read.All"))
    policy = graph.make("/v1.0/policies/tokenLifetimePolicies", displayName="short")["id"]
    graph.ask("POST", f"{path}/$ref", reference(policy))
    assert names(able.values(path)) == ["short"]
    assert able.get(f"{PRINCIPALS}/{principal}", expand="tokenLifetimePolicies")["tokenLifetimePolicies"] == (
        able.values(path)
    )


def test_the_default_policy_for_credentials_is_there_and_can_be_changed(graph: Graph) -> None:
    path = "/v1.0/policies/defaultAppManagementPolicy"
    assert replace(graph, roles=("Policy.Read.All",)).get(path)["isEnabled"] is False
    lifetime = {"restrictionType": "asymmetricKeyLifetime", "maxLifetime": "P180D"}
    graph.change(path, isEnabled=True, applicationRestrictions={"keyCredentials": [lifetime]})
    found = graph.get(path)
    assert (found["isEnabled"], found["applicationRestrictions"]["keyCredentials"]) == (True, [lifetime])
    assert found["servicePrincipalRestrictions"]["keyCredentials"] == []
    assert graph.refusal("PATCH", path, {"appliesTo": []})[0] == 400


# Counting


@pytest.mark.parametrize("path", [APPLICATIONS, PRINCIPALS])
def test_a_count_is_text_and_of_the_eventual_index_alone(graph: Graph, path: str) -> None:
    answer = replace(graph, headers={"ConsistencyLevel": "eventual"}).ask("GET", f"{path}/$count")
    assert (answer.status_code, answer.text) == (200, str(len(graph.values(path))))
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert graph.refusal("GET", f"{path}/$count") == (400, "Request_BadRequest")


def test_a_count_is_of_what_the_filter_finds(graph: Graph) -> None:
    eventual = replace(graph, headers={"ConsistencyLevel": "eventual"})
    named = f"appId eq '{DEPLOYER.client_id}'"
    assert eventual.ask("GET", f"{APPLICATIONS}/$count", filter=named).text == "1"


def test_memberships_lag_like_everything_else(graph: Graph, principal: str) -> None:
    graph.world.conditions.set(Limits(lag_lists=1))
    group(graph, "g", principal)
    path = f"{PRINCIPALS}/{principal}/memberOf"
    assert [len(graph.values(path)) for _ in range(2)] == [0, 1]
