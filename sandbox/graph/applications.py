"""Applications: an application's registration in its own tenant."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sandbox.graph import owners, relationships
from sandbox.graph.calls import Operation, Reply
from sandbox.graph.documents import new_id, without_annotations
from sandbox.graph.errors import bad_request
from sandbox.graph.expanding import OPTION
from sandbox.graph.removal import remove_application
from sandbox.graph.resources import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.graph.calls import Call
    from sandbox.store import Document

# Every property of an application, as a registration made with a name alone has them (graph-audit.md §A.1).
_SHAPE: Mapping[str, Any] = MappingProxyType(
    {
        "id": "",
        "deletedDateTime": None,
        "appId": "",
        "applicationTemplateId": None,
        "disabledByMicrosoftStatus": None,
        "createdByAppId": None,
        "createdDateTime": None,
        "displayName": "",
        "description": None,
        "groupMembershipClaims": None,
        "identifierUris": [],
        "isDeviceOnlyAuthSupported": None,
        "isDisabled": None,
        "isFallbackPublicClient": None,
        "nativeAuthenticationApisEnabled": None,
        "notes": None,
        "publisherDomain": None,
        "serviceManagementReference": None,
        "signInAudience": "AzureADMyOrg",
        "tags": [],
        "tokenEncryptionKeyId": None,
        "uniqueName": None,
        "samlMetadataUrl": None,
        "defaultRedirectUri": None,
        "certification": None,
        "optionalClaims": None,
        "requestSignatureVerification": None,
        "servicePrincipalLockConfiguration": None,
        "addIns": [],
        "api": {
            "acceptMappedClaims": None,
            "knownClientApplications": [],
            "requestedAccessTokenVersion": None,
            "oauth2PermissionScopes": [],
            "preAuthorizedApplications": [],
        },
        "appRoles": [],
        "info": {
            "logoUrl": None,
            "marketingUrl": None,
            "privacyStatementUrl": None,
            "supportUrl": None,
            "termsOfServiceUrl": None,
        },
        "keyCredentials": [],
        "parentalControlSettings": {"countriesBlockedForMinors": [], "legalAgeGroupRule": "Allow"},
        "passwordCredentials": [],
        "publicClient": {"redirectUris": []},
        "requiredResourceAccess": [],
        "verifiedPublisher": {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None},
        "web": {
            "homePageUrl": None,
            "logoutUrl": None,
            "redirectUris": [],
            "implicitGrantSettings": {"enableAccessTokenIssuance": False, "enableIdTokenIssuance": False},
            "redirectUriSettings": [],
        },
        "spa": {"redirectUris": []},
    }
)
_ON_REQUEST = (
    "authenticationBehaviors",
    "managerApplications",
    # beta's own
    "connectorGroup",
    "oauth2RequirePostResponse",
    "onPremisesPublishing",
    "signInAudienceRestrictions",
    "windows",
)
_READ_ONLY = ("id", "appId", "createdByAppId", "createdDateTime", "deletedDateTime", "publisherDomain")
_AUDIENCES = (
    "AzureADMyOrg",
    "AzureADMultipleOrgs",
    "AzureADandPersonalMicrosoftAccount",
    "PersonalMicrosoftAccount",
)
# `appId in (…)` is documented for service principals only (graph-audit.md §0 point 7).
_FILTERABLE = MappingProxyType(
    {
        "id": ("eq", "in"),
        "appId": ("eq",),
        "displayName": ("eq", "in", "startswith"),
        "createdDateTime": ("eq",),
        "signInAudience": ("eq", "in", "startswith"),
        "uniqueName": ("eq",),
    }
)
_LONGEST_NAME = 256
_MOST_APIS = 50
_MOST_PERMISSIONS = 400


APPLICATIONS = Resource(
    kind="application",
    shape=_SHAPE,
    hidden=MappingProxyType({"owners": [], "federatedIdentityCredentials": []}),
    on_request=_ON_REQUEST,
    read_only=_READ_ONLY,
    filterable=_FILTERABLE,
    related={
        "owners": relationships.owners,
        "federatedIdentityCredentials": relationships.federated_credentials,
    },
)


def new_application(document: Document) -> Document:
    """Return a complete application: what is given over what a registration has by default."""
    return APPLICATIONS.new({"appId": new_id(), **document})


def _create(call: Call) -> Reply:
    sent = without_annotations(call.body)
    if not sent.get("displayName"):
        raise bad_request("A value is required for property 'displayName' of resource 'Application'.")
    own = {
        "createdDateTime": call.timestamp(),
        "createdByAppId": call.caller.app_id,
        "publisherDomain": f"{call.tenant_id}.onmicrosoft.com",
        "owners": owners.first_owners(call),
    }
    document = _changed(new_application(own), sent)
    location = f"{call.cloud.graph}/v2/{call.tenant_id}/directoryObjects/{document['id']}"
    return APPLICATIONS.created(call, document, Location=f"{location}/Microsoft.DirectoryServices.Application")


def _update(call: Call) -> Reply:
    changed = _changed(APPLICATIONS.find(call), without_annotations(call.body))
    APPLICATIONS.keep(call, changed)
    _follow(call, changed)
    return Reply()


def _delete(call: Call) -> Reply:
    remove_application(call, APPLICATIONS.find(call))
    return Reply()


def _changed(document: Document, sent: Document) -> Document:
    """Return an application with what was sent, or raise Graph's 400 for the first thing wrong with it."""
    result = APPLICATIONS.changed(document, sent)
    _check(result)
    return result


