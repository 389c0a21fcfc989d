"""Application permissions granted: an app role of one service principal assigned to another (admin consent)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.graph.calls import Operation, Reply
from sandbox.graph.directory_objects import find_directory_object
from sandbox.graph.documents import opaque_id
from sandbox.graph.errors import bad_request, not_found
from sandbox.graph.odata import filtered, listing
from sandbox.graph.service_principals import SERVICE_PRINCIPALS

if TYPE_CHECKING:
    from sandbox.graph.calls import Call
    from sandbox.store import Document

KIND = "appRoleAssignment"
_NO_ROLE = "00000000-0000-0000-0000-000000000000"
_FILTERABLE = {"id": ("eq",), "principalId": ("eq",), "resourceId": ("eq",), "appRoleId": ("eq",)}
_MOST = 1500


def new_assignment(principal: Document, resource: Document, app_role_id: str, *, created: str) -> Document:
    """Return the assignment of a role of `resource` to `principal`, a service principal or a user."""
    return {
        "id": opaque_id(principal["id"], resource["id"], app_role_id),
        "deletedDateTime": None,
        "appRoleId": app_role_id,
        "createdDateTime": created,
        "principalDisplayName": principal["displayName"],
        "principalId": principal["id"],
        "principalType": "ServicePrincipal" if "appId" in principal else "User",
        "resourceDisplayName": resource["displayName"],
        "resourceId": resource["id"],
    }


def _create(call: Call, own_end: str) -> Reply:
    """Make the assignment sent; `own_end` is the property that must name the service principal of the path."""
    here = SERVICE_PRINCIPALS.find(call)
    ids = {name: _identifier(call, name) for name in ("principalId", "resourceId", "appRoleId")}
    if ids[own_end] != here["id"].lower():
        raise bad_request(f"The value of '{own_end}' does not match the service principal of the request.")
    principal, resource = _principal(call, ids["principalId"]), _resource(call, ids["resourceId"])
    _check_role(principal, resource, ids["appRoleId"])
    assignment = new_assignment(principal, resource, ids["appRoleId"], created=call.timestamp())
    if call.directory.assignment(principal["id"], resource["id"], ids["appRoleId"]) is not None:
        raise bad_request("Permission being assigned already exists on the object")
    if len(call.store.where(call.tenant_id, KIND, "principalId", principal["id"])) >= _MOST:
        raise bad_request(f"The limit of {_MOST} assignments has been reached.", code="Directory_QuotaExceeded")
    call.store.put(call.tenant_id, KIND, assignment["id"], assignment)
    return Reply(201, {"@odata.context": call.context("appRoleAssignments/$entity"), **assignment})


def _identifier(call: Call, name: str) -> str:
    value = call.body.get(name)
    if not isinstance(value, str) or not value:
        raise bad_request(f"A value is required for property '{name}' of resource 'AppRoleAssignment'.")
    return value.lower()


def _principal(call: Call, identifier: str) -> Document:
    found = find_directory_object(call, identifier)
    if found is None or found[0] in ("application", "group"):
        raise not_found(identifier)
    return found[1]


def _resource(call: Call, identifier: str) -> Document:
    resource = call.store.get(call.tenant_id, "servicePrincipal", identifier)
    if resource is None:
        raise not_found(identifier)
    return resource


def _check_role(principal: Document, resource: Document, app_role_id: str) -> None:
    member = "Application" if "appId" in principal else "User"
    for role in resource["appRoles"]:
        if role["id"].lower() == app_role_id and role["isEnabled"] and member in role["allowedMemberTypes"]:
            return
    if app_role_id != _NO_ROLE:
        raise bad_request(f"Permission being assigned was not found on application '{resource['displayName']}'")


def _operations(name: str, own_end: str) -> tuple[Operation, ...]:
    """Return the operations on one end's list; `own_end` is the assignment's property that names that end."""

    def list_(call: Call) -> Reply:
        here = SERVICE_PRINCIPALS.find(call)
        assignments = call.store.where(call.tenant_id, KIND, own_end, here["id"])
        return listing(call, filtered(call, assignments, _FILTERABLE), "appRoleAssignments", dict)

    def find(call: Call) -> Document:
        here, identifier = SERVICE_PRINCIPALS.find(call), call.path["assignment"]
        assignment = call.store.get(call.tenant_id, KIND, identifier)
        if assignment is None or assignment[own_end].lower() != here["id"].lower():
            raise not_found(identifier)
        return assignment

    def get(call: Call) -> Reply:
        return Reply(200, {"@odata.context": call.context("appRoleAssignments/$entity"), **find(call)})

    def create(call: Call) -> Reply:
        return _create(call, own_end)

    def delete(call: Call) -> Reply:
        call.store.delete(call.tenant_id, KIND, find(call)["id"])
        return Reply()

    path = f"/servicePrincipals/{{id}}/{name}"
    return (
        Operation("GET", path, list_),
        Operation("POST", path, create),
        Operation("GET", f"{path}/{{assignment}}", get),
        Operation("DELETE", f"{path}/{{assignment}}", delete),
    )


OPERATIONS = (
    *_operations("appRoleAssignments", "principalId"),
    *_operations("appRoleAssignedTo", "resourceId"),
)
