"""Groups, as far as an application's service principal can be put into one."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sandbox.graph.calls import Operation, Reply
from sandbox.graph.directory_objects import find_directory_object, page, referenced, shown_directory_object
from sandbox.graph.documents import check_properties, new_id, without_annotations
from sandbox.graph.errors import bad_request, not_found
from sandbox.graph.odata import filtered, found, listing, projected, selection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.graph.calls import Call
    from sandbox.store import Document

KIND = "group"
_SHAPE: Mapping[str, Any] = MappingProxyType(
    {
        "id": "",
        "deletedDateTime": None,
        "createdDateTime": None,
        "description": None,
        "displayName": "",
        "groupTypes": [],
        "isAssignableToRole": None,
        "mailEnabled": False,
        "mailNickname": "",
        "securityEnabled": True,
    }
)
_HIDDEN = ("members", "owners")
_REQUIRED = ("displayName", "mailEnabled", "mailNickname", "securityEnabled")


def _find(call: Call) -> Document:
    group = call.store.get(call.tenant_id, KIND, call.path["id"])
    if group is None:
        raise not_found(call.path["id"])
    return group


def _shown(call: Call, group: Document) -> Document:
    return projected(group, selection(call), resource=KIND, hidden=_HIDDEN, on_request=())


def _list(call: Call) -> Reply:
    groups = found(call, KIND, {"id": ("eq", "in"), "displayName": ("eq", "in", "startswith")})
    return listing(call, groups, "groups", lambda group: _shown(call, group))


def _get(call: Call) -> Reply:
    return Reply(200, {"@odata.context": call.context("groups/$entity"), **_shown(call, _find(call))})


def _create(call: Call) -> Reply:
    sent = without_annotations(call.body)
    check_properties(KIND, sent, _SHAPE)
    for name in _REQUIRED:
        if sent.get(name) in (None, ""):
            raise bad_request(f"A value is required for property '{name}' of resource 'Group'.")
    made = {"id": new_id(), "createdDateTime": call.timestamp(), "members": [], "owners": []}
    group = {**_SHAPE, **sent, **made}
    call.store.put(call.tenant_id, KIND, group["id"], group)
    return Reply(201, {"@odata.context": call.context("groups/$entity"), **_shown(call, group)})


def _members(call: Call) -> Reply:
    present = [member for member in _find(call)["members"] if find_directory_object(call, member) is not None]
    return page(call, filtered(call, [shown_directory_object(call, member) for member in present], {}))


def _add_member(call: Call) -> Reply:
    group, (kind, member) = _find(call), referenced(call, call.body.get("@odata.id"))
    if kind == "application":
        raise bad_request("The reference target 'Application' is invalid for the 'members' reference.")
    if member["id"] in group["members"]:
        raise bad_request(
            "One or more added object references already exist for the following modified properties: 'members'."
        )
    return _keep(call, group, [*group["members"], member["id"]])


def _remove_member(call: Call) -> Reply:
    group, member = _find(call), call.path["member"].lower()
    if member not in group["members"]:
        raise not_found(member)
    return _keep(call, group, [other for other in group["members"] if other != member])


def _keep(call: Call, group: Document, members: list[str]) -> Reply:
    call.store.put(call.tenant_id, KIND, group["id"], {**group, "members": members})
    return Reply()


OPERATIONS = (
    Operation("GET", "/groups", _list),
    Operation("POST", "/groups", _create),
    Operation("GET", "/groups/{id}", _get),
    Operation("GET", "/groups/{id}/members", _members),
    Operation("POST", "/groups/{id}/members/$ref", _add_member),
    Operation("DELETE", "/groups/{id}/members/{member}/$ref", _remove_member),
)
