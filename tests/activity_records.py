"""Records of the audit log as Graph writes them, with its spelling and JSON inside JSON; every value is invented."""

from __future__ import annotations

import json
from typing import Any

from helpers.comparing.differences import CredentialAdded
from helpers.model import Credential, CredentialKind, Holder, NotSeen, Permission, PermissionType
from helpers.permissions import MICROSOFT_GRAPH, find_api, find_permission
from helpers.surfaces import Surface

Record = dict[str, Any]

APPLICATION = "a0000000-0000-4000-8000-000000000001"
SERVICE_PRINCIPAL = "a0000000-0000-4000-8000-000000000002"
OURS = (APPLICATION, SERVICE_PRINCIPAL)
OTHER_APPLICATION = "b0000000-0000-4000-8000-000000000001"
OTHER_SERVICE_PRINCIPAL = "b0000000-0000-4000-8000-000000000002"
GRAPH = "c0000000-0000-4000-8000-000000000003"  # the API's service principal in the tenant
GRAPH_NAMES = "00000003-0000-0000-c000-000000000000;https://graph.example"
ALICE, ALICE_ID = "alice@contoso.example", "d0000000-0000-4000-8000-000000000001"
DEPLOYER_ID = "d0000000-0000-4000-8000-000000000002"
ADDRESS = "198.51.100.23"
SERVICE_ADDRESS = "20.190.159.99"
WHEN = "2026-11-23T14:02:03.1234567Z"

KEY_1, KEY_2 = "e0000000-0000-4000-8000-000000000001", "e0000000-0000-4000-8000-000000000002"
BOB_ID = "d0000000-0000-4000-8000-00000000000b"
OTHER_ID = "f0000000-0000-4000-8000-000000000009"
READ_ALL = find_permission(find_api(MICROSOFT_GRAPH), "Directory.Read.All", PermissionType.APPLICATION)
USER_READ = find_permission(find_api(MICROSOFT_GRAPH), "User.Read", PermissionType.DELEGATED)
UNKNOWN_SCOPE = Permission(READ_ALL.api, "Printer.Read", PermissionType.DELEGATED)
GROUP = "f0000000-0000-4000-8000-000000000001"

SECRETS = "Update application – Certificates and secrets management "
OWNER_ADDED = "Add owner to application"


def by_alice(address: str | None = ADDRESS, display_name: str | None = None) -> Record:
    user = {"id": ALICE_ID.upper(), "displayName": display_name, "userPrincipalName": ALICE, "ipAddress": address}
    return {"user": user, "app": None}


def by_deployer(app_id: str | None = None) -> Record:
    return {"user": None, "app": {"appId": app_id, "displayName": "Deploy", "servicePrincipalId": DEPLOYER_ID}}


def record(activity: str, *targets: Record, correlation: str = "", **changes: object) -> Record:
    """Return a successful one of Alice's, changed where a test cares."""
    given = {
        "id": f"Directory_{correlation}_1",
        "activityDateTime": WHEN,
        "activityDisplayName": activity,
        "category": "ApplicationManagement",
        "operationType": "Update",
        "result": "success",
        "correlationId": correlation,
        "loggedByService": "Core Directory",
        "initiatedBy": by_alice(),
        "targetResources": list(targets),
        "additionalDetails": [{"key": "User-Agent", "value": "Mozilla/5.0"}],
    }
    return {**given, **changes}


def target(identifier: str, kind: str, *properties: Record, name: str = "Cisco ISE") -> Record:
    return {"id": identifier, "displayName": name, "type": kind, "modifiedProperties": list(properties)}


def application(*properties: Record, identifier: str = APPLICATION) -> Record:
    return target(identifier, "Application", *properties)


def service_principal(*properties: Record, identifier: str = SERVICE_PRINCIPAL) -> Record:
    return target(identifier, "ServicePrincipal", *properties)


def modified(name: str, before: object, after: object) -> Record:
    """Return a property; None for a side that the log leaves out, else anything, written as JSON in text."""
    old, new = (None if side is None else json.dumps(side) for side in (before, after))
    return {"displayName": name, "oldValue": old, "newValue": new}


def key(identifier: str, name: str = "psn-01", *, type_: str = "AsymmetricX509Cert") -> str:
    return f"[KeyIdentifier={identifier},KeyType={type_},KeyUsage=Verify,DisplayName={name}]"