def _check(document: Document) -> None:
    name = document["displayName"]
    if not isinstance(name, str) or not 1 <= len(name) <= _LONGEST_NAME:
        raise _invalid("displayName")
    if document["signInAudience"] not in _AUDIENCES:
        raise _invalid("signInAudience")
    required = document["requiredResourceAccess"]
    accesses = [access for api in required for access in api.get("resourceAccess", ())]
    if any(access.get("type") not in ("Role", "Scope") for access in accesses):
        raise _invalid("requiredResourceAccess")
    if len(required) > _MOST_APIS or len(accesses) > _MOST_PERMISSIONS:
        raise bad_request("The limit of required resources or permissions has been reached.")


def _invalid(name: str) -> Exception:
    return bad_request(f"Invalid value specified for property '{name}' of resource 'Application'.")


def mirrored(application: Document) -> Document:
    """Return what a service principal repeats of its application, under its own names."""
    redirects = [*application["web"]["redirectUris"], *application["spa"]["redirectUris"]]
    return {
        "appDescription": application["description"],
        "appDisplayName": application["displayName"],
        "appRoles": application["appRoles"],
        "displayName": application["displayName"],
        "homepage": application["web"]["homePageUrl"],
        "info": application["info"],
        "logoutUrl": application["web"]["logoutUrl"],
        "oauth2PermissionScopes": application["api"]["oauth2PermissionScopes"],
        "replyUrls": [*redirects, *application["publicClient"]["redirectUris"]],
        "servicePrincipalNames": [*application["identifierUris"], application["appId"]],
        "signInAudience": application["signInAudience"],
    }


def _follow(call: Call, application: Document) -> None:
    service_principal = call.directory.service_principal_by_app_id(application["appId"])
    if service_principal is not None:
        changed = {**service_principal, **mirrored(application)}
        call.store.put(call.tenant_id, "servicePrincipal", changed["id"], changed)


OPERATIONS = (
    Operation("GET", "/applications", APPLICATIONS.list_, options=(OPTION,)),
    Operation("GET", "/applications/$count", APPLICATIONS.count),
    Operation("POST", "/applications", _create),
    Operation("GET", "/applications/{id}", APPLICATIONS.get, APPLICATIONS.find, options=(OPTION,)),
    Operation("PATCH", "/applications/{id}", _update, APPLICATIONS.find),
    Operation("DELETE", "/applications/{id}", _delete, APPLICATIONS.find),
    *owners.operations(APPLICATIONS),
)
