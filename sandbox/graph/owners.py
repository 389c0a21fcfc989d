"""Owners of applications and service principals: ids kept in the object, checked when they are added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.graph.authorization import OWNED
from sandbox.graph.calls import Operation, Reply
from sandbox.graph.directory_objects import may_see, page, referenced, shown_directory_object
from sandbox.graph.errors import bad_request, denied, not_found
from sandbox.graph.odata import filtered, selection

if TYPE_CHECKING:
    from sandbox.graph.calls import Call
    from sandbox.graph.resources import Resource
    from sandbox.store import Document

_MOST = 100
_MOST_AT_CREATION = 20
_BINDING = "owners@odata.bind"


def first_owners(call: Call) -> list[str]:
    """Return the owners of a new object: those its creator names, and the creator if its permission is about owning.

    The recorded requests, made with Application.ReadWrite.All, add the creator afterwards and are let.
    """
    bound = call.body.get(_BINDING, [])
    if not isinstance(bound, list) or len(bound) > _MOST_AT_CREATION:
        raise bad_request(f"At most {_MOST_AT_CREATION} references can be bound with '{_BINDING}'.")
    owners: list[str] = []
    for reference in bound:
        owner = _referenced(call, reference)
        if owner not in owners:
            owners.append(owner)
    if OWNED in call.caller.roles and call.caller.object_id not in owners:
        owners.append(call.caller.object_id)
    return owners


def operations(resource: Resource) -> tuple[Operation, ...]:
    """Return the operations on the owners of one kind of object."""

    def list_(call: Call) -> Reply:
        candidates = [{"id": owner} for owner in resource.find(call)["owners"]]
        owners = filtered(call, candidates, {"id": ("eq", "in")})
        select = selection(call)
        return page(call, [shown_directory_object(call, owner["id"], select=select) for owner in owners])

    def add(call: Call) -> Reply:
        document = resource.find(call)
        owner = _referenced(call, call.body.get("@odata.id"))
        if owner in document["owners"]:
            raise bad_request(
                "One or more added object references already exist for the following modified properties: 'owners'."
            )
        if len(document["owners"]) >= _MOST:
            raise bad_request(f"The limit of {_MOST} owners has been reached.", code="Directory_QuotaExceeded")
        return _keep(call, document, [*document["owners"], owner])

    def remove(call: Call) -> Reply:
        document, owner = resource.find(call), call.path["owner"].lower()
        if owner not in document["owners"]:
            raise not_found(owner)
        return _keep(call, document, [other for other in document["owners"] if other != owner])

    def _keep(call: Call, document: Document, owners: list[str]) -> Reply:
        resource.keep(call, {**document, "owners": owners})
        return Reply()

    path = f"/{resource.collection}/{{id}}/owners"
    return (
        Operation("GET", path, list_, resource.find),
        Operation("POST", f"{path}/$ref", add, resource.find),
        Operation("DELETE", f"{path}/{{owner}}/$ref", remove, resource.find),
    )


def _referenced(call: Call, reference: object) -> str:
    """Return the id (lower case) of the owner that a reference names."""
    kind, owner = referenced(call, reference)
    if kind not in ("servicePrincipal", "user"):
        raise bad_request(f"The reference target '{kind.capitalize()}' is invalid for the 'owners' reference.")
    # The provider's documentation: "User.Read.All when including user principals in the owners".
    if not may_see(call, kind):
        raise denied()
    return str(owner["id"]).lower()
