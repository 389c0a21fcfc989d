"""Who may do what in Graph: a row for each operation, and what ownership adds to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.graph.app import OPERATIONS
from sandbox.graph.authorization import OWNED, RULES
from sandbox.identities import ADMINISTRATOR_ID, CONSENTING_DEPLOYER, DEPLOYER, Pipeline
from tests.asking_graph import GRAPH_APP_ID, INTUNE_APP_ID, Graph, filled_world
from tests.making_certificates import make_certificate, to_manifest_entry

if TYPE_CHECKING:
    from pathlib import Path

READ_APPLICATIONS = "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"
FEDERATED = {"name": "gh", "issuer": "https://token.actions.githubusercontent.com", "subject": "repo:o/r:ref:x"}
DENIED = (403, "Authorization_RequestDenied")
APPLICATIONS, PRINCIPALS, GRANTS = "/v1.0/applications", "/v1.0/servicePrincipals", "/v1.0/oauth2PermissionGrants"


@pytest.fixture
def anybody(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """A caller with everything; tests replace its roles."""
    return Graph(filled_world(tmp_path, tmp_path_factory))


def acting_as(graph: Graph, deployer: Pipeline, *roles: str) -> Graph:
    """Return the Graph as a deployer sees it, with its own roles or others."""
    return replace(graph, app_id=deployer.client_id, object_id=deployer.object_id, roles=roles or deployer.roles)


def reference(identifier: str) -> dict[str, str]:
    return {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{identifier}"}


@dataclass(frozen=True)
class Objects:
    """One of everything there is, as somebody else made it, by the name it has in a path."""

    ids: dict[str, str]

    @classmethod
    def made_by(cls, graph: Graph) -> Objects:
        """Make them."""
        application = graph.make(APPLICATIONS, displayName="ISE")
        principal = graph.make(PRINCIPALS, appId=application["appId"])["id"]
        api = graph.principal_id(GRAPH_APP_ID)
        path = f"{APPLICATIONS}/{application['id']}"
        body = {"principalId": principal, "resourceId": api, "appRoleId": READ_APPLICATIONS}
        assignment = graph.make(f"{PRINCIPALS}/{api}/appRoleAssignedTo", **body)["id"]
        grant = {"clientId": principal, "resourceId": api, "consentType": "AllPrincipals", "scope": "openid"}
        other = graph.make(APPLICATIONS, displayName="deleted")["id"]
        graph.delete(f"{APPLICATIONS}/{other}")
        return cls(
            {
                "application": application["id"],
                "principal": principal,
                "api": api,
                "assignment": assignment,
                "credential": graph.make(f"{path}/federatedIdentityCredentials", **FEDERATED)["id"],
                "grant": graph.make(GRANTS, **grant)["id"],
                "deleted": other,
                "member": DEPLOYER.object_id,
                "policy": "of-nobody",
                "audit": "Directory_of_nothing",
                "sign_in": "of-nobody",
                "tenant": graph.tenant_id,
            }
        )

    def path_of(self, template: str) -> str:
        """Return a path of `RULES` with the ids of these objects in it."""
        first = template.split("/")[1]
        kinds = {"applications": "application", "servicePrincipals": "principal", "organization": "tenant"}
        here = self.ids["deleted" if first == "directory" else kinds.get(first, "principal")]
        if "appRoleAssignedTo" in template:
            here = self.ids["api"]
        return "/v1.0" + template.format(**{**self.ids, "id": here, "owner": DEPLOYER.object_id})


def test_every_operation_has_its_row_and_every_row_its_operation() -> None:
    assert sorted(operation.name for operation in OPERATIONS) == sorted(RULES)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """A sandbox that many tests share, in one moment, so without quotas: each makes what it asks about."""
    world = filled_world(tmp_path_factory.mktemp("crowded"), tmp_path_factory)
    world.conditions.set(world.conditions.limits.without_quotas())
    return Graph(world)


@pytest.fixture(scope="module")
def others(crowded: Graph) -> Objects:
    """Objects for those who change nothing."""
    return Objects.made_by(crowded)


@pytest.mark.parametrize("name", RULES)
def test_a_caller_without_permissions_is_refused_everywhere(crowded: Graph, others: Objects, name: str) -> None:
    method, _, template = name.partition(" ")
    answer = replace(crowded, roles=()).ask(method, others.path_of(template), {})
    assert (answer.status_code, answer.json()["error"]["code"]) == DENIED
    assert answer.json()["error"]["message"] == "Insufficient privileges to complete the operation."


@pytest.mark.parametrize("name", RULES)
def test_each_permission_of_a_row_is_enough(crowded: Graph, others: Objects, name: str) -> None:
    method, _, template = name.partition(" ")
    for enough in RULES[name].any_of:
        objects = others if method == "GET" else Objects.made_by(crowded)
        answer = replace(crowded, roles=tuple(enough)).ask(method, objects.path_of(template), {})
        # What was let may still be refused for what it asks.
        assert answer.status_code in (200, 204, 400, 404), (enough, answer.text)


def test_an_administrator_may_do_anything(anybody: Graph) -> None:
    administrator = replace(anybody, object_id=ADMINISTRATOR_ID, roles=())
    made = administrator.make(APPLICATIONS, displayName="ISE")
    assert administrator.values(f"{APPLICATIONS}/{made['id']}/owners") == []
    administrator.delete(f"{APPLICATIONS}/{made['id']}")


# Application.ReadWrite.OwnedBy: what a deployer lives with


def test_what_a_deployer_makes_it_owns_and_may_change(anybody: Graph) -> None:
    deployer = acting_as(anybody, DEPLOYER)
    application = deployer.make(APPLICATIONS, displayName="ISE")
    principal = deployer.make(PRINCIPALS, appId=application["appId"])
    for path in (f"{APPLICATIONS}/{application['id']}", f"{PRINCIPALS}/{principal['id']}"):
        assert [owner["id"] for owner in deployer.values(f"{path}/owners")] == [DEPLOYER.object_id]
        deployer.change(path, notes="changed")
    entry = to_manifest_entry(make_certificate(), member="key")
    deployer.change(f"{APPLICATIONS}/{application['id']}", keyCredentials=[entry])
    deployer.make(f"{APPLICATIONS}/{application['id']}/federatedIdentityCredentials", **FEDERATED)
    deployer.delete(f"{APPLICATIONS}/{application['id']}")
    assert deployer.ask("POST", f"/v1.0/directory/deletedItems/{application['id']}/restore").status_code == 200


def test_a_deployer_reads_what_others_own_but_changes_nothing_of_it(anybody: Graph) -> None:
    ids = Objects.made_by(anybody).ids
    deployer = acting_as(anybody, DEPLOYER)
    application, principal = f"{APPLICATIONS}/{ids['application']}", f"{PRINCIPALS}/{ids['principal']}"
    app_id = deployer.get(application)["appId"]
    deployer.values(f"{application}/owners")
    deployer.values(f"{PRINCIPALS}(appId='{INTUNE_APP_ID}')/endpoints")
    refused: list[tuple[str, str, Any]] = [
        ("PATCH", application, {"notes": "mine"}),
        ("DELETE", application, None),
        ("POST", f"{application}/owners/$ref", reference(DEPLOYER.object_id)),
        ("POST", f"{application}/federatedIdentityCredentials", FEDERATED),
        ("PATCH", principal, {"accountEnabled": False}),
        ("DELETE", principal, None),
        ("POST", PRINCIPALS, {"appId": app_id}),
        ("POST", f"/v1.0/directory/deletedItems/{ids['deleted']}/restore", None),
    ]
    assert [deployer.refusal(*request) for request in refused] == [DENIED] * len(refused)


def test_a_deployer_that_leaves_the_owners_has_locked_itself_out(anybody: Graph) -> None:
    """The provider does that right after the first apply, unless the deployer is declared as owner (provider.md §3)."""
    deployer = acting_as(anybody, DEPLOYER)
    path = f"{APPLICATIONS}/{deployer.make(APPLICATIONS, displayName='ISE')['id']}"
    deployer.delete(f"{path}/owners/{DEPLOYER.object_id}/$ref")
    assert deployer.refusal("PATCH", path, {"notes": "too late"}) == DENIED


def test_what_is_not_there_is_not_found_rather_than_refused(anybody: Graph) -> None:
    nothing = f"{APPLICATIONS}/5a9d0000-9999-4000-8000-000000000000"
    assert acting_as(anybody, DEPLOYER).refusal("PATCH", nothing, {})[0] == 404
    assert replace(anybody, roles=("Application.Read.All",)).refusal("PATCH", nothing, {}) == DENIED


def test_owning_without_the_permission_is_not_enough(anybody: Graph) -> None:
    path = f"{APPLICATIONS}/{acting_as(anybody, DEPLOYER).make(APPLICATIONS, displayName='ISE')['id']}"
    reader = acting_as(anybody, DEPLOYER, "Application.Read.All")
    assert reader.refusal("PATCH", path, {"notes": "mine"}) == DENIED


@pytest.mark.parametrize(
    ("roles", "status"),
    [
        ((OWNED,), 403),
        ((OWNED, "Directory.Read.All"), 204),
        (("Application.ReadWrite.All",), 403),
        (("Application.ReadWrite.All", "Directory.Read.All"), 204),
        (("Directory.ReadWrite.All",), 204),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, tuple) else str(value),
)
def test_to_add_an_owner_later_is_to_see_whom_one_adds(anybody: Graph, roles: tuple[str, ...], status: int) -> None:
    """Permissions reference: Application.ReadWrite.OwnedBy *and* Directory.Read.All."""
    path = f"{APPLICATIONS}/{acting_as(anybody, DEPLOYER).make(APPLICATIONS, displayName='ISE')['id']}/owners"
    later = acting_as(anybody, DEPLOYER, *roles)
    assert later.ask("POST", f"{path}/$ref", reference(CONSENTING_DEPLOYER.object_id)).status_code == status
    acting_as(anybody, DEPLOYER).delete(f"{path}/{DEPLOYER.object_id}/$ref")


@pytest.mark.parametrize(
    ("owner", "roles", "status"),
    [
        (CONSENTING_DEPLOYER.object_id, (OWNED,), 201),
        (ADMINISTRATOR_ID, (OWNED,), 403),
        (ADMINISTRATOR_ID, (OWNED, "User.Read.All"), 201),
    ],
    ids=["a service principal", "a person", "a person one may see"],
)
def test_owners_named_at_creation_must_be_visible_to_the_creator(
    anybody: Graph, owner: str, roles: tuple[str, ...], status: int
) -> None:
    """The provider's documentation asks for User.Read.All when a user is among the owners."""
    bound = [reference(DEPLOYER.object_id)["@odata.id"], reference(owner)["@odata.id"]]
    body = {"displayName": "ISE", "owners@odata.bind": bound}
    assert acting_as(anybody, DEPLOYER, *roles).ask("POST", APPLICATIONS, body).status_code == status


