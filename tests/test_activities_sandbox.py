"""Who did it, by the audit log of the sandbox: the administrator for ours, never who did the same to its neighbour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from helpers.activities import read_activities, who_did
from helpers.clouds import CLOUDS
from helpers.comparing import NotCompared, PermissionAdded, Surface, compare
from helpers.observing import Documents, observe
from sandbox.audit import KIND, consenting, recorded
from sandbox.directory import Directory
from sandbox.entra.consent import grant_requested
from sandbox.entra.sign_in import Tenant
from sandbox.identities import ADMINISTRATOR_ADDRESS, ADMINISTRATOR_ID, COLLEAGUE_ID
from tests.a_tenant import a_signer, key_credential
from tests.activity_records import READ_ALL, USER_READ
from tests.asking_graph import GRAPH_APP_ID, NOW, TENANT, Graph, filled_world

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpers.model import Integration
    from sandbox.world import World


@dataclass(frozen=True)
class Registered:
    """An application with its service principal, in the hands of somebody."""

    graph: Graph
    application: dict[str, Any]
    principal: dict[str, Any]

    @property
    def app(self) -> str:
        """Where the application is."""
        return f"/v1.0/applications/{self.application['id']}"

    @property
    def sp(self) -> str:
        """Where the service principal is."""
        return f"/v1.0/servicePrincipals/{self.principal['id']}"

    @property
    def object_ids(self) -> tuple[str, str]:
        """The ids of both."""
        return self.application["id"], self.principal["id"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return filled_world(tmp_path_factory.mktemp("sandbox"), tmp_path_factory)


def registered(world: World, person: str) -> Registered:
    graph = Graph(world, object_id=person)
    application = graph.make("/v1.0/applications", displayName="Cisco ISE")
    return Registered(graph, application, graph.make("/v1.0/servicePrincipals", appId=application["appId"]))


def seen(what: Registered) -> Integration:
    """Return what Graph shows of it now, read by the project's own reader."""
    graph, client_id = what.graph, what.application["appId"]
    application, principal = (
        next((each for each in graph.values(path) if each["appId"] == client_id), None)
        for path in ("/v1.0/applications", "/v1.0/servicePrincipals")
    )
    deleted = graph.values("/v1.0/directory/deletedItems/microsoft.graph.application")
    documents = Documents(
        client_id=client_id,
        tenant_id=TENANT,
        application=application and {**application, "isDisabled": None},
        service_principal=principal and {**principal, "isDisabled": None},
        deleted=next((each for each in deleted if each["appId"] == client_id), None),
        application_owners=tuple(graph.values(f"{what.app}/owners")) if application else (),
        service_principal_owners=tuple(graph.values(f"{what.sp}/owners")) if principal else (),
        app_role_assignments=tuple(graph.values(f"{what.sp}/appRoleAssignments")) if principal else (),
        delegated_grants=tuple(grants(what)),
        resources={each["id"].lower(): each for each in graph.values("/v1.0/servicePrincipals")},
    )
    return observe(documents).integration


def grants(of: Registered) -> list[Any]:
    return [each for each in of.graph.values("/v1.0/oauth2PermissionGrants") if each["clientId"] == of.principal["id"]]


def add_certificate(to: Registered) -> None:
    to.graph.change(to.app, keyCredentials=[{**key_credential(a_signer()), "keyId": None}])


def add_certificate_to_principal(to: Registered) -> None:
    to.graph.change(to.sp, keyCredentials=[{**key_credential(a_signer("psn-02")), "keyId": None}])


def own(what: Registered, path: str) -> None:
    body = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{COLLEAGUE_ID}"}
    answer = what.graph.ask("POST", f"{path}/owners/$ref", body)
    assert answer.status_code == 204, answer.text


def assign(to: Registered) -> str:
    api = to.graph.principal_id(GRAPH_APP_ID)
    body = {"principalId": to.principal["id"], "resourceId": api, "appRoleId": READ_ALL.id}
    return str(to.graph.make(f"/v1.0/servicePrincipals/{api}/appRoleAssignedTo", **body)["id"])


def grant(to: Registered, scope: str, **changes: str) -> str:
    api = to.graph.principal_id(GRAPH_APP_ID)
    body = {"clientId": to.principal["id"], "resourceId": api, "consentType": "AllPrincipals", "scope": scope}
    return str(to.graph.make("/v1.0/oauth2PermissionGrants", **{**body, **changes})["id"])


def set_application(**properties: object) -> Callable[[Registered], None]:
    return lambda what: what.graph.change(what.app, **properties)


def set_principal(**properties: object) -> Callable[[Registered], None]:
    return lambda what: what.graph.change(what.sp, **properties)


def nothing(_: Registered) -> None:
    """Do nothing before what is asked about."""


