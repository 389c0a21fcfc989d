"""The directory's audit log: what each change leaves there, in Entra's odd spelling."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.admin_token import admin_token
from sandbox.identities import (
    ADMINISTRATOR_ADDRESS,
    ADMINISTRATOR_ID,
    COLLEAGUE_ID,
    DEPLOYER,
)
from tests.a_tenant import a_signer, key_credential
from tests.an_audit_log import ROLES, Logged, without_quotas
from tests.asking_graph import GRAPH_APP_ID, NOW, TENANT, Graph

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.an_audit_log import Record

SECRETS = "Update application – Certificates and secrets management "
READ_ALL = "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"


@pytest.fixture
def logged(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Logged:
    return Logged(Graph(without_quotas(tmp_path, tmp_path_factory), roles=ROLES))


def properties(record: Record, target: int = 0) -> dict[str, tuple[Any, Any]]:
    """Return the modified properties by name: both sides read from the JSON in them, None for one that is absent."""
    return {
        modified["displayName"]: (_read(modified["oldValue"]), _read(modified["newValue"]))
        for modified in record["targetResources"][target]["modifiedProperties"]
    }


def _read(side: str | None) -> Any:  # noqa: ANN401 — any JSON
    return None if side is None else json.loads(side)


def targets(record: Record) -> list[tuple[str, str]]:
    return [(target["type"], target["id"]) for target in record["targetResources"]]


def reference(identifier: str) -> dict[str, str]:
    return {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{identifier}"}


def test_a_certificate_leaves_the_whole_set_on_both_sides_and_a_companion_that_says_nothing(logged: Logged) -> None:
    first, second = (key_credential(a_signer(name, start=NOW - timedelta(days=1))) for name in ("psn-01", "psn-02"))
    logged.graph.change(logged.path, keyCredentials=[{**first, "displayName": "psn-01, [east]"}])
    logged.graph.change(logged.path, keyCredentials=[{"keyId": first["keyId"]}, second])
    assert logged.names() == [SECRETS, "Update application"] * 2
    record, companion = logged.new()[2:]
    assert targets(record) == [("Application", logged.id)]
    before = [f"[KeyIdentifier={first['keyId']},KeyType=AsymmetricX509Cert,KeyUsage=Verify,DisplayName=psn-01, [east]]"]
    name = "CN=psn-02.example.net"
    after = [
        *before,
        f"[KeyIdentifier={second['keyId']},KeyType=AsymmetricX509Cert,KeyUsage=Verify,DisplayName={name}]",
    ]
    assert properties(record) == {
        "KeyDescription": (before, after),
        "Included Updated Properties": (None, "KeyDescription"),
    }
    assert properties(companion) == {"Included Updated Properties": (None, "")}
    assert record["correlationId"] == companion["correlationId"]


def test_the_activity_of_credentials_has_an_en_dash_and_a_space_at_its_end(logged: Logged) -> None:
    logged.graph.ask("POST", f"{logged.path}/addPassword", {"passwordCredential": {"displayName": "x"}})
    name = logged.names()[0]
    assert (len(name), name[-1], unicodedata.name(name[19])) == (57, " ", "EN DASH")
    (made,) = logged.graph.get(logged.path)["passwordCredentials"]
    assert properties(logged.one(name))["KeyDescription"] == (
        [],
        [f"[KeyIdentifier={made['keyId']},KeyType=Password,KeyUsage=Verify,DisplayName=x]"],
    )


def test_a_new_application_logs_credentials_that_it_has_not(logged: Logged) -> None:
    deployed = logged.all()[::-1]
    names = [record["activityDisplayName"] for record in deployed]
    assert names == ["Add application", SECRETS, "Add service principal"]
    assert properties(deployed[1])["KeyDescription"] == ([], [])


def test_an_application_made_with_a_certificate_has_another_verb(logged: Logged) -> None:
    entry = key_credential(a_signer(start=NOW - timedelta(days=1)))
    logged.graph.make("/v1.0/applications", displayName="other", keyCredentials=[entry])
    assert logged.names() == ["Add application", SECRETS.replace("Update", "Create")]


def test_credentials_of_the_service_principal_are_called_otherwise(logged: Logged) -> None:
    logged.graph.ask("POST", f"{logged.principal_path}/addPassword", {})
    (entry,) = logged.graph.get(logged.principal_path)["passwordCredentials"]
    logged.graph.ask("POST", f"{logged.principal_path}/removePassword", {"keyId": entry["keyId"]})
    assert [name for name in logged.names() if "credentials" in name] == [
        "Add service principal credentials",
        "Remove service principal credentials",
    ]


def test_an_application_permission_is_the_apis_record_and_has_no_old_value(logged: Logged) -> None:
    api = logged.graph.principal_id(GRAPH_APP_ID)
    made = logged.graph.make(
        f"/v1.0/servicePrincipals/{api}/appRoleAssignedTo",
        principalId=logged.principal_id,
        resourceId=api,
        appRoleId=READ_ALL,
    )
    record = logged.one("Add app role assignment to service principal")
    assert targets(record) == [("ServicePrincipal", api)]
    assert properties(record) == {
        **dict.fromkeys(properties(record), (None, None)),
        "AppRole.Id": (None, READ_ALL),
        "AppRole.Value": (None, "Application.Read.All"),
        "AppRole.DisplayName": (None, "Application.Read.All"),
        "AppRoleAssignment.CreatedDateTime": (None, made["createdDateTime"]),
        "AppRoleAssignment.LastModifiedDateTime": (None, made["createdDateTime"]),
        "ServicePrincipal.ObjectID": (None, logged.principal_id),
        "ServicePrincipal.DisplayName": (None, "ISE"),
        "ServicePrincipal.AppId": (None, logged.app_id),
        "TargetId.ServicePrincipalNames": (None, f"{GRAPH_APP_ID};https://graph.microsoft.com"),
    }
    logged.graph.delete(f"/v1.0/servicePrincipals/{api}/appRoleAssignedTo/{made['id']}")
    removed = logged.one("Remove app role assignment from service principal")
    assert properties(removed)["ServicePrincipal.ObjectID"] == (logged.principal_id, None)


def test_a_permission_of_a_users_is_filed_under_another_category(logged: Logged) -> None:
    body = {
        "principalId": COLLEAGUE_ID,
        "resourceId": logged.principal_id,
        "appRoleId": "0" * 8 + "-0000" * 3 + "-" + "0" * 12,
    }
    logged.graph.make(f"{logged.principal_path}/appRoleAssignedTo", **body)
    record = logged.one("Add app role assignment grant to user")
    assert (record["category"], properties(record)["User.ObjectID"]) == ("UserManagement", (None, COLLEAGUE_ID))


def test_a_delegated_grant_that_becomes_another_is_removed_and_added(logged: Logged) -> None:
    api = logged.graph.principal_id(GRAPH_APP_ID)
    ends = {"clientId": logged.principal_id, "resourceId": api, "consentType": "AllPrincipals"}
    grant = logged.graph.make("/v1.0/oauth2PermissionGrants", **ends, scope="openid")
    logged.graph.change(f"/v1.0/oauth2PermissionGrants/{grant['id']}", scope="openid User.Read")
    logged.graph.delete(f"/v1.0/oauth2PermissionGrants/{grant['id']}")
    scopes = [properties(record)["DelegatedPermissionGrant.Scope"] for record in logged.new()]
    assert [name.split()[0] for name in logged.names()] == ["Add", "Remove", "Add", "Remove"]
    both = (" openid", " openid User.Read")
    assert scopes == [(None, " openid"), both, both, (" openid User.Read", None)]


def test_a_consent_names_the_person_and_an_address_of_microsofts(logged: Logged) -> None:
    scope = {"id": "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "type": "Scope"}
    access = [{"resourceAppId": GRAPH_APP_ID, "resourceAccess": [{"id": READ_ALL, "type": "Role"}, scope]}]
    logged.graph.change(logged.path, requiredResourceAccess=access)
    page = f"https://login.microsoftonline.com/{TENANT}/adminconsent"
    headers = {"Authorization": f"Bearer {admin_token(logged.graph.world.folder)}"}
    for _ in range(2):  # the second grants nothing more, and so is no change
        logged.graph.services.post(page, params={"client_id": logged.app_id}, headers=headers)
    records = logged.new()[1:]
    assert [record["activityDisplayName"] for record in records] == [
        "Add app role assignment to service principal",
        "Add delegated permission grant",
        "Consent to application",
    ]
    assert len({record["correlationId"] for record in records}) == 1
    for record in records:
        by = record["initiatedBy"]["user"]
        assert (by["id"], by["displayName"]) == (ADMINISTRATOR_ID, "Azure ESTS Service")
        assert by["userPrincipalName"].startswith("ada@")
        assert by["ipAddress"] != ADMINISTRATOR_ADDRESS
    assert targets(records[2]) == [("ServicePrincipal", logged.principal_id)]
    assert properties(records[2])["ConsentContext.IsAdminConsent"] == (None, "True")
    assert "Scope: User.Read," in properties(records[2])["ConsentAction.Permissions"][1]


def test_owners_come_first_and_what_they_own_second(logged: Logged) -> None:
    for path in (logged.path, logged.principal_path):
        logged.graph.ask("POST", f"{path}/owners/$ref", reference(COLLEAGUE_ID))
        logged.graph.delete(f"{path}/owners/{COLLEAGUE_ID}/$ref")
    assert logged.names() == [
        "Add owner to application",
        "Remove owner from application",
        "Add owner to service principal",
        "Remove owner from service principal",
    ]
    added, removed = logged.new()[:2]
    assert targets(added) == [("User", COLLEAGUE_ID), ("Application", logged.id)]
    assert properties(added)["Application.ObjectID"] == (None, logged.id)
    assert properties(removed)["Application.ObjectID"] == (logged.id, None)


def test_the_deployer_that_makes_an_application_becomes_its_owner_by_a_record(logged: Logged) -> None:
    deployer = replace(logged.graph, app_id=DEPLOYER.client_id, object_id=DEPLOYER.object_id, roles=DEPLOYER.roles)
    deployer.make("/v1.0/applications", displayName="its own")
    assert targets(logged.one("Add owner to application"))[0] == ("ServicePrincipal", DEPLOYER.object_id)


@pytest.mark.parametrize(
    ("changes", "name", "sides"),
    [
        pytest.param({"displayName": "New"}, "DisplayName", (["ISE"], ["New"]), id="a name"),
        pytest.param(
            {"signInAudience": "AzureADMultipleOrgs"}, "AvailableToOtherTenants", ([False], [True]), id="an audience"
        ),
        pytest.param({"isFallbackPublicClient": True}, "PublicClient", ([], [True]), id="a public client"),
        pytest.param({"identifierUris": ["api://x"]}, "AppIdentifierUri", ([], ["api://x"]), id="an identifier URI"),
        pytest.param(
            {"web": {"redirectUris": ["https://x"]}, "spa": {"redirectUris": ["https://y"]}},
            "AppAddress",
            (
                [],
                [
                    {"AddressType": 0, "Address": "https://x", "ReplyAddressClientType": 1},
                    {"AddressType": 0, "Address": "https://y", "ReplyAddressClientType": 2},
                ],
            ),
            id="redirect URIs",
        ),
        pytest.param(
            {"requiredResourceAccess": [{"resourceAppId": "a", "resourceAccess": [{"id": "b", "type": "Role"}]}]},
            "RequiredResourceAccess",
            (
                [],
                [
                    {
                        "ResourceAppId": "a",
                        "RequiredAppPermissions": [
                            {"EntitlementId": "b", "DirectAccessGrant": True, "ImpersonationAccessGrants": []}
                        ],
                        "EncodingVersion": 1,
                    }
                ],
            ),
            id="permissions asked for",
        ),
    ],
)
def test_a_property_is_called_as_the_directory_calls_it(
    logged: Logged, changes: dict[str, object], name: str, sides: tuple[object, object]
) -> None:
    logged.graph.change(logged.path, **changes)
    found = properties(logged.one("Update application"))
    assert found[name] == sides
    assert found["Included Updated Properties"] == (None, name)


def test_a_federated_credential_is_a_property_of_an_ordinary_update(logged: Logged) -> None:
    credential = {"name": "gh", "issuer": "https://token.actions.githubusercontent.com", "subject": "repo:o/r:ref:x"}
    logged.graph.make(f"{logged.path}/federatedIdentityCredentials", **credential)
    assert logged.names() == ["Update application"]
    (before, (after,)) = properties(logged.new()[0])["FederatedIdentityCredentials"]
    assert (before, after["subject"]) == ([], "repo:o/r:ref:x")


def test_a_service_principal_is_recorded_with_its_names(logged: Logged) -> None:
    logged.graph.change(logged.principal_path, accountEnabled=False)
    found = properties(logged.one("Update service principal"))
    assert found["AccountEnabled"] == ([True], [False])
    assert found["TargetId.ServicePrincipalNames"] == (None, logged.app_id)


def test_deleting_restoring_and_deleting_for_good_are_one_record_of_each_object(logged: Logged) -> None:
    graph, resting = logged.graph, f"/v1.0/directory/deletedItems/{logged.id}"
    api = graph.principal_id(GRAPH_APP_ID)
    body = {"principalId": logged.principal_id, "resourceId": api, "appRoleId": READ_ALL}
    graph.make(f"{logged.principal_path}/appRoleAssignments", **body)
    graph.delete(logged.path)
    graph.ask("POST", f"{resting}/restore")
    graph.ask("POST", f"/v1.0/directory/deletedItems/{logged.principal_id}/restore")
    graph.delete(logged.path)
    graph.delete(resting)
    graph.delete(f"/v1.0/directory/deletedItems/{logged.principal_id}")
    assert logged.names()[1:] == [
        "Remove service principal",
        "Delete application",
        "Restore application",
        "Restore service principal",
        "Remove service principal",
        "Delete application",
        "Hard Delete application",
        "Hard Delete service principal",
    ]


def _role(logged: Logged, scope: str) -> None:
    body = {"principalId": logged.principal_id, "roleDefinitionId": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"}
    administrator(logged).make("/v1.0/roleManagement/directory/roleAssignments", **body, directoryScopeId=scope)


def _group(logged: Logged) -> None:
    body = {"displayName": "Tier 0", "mailEnabled": False, "mailNickname": "t", "securityEnabled": True}
    group = administrator(logged).make("/v1.0/groups", **body)
    administrator(logged).ask("POST", f"/v1.0/groups/{group['id']}/members/$ref", reference(logged.principal_id))


def _policy(logged: Logged) -> None:
    policy = administrator(logged).make("/v1.0/policies/tokenLifetimePolicies", displayName="A day")
    administrator(logged).ask("POST", f"{logged.path}/tokenLifetimePolicies/$ref", reference(policy["id"]))


def administrator(logged: Logged) -> Graph:
    return replace(logged.graph, object_id=ADMINISTRATOR_ID, roles=())


@pytest.mark.parametrize(
    ("act", "name", "names"),
    [
        pytest.param(
            lambda logged: _role(logged, "/"),
            "Add member to role",
            {
                "Role.ObjectID": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
                "Role.DisplayName": "Application Administrator",
                "Role.TemplateId": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
            },
            id="a role",
        ),
        pytest.param(
            lambda logged: _role(logged, f"/{logged.id}"),
            "Add scoped member to role",
            {"Role.DisplayName": "Application Administrator"},
            id="a role for one object",
        ),
        pytest.param(_group, "Add member to group", {"Group.DisplayName": "Tier 0"}, id="a group"),
        pytest.param(_policy, "Add policy to application", {"Policy.DisplayName": "A day"}, id="a policy"),
    ],
)
def test_what_an_object_was_put_under_is_named_and_has_no_old_value(
    logged: Logged, act: Callable[[Logged], None], name: str, names: dict[str, str]
) -> None:
    act(logged)
    record = logged.one(name)
    assert targets(record)[0][1] in {logged.id, logged.principal_id}
    assert {name: properties(record)[name] for name in names} == {name: (None, value) for name, value in names.items()}


def test_what_was_refused_and_what_changed_nothing_leave_no_record(logged: Logged) -> None:
    logged.graph.refusal("PATCH", logged.path, {"displayName": ""})
    replace(logged.graph, roles=()).refusal("PATCH", logged.path, {"notes": "mine"})
    logged.graph.change(logged.path, displayName="ISE")
    assert logged.names() == []


def test_a_record_says_who_it_was_an_application_or_a_person(logged: Logged) -> None:
    deployer = replace(
        logged.graph,
        app_id=DEPLOYER.client_id,
        object_id=DEPLOYER.object_id,
        headers={"User-Agent": "HashiCorp Terraform/1.11.4"},
    )
    deployer.change(logged.path, notes="by the pipeline")
    administrator(logged).change(logged.path, notes="by hand")
    by_pipeline, by_hand = logged.new()
    assert by_pipeline["initiatedBy"] == {
        "user": None,
        "app": {
            "appId": DEPLOYER.client_id,
            "displayName": "deployer",
            "servicePrincipalId": DEPLOYER.object_id,
            "servicePrincipalName": None,
        },
    }
    assert by_pipeline["additionalDetails"] == [{"key": "User-Agent", "value": "HashiCorp Terraform/1.11.4"}]
    user = by_hand["initiatedBy"]["user"]
    assert (user["id"], user["ipAddress"], user["displayName"]) == (ADMINISTRATOR_ID, ADMINISTRATOR_ADDRESS, None)
    assert by_hand["initiatedBy"]["app"] is None
