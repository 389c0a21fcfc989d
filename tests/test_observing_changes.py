"""Graph's documents read into the model: every change shows as one difference, and what is nobody's doing as none."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from helpers.comparing import (
    Difference,
    Surface,
    ValueAdded,
    ValueChanged,
    ValueRemoved,
)
from helpers.observing import observe
from helpers.permissions import INTUNE_API, MICROSOFT_GRAPH, find_api
from tests.declaring import DEPLOYER, OWNER, declare
from tests.seen_in_graph import (
    APPLICATION,
    CLIENT,
    PRINCIPAL,
    USER,
    application,
    deployed,
    differences,
    grant,
    more,
    principal,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from helpers.declaration.declaration import Declaration
    from helpers.observing import Document, Documents

GRAPH, INTUNE = find_api(MICROSOFT_GRAPH).app_id, find_api(INTUNE_API).app_id
ELSEWHERE = "e15e0000-0000-4000-8000-00000000000e"
DIRECTORY_READ = "7ab1d382-f21e-4acd-a863-ba3e13f7da61"
TYPE = "@odata.type"


@pytest.fixture
def declaration(tmp_path: Path) -> Declaration:
    return declare(tmp_path, permissions={"profile": "article-2016"}, client_id=CLIENT)


def inside(documents: Documents, name: str, **properties: Any) -> Documents:  # noqa: ANN401 — any JSON
    """Return documents with properties inside a complex property of the application."""
    assert isinstance(documents.application, dict)
    return application(documents, **{name: {**documents.application[name], **properties}})


def on_both(documents: Documents, name: str, mirror: str, uris: list[str]) -> Documents:
    """Return documents with redirect URIs on the application, which the service principal repeats."""
    return principal(inside(documents, name, redirectUris=uris), **{mirror: uris})


def object_of(kind: str, name: str | None = "Name", **properties: Any) -> Document:  # noqa: ANN401 — any JSON
    return {TYPE: f"#microsoft.graph.{kind}", "id": ELSEWHERE.upper(), "displayName": name, **properties}


def upper(documents: Documents) -> Documents:
    """Return documents in which every id that is declared is in capitals."""
    assert isinstance(documents.application, dict)
    shown = deepcopy(documents.application)
    for entry in shown["keyCredentials"]:
        entry["keyId"] = entry["keyId"].upper()
    for api in shown["requiredResourceAccess"]:
        api["resourceAppId"] = api["resourceAppId"].upper()
        api["resourceAccess"] = [{**each, "id": each["id"].upper()} for each in api["resourceAccess"]]
    owners = tuple({**each, "id": each["id"].upper()} for each in documents.application_owners)  # type: ignore[union-attr]
    assigned = tuple(
        {**each, "appRoleId": each["appRoleId"].upper(), "resourceId": each["resourceId"].upper()}
        for each in documents.app_role_assignments  # type: ignore[union-attr]
    )
    return replace(documents, application=shown, application_owners=owners, app_role_assignments=assigned)


def backwards(documents: Documents) -> Documents:
    """Return documents with every list in another order."""
    assert isinstance(documents.application, dict)
    shown = deepcopy(documents.application)
    shown["requiredResourceAccess"].reverse()
    for api in shown["requiredResourceAccess"]:
        api["resourceAccess"].reverse()
    lists = ("app_role_assignments", "delegated_grants")
    turned: dict[str, Any] = {name: tuple(reversed(getattr(documents, name))) for name in lists}
    return replace(documents, application=shown, **turned)


def dated(documents: Documents, end: Callable[[str], str]) -> Documents:
    """Return documents with the end of every key credential written otherwise; it ends in `Z`."""
    assert isinstance(documents.application, dict)
    keys = [{**each, "endDateTime": end(each["endDateTime"])} for each in documents.application["keyCredentials"]]
    return application(documents, keyCredentials=keys)


HARMLESS: dict[str, Callable[[Documents], Documents]] = {
    "as deployed": lambda seen: seen,
    "ids in capitals": upper,
    "another order": backwards,
    "fractions of seconds": lambda seen: dated(seen, lambda end: end.replace("Z", ".1234567Z")),
    "an offset": lambda seen: dated(seen, lambda end: end.replace("Z", "+00:00")),
    "scopes with blanks around them": lambda seen: replace(
        seen,
        delegated_grants=tuple({**each, "scope": f"  {each['scope']} "} for each in seen.delegated_grants),  # type: ignore[union-attr]
    ),
    "a name of a key": lambda seen: application(
        seen,
        keyCredentials=[{**each, "displayName": "x"} for each in seen.application["keyCredentials"]],  # type: ignore[index]
    ),
    "a custom key identifier": lambda seen: application(
        seen,
        keyCredentials=[{**each, "customKeyIdentifier": "AAAA"} for each in seen.application["keyCredentials"]],  # type: ignore[index]
    ),
    "a token version": lambda seen: inside(seen, "api", requestedAccessTokenVersion=2),
    "information": lambda seen: application(seen, info={"logoUrl": "https://cdn.example/logo.png"}),
    "tags": lambda seen: principal(
        application(seen, tags=["HideApp"]), tags=["HideApp", "WindowsAzureActiveDirectoryIntegratedApp"]
    ),
    "a publisher's domain": lambda seen: application(seen, publisherDomain="other.example"),
    "who made it": lambda seen: application(seen, createdByAppId=ELSEWHERE, uniqueName="ise"),
    "behaviors that say nothing": lambda seen: application(
        seen, authenticationBehaviors={"blockAzureADGraphAccess": None, "removeUnverifiedEmailClaim": None}
    ),
    "optional claims that are none": lambda seen: application(
        seen, optionalClaims={"idToken": [], "accessToken": [], "saml2Token": []}
    ),
    "no group claims": lambda seen: application(seen, groupMembershipClaims="None"),
    "a lock that is open": lambda seen: application(
        seen, servicePrincipalLockConfiguration={"isEnabled": False, "allProperties": False}
    ),
    "not disabled, in words": lambda seen: application(seen, disabledByMicrosoftStatus="NotDisabled", isDisabled=False),
    "SAML settings that are none": lambda seen: principal(seen, samlSingleSignOnSettings={"relayState": None}),
    "annotations": lambda seen: application(
        seen, **{"@odata.context": "x", "web@odata.type": "y", "#restore": {"z": 1}}
    ),
    "that it owns itself, which its owners say": lambda seen: replace(
        seen, owned_objects=({**object_of("application"), "id": APPLICATION.upper()},)
    ),
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_is_nobodys_doing_does_not_differ(
    declaration: Declaration, change: Callable[[Documents], Documents]
) -> None:
    seen = change(deployed(declaration))
    assert differences(declaration, seen) == []
    assert observe(seen).not_understood == ()


def value(surface: Surface, text: str) -> ValueAdded:
    return ValueAdded(surface, text)


def now(surface: Surface, before: str, after: str) -> ValueChanged:
    return ValueChanged(surface, before, after)


HOOK = "https://evil.example/cb"
SETTING, OF_PRINCIPAL = Surface.APPLICATION_SETTINGS, Surface.SERVICE_PRINCIPAL_SETTINGS
ROLE = {
    "id": "Assignment_1",
    "principalId": PRINCIPAL,
    "roleDefinitionId": "62E90394-69f5-4237-9190-012177145e10",
    "directoryScopeId": "/",
    "roleDefinition": {"displayName": "Global Administrator"},
}
CHANGES: dict[str, tuple[Callable[[Documents], Documents], Difference]] = {
    "display name": (
        lambda seen: application(seen, displayName="Cisco ISE "),
        now(Surface.DISPLAY_NAME, "Cisco ISE", "Cisco ISE "),
    ),
    "notes": (lambda seen: application(seen, notes="x"), now(Surface.NOTES, "", "x")),
    "reference": (
        lambda seen: application(seen, serviceManagementReference="CMDB"),
        now(Surface.SERVICE_MANAGEMENT_REFERENCE, "", "CMDB"),
    ),
    "owner": (
        lambda seen: more(seen, "application_owners", {"id": OWNER.upper()}),
        value(Surface.APPLICATION_OWNERS, OWNER),
    ),
    "owner of the service principal": (
        lambda seen: more(seen, "service_principal_owners", {"id": OWNER}),
        value(Surface.SERVICE_PRINCIPAL_OWNERS, OWNER),
    ),
    "owner removed": (
        lambda seen: replace(seen, application_owners=()),
        ValueRemoved(Surface.APPLICATION_OWNERS, DEPLOYER),
    ),
    "audience": (
        lambda seen: principal(
            application(seen, signInAudience="AzureADMultipleOrgs"), signInAudience="AzureADMultipleOrgs"
        ),
        now(Surface.SIGN_IN_AUDIENCE, "AzureADMyOrg", "AzureADMultipleOrgs"),
    ),
    "redirect URI": (lambda seen: on_both(seen, "web", "replyUrls", [HOOK]), value(Surface.REDIRECT_URIS, HOOK)),
    "redirect URI of a page": (
        lambda seen: on_both(seen, "spa", "replyUrls", [HOOK]),
        value(Surface.REDIRECT_URIS, HOOK),
    ),
    "redirect URI of an installed program": (
        lambda seen: on_both(seen, "publicClient", "replyUrls", ["http://localhost"]),
        value(Surface.REDIRECT_URIS, "http://localhost"),
    ),
    "redirect URI among its settings alone": (
        lambda seen: inside(seen, "web", redirectUriSettings=[{"uri": HOOK, "index": None}]),
        value(Surface.REDIRECT_URIS, HOOK),
    ),
    "identifier URI": (
        lambda seen: principal(
            application(seen, identifierUris=["api://ise"]), servicePrincipalNames=["API://ise", CLIENT.upper()]
        ),
        value(Surface.IDENTIFIER_URIS, "api://ise"),
    ),
    "public client": (
        lambda seen: application(seen, isFallbackPublicClient=True),
        now(Surface.PUBLIC_CLIENT, "false", "true"),
    ),
    "app role": (
        lambda seen: principal(
            application(seen, appRoles=[{"id": ELSEWHERE, "value": "Read"}]),
            appRoles=[{"id": ELSEWHERE, "value": "Read"}],
        ),
        value(Surface.APP_ROLES, "Read"),
    ),
    "app role without a value": (
        lambda seen: principal(
            application(seen, appRoles=[{"id": ELSEWHERE, "value": None}]), appRoles=[{"id": ELSEWHERE, "value": None}]
        ),
        value(Surface.APP_ROLES, ELSEWHERE),
    ),
    "scope": (
        lambda seen: principal(
            inside(seen, "api", oauth2PermissionScopes=[{"id": ELSEWHERE, "value": "access"}]),
            oauth2PermissionScopes=[{"id": ELSEWHERE, "value": "access"}],
        ),
        value(Surface.SCOPES, "access"),
    ),
    "authorized client": (
        lambda seen: inside(
            seen, "api", preAuthorizedApplications=[{"appId": ELSEWHERE.upper(), "delegatedPermissionIds": []}]
        ),
        value(Surface.AUTHORIZED_CLIENTS, ELSEWHERE),
    ),
    "implicit grant": (
        lambda seen: inside(
            seen, "web", implicitGrantSettings={"enableIdTokenIssuance": True, "enableAccessTokenIssuance": False}
        ),
        value(SETTING, "web.implicitGrantSettings.enableIdTokenIssuance: true"),
    ),
    "known client": (
        lambda seen: inside(seen, "api", knownClientApplications=[ELSEWHERE]),
        value(SETTING, f"api.knownClientApplications: {ELSEWHERE}"),
    ),
    "mapped claims": (
        lambda seen: inside(seen, "api", acceptMappedClaims=True),
        value(SETTING, "api.acceptMappedClaims: true"),
    ),
    "optional claim": (
        lambda seen: application(seen, optionalClaims={"accessToken": [{"name": "groups", "essential": False}]}),
        value(SETTING, 'optionalClaims.accessToken: {"essential": false, "name": "groups"}'),
    ),
    "group claims": (
        lambda seen: application(seen, groupMembershipClaims="All"),
        value(SETTING, "groupMembershipClaims: All"),
    ),
    "token encryption": (
        lambda seen: application(seen, tokenEncryptionKeyId=ELSEWHERE),
        value(SETTING, f"tokenEncryptionKeyId: {ELSEWHERE}"),
    ),
    "Azure AD Graph let in again": (
        lambda seen: application(seen, authenticationBehaviors={"blockAzureADGraphAccess": False}),
        value(SETTING, "authenticationBehaviors.blockAzureADGraphAccess: false"),
    ),
    "native authentication": (
        lambda seen: application(seen, nativeAuthenticationApisEnabled="all"),
        value(SETTING, "nativeAuthenticationApisEnabled: all"),
    ),
    "application deactivated": (
        lambda seen: application(seen, isDisabled=True),
        now(Surface.APPLICATION_ENABLED, "true", "false"),
    ),
    "application taken out of service by Microsoft": (
        lambda seen: application(seen, disabledByMicrosoftStatus="DisabledDueToViolationOfServicesAgreement"),
        now(Surface.APPLICATION_ENABLED, "true", "false"),
    ),
    "application gone": (
        lambda seen: replace(seen, application=None, service_principal=None),
        now(Surface.APPLICATION, "present", "absent"),
    ),
    "application deleted": (
        lambda seen: replace(seen, application=None, service_principal=None, deleted={"id": APPLICATION}),
        now(Surface.APPLICATION, "present", "deleted"),
    ),
    "service principal gone": (
        lambda seen: replace(seen, service_principal=None),
        now(Surface.SERVICE_PRINCIPAL, "present", "absent"),
    ),
    "service principal disabled": (
        lambda seen: principal(seen, accountEnabled=False),
        now(Surface.SERVICE_PRINCIPAL_ENABLED, "true", "false"),
    ),
    "service principal deactivated": (
        lambda seen: principal(seen, isDisabled=True),
        now(Surface.SERVICE_PRINCIPAL_ENABLED, "true", "false"),
    ),
    "assignment required": (
        lambda seen: principal(seen, appRoleAssignmentRequired=True),
        value(OF_PRINCIPAL, "appRoleAssignmentRequired: true"),
    ),
    "SAML": (
        lambda seen: principal(seen, preferredSingleSignOnMode="saml"),
        value(OF_PRINCIPAL, "preferredSingleSignOnMode: saml"),
    ),
    "alternative name": (
        lambda seen: principal(seen, alternativeNames=["x"]),
        value(OF_PRINCIPAL, "alternativeNames: x"),
    ),
    "name of the service principal alone": (
        lambda seen: principal(seen, servicePrincipalNames=[CLIENT, "api://elsewhere"]),
        value(OF_PRINCIPAL, "servicePrincipalNames: api://elsewhere"),
    ),
    "address of the service principal alone": (
        lambda seen: principal(seen, replyUrls=[HOOK]),
        value(OF_PRINCIPAL, f"replyUrls: {HOOK}"),
    ),
    "app role of the service principal alone": (
        lambda seen: principal(seen, appRoles=[{"id": ELSEWHERE, "value": "Read"}]),
        value(OF_PRINCIPAL, "appRoles: Read"),
    ),
    "another home": (
        lambda seen: principal(seen, appOwnerOrganizationId=ELSEWHERE.upper()),
        value(OF_PRINCIPAL, f"appOwnerOrganizationId: {ELSEWHERE}"),
    ),
    "another type": (
        lambda seen: principal(seen, servicePrincipalType="Legacy"),
        value(OF_PRINCIPAL, "servicePrincipalType: Legacy"),
    ),
    "directory role": (
        lambda seen: more(seen, "directory_roles", ROLE),
        value(Surface.DIRECTORY_ROLES, "Assignment_1 Global Administrator on /"),
    ),
    "directory role that memberships show too": (
        lambda seen: more(
            more(seen, "directory_roles", ROLE),
            "memberships",
            object_of("directoryRole", roleTemplateId="62e90394-69f5-4237-9190-012177145e10"),
        ),
        value(Surface.DIRECTORY_ROLES, "Assignment_1 Global Administrator on /"),
    ),
    "directory role over one object": (
        lambda seen: more(
            seen, "directory_roles", {**ROLE, "directoryScopeId": f"/{ELSEWHERE}", "roleDefinition": None}
        ),
        value(Surface.DIRECTORY_ROLES, f"Assignment_1 role 62e90394-69f5-4237-9190-012177145e10 on /{ELSEWHERE}"),
    ),
    "directory role of a group it is in": (
        lambda seen: more(seen, "directory_roles", {**ROLE, "principalId": ELSEWHERE.upper()}),
        value(Surface.DIRECTORY_ROLES, f"Assignment_1 Global Administrator on / by way of the group {ELSEWHERE}"),
    ),
    "directory role that memberships alone show": (
        lambda seen: more(seen, "memberships", object_of("directoryRole", "Reader", roleTemplateId=ELSEWHERE)),
        value(Surface.DIRECTORY_ROLES, f"{ELSEWHERE} Reader by membership"),
    ),
    "group": (
        lambda seen: more(seen, "memberships", object_of("group", "Team", isAssignableToRole=True)),
        value(Surface.GROUPS, f"{ELSEWHERE} group Team, to which roles can be assigned"),
    ),
    "group of which nobody may see the name": (
        lambda seen: more(seen, "memberships", object_of("group", None)),
        value(Surface.GROUPS, f"{ELSEWHERE} group"),
    ),
    "administrative unit": (
        lambda seen: more(seen, "memberships", object_of("administrativeUnit", "Unit")),
        value(Surface.GROUPS, f"{ELSEWHERE} administrativeUnit Unit"),
    ),
    "owned object": (
        lambda seen: more(seen, "owned_objects", object_of("application", "Payroll")),
        value(Surface.OWNED_OBJECTS, f"{ELSEWHERE} application Payroll"),
    ),
    "policy": (
        lambda seen: more(seen, "policies", object_of("tokenLifetimePolicy", "Long")),
        value(Surface.POLICIES, f"{ELSEWHERE} tokenLifetimePolicy Long"),
    ),
    "delegated permission for one user": (
        lambda seen: more(seen, "delegated_grants", grant(GRAPH, "User.Read", user=USER.upper())),
        value(Surface.GRANTED_TO_USERS, f"User.Read on Microsoft Graph for user {USER}"),
    ),
}


@pytest.mark.parametrize(("change", "difference"), CHANGES.values(), ids=CHANGES)
def test_every_change_is_one_difference(
    declaration: Declaration, change: Callable[[Documents], Documents], difference: Difference
) -> None:
    seen = change(deployed(declaration))
    assert differences(declaration, seen) == [difference]
    assert observe(seen).not_understood == ()
