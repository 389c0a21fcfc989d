"""Any object of the directory by its id, and the tenant itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.graph.authorization import USER_READERS
from sandbox.graph.calls import Operation, Reply
from sandbox.graph.errors import not_found
from sandbox.graph.odata import listing

if TYPE_CHECKING:
    from sandbox.graph.calls import Call
    from sandbox.store import Document

_KINDS = ("servicePrincipal", "user", "application")
# What Graph shows of each where it stands in a list of objects of any kind; the whole is behind its own address.
_SHOWN = {
    "servicePrincipal": ("id", "deletedDateTime", "appId", "displayName", "servicePrincipalType", "accountEnabled"),
    "application": ("id", "deletedDateTime", "appId", "displayName"),
    "user": ("id", "displayName", "userPrincipalName", "mail"),
}


def find_directory_object(call: Call, identifier: str) -> tuple[str, Document] | None:
    """Return the kind and the document of an object, or None."""
    for kind in _KINDS:
        document = call.store.get(call.tenant_id, kind, identifier)
        if document is not None:
            return kind, document
    return None


def may_see_users(call: Call) -> bool:
    """Say whether the caller may see more of a user than its id."""
    return call.caller.is_administrator or not USER_READERS.isdisjoint(call.caller.roles)


def shown_directory_object(call: Call, identifier: str) -> Document:
    """Return what the caller may see of an object; of one that is gone, its id."""
    found = find_directory_object(call, identifier)
    if found is None:
        return {"@odata.type": "#microsoft.graph.directoryObject", "id": identifier}
    kind, document = found
    names = _SHOWN[kind] if kind != "user" or may_see_users(call) else ("id",)
    return {"@odata.type": f"#microsoft.graph.{kind}", **{name: document.get(name) for name in names}}


def _get(call: Call) -> Reply:
    identifier = call.path["id"]
    if find_directory_object(call, identifier) is None:
        raise not_found(identifier)
    return Reply(
        200,
        {"@odata.context": call.context("directoryObjects/$entity"), **shown_directory_object(call, identifier)},
    )


def _organizations(call: Call) -> Reply:
    return listing(call, [_tenant(call)], "organization", dict)


def _organization(call: Call) -> Reply:
    if call.path["id"].lower() != call.tenant_id.lower():
        raise not_found(call.path["id"])
    return Reply(200, {"@odata.context": call.context("organization/$entity"), **_tenant(call)})


def _tenant(call: Call) -> Document:
    tenant = call.store.get("", "tenant", call.tenant_id) or {}
    return {"id": call.tenant_id, "displayName": tenant.get("displayName"), "tenantType": "AAD"}


OPERATIONS = (
    Operation("GET", "/directoryObjects/{id}", _get),
    Operation("GET", "/organization", _organizations),
    Operation("GET", "/organization/{id}", _organization),
)