def keys(before: list[str], after: list[str]) -> Record:
    return modified("KeyDescription", before, after)


def included(names: str) -> Record:
    return modified("Included Updated Properties", None, names)


def role_given(
    role_id: str, value: str, *, client: str = SERVICE_PRINCIPAL, api: str = GRAPH, verb: str = "Add"
) -> Record:
    """Return the assignment of an app role: its target is the API, and only the values name who got it."""
    to = "to" if verb == "Add" else "from"
    properties = (
        modified("AppRole.Id", None, role_id),
        modified("AppRole.Value", None, value),
        modified("ServicePrincipal.ObjectID", None, client),
        modified("TargetId.ServicePrincipalNames", None, GRAPH_NAMES),
    )
    resource = target(api, "ServicePrincipal", *properties, name="Microsoft Graph")
    return record(f"{verb} app role assignment {to} service principal", resource)


def scopes_given(
    verb: str,
    before: str | None,
    after: str | None,
    *,
    client: str = SERVICE_PRINCIPAL,
    user: str = "",
    **changes: Any,  # noqa: ANN401 — any field
) -> Record:
    properties = (
        modified("DelegatedPermissionGrant.Scope", before, after),
        modified("DelegatedPermissionGrant.ConsentType", None, "Principal" if user else "AllPrincipals"),
        modified("DelegatedPermissionGrant.PrincipalId", None, user),
        modified("ServicePrincipal.ObjectID", None, client),
    )
    api = target(GRAPH, "ServicePrincipal", *properties, name="Microsoft Graph")
    return record(f"{verb} delegated permission grant", api, **changes)


def consent(permissions: str, **changes: Any) -> Record:  # noqa: ANN401 — any field
    """Return a consent, which another service writes down from its own address."""
    properties = (
        modified("ConsentContext.IsAdminConsent", None, "True"),
        modified("ConsentAction.Permissions", None, permissions),
    )
    by = by_alice(SERVICE_ADDRESS, "Azure ESTS Service")
    return record("Consent to application", service_principal(*properties), **{"initiatedBy": by, **changes})


def owner(verb: str, owner_id: str, *, owned: str = APPLICATION, kind: str = "application") -> Record:
    """Return a new owner, or one less: the owner is the first target, and the second what is owned."""
    sides = (None, owned) if verb == "Add" else (owned, None)
    name = "Application" if kind == "application" else "ServicePrincipal"
    who = target(owner_id, "User", modified(f"{name}.ObjectID", *sides), name="Bob")
    to = "to" if verb == "Add" else "from"
    return record(f"{verb} owner {to} {kind}", who, target(owned, name))


def member(verb: str, what: str, identifier: str, name: str) -> Record:
    """Return that our service principal came under a directory role or a group."""
    sides = (None, identifier) if verb == "Add" else (identifier, None)
    names = (None, name) if verb == "Add" else (name, None)
    kind = what.capitalize()
    us = service_principal(modified(f"{kind}.ObjectID", *sides), modified(f"{kind}.DisplayName", *names))
    to = "to" if verb == "Add" else "from"
    return record(f"{verb} member {to} {what}", us, target(identifier, kind, name=name))


def credential(
    kind: CredentialKind = CredentialKind.CERTIFICATE, key_id: str = KEY_1, holder: Holder = Holder.APPLICATION
) -> Credential:
    return Credential(kind, holder, key_id, NotSeen("not asked"))


def added(**which: Any) -> CredentialAdded:  # noqa: ANN401 — any field
    return CredentialAdded(Surface.CREDENTIALS, credential(**which))


SECRET_ADDED = record(SECRETS, application(keys([key(KEY_2)], [key(KEY_2), key(KEY_1, type_="Password")])))
CERTIFICATE_ADDED = record(SECRETS, application(keys([], [key(KEY_1)])))
PRINCIPAL_KEY_ADDED = record("Add service principal credentials", service_principal(keys([], [key(KEY_1)])))
ROLE_GIVEN = role_given(READ_ALL.id, "Directory.Read.All")
ADDRESSES = modified("AppAddress", [], [{"AddressType": 0, "Address": "https://attacker.example/"}])
REQUESTED = modified("RequiredResourceAccess", [], [{"ResourceAppId": "x", "P": [{"EntitlementId": READ_ALL.id}]}])
