"""Deleted applications and service principals: listed, restored or gone for good within 30 days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.graph.applications import APPLICATIONS
from sandbox.graph.calls import Operation, Reply
from sandbox.graph.errors import bad_request, not_found
from sandbox.graph.odata import filtered
from sandbox.graph.service_principals import SERVICE_PRINCIPALS, name_in_use

if TYPE_CHECKING:
    from sandbox.graph.calls import Call
    from sandbox.graph.resources import Resource
    from sandbox.store import Document

_KEPT = timedelta(days=30)
# Where each kind rests.
_KINDS = ((APPLICATIONS, "deletedApplication"), (SERVICE_PRINCIPALS, "deletedServicePrincipal"))
_FILTERABLE = {"id": ("eq", "in"), "appId": ("eq",), "displayName": ("eq", "startswith")}


def _lister(resource: Resource, deleted_kind: str) -> Operation:
    def list_(call: Call) -> Reply:
        resting = [document for document in call.store.all(call.tenant_id, deleted_kind) if _rests(call, document)]
        return resource.page(call, filtered(call, resting, _FILTERABLE))

    return Operation("GET", f"/directory/deletedItems/microsoft.graph.{resource.kind}", list_)


def _rests(call: Call, document: Document) -> bool:
    return call.world.now() < datetime.fromisoformat(document["deletedDateTime"]) + _KEPT


def _find(call: Call) -> tuple[Resource, str, Document]:
    for resource, deleted_kind in _KINDS:
        document = call.store.get(call.tenant_id, deleted_kind, call.path["id"])
        if document is not None and _rests(call, document):
            return resource, deleted_kind, document
    raise not_found(call.path["id"])


def _subject(call: Call) -> Document:
    return _find(call)[2]


def _get(call: Call) -> Reply:
    resource, _, document = _find(call)
    return _shown(call, resource, document)


def _restore(call: Call) -> Reply:
    resource, deleted_kind, document = _find(call)
    if resource is SERVICE_PRINCIPALS:
        _check_restorable(call, document)
    restored = {**document, "deletedDateTime": None}
    call.store.delete(call.tenant_id, deleted_kind, document["id"])
    resource.keep(call, restored)
    return _shown(call, resource, restored)


def _check_restorable(call: Call, service_principal: Document) -> None:
    app_id = service_principal["appId"]
    if call.directory.service_principal_by_app_id(app_id) is not None:
        raise name_in_use(app_id)
    at_home = service_principal["appOwnerOrganizationId"] == call.tenant_id
    if at_home and call.directory.application_by_app_id(app_id) is None:
        raise bad_request(f"Restore the application '{app_id}' before its service principal.")


def _delete(call: Call) -> Reply:
    _, deleted_kind, document = _find(call)
    call.store.delete(call.tenant_id, deleted_kind, document["id"])
    return Reply()


def _shown(call: Call, resource: Resource, document: Document) -> Reply:
    shown = resource.shown(call, document, select=[], single=True)
    return Reply(200, {"@odata.type": f"#microsoft.graph.{resource.kind}", **shown})


OPERATIONS = (
    *(_lister(resource, deleted_kind) for resource, deleted_kind in _KINDS),
    Operation("GET", "/directory/deletedItems/{id}", _get),
    Operation("POST", "/directory/deletedItems/{id}/restore", _restore, _subject),
    Operation("DELETE", "/directory/deletedItems/{id}", _delete, _subject),
)
