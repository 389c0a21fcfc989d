"""Service principals: what an application is in one tenant, Microsoft's own included."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sandbox.directory import directories
from sandbox.graph import key_credentials, owners
from sandbox.graph.applications import mirrored
from sandbox.graph.calls import Operation, Reply
from sandbox.graph.documents import check_properties, check_read_only, merged, new_id, without_annotations
from sandbox.graph.errors import bad_request, conflict, not_found
from sandbox.graph.odata import found, listing, projected, selection
from sandbox.graph.password_credentials import repeated, without_secrets
from sandbox.graph.removal import remove_service_principal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.graph.calls import Call
    from sandbox.store import Document

# Every property of a service principal, as one made with an `appId` alone has them (graph-audit.md §A.2).
SHAPE: Mapping[str, Any] = MappingProxyType(
    {
        "id": "",
        "deletedDateTime": None,
        "accountEnabled": True,
        "alternativeNames": [],
        "appDescription": None,
        "appDisplayName": None,
        "appId": "",
        "applicationTemplateId": None,
        "appOwnerOrganizationId": None,
        "appRoleAssignmentRequired": False,
        "createdByAppId": None,
        "createdDateTime": None,
        "description": None,
        "disabledByMicrosoftStatus": None,
        "displayName": "",
        "homepage": None,
        "isDisabled": None,
        "loginUrl": None,
        "logoutUrl": None,
        "notes": None,
        "notificationEmailAddresses": [],
        "preferredSingleSignOnMode": None,
        "preferredTokenSigningKeyThumbprint": None,
        "replyUrls": [],
        "servicePrincipalNames": [],
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMyOrg",
        "tags": [],
        "tokenEncryptionKeyId": None,
        "samlMetadataUrl": None,
        "samlSingleSignOnSettings": None,
        "addIns": [],
        "appRoles": [],
        "info": {
            "logoUrl": None,
            "marketingUrl": None,
            "privacyStatementUrl": None,
            "supportUrl": None,
            "termsOfServiceUrl": None,
        },
        "keyCredentials": [],
        "oauth2PermissionScopes": [],
        "passwordCredentials": [],
        "resourceSpecificApplicationPermissions": [],
        "verifiedPublisher": {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None},
    }
)
_ON_REQUEST = ("customSecurityAttributes",)
_HIDDEN = ("owners", "endpoints")
_READ_ONLY = ("id", "appId", "appOwnerOrganizationId", "createdByAppId", "createdDateTime", "deletedDateTime")
_FILTERABLE = MappingProxyType(
    {
        "id": ("eq", "in"),
        "appId": ("eq", "in"),
        "displayName": ("eq", "in", "startswith"),
        "servicePrincipalType": ("eq", "in"),
        "accountEnabled": ("eq", "in"),
        "appOwnerOrganizationId": ("eq", "in"),
    }
)


def find_service_principal(call: Call) -> Document:
    """Return the service principal a path names, by id or by `appId=` as ISE does; raise Graph's 404."""
    identifier = call.path["id"]
    name, _, key = identifier.partition("=")
    if name.lower() == "appid":
        document = call.directory.service_principal_by_app_id(key)
    else:
        document = call.store.get(call.tenant_id, "servicePrincipal", identifier)
    if document is None:
        raise not_found(identifier)
    return document


def new_service_principal(document: Document) -> Document:
    """Return a complete service principal: what is given over what one has by default."""
    return merged({**SHAPE, "owners": [], "endpoints": [], "id": new_id()}, document)


def shown_service_principal(call: Call, document: Document, *, select: list[str], single: bool) -> Document:
    """Return what Graph shows of a service principal; certificates as `shown_application` has it."""
    with_key = single and "keycredentials" in (name.lower() for name in select)
    visible = {
        **SHAPE,
        **document,
        "keyCredentials": [key_credentials.shown(entry, with_key=with_key) for entry in document["keyCredentials"]],
        "passwordCredentials": without_secrets(document["passwordCredentials"]),
    }
    result = projected(visible, select, resource="servicePrincipal", hidden=_HIDDEN, on_request=_ON_REQUEST)
    return {"@odata.context": call.context("servicePrincipals/$entity"), **result} if single else result


