"""Changes of who may what: owners, permissions asked for and granted, roles, groups and policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.errors import InputError
from helpers.model import PermissionType
from helpers.permissions import MICROSOFT_GRAPH, UnknownName, find_api, find_permission
from sandbox.audit import consenting, recorded
from sandbox.directory_roles import ROLE_NAMES
from sandbox.entra.consent import grant_requested
from sandbox.entra.sign_in import tenant_at
from sandbox.graph.permission_grants import KIND as GRANT
from sandbox.identities import ADMINISTRATOR_ID, COLLEAGUE_ID
from sandbox.portal.change import Change

if TYPE_CHECKING:
    from sandbox.portal.desk import Desk
    from sandbox.store import Document

# What `resourceAccess` calls the two types.
TYPES = {PermissionType.APPLICATION: "Role", PermissionType.DELEGATED: "Scope"}


def _add_owner(desk: Desk, owner: str) -> None:
    somebody = owner or _nobody_yet(desk.application)
    desk.ask("POST", f"{desk.application_path}/owners/$ref", desk.reference(somebody))


def _add_principals_owner(desk: Desk, owner: str) -> None:
    somebody = owner or _nobody_yet(desk.principal)
    desk.ask("POST", f"{desk.principal_path}/owners/$ref", desk.reference(somebody))


def _nobody_yet(owned: Document) -> str:
    """Return a person who is no owner yet; the administrator where all others are."""
    return COLLEAGUE_ID if COLLEAGUE_ID not in owned["owners"] else ADMINISTRATOR_ID


def _remove_owner(desk: Desk, owner: str) -> None:
    desk.ask("DELETE", f"{desk.application_path}/owners/{_owner(desk, desk.application, owner)}/$ref")


def _remove_principals_owner(desk: Desk, owner: str) -> None:
    desk.ask("DELETE", f"{desk.principal_path}/owners/{_owner(desk, desk.principal, owner)}/$ref")


def _owner(desk: Desk, owned: Document, wanted: str) -> str:
    if not wanted and not owned["owners"]:
        raise InputError(desk.app_id, "has no owner", "add one first")
    return wanted or str(owned["owners"][0])


def _request(desk: Desk, permission: str) -> None:
    desk.change_application(requiredResourceAccess=_with(desk, permission, PermissionType.APPLICATION))


def _with(desk: Desk, name: str, type_: PermissionType) -> list[Document]:
    """Return what the application asks for, and one permission of Microsoft Graph more."""
    api, identifier = _permission(name, type_)
    access = {"id": identifier, "type": TYPES[type_]}
    present = desk.application["requiredResourceAccess"]
    if not any(each["resourceAppId"].lower() == api for each in present):
        return [*present, {"resourceAppId": api, "resourceAccess": [access]}]
    return [
        {**each, "resourceAccess": [*each["resourceAccess"], access]} if each["resourceAppId"].lower() == api else each
        for each in present
    ]


def _permission(name: str, type_: PermissionType) -> tuple[str, str]:
    """Return the ids of Microsoft Graph and of a permission of its."""
    try:
        found = find_permission(find_api(MICROSOFT_GRAPH), name, type_)
    except UnknownName as error:
        remedy = f"such as {', '.join(error.nearest)}" if error.nearest else "name one that the catalogue knows"
        raise InputError("--permission", f"Microsoft Graph has no {name!r} of that type here", remedy) from error
    return found.api, found.id


def _unrequest(desk: Desk) -> None:
    present = desk.application["requiredResourceAccess"]
    if not present:
        raise InputError(desk.app_id, "asks for no permission", "request one first")
    first = present[0]["resourceAccess"][1:]
    left = [{**present[0], "resourceAccess": first}] if first else []
    desk.change_application(requiredResourceAccess=[*left, *present[1:]])


def _grant_role(desk: Desk, permission: str) -> None:
    api, role = _permission(permission, PermissionType.APPLICATION)
    resource = (desk.directory.service_principal_by_app_id(api) or {})["id"]
    assignment = {"principalId": desk.principal["id"], "resourceId": resource, "appRoleId": role}
    desk.ask("POST", f"/servicePrincipals/{resource}/appRoleAssignedTo", assignment)


def _withdraw_role(desk: Desk) -> None:
    path = f"{desk.principal_path}/appRoleAssignments"
    granted = desk.ask("GET", path)["value"]
    if not granted:
        raise InputError(desk.app_id, "was granted no application permission", "consent first")
    desk.ask("DELETE", f"{path}/{granted[0]['id']}")


def _consent_for_all(desk: Desk, scope: str) -> None:
    _grant_scope(desk, scope, None)


def _consent_for_one(desk: Desk, scope: str, user: str) -> None:
    _grant_scope(desk, scope, user)


def _grant_scope(desk: Desk, scope: str, user: str | None) -> None:
    """Grant a delegated permission, beside what was granted before: Graph keeps one grant for each user and API."""
    api, _ = _permission(scope, PermissionType.DELEGATED)
    client, resource = desk.principal["id"], (desk.directory.service_principal_by_app_id(api) or {})["id"]
    present = desk.directory.grant(client, resource, user)
    if present is not None:
        desk.ask("PATCH", f"/oauth2PermissionGrants/{present['id']}", {"scope": f"{present['scope']} {scope}"})
        return
    to = {"consentType": "Principal", "principalId": user} if user else {"consentType": "AllPrincipals"}
    desk.ask("POST", "/oauth2PermissionGrants", {"clientId": client, "resourceId": resource, "scope": scope, **to})


def _withdraw_consent(desk: Desk) -> None:
    granted = desk.world.store.where(desk.tenant_id, GRANT, "clientId", desk.principal["id"])
    if not granted:
        raise InputError(desk.app_id, "was granted no delegated permission", "consent first")
    desk.ask("DELETE", f"/oauth2PermissionGrants/{granted[0]['id']}")


def _request_and_consent(desk: Desk, permission: str) -> None:
    _request(desk, permission)
    consent(desk)


def consent(desk: Desk) -> None:
    """Grant all that is asked for, by the portal's button: another service records it, from an address of its own."""
    tenant = tenant_at(desk.world.store, desk.cloud, desk.tenant_id)
    with recorded(desk.world, desk.directory, consenting(desk.directory, ADMINISTRATOR_ID)):
        grant_requested(tenant, desk.app_id, now=desk.world.now())