def test_of_a_person_an_ordinary_reader_sees_the_id(anybody: Graph) -> None:
    path = f"{APPLICATIONS}/{Objects.made_by(anybody).ids['application']}/owners"
    assert anybody.ask("POST", f"{path}/$ref", reference(ADMINISTRATOR_ID)).status_code == 204
    hidden = {"displayName": None, "userPrincipalName": None, "mail": None}
    limited = {"@odata.type": "#microsoft.graph.user", "id": ADMINISTRATOR_ID, **hidden}
    assert acting_as(anybody, DEPLOYER).values(path) == [limited]
    assert anybody.values(path)[0]["displayName"] == "Ada Administrator"


# A service principal and itself


@pytest.mark.parametrize("collection", [APPLICATIONS, PRINCIPALS])
def test_a_service_principal_may_read_itself_and_nobody_else(anybody: Graph, collection: str) -> None:
    bare = replace(acting_as(anybody, DEPLOYER), roles=())
    assert bare.get(f"{collection}(appId='{DEPLOYER.client_id}')")["displayName"] == "deployer"
    assert bare.refusal("GET", f"{collection}(appId='{CONSENTING_DEPLOYER.client_id}')") == DENIED
    assert bare.refusal("GET", collection) == DENIED
    assert bare.refusal("PATCH", f"{collection}(appId='{DEPLOYER.client_id}')", {"notes": "mine"}) == DENIED


