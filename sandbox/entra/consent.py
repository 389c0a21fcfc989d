"""Admin consent: what an application asks for becomes what it was granted, as when an administrator says yes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from helpers.moments import second
from sandbox.entra.refusals import Refused
from sandbox.entra.sign_in import client_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sandbox.entra.sign_in import Client, Tenant
    from sandbox.store import Document

_UNNAMED = "(unknown permission)"


@dataclass(frozen=True)
class Requested:
    """One permission that an application asks for: of which API, application (`Role`) or delegated (`Scope`)."""

    api: Document
    permission_id: str
    value: str
    delegated: bool


def requested_permissions(tenant: Tenant, app_id: str) -> list[Requested]:
    """Return what the application's registration asks for, in its order.

    Raises Refused where the application or one of the APIs is not in the tenant.
    """
    return list(_requested(client_of(tenant, app_id)))


def grant_requested(tenant: Tenant, app_id: str, *, now: datetime) -> list[Requested]:
    """Grant all that the application asks for, in documents as Graph shows them; return what that was.

    What was granted before stays, and is not granted twice.
    """
    client = client_of(tenant, app_id)
    if client.service_principal is None:
        raise Refused(7000229, **client.details)
    requested = list(_requested(client))
    for permission in requested:
        if not permission.delegated:
            _assign(tenant, client.service_principal, permission, now)
    for api in _apis_of([permission for permission in requested if permission.delegated]):
        scopes = [known.value for known in requested if known.delegated and known.api["id"] == api["id"]]
        _grant_scopes(tenant, client.service_principal, api, scopes)
    return requested


def render_consent_page(tenant: Tenant, app_id: str) -> str:
    """Return the page an administrator would see: who asks, and for what."""
    client = client_of(tenant, app_id)
    rows = "".join(
        f"<tr><td>{escape(permission.api['displayName'])}<td>{escape(permission.value)}"
        f"<td>{'delegated' if permission.delegated else 'application'}"
        for permission in _requested(client)
    )
    name = escape(client.application.get("displayName") or client.app_id)
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Permissions requested</title>"
        f"<h1>Permissions requested</h1><p><strong>{name}</strong> ({escape(client.app_id)}) asks in"
        f" <strong>{escape(tenant.name)}</strong> for:"
        f"<table><thead><tr><th>API<th>Permission<th>Type<tbody>{rows}</table>"
        "<p>This is the sandbox: an administrator grants this by posting to this address with the token of the"
        " sandbox's folder (<code>admin-token</code>).</html>"
    )


def _requested(client: Client) -> Iterator[Requested]:
    for entry in client.application.get("requiredResourceAccess") or ():
        api = client.tenant.directory.service_principal_by_app_id(entry["resourceAppId"])
        if api is None:
            app_id = entry["resourceAppId"]
            raise Refused(650052, resource=app_id, resource_app=app_id, **client.details)
        for access in entry["resourceAccess"]:
            delegated = access["type"] == "Scope"
            offered = api.get("oauth2PermissionScopes" if delegated else "appRoles") or ()
            names = {permission["id"].lower(): permission["value"] for permission in offered}
            value = names.get(access["id"].lower(), _UNNAMED)
            yield Requested(api, access["id"], value, delegated)


def _apis_of(permissions: list[Requested]) -> list[Document]:
    return list({permission.api["id"]: permission.api for permission in permissions}.values())


def _assign(tenant: Tenant, principal: Document, permission: Requested, now: datetime) -> None:
    directory = tenant.directory
    assigned = {
        (known["principalId"].lower(), known["resourceId"].lower(), known["appRoleId"].lower())
        for known in directory.store.all(tenant.id, "appRoleAssignment")
    }
    api = permission.api
    if (principal["id"].lower(), api["id"].lower(), permission.permission_id.lower()) in assigned:
        return
    document = {
        "id": _new_grant_id(),
        "deletedDateTime": None,
        "appRoleId": permission.permission_id,
        "createdDateTime": second(now),
        "principalDisplayName": principal.get("displayName"),
        "principalId": principal["id"],
        "principalType": "ServicePrincipal",
        "resourceDisplayName": api.get("displayName"),
        "resourceId": api["id"],
    }
    directory.store.put(tenant.id, "appRoleAssignment", document["id"], document)


def _grant_scopes(tenant: Tenant, principal: Document, api: Document, scopes: list[str]) -> None:
    """Grant delegated permissions for everyone; Graph keeps one such grant per client and API."""
    store = tenant.directory.store
    grant: Document = {
        "id": _new_grant_id(),
        "clientId": principal["id"],
        "consentType": "AllPrincipals",
        "principalId": None,
        "resourceId": api["id"],
        "scope": "",
    }
    for known in store.all(tenant.id, "oauth2PermissionGrant"):
        keys = ("clientId", "resourceId", "consentType")
        if all(known[key].lower() == grant[key].lower() for key in keys):
            grant = known
    present = (grant.get("scope") or "").split()
    together = [*present, *(scope for scope in scopes if scope not in present)]
    store.put(tenant.id, "oauth2PermissionGrant", grant["id"], {**grant, "scope": " ".join(together)})


def _new_grant_id() -> str:
    """Return an id as Graph gives assignments and grants: 43 characters of base64url, not a UUID."""
    return secrets.token_urlsafe(32)
