"""Who did it, by the audit log of the sandbox: the administrator for ours, never who did the same to its neighbour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from helpers.activities import read_activities, who_did
from helpers.clouds import CLOUDS
from helpers.comparing.differences import (
    CredentialAdded,
    CredentialRemoved,
    PermissionAdded,
    PermissionRemoved,
    ValueAdded,
    ValueChanged,
    ValueRemoved,
)
from helpers.model import Credential, CredentialKind, Holder, NotSeen
from helpers.surfaces import Surface
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

    from helpers.comparing.differences import Difference
    from sandbox.world import World

URI = "https://attacker.example/"


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


def credential(kind: CredentialKind, key_id: str, holder: Holder = Holder.APPLICATION) -> Credential:
    return Credential(kind, holder, key_id.lower(), NotSeen("not asked"))


def add_certificate(to: Registered) -> Difference:
    to.graph.change(to.app, keyCredentials=[{**key_credential(a_signer()), "keyId": None}])
    [key] = to.graph.get(to.app)["keyCredentials"]
    return CredentialAdded(Surface.CREDENTIALS, credential(CredentialKind.CERTIFICATE, key["keyId"]))


def add_certificate_to_principal(to: Registered) -> Difference:
    to.graph.change(to.sp, keyCredentials=[{**key_credential(a_signer()), "keyId": None}])
    [key] = to.graph.get(to.sp)["keyCredentials"]
    held = credential(CredentialKind.CERTIFICATE, key["keyId"], Holder.SERVICE_PRINCIPAL)
    return CredentialAdded(Surface.CREDENTIALS, held)


def remove_certificate(of: Registered) -> Difference:
    added = add_certificate(of)
    assert isinstance(added, CredentialAdded)
    of.graph.change(of.app, keyCredentials=[])
    return CredentialRemoved(Surface.CREDENTIALS, added.credential)


def own(what: Registered, path: str) -> None:
    body = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{COLLEAGUE_ID}"}
    answer = what.graph.ask("POST", f"{path}/owners/$ref", body)
    assert answer.status_code == 204, answer.text


def add_owner(to: Registered) -> Difference:
    own(to, to.app)
    return ValueAdded(Surface.APPLICATION_OWNERS, COLLEAGUE_ID)


def remove_owner(of: Registered) -> Difference:
    add_owner(of)
    of.graph.delete(f"{of.app}/owners/{COLLEAGUE_ID}/$ref")
    return ValueRemoved(Surface.APPLICATION_OWNERS, COLLEAGUE_ID)


def own_principal(of: Registered) -> Difference:
    own(of, of.sp)
    return ValueAdded(Surface.SERVICE_PRINCIPAL_OWNERS, COLLEAGUE_ID)


def assign(to: Registered) -> str:
    api = to.graph.principal_id(GRAPH_APP_ID)
    body = {"principalId": to.principal["id"], "resourceId": api, "appRoleId": READ_ALL.id}
    return str(to.graph.make(f"/v1.0/servicePrincipals/{api}/appRoleAssignedTo", **body)["id"])


def give_role(to: Registered) -> Difference:
    assign(to)
    return PermissionAdded(Surface.GRANTED, READ_ALL)


def take_role(of: Registered) -> Difference:
    of.graph.delete(f"{of.sp}/appRoleAssignments/{assign(of)}")
    return PermissionRemoved(Surface.GRANTED, READ_ALL)


def grant(to: Registered, scope: str, **changes: str) -> str:
    api = to.graph.principal_id(GRAPH_APP_ID)
    body = {"clientId": to.principal["id"], "resourceId": api, "consentType": "AllPrincipals", "scope": scope}
    return str(to.graph.make("/v1.0/oauth2PermissionGrants", **{**body, **changes})["id"])


def give_scope(to: Registered) -> Difference:
    grant(to, "User.Read")
    return PermissionAdded(Surface.GRANTED, USER_READ)


def widen_grant(of: Registered) -> Difference:
    of.graph.change(f"/v1.0/oauth2PermissionGrants/{grant(of, 'openid')}", scope="openid User.Read")
    return PermissionAdded(Surface.GRANTED, USER_READ)


def give_scope_for_one(to: Registered) -> Difference:
    grant(to, "User.Read", consentType="Principal", principalId=COLLEAGUE_ID)
    return ValueAdded(Surface.GRANTED_TO_USERS, f"User.Read on Microsoft Graph for user {COLLEAGUE_ID}")


def add_redirect(to: Registered) -> Difference:
    to.graph.change(to.app, web={"redirectUris": [URI]})
    return ValueAdded(Surface.REDIRECT_URIS, URI)


def open_to_all(what: Registered) -> Difference:
    what.graph.change(what.app, signInAudience="AzureADMultipleOrgs")
    return ValueChanged(Surface.SIGN_IN_AUDIENCE, "AzureADMyOrg", "AzureADMultipleOrgs")


def make_public(what: Registered) -> Difference:
    what.graph.change(what.app, isFallbackPublicClient=True)
    return ValueChanged(Surface.PUBLIC_CLIENT, "false", "true")


def ask_for_more(what: Registered) -> Difference:
    access = [{"id": READ_ALL.id, "type": "Role"}]
    what.graph.change(what.app, requiredResourceAccess=[{"resourceAppId": READ_ALL.api, "resourceAccess": access}])
    return PermissionAdded(Surface.REQUESTED, READ_ALL)


def rename(what: Registered) -> Difference:
    what.graph.change(what.app, displayName="Printers")
    return ValueChanged(Surface.DISPLAY_NAME, "Cisco ISE", "Printers")


def disable(what: Registered) -> Difference:
    what.graph.change(what.sp, accountEnabled=False)
    return ValueChanged(Surface.SERVICE_PRINCIPAL_ENABLED, "true", "false")


def delete_principal(of: Registered) -> Difference:
    of.graph.delete(of.sp)
    return ValueChanged(Surface.SERVICE_PRINCIPAL, "present", "absent")


def delete(what: Registered) -> Difference:
    what.graph.delete(what.app)
    return ValueChanged(Surface.APPLICATION, "present", "deleted")


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


@pytest.mark.parametrize(
    "change",
    [
        add_certificate,
        add_certificate_to_principal,
        remove_certificate,
        add_owner,
        remove_owner,
        own_principal,
        give_role,
        take_role,
        give_scope,
        widen_grant,
        give_scope_for_one,
        add_redirect,
        open_to_all,
        make_public,
        ask_for_more,
        rename,
        disable,
        delete_principal,
        delete,
    ],
)
def test_the_administrator_is_named_for_what_happened_here_alone(
    world: World, change: Callable[[Registered], Difference]
) -> None:
    ours, neighbours = registered(world, ADMINISTRATOR_ID), registered(world, COLLEAGUE_ID)
    difference = change(ours)
    change(neighbours)
    found = who_did(difference, read_activities(world.store.all(TENANT, KIND)), object_ids=ours.object_ids)
    assert {(each.actor.id, each.address) for each in found} == {(ADMINISTRATOR_ID, ADMINISTRATOR_ADDRESS)}
    assert len(found) == 1
