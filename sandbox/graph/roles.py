"""Directory roles: what they are called, and to whom they are assigned, at which scope."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from sandbox.directory_roles import ROLE_NAMES
from sandbox.graph.calls import Operation, Reply
from sandbox.graph.directory_objects import find_directory_object, shown_directory_object
from sandbox.graph.documents import opaque_id, without_annotations
from sandbox.graph.errors import bad_request, not_found
from sandbox.graph.expanding import OPTION, requested
from sandbox.graph.odata import filtered, found, listing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.graph.calls import Call
    from sandbox.store import Document

_DEFINITION, _ASSIGNMENT = "roleDefinition", "roleAssignment"
_ENTITY = "roleManagement/directory"
_TENANT = "/"


def _microsofts(identifier: str, name: str) -> Document:
    return {
        "id": identifier,
        "description": name,
        "displayName": name,
        "isBuiltIn": True,
        "isEnabled": True,
        "resourceScopes": [_TENANT],
        "rolePermissions": [],
        "templateId": identifier,
        "version": "1",
    }


MICROSOFTS: Mapping[str, Document] = MappingProxyType(
    {identifier: _microsofts(identifier, name) for identifier, name in ROLE_NAMES.items()}
)


def _definitions(call: Call) -> Reply:
    every = [*MICROSOFTS.values(), *call.store.all(call.tenant_id, _DEFINITION)]
    filterable = dict.fromkeys(("id", "displayName", "templateId", "isBuiltIn"), ("eq", "in"))
    return listing(call, filtered(call, every, filterable), f"{_ENTITY}/roleDefinitions", dict)


def _definition(call: Call, identifier: str) -> Document:
    definition = MICROSOFTS.get(identifier.lower()) or call.store.get(call.tenant_id, _DEFINITION, identifier)
    if definition is None:
        raise not_found(identifier)
    return definition


def _get_definition(call: Call) -> Reply:
    context = call.context(f"{_ENTITY}/roleDefinitions/$entity")
    return Reply(200, {"@odata.context": context, **_definition(call, call.path["id"])})


def _assignments(call: Call) -> Reply:
    filterable = dict.fromkeys(("principalId", "roleDefinitionId", "directoryScopeId"), ("eq",))
    assignments = found(call, _ASSIGNMENT, filterable)
    expanded = requested(call, _EXPANDABLE)
    return listing(call, assignments, f"{_ENTITY}/roleAssignments", lambda one: _shown(call, one, expanded))


def _assignment(call: Call) -> Document:
    assignment = call.store.get(call.tenant_id, _ASSIGNMENT, call.path["assignment"])
    if assignment is None:
        raise not_found(call.path["assignment"])
    return assignment


def _get_assignment(call: Call) -> Reply:
    shown = _shown(call, _assignment(call), requested(call, _EXPANDABLE))
    return Reply(200, {"@odata.context": call.context(f"{_ENTITY}/roleAssignments/$entity"), **shown})


_EXPANDABLE = ("roleDefinition", "principal")


def _shown(call: Call, assignment: Document, expanded: str | None) -> Document:
    if expanded == "roleDefinition":
        return {**assignment, expanded: _definition(call, assignment["roleDefinitionId"])}
    if expanded == "principal":
        return {**assignment, expanded: shown_directory_object(call, assignment["principalId"])}
    return assignment


def _create(call: Call) -> Reply:
    sent = without_annotations(call.body)
    names = ("principalId", "roleDefinitionId", "directoryScopeId")
    if not all(isinstance(sent.get(name), str) for name in names):
        raise bad_request(f"Values are required for properties {', '.join(names)}.")
    ends = {name: sent[name].lower() for name in names}
    _check_principal(call, ends["principalId"])
    _definition(call, ends["roleDefinitionId"])
    assignment = {"id": opaque_id(*ends.values()), **ends}
    if call.store.get(call.tenant_id, _ASSIGNMENT, assignment["id"]) is not None:
        raise bad_request(
            "A conflicting object with one or more of the specified property values is present in the directory."
        )
    call.store.put(call.tenant_id, _ASSIGNMENT, assignment["id"], assignment)
    return Reply(201, {"@odata.context": call.context(f"{_ENTITY}/roleAssignments/$entity"), **assignment})


def _check_principal(call: Call, identifier: str) -> None:
    principal = find_directory_object(call, identifier)
    if principal is None or principal[0] == "application":
        raise not_found(identifier)
    if principal[0] == "group" and not principal[1]["isAssignableToRole"]:
        raise bad_request("The group is not eligible for role assignment: isAssignableToRole is not set.")


def _delete(call: Call) -> Reply:
    call.store.delete(call.tenant_id, _ASSIGNMENT, _assignment(call)["id"])
    return Reply()


_PATH = f"/{_ENTITY}/roleAssignments"
OPERATIONS = (
    Operation("GET", f"/{_ENTITY}/roleDefinitions", _definitions),
    Operation("GET", f"/{_ENTITY}/roleDefinitions/{{id}}", _get_definition),
    Operation("GET", _PATH, _assignments, options=(OPTION,)),
    Operation("POST", _PATH, _create),
    Operation("GET", f"{_PATH}/{{assignment}}", _get_assignment, options=(OPTION,)),
    Operation("DELETE", f"{_PATH}/{{assignment}}", _delete),
)
