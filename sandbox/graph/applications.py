"""Applications: an application's registration in its own tenant."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sandbox.graph import key_credentials, owners
from sandbox.graph.calls import Operation, Reply
from sandbox.graph.documents import check_properties, check_read_only, merged, new_id, without_annotations
from sandbox.graph.errors import bad_request, not_found
from sandbox.graph.odata import found, listing, projected, selection
from sandbox.graph.password_credentials import repeated, without_secrets
from sandbox.graph.removal import remove_application

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.graph.calls import Call
    from sandbox.store import Document

# Every property of an application, as a registration made with a name alone has them (graph-audit.md §A.1).
SHAPE: Mapping[str, Any] = MappingProxyType(
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
_HIDDEN = ("owners", "federatedIdentityCredentials")
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


def find_application(call: Call) -> Document:
    """Return the application a path names, by id or by `appId=`; raise Graph's 404."""
    identifier = call.path["id"]
    name, _, key = identifier.partition("=")
    if name.lower() == "appid":
        document = call.directory.application_by_app_id(key)
    else:
        document = call.store.get(call.tenant_id, "application", identifier)
    if document is None:
        raise not_found(identifier)
    return document


def new_application(document: Document) -> Document:
    """Return a complete application: what is given over what a registration has by default."""
    defaults = {"owners": [], "federatedIdentityCredentials": [], "id": new_id(), "appId": new_id()}
    return merged({**SHAPE, **defaults}, document)


def shown_application(call: Call, document: Document, *, select: list[str], single: bool) -> Document:
    """Return what Graph shows of an application.

    Certificates are in the answer to `$select=keyCredentials` for one object; of lists Microsoft's pages say yes and
    no (graph-audit.md §0 point 2), so a client must live with no.
    """
    with_key = single and "keycredentials" in (name.lower() for name in select)
    visible = {
        **SHAPE,
        **document,
        "keyCredentials": [key_credentials.shown(entry, with_key=with_key) for entry in document["keyCredentials"]],
        "passwordCredentials": without_secrets(document["passwordCredentials"]),
    }
    result = projected(visible, select, resource="application", hidden=_HIDDEN, on_request=_ON_REQUEST)
    return {"@odata.context": call.context("applications/$entity"), **result} if single else result


def _list(call: Call) -> Reply:
    select = selection(call)
    documents = found(call, "application", _FILTERABLE)
    return listing(
        call,
        documents,
        "applications",
        lambda document: shown_application(call, document, select=select, single=False),
    )


def _get(call: Call) -> Reply:
    return Reply(200, shown_application(call, find_application(call), select=selection(call), single=True))


def _create(call: Call) -> Reply:
    sent = without_annotations(call.body)
    if not sent.get("displayName"):
        raise bad_request("A value is required for property 'displayName' of resource 'Application'.")
    own = {
        "id": new_id(),
        "appId": new_id(),
        "createdDateTime": call.timestamp(),
        "createdByAppId": call.caller.app_id,
        "publisherDomain": f"{call.tenant_id}.onmicrosoft.com",
        "owners": owners.first_owners(call),
    }
    document = _changed(new_application(own), {name: value for name, value in sent.items() if name not in own})
    call.store.put(call.tenant_id, "application", document["id"], document)
    location = f"{call.cloud.graph}/v2/{call.tenant_id}/directoryObjects/{document['id']}"
    content = shown_application(call, document, select=[], single=True)
    return Reply(201, content, {"Location": f"{location}/Microsoft.DirectoryServices.Application"})


def _update(call: Call) -> Reply:
    document = find_application(call)
    changed = _changed(document, without_annotations(call.body))
    call.store.put(call.tenant_id, "application", document["id"], changed)
    _follow(call, changed)
    return Reply()


def _delete(call: Call) -> Reply:
    remove_application(call, find_application(call))
    return Reply()


def _changed(document: Document, sent: Document) -> Document:
    """Return an application with what was sent, or raise Graph's 400 for the first thing wrong with it."""
    check_properties("application", sent, (*SHAPE, *_ON_REQUEST))
    check_read_only(document, sent, _READ_ONLY)
    plain = {name: value for name, value in sent.items() if name not in _READ_ONLY}
    if "keyCredentials" in plain:
        plain["keyCredentials"] = key_credentials.updated(document["keyCredentials"], plain["keyCredentials"])
    if "passwordCredentials" in plain:
        plain["passwordCredentials"] = repeated(document["passwordCredentials"], plain["passwordCredentials"])
    result = merged(document, plain)
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


# What a service principal repeats of its application, under its own names.
def mirrored(application: Document) -> Document:
    """Return the properties that a service principal takes from its application."""
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
    Operation("GET", "/applications", _list),
    Operation("POST", "/applications", _create),
    Operation("GET", "/applications/{id}", _get, find_application),
    Operation("PATCH", "/applications/{id}", _update, find_application),
    Operation("DELETE", "/applications/{id}", _delete, find_application),
    *owners.operations("applications", "application", find_application),
)