def _give_directory_role(desk: Desk, role: str) -> None:
    known = {name.lower(): identifier for identifier, name in ROLE_NAMES.items()}
    if role.lower() not in known:
        raise InputError("--role", f"there is no role {role!r} here", f"there are: {', '.join(ROLE_NAMES.values())}")
    body = {"principalId": desk.principal["id"], "roleDefinitionId": known[role.lower()], "directoryScopeId": "/"}
    desk.ask("POST", "/roleManagement/directory/roleAssignments", body)


def _join_group(desk: Desk, group: str) -> None:
    body = {"displayName": group, "mailEnabled": False, "mailNickname": "tier0", "securityEnabled": True}
    made = desk.ask("POST", "/groups", {**body, "isAssignableToRole": True})
    desk.ask("POST", f"/groups/{made['id']}/members/$ref", desk.reference(desk.principal["id"]))


def _own_another(desk: Desk, other: str) -> None:
    made = desk.ask("POST", "/applications", {"displayName": other})
    desk.ask("POST", f"/applications/{made['id']}/owners/$ref", desk.reference(desk.principal["id"]))


def _attach_token_lifetime(desk: Desk) -> None:
    definition = '{"TokenLifetimePolicy":{"Version":1,"AccessTokenLifetime":"23:59:00"}}'
    body = {"displayName": "A day", "definition": [definition], "isOrganizationDefault": False}
    made = desk.ask("POST", "/policies/tokenLifetimePolicies", body)
    desk.ask("POST", f"{desk.application_path}/tokenLifetimePolicies/$ref", desk.reference(made["id"]))


def _exempt_from_management(desk: Desk) -> None:
    made = desk.ask("POST", "/policies/appManagementPolicies", {"displayName": "Exempt", "isEnabled": True})
    desk.ask("POST", f"{desk.application_path}/appManagementPolicies/$ref", desk.reference(made["id"]))


_MORE = {"permission": "Directory.ReadWrite.All"}

CHANGES = (
    Change(
        "add-owner",
        "makes somebody an owner of the application",
        harmful=True,
        make=_add_owner,
        options={"owner": ""},
    ),
    Change(
        "add-owner-to-service-principal",
        "makes somebody an owner of the service principal",
        harmful=True,
        make=_add_principals_owner,
        options={"owner": ""},
    ),
    Change(
        "remove-owner",
        "removes an owner of the application, the deployer perhaps",
        harmful=True,
        make=_remove_owner,
        options={"owner": ""},
    ),
    Change(
        "remove-owner-of-service-principal",
        "removes an owner of the service principal",
        harmful=True,
        make=_remove_principals_owner,
        options={"owner": ""},
    ),
    Change(
        "request-permission", "asks for one application permission more", harmful=True, make=_request, options=_MORE
    ),
    Change("unrequest-permission", "asks for one permission less", harmful=True, make=_unrequest),
    Change(
        "grant-permission",
        "grants an application permission that is not asked for, which the portal's list never shows",
        harmful=True,
        make=_grant_role,
        options=_MORE,
    ),
    Change("withdraw-permission", "withdraws an application permission", harmful=True, make=_withdraw_role),
    Change(
        "consent-for-everyone",
        "grants a delegated permission for all users",
        harmful=True,
        make=_consent_for_all,
        options={"scope": "Application.ReadWrite.All"},
    ),
    Change(
        "consent-for-one-user",
        "grants a delegated permission for one user",
        harmful=True,
        make=_consent_for_one,
        options={"scope": "Application.ReadWrite.All", "user": COLLEAGUE_ID},
    ),
    Change("withdraw-consent", "withdraws delegated permissions", harmful=True, make=_withdraw_consent),
    Change(
        "request-and-consent",
        "asks for one application permission more and grants all, by the portal's button",
        harmful=True,
        make=_request_and_consent,
        options=_MORE,
    ),
    Change(
        "give-directory-role",
        "gives the service principal a directory role",
        harmful=True,
        make=_give_directory_role,
        options={"role": "Application Administrator"},
    ),
    Change(
        "join-group",
        "puts the service principal into a group that may hold directory roles",
        harmful=True,
        make=_join_group,
        options={"group": "Tier 0"},
    ),
    Change(
        "own-another-application",
        "makes the service principal the owner of another application",
        harmful=True,
        make=_own_another,
        options={"other": "Payroll"},
    ),
    Change(
        "attach-token-lifetime-policy",
        "lets the application's tokens live for a day",
        harmful=True,
        make=_attach_token_lifetime,
    ),
    Change(
        "exempt-from-management-policy",
        "puts the application under a management policy that forbids nothing",
        harmful=True,
        make=_exempt_from_management,
    ),
)