ASKS_FOR_MORE = [{"resourceAppId": READ_ALL.api, "resourceAccess": [{"id": READ_ALL.id, "type": "Role"}]}]
SCOPE = {"id": "a5c0e000-0000-4000-8000-000000000001", "value": "devices.read", "type": "Admin", "isEnabled": True}
SCOPE |= {"adminConsentDisplayName": "Read", "adminConsentDescription": "Read"}
ROLE = {"id": "a5c0e000-0000-4000-8000-000000000002", "value": "reader", "isEnabled": True, "displayName": "Reader"}
ROLE |= {"allowedMemberTypes": ["Application"], "description": "Reads"}
# What somebody did, by name: what was there before, and what they did then.
CHANGES: dict[str, tuple[Callable[[Registered], object], Callable[[Registered], object]]] = {
    "certificate": (nothing, add_certificate),
    "certificate removed": (add_certificate, set_application(keyCredentials=[])),
    "certificate of the service principal": (nothing, add_certificate_to_principal),
    "owner": (nothing, lambda what: own(what, what.app)),
    "owner removed": (
        lambda what: own(what, what.app),
        lambda what: what.graph.delete(f"{what.app}/owners/{COLLEAGUE_ID}/$ref"),
    ),
    "owner of the service principal": (nothing, lambda what: own(what, what.sp)),
    "role given": (nothing, assign),
    "role taken": (
        assign,
        lambda what: what.graph.delete(
            f"{what.sp}/appRoleAssignments/{what.graph.values(f'{what.sp}/appRoleAssignments')[0]['id']}"
        ),
    ),
    "scope": (nothing, lambda what: grant(what, "User.Read")),
    "grant widened": (
        lambda what: grant(what, "openid"),
        lambda what: what.graph.change(
            f"/v1.0/oauth2PermissionGrants/{grants(what)[0]['id']}", scope="openid User.Read"
        ),
    ),
    "grant taken": (
        lambda what: grant(what, "User.Read"),
        lambda what: what.graph.delete(f"/v1.0/oauth2PermissionGrants/{grants(what)[0]['id']}"),
    ),
    "scope for one": (
        nothing,
        lambda what: grant(what, "User.Read", consentType="Principal", principalId=COLLEAGUE_ID),
    ),
    "redirect": (nothing, set_application(web={"redirectUris": ["https://attacker.example/"]})),
    "implicit grant": (nothing, set_application(web={"implicitGrantSettings": {"enableIdTokenIssuance": True}})),
    "audience": (nothing, set_application(signInAudience="AzureADMultipleOrgs")),
    "public client": (nothing, set_application(isFallbackPublicClient=True)),
    "identifier": (nothing, set_application(identifierUris=[f"api://{TENANT}/ise"])),
    "exposed role": (nothing, set_application(appRoles=[ROLE])),
    "exposed scope": (nothing, set_application(api={"oauth2PermissionScopes": [SCOPE]})),
    "requested": (nothing, set_application(requiredResourceAccess=ASKS_FOR_MORE)),
    "name": (nothing, set_application(displayName="Printers")),
    "notes": (nothing, set_application(notes="ask Mallory")),
    "disabled": (nothing, set_principal(accountEnabled=False)),
    "single sign-on": (nothing, set_principal(preferredSingleSignOnMode="saml")),
    "service principal deleted": (nothing, lambda what: what.graph.delete(what.sp)),
    "deleted": (nothing, lambda what: what.graph.delete(what.app)),
}


def test_a_consent_is_told_by_its_name_and_without_the_address_that_is_not_the_administrators(world: World) -> None:
    """The log has it as three records: a grant amended, by a verb that says it was removed, and the consent."""
    ours = registered(world, ADMINISTRATOR_ID)
    grant(ours, "openid")
    access = [{"id": READ_ALL.id, "type": "Role"}, {"id": USER_READ.id, "type": "Scope"}]
    ours.graph.change(ours.app, requiredResourceAccess=[{"resourceAppId": READ_ALL.api, "resourceAccess": access}])
    directory = Directory(world.store, TENANT, "global")
    with recorded(world, directory, consenting(directory, ADMINISTRATOR_ID)):
        grant_requested(Tenant(directory, "Contoso", CLOUDS["global"]), ours.application["appId"], now=NOW)
    activities = read_activities(world.store.all(TENANT, KIND))
    for permission in (READ_ALL, USER_READ):
        [found] = who_did(PermissionAdded(Surface.GRANTED, permission), activities, object_ids=ours.object_ids)
        told = (found.activity, found.actor.name, found.actor.id, found.address)
        assert told == ("Consent to application", f"ada@{TENANT}.onmicrosoft.com", ADMINISTRATOR_ID, "")


@pytest.mark.parametrize("name", CHANGES)
def test_the_administrator_is_named_for_what_happened_here_alone(world: World, name: str) -> None:
    prepare, change = CHANGES[name]
    ours, neighbours = registered(world, ADMINISTRATOR_ID), registered(world, COLLEAGUE_ID)
    prepare(ours)
    prepare(neighbours)
    before = seen(ours)
    change(ours)
    change(neighbours)
    differences = [each for each in compare(before, seen(ours)) if not isinstance(each, NotCompared)]
    assert differences
    activities = read_activities(world.store.all(TENANT, KIND))
    for difference in differences:
        found = who_did(difference, activities, object_ids=ours.object_ids)
        assert [(each.actor.id, each.address) for each in found] == [(ADMINISTRATOR_ID, ADMINISTRATOR_ADDRESS)], (
            difference
        )
