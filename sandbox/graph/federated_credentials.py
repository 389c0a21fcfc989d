"""Federated identity credentials: another issuer's tokens accepted instead of a certificate or a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.graph.applications import APPLICATIONS
from sandbox.graph.calls import Operation, Reply
from sandbox.graph.documents import check_properties, new_id, without_annotations
from sandbox.graph.errors import bad_request, conflict, not_found
from sandbox.graph.odata import filtered, listing
from sandbox.graph.relationships import FLEXIBLE, federated_properties, shown_federated

if TYPE_CHECKING:
    from sandbox.graph.calls import Call
    from sandbox.store import Document

_LIST = "federatedIdentityCredentials"
_MOST = 20


def _list(call: Call) -> Reply:
    credentials = filtered(call, APPLICATIONS.find(call)[_LIST], {"name": ("eq",), "subject": ("eq",)})
    return listing(call, credentials, _LIST, lambda credential: shown_federated(call, credential))


def _get(call: Call) -> Reply:
    return Reply(200, shown_federated(call, _find(call)))


def _create(call: Call) -> Reply:
    application, sent = APPLICATIONS.find(call), without_annotations(call.body)
    credential = {"id": new_id(), "description": None, **_checked(call, sent)}
    for name in ("name", "issuer"):
        if not credential.get(name):
            raise bad_request(f"A value is required for property '{name}' of resource 'FederatedIdentityCredential'.")
    if len(application[_LIST]) >= _MOST:
        raise bad_request(f"The limit of {_MOST} federated identity credentials has been reached.")
    _check_unique(application, credential)
    _keep(call, application, [*application[_LIST], credential])
    return Reply(
        201, {"@odata.context": call.context(f"applications/{_LIST}/$entity"), **shown_federated(call, credential)}
    )


def _update(call: Call) -> Reply:
    application, credential = APPLICATIONS.find(call), _find(call)
    changed = {**credential, **_checked(call, without_annotations(call.body)), "id": credential["id"]}
    if changed["name"] != credential["name"]:
        raise bad_request("Property 'name' is read-only and cannot be set.")
    _check_unique(application, changed)
    _keep(call, application, [changed if other is credential else other for other in application[_LIST]])
    return Reply()


def _delete(call: Call) -> Reply:
    application, credential = APPLICATIONS.find(call), _find(call)
    _keep(call, application, [other for other in application[_LIST] if other is not credential])
    return Reply()


def _find(call: Call) -> Document:
    """Return the credential a path names, by id or by name."""
    wanted = call.path["credential"].lower()
    for credential in APPLICATIONS.find(call)[_LIST]:
        if wanted in (credential["id"].lower(), credential["name"].lower()):
            found: Document = credential
            return found
    raise not_found(call.path["credential"])


def _checked(call: Call, sent: Document) -> Document:
    check_properties("federatedIdentityCredential", sent, federated_properties(call))
    audiences = sent.get("audiences", ["api://AzureADTokenExchange"])
    if not isinstance(audiences, list) or len(audiences) != 1:
        raise bad_request("Exactly one value is required for property 'audiences'.")
    return {"audiences": audiences, **{name: value for name, value in sent.items() if name != "id"}}


def _check_unique(application: Document, credential: Document) -> None:
    for other in application[_LIST]:
        if other["id"] == credential["id"]:
            continue
        same_source = all(other.get(name) == credential.get(name) for name in ("issuer", "subject", FLEXIBLE))
        if other["name"] == credential["name"] or same_source:
            raise conflict("FederatedIdentityCredential with this name, or issuer and subject, already exists.")


def _keep(call: Call, application: Document, credentials: list[Document]) -> None:
    APPLICATIONS.keep(call, {**application, _LIST: credentials})


_PATH = f"/applications/{{id}}/{_LIST}"
OPERATIONS = (
    Operation("GET", _PATH, _list, APPLICATIONS.find),
    Operation("POST", _PATH, _create, APPLICATIONS.find),
    Operation("GET", f"{_PATH}/{{credential}}", _get, APPLICATIONS.find),
    Operation("PATCH", f"{_PATH}/{{credential}}", _update, APPLICATIONS.find),
    Operation("DELETE", f"{_PATH}/{{credential}}", _delete, APPLICATIONS.find),
)
