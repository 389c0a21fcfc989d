"""Everything of an application is read, in two ways that bring the same, and what is not read says why."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from clients.graph import objects
from helpers.observing import Unread
from sandbox.faults import Fault
from sandbox.identities import ADMINISTRATOR_ID, COLLEAGUE_ID, DEPLOYER
from sandbox.limits import Limits
from tests.a_tenant import a_signer, key_credential
from tests.asking_graph import EVERYTHING, GRAPH_APP_ID
from tests.reading_graph import HERE, Sandboxed, a_sandbox, alone, documents_of, in_lists, register

if TYPE_CHECKING:
    from pathlib import Path

    from clients.graph.objects import Choose
    from helpers.observing import Document

NOBODY = "00000000-0000-4000-8000-000000000001"
CHANGER = (
    *EVERYTHING,
    "Policy.ReadWrite.ApplicationConfiguration",
    "RoleManagement.ReadWrite.Directory",
    "Group.ReadWrite.All",
)
REPORTS_READER = "4a5d8f65-41da-4de4-8968-e035b65339cf"
WAYS = [pytest.param(alone, id="alone"), pytest.param(in_lists, id="in lists")]


@pytest.fixture
def sandbox(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Sandboxed:
    # A test of lists need not make more applications than are read alone.
    monkeypatch.setattr(objects, "FEW", 0)
    made = a_sandbox(tmp_path, tmp_path_factory)
    vars(made)["graph"] = replace(made.graph, roles=CHANGER)
    return made


def reference(identifier: str) -> dict[str, str]:
    return {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{identifier}"}


def linked(sandbox: Sandboxed, path: str, identifier: str) -> None:
    answer = sandbox.graph.ask("POST", f"/v1.0{path}/$ref", reference(identifier))
    assert answer.status_code == 204, answer.text


def principal_of(sandbox: Sandboxed, application: Document) -> str:
    return sandbox.graph.principal_id(application["appId"])


def group_with(sandbox: Sandboxed, member: str, **properties: bool) -> str:
    required = {"displayName": "Radius", "mailNickname": "radius", "mailEnabled": False, "securityEnabled": True}
    group = str(sandbox.graph.make("/v1.0/groups", **required, **properties)["id"])
    linked(sandbox, f"/groups/{group}/members", member)
    return group


def rich(sandbox: Sandboxed) -> Document:
    """Return an application with something on every surface."""
    application = register(
        sandbox,
        keyCredentials=[{**key_credential(a_signer()), "keyId": None}],
        requiredResourceAccess=[{"resourceAppId": GRAPH_APP_ID, "resourceAccess": []}],
    )
    principal, graph = principal_of(sandbox, application), sandbox.graph
    path = f"/v1.0/applications/{application['id']}"
    linked(sandbox, f"/applications/{application['id']}/owners", COLLEAGUE_ID)
    linked(sandbox, f"/servicePrincipals/{principal}/owners", ADMINISTRATOR_ID)
    linked(sandbox, f"/applications/{register(sandbox, displayName='other')['id']}/owners", principal)
    graph.make(f"{path}/federatedIdentityCredentials", name="f", issuer="https://issuer.example", subject="s")
    api = graph.principal_id(GRAPH_APP_ID)
    role = graph.get(f"/v1.0/servicePrincipals/{api}")["appRoles"][0]["id"]
    ends = {"principalId": principal, "resourceId": api, "appRoleId": role}
    graph.make(f"/v1.0/servicePrincipals/{principal}/appRoleAssignments", **ends)
    grant = {"clientId": principal, "resourceId": api, "consentType": "AllPrincipals", "scope": "User.Read"}
    graph.make("/v1.0/oauth2PermissionGrants", **grant)
    inner = group_with(sandbox, principal)
    outer = group_with(sandbox, inner, isAssignableToRole=True)
    assignment = {"principalId": outer, "roleDefinitionId": REPORTS_READER, "directoryScopeId": "/"}
    graph.make("/v1.0/roleManagement/directory/roleAssignments", **assignment)
    policy = graph.make("/v1.0/policies/tokenLifetimePolicies", displayName="long", definition=["{}"])
    linked(sandbox, f"/applications/{application['id']}/tokenLifetimePolicies", policy["id"])
    return application


@pytest.mark.parametrize("choose", WAYS)
def test_everything_there_is_of_an_application_is_brought(sandbox: Sandboxed, choose: Choose) -> None:
    application = rich(sandbox)
    principal = principal_of(sandbox, application)
    read = sandbox.read(application["appId"], choose=choose)[application["appId"]]
    assert isinstance(read.application, dict)
    assert isinstance(read.service_principal, dict)
    assert (read.application["id"], read.service_principal["id"]) == (application["id"], principal)
    assert {"isDisabled", "authenticationBehaviors"} <= set(read.application)
    assert not {"owners", "@odata.context"} & {*read.application, *read.service_principal}
    assert COLLEAGUE_ID in ids(read.application_owners)
    assert ADMINISTRATOR_ID in ids(read.service_principal_owners)
    assert one(read.federated_credentials)["subject"] == "s"
    assert one(read.app_role_assignments)["principalId"] == principal
    assert one(read.delegated_grants)["scope"] == "User.Read"
    assert names(read.memberships) == ["Radius", "Radius", "Reports Reader"], "by way of another group too"
    assert one(read.directory_roles)["roleDefinition"]["displayName"] == "Reports Reader", "a group's role is had too"
    assert one(read.owned_objects)["displayName"] == "other"
    assert one(read.policies)["@odata.type"] == "#microsoft.graph.tokenLifetimePolicy"
    assert {api["appId"] for api in read.resources.values()} == {GRAPH_APP_ID}
    assert (read.deleted, read.key_credentials) == (None, None)


def ids(listing: tuple[Document, ...] | Unread) -> list[str]:
    assert isinstance(listing, tuple), listing
    return [document["id"] for document in listing]


def names(listing: tuple[Document, ...] | Unread) -> list[str]:
    assert isinstance(listing, tuple), listing
    return sorted(document["displayName"] for document in listing)


def one(listing: tuple[Document, ...] | Unread) -> Document:
    assert isinstance(listing, tuple), listing
    (document,) = listing
    return document


def test_both_ways_and_a_second_look_bring_the_same(sandbox: Sandboxed) -> None:
    made = [rich(sandbox), *(register(sandbox, displayName=f"ISE {number}") for number in range(25))]
    gone = register(sandbox)
    sandbox.graph.delete(f"/v1.0/applications/{gone['id']}")
    orphan = register(sandbox)
    sandbox.graph.delete(f"/v1.0/servicePrincipals/{principal_of(sandbox, orphan)}")
    wanted = [*(application["appId"] for application in (*made, gone, orphan)), NOBODY]
    with sandbox.directories() as directories:
        singly = documents_of(directories.read({HERE: wanted})[HERE])
        again = documents_of(directories.read_again({HERE: wanted})[HERE])
    assert sandbox.read(*wanted, choose=in_lists) == singly == again
    assert "/v1.0/applications" in sandbox.paths(), "lists were read"


def test_an_application_is_found_by_client_id_whatever_its_case_and_never_by_name(sandbox: Sandboxed) -> None:
    ours, _ = register(sandbox), register(sandbox)
    asked = ours["appId"].upper()
    read = sandbox.read(asked)[asked]
    assert isinstance(read.application, dict)
    assert read.application["id"] == ours["id"]
    assert not any("displayName" in request.query for request in sandbox.seen)


@pytest.mark.parametrize("choose", WAYS)
def test_a_deleted_application_is_looked_for_among_the_deleted(sandbox: Sandboxed, choose: Choose) -> None:
    application = register(sandbox)
    sandbox.graph.delete(f"/v1.0/applications/{application['id']}")
    read = sandbox.read(application["appId"], choose=choose)[application["appId"]]
    assert (read.application, read.service_principal) == (None, None)
    assert isinstance(read.deleted, dict)
    assert (read.deleted["id"], bool(read.deleted["deletedDateTime"])) == (application["id"], True)
    assert (read.application_owners, read.federated_credentials, read.memberships) == ((), (), ())


def test_an_application_that_never_was_is_none_and_not_deleted(sandbox: Sandboxed) -> None:
    read = sandbox.read(NOBODY)[NOBODY]
    assert (read.application, read.service_principal, read.deleted) == (None, None, None)


def test_what_graph_does_not_find_yet_is_asked_for_once_more(sandbox: Sandboxed) -> None:
    sandbox.world.conditions.set(Limits(lag_objects=1, lag_lists=1))
    application = register(sandbox)
    read = sandbox.read(application["appId"])[application["appId"]]
    assert isinstance(read.application, dict)
    assert isinstance(read.service_principal, dict)


@pytest.mark.parametrize("choose", WAYS)
@pytest.mark.parametrize("number", [19, 20, 21, 150])
def test_owners_are_all_there_however_many(sandbox: Sandboxed, choose: Choose, number: int) -> None:
    application = register(sandbox)
    store, tenant = sandbox.world.store, HERE.id
    document = store.get(tenant, "application", application["id"])
    assert document is not None
    owners = [f"05e00000-0000-4000-8000-{owner:012}" for owner in range(number)]
    store.put(tenant, "application", document["id"], {**document, "owners": owners})
    read = sandbox.read(application["appId"], choose=choose)[application["appId"]]
    assert ids(read.application_owners) == owners


@pytest.mark.parametrize("choose", WAYS)
def test_a_flexible_federated_credential_shows_its_expression(sandbox: Sandboxed, choose: Choose) -> None:
    application = register(sandbox)
    expression = {"value": "claims['sub'] matches 'repo:contoso/*'", "languageVersion": 1}
    path = f"/beta/applications/{application['id']}/federatedIdentityCredentials"
    sandbox.graph.make(path, name="f", issuer="https://issuer.example", claimsMatchingExpression=expression)
    read = sandbox.read(application["appId"], choose=choose)[application["appId"]]
    assert one(read.federated_credentials)["claimsMatchingExpression"] == expression


# What is asked for behind an object's own address goes wrong with it here, and its grants are found by its id.
HANGING = {
    "application": {"application_owners"},
    "service_principal": {
        "service_principal_owners",
        "app_role_assignments",
        "memberships",
        "owned_objects",
        "delegated_grants",
    },
}
SURFACES: list[Any] = [
    pytest.param("/applications(", "application", id="application"),
    pytest.param("/servicePrincipals(", "service_principal", id="service principal"),
    pytest.param("/oauth2PermissionGrants", "delegated_grants", id="delegated grants"),
    pytest.param("/roleManagement", "directory_roles", id="directory roles"),
    pytest.param("/policies/claimsMappingPolicies", "policies", id="one kind of policies"),
]


REFUSALS = [
    (403, "needs "),
    (401, "(401)"),
    (402, "needs a licence (402)"),
    (503, "503"),
    (400, "400 (FaultOnRequest)"),
]


@pytest.mark.parametrize(("path", "surface"), SURFACES)
@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
def test_what_is_refused_is_unread_with_the_reason_and_nothing_else_is(
    sandbox: Sandboxed, path: str, surface: str, refusal: tuple[int, str]
) -> None:
    application, (status, reason) = rich(sandbox), refusal
    sandbox.faults.set(Fault(path_prefix=f"/v1.0{path}", status=status, count=None))
    read = sandbox.read(application["appId"])[application["appId"]]
    refused = getattr(read, surface)
    assert isinstance(refused, Unread)
    assert reason in refused.reason
    unread = {field.name for field in fields(read) if isinstance(getattr(read, field.name), Unread)}
    assert unread == {surface, *HANGING.get(surface, ())}


def test_a_service_that_is_away_does_not_keep_a_run_waiting_for_each_request(sandbox: Sandboxed) -> None:
    wanted = [register(sandbox)["appId"] for _ in range(60)]
    sandbox.faults.set(Fault(service="graph", status=503, count=None))
    read = sandbox.read(*wanted)
    assert all(isinstance(each.application, Unread) for each in read.values())
    assert sum(sandbox.time.waits) < 60


def test_a_client_id_that_is_none_is_unread_and_nothing_is_asked_with_it(sandbox: Sandboxed) -> None:
    ours, bad = register(sandbox)["appId"], "x')/owners"
    read = sandbox.read(ours, bad)
    assert isinstance(read[ours].application, dict)
    assert read[bad].application == Unread("that is no client id: a GUID is")
    assert not any("x'" in request.path for request in sandbox.seen)


@pytest.mark.parametrize("odd", [{}, [], None, 5, "no id"], ids=repr)
def test_a_grant_on_something_that_is_no_api_is_brought_as_it_is(sandbox: Sandboxed, odd: object) -> None:
    application = rich(sandbox)
    store, principal = sandbox.world.store, principal_of(sandbox, application)
    (grant,) = store.where(HERE.id, "oauth2PermissionGrant", "clientId", principal)
    store.put(HERE.id, "oauth2PermissionGrant", grant["id"], {**grant, "resourceId": odd})
    brought = sandbox.read(application["appId"])[application["appId"]].delegated_grants
    assert isinstance(brought, tuple)
    assert [each["resourceId"] for each in brought] == [odd]


def test_lists_are_chosen_where_they_cost_less(sandbox: Sandboxed) -> None:
    wanted = [register(sandbox)["appId"] for _ in range(3)]
    told: list[tuple[int, ...]] = []

    def choose(*numbers: int) -> bool:
        told.append(numbers)
        return False

    sandbox.read(*wanted, choose=choose)
    store = sandbox.world.store
    applications, principals = (len(store.all(HERE.id, kind)) for kind in ("application", "servicePrincipal"))
    assert sorted(told) == sorted([(3, applications, 3), (3, principals, 4)])


def test_few_are_read_alone_without_counting(sandbox: Sandboxed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "FEW", 1)
    sandbox.read(register(sandbox)["appId"], choose=in_lists)
    assert not any(path.endswith("$count") for path in sandbox.paths())


def test_a_second_look_reads_nothing_that_may_be_behind(sandbox: Sandboxed) -> None:
    application = rich(sandbox)
    with sandbox.directories(choose=in_lists) as directories:
        directories.read_again({HERE: [application["appId"]]})
    whole = {"/v1.0/applications", "/beta/applications", "/v1.0/roleManagement/directory/roleAssignments"}
    unfiltered = {request.path for request in sandbox.seen if "filter" not in request.query}
    assert not unfiltered & whole
    assert not any(path.endswith("$count") for path in sandbox.paths())


def test_only_reads_are_sent_and_their_priority_is_low(sandbox: Sandboxed) -> None:
    rich_one = rich(sandbox)
    before = sandbox.world.store.all(HERE.id, "application")
    sandbox.read(rich_one["appId"], DEPLOYER.client_id)
    assert {(request.method, request.path.rpartition("/")[2] == "$batch") for request in sandbox.seen} <= {
        ("GET", False),
        ("POST", True),
    }
    assert sandbox.world.store.all(HERE.id, "application") == before


def test_how_far_it_has_come_is_told(sandbox: Sandboxed) -> None:
    told: list[tuple[str, int, int]] = []
    with sandbox.directories(progress=lambda step: told.append((step.what, step.done, step.total))) as directories:
        directories.read({HERE: [register(sandbox)["appId"] for _ in range(25)]})
    assert told[-1][1] == told[-1][2]
    assert all(done <= total for _, done, total in told)
    assert {what for what, *_ in told} == {"reading Entra"}


def test_every_field_of_the_contract_is_filled(sandbox: Sandboxed, tmp_path: Path) -> None:
    """A field that is added to the contract is one that somebody must read."""
    application = rich(sandbox)
    read = sandbox.read(application["appId"], kept=tmp_path / "kept")[application["appId"]]
    with sandbox.directories() as directories:
        read = directories.with_owner_accounts(HERE, read)
    assert {field.name for field in fields(read) if not getattr(read, field.name)} == {"deleted"}


def test_the_audit_log_is_asked_for_once_by_time(sandbox: Sandboxed) -> None:
    with sandbox.directories() as directories:
        directories.read_audit_log(
            HERE, since=datetime(2027, 1, 1, tzinfo=UTC), until=datetime(2027, 1, 16, tzinfo=UTC)
        )
    (request,) = sandbox.seen
    assert request.path == "/v1.0/auditLogs/directoryAudits"
    assert "activityDateTime%20ge%202027-01-01T00:00:00Z" in request.query
