"""What Graph shows of an application deployed as a file declares, in Graph's own words, changed where a test cares."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from helpers.comparing import Surface, compare, without_ids
from helpers.guids import GUID
from helpers.model import PermissionType, Seen
from helpers.observing import Documents, observe
from helpers.permissions import apis
from sandbox.graph.applications import mirrored, new_application
from sandbox.graph.service_principals import SERVICE_PRINCIPALS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpers.comparing import Difference
    from helpers.declaration.declaration import Declaration
    from helpers.model import Permission
    from helpers.observing import Document

CLIENT = "c11e0000-0000-4000-8000-00000000000c"
APPLICATION = "0b0e0000-0000-4000-8000-00000000000a"
PRINCIPAL = "0b0e0000-0000-4000-8000-00000000000b"
USER = "05e00000-0000-4000-8000-000000000001"


def deployed(declaration: Declaration) -> Documents:
    """Return what Graph shows once everything declared is deployed and consented to."""
    model = declaration.integration
    application = _application(declaration)
    resources = {_object_id(api.app_id): _api(api.app_id) for api in apis()}
    granted = sorted(_items(model.granted))
    return Documents(
        client_id=CLIENT,
        tenant_id=model.tenant_id,
        application=application,
        service_principal=_service_principal(application, model.tenant_id),
        application_owners=_owners(_items(model.application.owners)),
        service_principal_owners=_owners(_items(model.service_principal.owners)),
        app_role_assignments=tuple(assignment(each) for each in granted if each.type is PermissionType.APPLICATION),
        delegated_grants=tuple(_delegated(granted)),
        resources=resources,
    )


def key(declaration: Declaration, number: int = 0) -> Document:
    """Return the key credential of a declared certificate as an object shows it: without its key."""
    entry = declaration.certificates[number].certificate
    return {**entry.manifest_entry("key"), "customKeyIdentifier": entry.sha1_hex, "key": None}


def with_bytes(documents: Documents, declaration: Declaration) -> Documents:
    """Return documents with the bytes of the declared certificates, as `$select=keyCredentials` shows them."""
    entries = tuple(dict(each.certificate.manifest_entry("key")) for each in declaration.certificates)
    return replace(documents, key_credentials=entries)


def differences(declaration: Declaration, documents: Documents) -> list[Difference]:
    """Return what differs from the declaration, bytes that nobody asked for apart."""
    found = without_ids(compare(declaration.integration, observe(documents).integration))
    return [each for each in found if each.surface is not Surface.CERTIFICATE_BYTES]


def changed(documents: Documents, thing: str, **properties: Any) -> Documents:  # noqa: ANN401 — any JSON
    """Return documents with properties of the `application` or the `service_principal` set."""
    things: dict[str, Any] = {thing: {**deepcopy(getattr(documents, thing)), **properties}}
    return replace(documents, **things)


def application(documents: Documents, **properties: Any) -> Documents:  # noqa: ANN401 — any JSON
    """Return documents with properties of the application set."""
    return changed(documents, "application", **properties)


def principal(documents: Documents, **properties: Any) -> Documents:  # noqa: ANN401 — any JSON
    """Return documents with properties of the service principal set."""
    return changed(documents, "service_principal", **properties)


def more(documents: Documents, listing: str, *entries: Document) -> Documents:
    """Return documents with more entries in one of the lists."""
    lists: dict[str, Any] = {listing: (*getattr(documents, listing), *entries)}
    return replace(documents, **lists)


def assignment(permission: Permission, **properties: Any) -> Document:  # noqa: ANN401 — any JSON
    """Return an app role assignment of the service principal."""
    return {
        "id": f"assignment-of-{permission.id}",
        "appRoleId": permission.id,
        "createdDateTime": "2026-10-01T08:00:00.1234567Z",
        "principalId": PRINCIPAL,
        "principalType": "ServicePrincipal",
        "resourceDisplayName": "an API",
        "resourceId": _object_id(permission.api),
        **properties,
    }


def grant(api: str, scope: str, *, user: str | None = None) -> Document:
    """Return a delegated grant, for everybody or for one user."""
    return {
        "id": f"grant-of-{api}-{user}",
        "clientId": PRINCIPAL,
        "consentType": "Principal" if user else "AllPrincipals",
        "principalId": user,
        "resourceId": _object_id(api),
        "scope": scope,
    }


def password(key_id: str = "5ec00000-0000-4000-8000-000000000001") -> Document:
    """Return a client secret as Graph shows it."""
    return {
        "customKeyIdentifier": None,
        "displayName": "temp",
        "endDateTime": "2027-11-23T10:00:00.1234567Z",
        "hint": "abc",
        "keyId": key_id,
        "secretText": None,
        "startDateTime": "2026-11-23T10:00:00.1234567Z",
    }


def _items(side: object) -> frozenset[Any]:
    assert isinstance(side, Seen)
    found: frozenset[Any] = side.items
    return found


def _application(declaration: Declaration) -> Document:
    model = declaration.integration
    shown = new_application(
        {
            "id": APPLICATION,
            "appId": CLIENT,
            "displayName": _text(model.application.display_name),
            "notes": _text(model.application.notes) or None,
            "serviceManagementReference": _text(model.application.service_management_reference) or None,
            "createdDateTime": "2026-09-30T12:00:00Z",
            "publisherDomain": "contoso.example",
            "requiredResourceAccess": _required(sorted(_items(model.requested))),
            "keyCredentials": [key(declaration, number) for number in range(len(declaration.certificates))],
            "authenticationBehaviors": None,
        }
    )
    return {name: value for name, value in shown.items() if name not in ("owners", "federatedIdentityCredentials")}


def _text(side: object) -> str:
    assert isinstance(side, Seen)
    return str(side.items)


def _service_principal(application: Document, tenant_id: str) -> Document:
    own = {"id": PRINCIPAL, "appId": CLIENT, "appOwnerOrganizationId": tenant_id}
    shown = SERVICE_PRINCIPALS.new({**mirrored(application), **own})
    return {name: value for name, value in shown.items() if name in SERVICE_PRINCIPALS.shape}


def _required(permissions: Iterable[Permission]) -> list[Document]:
    by_api: dict[str, list[Document]] = {}
    for each in permissions:
        kind = "Role" if each.type is PermissionType.APPLICATION else "Scope"
        by_api.setdefault(each.api, []).append({"id": each.id, "type": kind})
    return [{"resourceAppId": api, "resourceAccess": access} for api, access in by_api.items()]


def _delegated(permissions: Iterable[Permission]) -> list[Document]:
    names: dict[str, list[str]] = {}
    for each in permissions:
        if each.type is PermissionType.DELEGATED:
            names.setdefault(each.api, []).append(_scope_name(each))
    return [grant(api, " ".join(scopes)) for api, scopes in names.items()]


def _scope_name(permission: Permission) -> str:
    scopes = _api(permission.api)["oauth2PermissionScopes"]
    return str(next(each["value"] for each in scopes if each["id"] == permission.id))


def _api(app_id: str) -> Document:
    api = next(each for each in apis() if each.app_id == app_id)
    scopes = [
        {"id": id_, "value": value}
        for (type_, value), id_ in api.permissions.items()
        if type_ is PermissionType.DELEGATED
    ]
    return {"id": _object_id(app_id), "appId": app_id, "displayName": api.name, "oauth2PermissionScopes": scopes}


def _object_id(app_id: str) -> str:
    assert GUID.fullmatch(app_id)
    return f"a9100000{app_id[8:]}".lower()


def _owners(ids: Iterable[str]) -> tuple[Document, ...]:
    return tuple({"@odata.type": "#microsoft.graph.servicePrincipal", "id": each} for each in sorted(ids))
