"""Service principals: what an application is in one tenant, Microsoft's own included."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sandbox.directory import directories
from sandbox.graph import owners, relationships
from sandbox.graph.applications import mirrored
from sandbox.graph.calls import Operation, Reply
from sandbox.graph.directory_objects import page
from sandbox.graph.documents import without_annotations
from sandbox.graph.errors import bad_request, conflict
from sandbox.graph.expanding import OPTION
from sandbox.graph.odata import filtered, listing
from sandbox.graph.removal import remove_service_principal
from sandbox.graph.resources import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.graph.calls import Call
    from sandbox.graph.errors import GraphError
    from sandbox.graph.relationships import Related
    from sandbox.store import Document

# Every property of a service principal, as one made with an `appId` alone has them (graph-audit.md §A.2).
_SHAPE: Mapping[str, Any] = MappingProxyType(
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


SERVICE_PRINCIPALS = Resource(
    kind="servicePrincipal",
    shape=_SHAPE,
    hidden=MappingProxyType({"owners": [], "endpoints": []}),
    on_request=_ON_REQUEST,
    read_only=_READ_ONLY,
    filterable=_FILTERABLE,
    related={
        "owners": relationships.owners,
        "memberOf": relationships.member_of,
        "ownedObjects": relationships.owned_objects,
        "appRoleAssignments": relationships.granted("appRoleAssignment", "principalId"),
        "appRoleAssignedTo": relationships.granted("appRoleAssignment", "resourceId"),
        "tokenLifetimePolicies": relationships.policies("tokenLifetimePolicy"),
        "claimsMappingPolicies": relationships.policies("claimsMappingPolicy"),
        "homeRealmDiscoveryPolicies": relationships.policies("homeRealmDiscoveryPolicy"),
    },
)


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


def name_in_use(app_id: str) -> GraphError:
    """Return the refusal of a second service principal of an application in a tenant."""
    return conflict(
        "The service principal cannot be created, updated, or restored because the service principal name "
        f"{app_id} is already in use."
    )


def _create(call: Call) -> Reply:
    application = _backing_application(call)
    if call.directory.service_principal_by_app_id(application["appId"]) is not None:
        raise name_in_use(application["appId"])
    own = {
        **mirrored(application),
        "appId": application["appId"],
        "appOwnerOrganizationId": application["appOwnerOrganizationId"],
        "createdByAppId": call.caller.app_id,
        "createdDateTime": call.timestamp(),
        "owners": owners.first_owners(call),
    }
    sent = {name: value for name, value in without_annotations(call.body).items() if name != "appId"}
    return SERVICE_PRINCIPALS.created(call, SERVICE_PRINCIPALS.changed(SERVICE_PRINCIPALS.new(own), sent))


def _update(call: Call) -> Reply:
    document = SERVICE_PRINCIPALS.find(call)
    SERVICE_PRINCIPALS.keep(call, SERVICE_PRINCIPALS.changed(document, without_annotations(call.body)))
    return Reply()


def _delete(call: Call) -> Reply:
    remove_service_principal(call, SERVICE_PRINCIPALS.find(call))
    return Reply()


def _endpoints(call: Call) -> Reply:
    document = SERVICE_PRINCIPALS.find(call)
    return listing(call, document["endpoints"], f"servicePrincipals('{document['id']}')/endpoints", dict)


def _lister(name: str, related: Related) -> Operation:
    def list_(call: Call) -> Reply:
        return page(call, filtered(call, related(call, SERVICE_PRINCIPALS.find(call)), {}))

    return Operation("GET", f"/servicePrincipals/{{id}}/{name}", list_, SERVICE_PRINCIPALS.find)


OPERATIONS = (
    Operation("GET", "/servicePrincipals", SERVICE_PRINCIPALS.list_, options=(OPTION,)),
    Operation("GET", "/servicePrincipals/$count", SERVICE_PRINCIPALS.count),
    Operation("POST", "/servicePrincipals", _create, _backing_application),
    Operation("GET", "/servicePrincipals/{id}", SERVICE_PRINCIPALS.get, SERVICE_PRINCIPALS.find, options=(OPTION,)),
    Operation("PATCH", "/servicePrincipals/{id}", _update, SERVICE_PRINCIPALS.find),
    Operation("DELETE", "/servicePrincipals/{id}", _delete, SERVICE_PRINCIPALS.find),
    Operation("GET", "/servicePrincipals/{id}/endpoints", _endpoints, SERVICE_PRINCIPALS.find),
    *owners.operations(SERVICE_PRINCIPALS),
    _lister("memberOf", relationships.member_of),
    _lister("transitiveMemberOf", relationships.transitive_member_of),
    _lister("ownedObjects", relationships.owned_objects),
)
