"""Any object of the directory by its id, and the tenant itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.graph.authorization import GROUP_READERS, ROLE_READERS, USER_READERS
from sandbox.graph.calls import Operation, Reply
from sandbox.graph.errors import bad_request, not_found
from sandbox.graph.odata import listing, selection

if TYPE_CHECKING:
    from collections.abc import Collection

    from sandbox.graph.calls import Call
    from sandbox.store import Document

_KINDS = ("servicePrincipal", "user", "application", "group")
# What Graph shows of each where it stands in a list of objects of any kind; the whole is behind its own address.
_SHOWN = {
    "servicePrincipal": ("id", "deletedDateTime", "appId", "displayName", "servicePrincipalType", "accountEnabled"),
    "application": ("id", "deletedDateTime", "appId", "displayName"),
    "user": ("id", "displayName", "userPrincipalName", "mail"),
    "group": ("id", "deletedDateTime", "displayName", "description", "securityEnabled", "isAssignableToRole"),
    "directoryRole": ("id", "deletedDateTime", "displayName", "description", "roleTemplateId"),
}
# Beyond that a list shows what $select names; here with what an object has by default.
_SELECTABLE = {"user": {"accountEnabled": True}}
# Who may see more than that there is one (Graph's "limited information" rule); the others are seen by who gets here.
_READERS = {"user": USER_READERS, "group": GROUP_READERS, "directoryRole": ROLE_READERS}


def find_directory_object(call: Call, identifier: str) -> tuple[str, Document] | None:
    """Return the kind and the document of an object, or None."""
    for kind in _KINDS:
        document = call.store.get(call.tenant_id, kind, identifier)
        if document is not None:
            return kind, document
    return None


def referenced_id(reference: object) -> str:
    """Return the id (lower case) in a reference such as `https://graph…/v1.0/directoryObjects/<id>`, or raise a 400."""
    if not isinstance(reference, str):
        raise bad_request("The reference property '@odata.id' is missing or invalid.")
    return reference.rstrip("/").rpartition("/")[2].lower()


def referenced(call: Call, reference: object) -> tuple[str, Document]:
    """Return the kind and the document of the object in a reference; raise Graph's 400 or 404."""
    identifier = referenced_id(reference)
    found = find_directory_object(call, identifier)
    if found is None:
        raise not_found(identifier)
    return found


def may_see(call: Call, kind: str) -> bool:
    """Say whether the caller may see more of an object of this kind than its id."""
    readers = _READERS.get(kind)
    return readers is None or call.caller.is_administrator or not readers.isdisjoint(call.caller.roles)


def shown_directory_object(call: Call, identifier: str, *, select: Collection[str] = ()) -> Document:
    """Return what the caller may see of an object, and of what $select names; of one that is gone, its id."""
    found = find_directory_object(call, identifier)
    if found is None:
        return {"@odata.type": "#microsoft.graph.directoryObject", "id": identifier}
    return shown_as(call, *found, select=select)


def shown_as(call: Call, kind: str, document: Document, *, select: Collection[str] = ()) -> Document:
    """Return what the caller may see of an object where it stands in a list: what it may not see is null."""
    selectable = _SELECTABLE.get(kind, {})
    seen = {**selectable, **document} if may_see(call, kind) else {"id": document["id"]}
    names = (*_SHOWN[kind], *(name for name in selectable if name in select))
    return {"@odata.type": f"#microsoft.graph.{kind}", **{name: seen.get(name) for name in names}}


def page(call: Call, objects: list[Document]) -> Reply:
    """Return a page of objects as `shown_as` shows them, less what $select leaves out."""
    names = {"@odata.type", *selection(call)} if selection(call) else None
    return listing(
        call,
        objects,
        "directoryObjects",
        lambda shown: {name: value for name, value in shown.items() if names is None or name in names},
    )


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