def _list(call: Call) -> Reply:
    select = selection(call)
    documents = found(call, "servicePrincipal", _FILTERABLE)
    return listing(
        call,
        documents,
        "servicePrincipals",
        lambda document: shown_service_principal(call, document, select=select, single=False),
    )


def _get(call: Call) -> Reply:
    document = find_service_principal(call)
    return Reply(200, shown_service_principal(call, document, select=selection(call), single=True))


def _backing_application(call: Call) -> Document:
    """Return the application of the `appId` sent: this tenant's, or another's that is open to all tenants."""
    app_id = call.body.get("appId")
    if not isinstance(app_id, str) or not app_id:
        raise bad_request("A value is required for property 'appId' of resource 'ServicePrincipal'.")
    for directory in (call.directory, *directories(call.store)):
        application = directory.application_by_app_id(app_id) if directory.cloud == call.directory.cloud else None
        if application is None:
            continue
        if directory.tenant_id == call.tenant_id or application["signInAudience"] != "AzureADMyOrg":
            return {**application, "appOwnerOrganizationId": directory.tenant_id}
    raise bad_request(
        f"The appId '{app_id}' of the service principal does not reference a valid application object.",
        code="NoBackingApplicationObject",
    )


def _create(call: Call) -> Reply:
    application = _backing_application(call)
    if call.directory.service_principal_by_app_id(application["appId"]) is not None:
        raise conflict(
            "The service principal cannot be created, updated, or restored because the service principal name "
            f"{application['appId']} is already in use."
        )
    own = {
        **mirrored(application),
        "appId": application["appId"],
        "appOwnerOrganizationId": application["appOwnerOrganizationId"],
        "createdByAppId": call.caller.app_id,
        "createdDateTime": call.timestamp(),
        "owners": owners.first_owners(call),
    }
    sent = {name: value for name, value in without_annotations(call.body).items() if name != "appId"}
    document = _changed(new_service_principal(own), sent)
    call.store.put(call.tenant_id, "servicePrincipal", document["id"], document)
    return Reply(201, shown_service_principal(call, document, select=[], single=True))


def _update(call: Call) -> Reply:
    document = find_service_principal(call)
    changed = _changed(document, without_annotations(call.body))
    call.store.put(call.tenant_id, "servicePrincipal", document["id"], changed)
    return Reply()


def _changed(document: Document, sent: Document) -> Document:
    check_properties("servicePrincipal", sent, (*SHAPE, *_ON_REQUEST))
    check_read_only(document, sent, _READ_ONLY)
    plain = {name: value for name, value in sent.items() if name not in _READ_ONLY}
    if "keyCredentials" in plain:
        plain["keyCredentials"] = key_credentials.updated(document["keyCredentials"], plain["keyCredentials"])
    if "passwordCredentials" in plain:
        plain["passwordCredentials"] = repeated(document["passwordCredentials"], plain["passwordCredentials"])
    return merged(document, plain)


def _delete(call: Call) -> Reply:
    remove_service_principal(call, find_service_principal(call))
    return Reply()


def _endpoints(call: Call) -> Reply:
    document = find_service_principal(call)
    return listing(call, document["endpoints"], f"servicePrincipals('{document['id']}')/endpoints", dict)


OPERATIONS = (
    Operation("GET", "/servicePrincipals", _list),
    Operation("POST", "/servicePrincipals", _create, _backing_application),
    Operation("GET", "/servicePrincipals/{id}", _get, find_service_principal),
    Operation("PATCH", "/servicePrincipals/{id}", _update, find_service_principal),
    Operation("DELETE", "/servicePrincipals/{id}", _delete, find_service_principal),
    Operation("GET", "/servicePrincipals/{id}/endpoints", _endpoints, find_service_principal),
    *owners.operations("servicePrincipals", "servicePrincipal", find_service_principal),
)