# Discovery and consent


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("Application.Read.All", 200),
        ("Directory.Read.All", 200),
        (OWNED, 200),
        ("Application.ReadWrite.All", 200),
        ("ServicePrincipalEndpoint.Read.All", 403),
        ("User.Read.All", 403),
    ],
)
def test_discovery_needs_one_of_four_permissions(anybody: Graph, role: str, status: int) -> None:
    path = f"//v1.0/servicePrincipals/appId={INTUNE_APP_ID}/endpoints"
    assert replace(anybody, roles=(role,)).ask("GET", path).status_code == status


@pytest.mark.parametrize(
    ("roles", "status"),
    [
        (CONSENTING_DEPLOYER.roles, 201),
        (("AppRoleAssignment.ReadWrite.All", "Directory.Read.All"), 201),
        (("AppRoleAssignment.ReadWrite.All",), 403),
        (DEPLOYER.roles, 403),
        (("Application.ReadWrite.All",), 403),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, tuple) else str(value),
)
def test_to_consent_is_to_assign_and_to_read_what_is_assigned(
    anybody: Graph, roles: tuple[str, ...], status: int
) -> None:
    api, principal = anybody.principal_id(GRAPH_APP_ID), DEPLOYER.object_id
    body = {"principalId": principal, "resourceId": api, "appRoleId": READ_APPLICATIONS}
    answer = replace(anybody, roles=roles).ask("POST", f"{PRINCIPALS}/{api}/appRoleAssignedTo", body)
    assert answer.status_code == status


def test_delegated_grants_are_read_with_more_than_application_read_all(anybody: Graph) -> None:
    assert replace(anybody, roles=("Application.Read.All",)).refusal("GET", GRANTS) == DENIED
    assert replace(anybody, roles=("Directory.Read.All",)).values(GRANTS) == []
