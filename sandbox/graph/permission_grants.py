"""Delegated permissions granted: the scopes one service principal may use on another, for all users or for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.graph.calls import Operation, Reply
from sandbox.graph.documents import opaque_id, without_annotations
from sandbox.graph.errors import bad_request, conflict, not_found
from sandbox.graph.odata import filtered, found, listing
from sandbox.graph.service_principals import SERVICE_PRINCIPALS

if TYPE_CHECKING:
    from sandbox.graph.calls import Call
    from sandbox.store import Document

KIND = "oauth2PermissionGrant"
_FILTERABLE = {
    "id": ("eq",),
    "clientId": ("eq",),
    "consentType": ("eq",),
    "principalId": ("eq",),
    "resourceId": ("eq",),
}
_LONGEST_SCOPE = 3850
# Required by beta and ignored since; accepted so that a client may send them.
_DATES = ("startTime", "expiryTime")


def _list(call: Call) -> Reply:
    return listing(call, found(call, KIND, _FILTERABLE), "oauth2PermissionGrants", dict)


def _list_of_client(call: Call) -> Reply:
    client = SERVICE_PRINCIPALS.find(call)
    grants = call.store.where(call.tenant_id, KIND, "clientId", client["id"])
    return listing(call, filtered(call, grants, _FILTERABLE), "oauth2PermissionGrants", dict)


def _find(call: Call) -> Document:
    grant = call.store.get(call.tenant_id, KIND, call.path["grant"])
    if grant is None:
        raise not_found(call.path["grant"])
    return grant


def _get(call: Call) -> Reply:
    return _shown(call, _find(call), status=200)


def _create(call: Call) -> Reply:
    sent = {name: value for name, value in without_annotations(call.body).items() if name not in _DATES}
    for name in ("clientId", "resourceId"):
        if call.store.get(call.tenant_id, "servicePrincipal", str(sent.get(name))) is None:
            raise not_found(str(sent.get(name)))
    principal = _principal(call, sent)
    ends = (sent["clientId"].lower(), sent["resourceId"].lower(), principal)
    grant = {
        "clientId": ends[0],
        "consentType": sent["consentType"],
        "id": opaque_id(*(end or "" for end in ends)),
        "principalId": principal,
        "resourceId": ends[1],
        "scope": _scope(sent),
    }
    if call.directory.grant(*ends) is not None:
        raise conflict("Permission entry already exists.")
    call.store.put(call.tenant_id, KIND, grant["id"], grant)
    return _shown(call, grant, status=201)


def _principal(call: Call, sent: Document) -> str | None:
    """Return the user a grant is for; None for all of them."""
    consent_type, principal = sent.get("consentType"), sent.get("principalId")
    if consent_type == "AllPrincipals" and principal is None:
        return None
    if consent_type != "Principal" or not isinstance(principal, str):
        raise bad_request("The values of properties 'consentType' and 'principalId' do not fit each other.")
    if call.store.get(call.tenant_id, "user", principal) is None:
        raise not_found(principal)
    return principal.lower()


def _scope(sent: Document) -> str:
    scope = sent.get("scope")
    if not isinstance(scope, str) or len(scope) > _LONGEST_SCOPE:
        raise bad_request("Invalid value specified for property 'scope' of resource 'OAuth2PermissionGrant'.")
    return scope


def _update(call: Call) -> Reply:
    grant = _find(call)
    sent = without_annotations(call.body)
    if set(sent) - {"scope", *_DATES}:
        raise bad_request("Only property 'scope' of resource 'OAuth2PermissionGrant' can be updated.")
    call.store.put(call.tenant_id, KIND, grant["id"], {**grant, "scope": _scope(sent)})
    return Reply()


def _delete(call: Call) -> Reply:
    call.store.delete(call.tenant_id, KIND, _find(call)["id"])
    return Reply()


def _shown(call: Call, grant: Document, *, status: int) -> Reply:
    return Reply(status, {"@odata.context": call.context("oauth2PermissionGrants/$entity"), **grant})


OPERATIONS = (
    Operation("GET", "/servicePrincipals/{id}/oauth2PermissionGrants", _list_of_client),
    Operation("GET", "/oauth2PermissionGrants", _list),
    Operation("POST", "/oauth2PermissionGrants", _create),
    Operation("GET", "/oauth2PermissionGrants/{grant}", _get),
    Operation("PATCH", "/oauth2PermissionGrants/{grant}", _update),
    Operation("DELETE", "/oauth2PermissionGrants/{grant}", _delete),
)
