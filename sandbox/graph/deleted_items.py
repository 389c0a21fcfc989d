"""Deleted applications and service principals: listed, restored or gone for good within 30 days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.graph.applications import shown_application
from sandbox.graph.calls import Operation, Reply
from sandbox.graph.errors import bad_request, conflict, not_found
from sandbox.graph.odata import filtered, listing, selection
from sandbox.graph.service_principals import shown_service_principal

if TYPE_CHECKING:
    from sandbox.graph.calls import Call
    from sandbox.store import Document

_KEPT = timedelta(days=30)
_KINDS = {"application": "deletedApplication", "servicePrincipal": "deletedServicePrincipal"}
_SHOWN = {"application": shown_application, "servicePrincipal": shown_service_principal}
_FILTERABLE = {"id": ("eq", "in"), "appId": ("eq",), "displayName": ("eq", "startswith")}


def _lister(kind: str) -> Operation:
    def list_(call: Call) -> Reply:
        resting = [document for document in call.store.all(call.tenant_id, _KINDS[kind]) if _rests(call, document)]
        select = selection(call)
        return listing(
            call,
            filtered(call, resting, _FILTERABLE),
            f"{kind}s",
            lambda document: _SHOWN[kind](call, document, select=select, single=False),
        )

    return Operation("GET", f"/directory/deletedItems/microsoft.graph.{kind}", list_)


def _rests(call: Call, document: Document) -> bool:
    return call.world.now() < datetime.fromisoformat(document["deletedDateTime"]) + _KEPT


def _find(call: Call) -> tuple[str, Document]:
    for kind, deleted_kind in _KINDS.items():
        document = call.store.get(call.tenant_id, deleted_kind, call.path["id"])
        if document is not None and _rests(call, document):
            return kind, document
    raise not_found(call.path["id"])


def _subject(call: Call) -> Document:
    return _find(call)[1]


def _get(call: Call) -> Reply:
    kind, document = _find(call)
    return Reply(200, _shown(call, kind, document))


def _restore(call: Call) -> Reply:
    kind, document = _find(call)
    if kind == "servicePrincipal":
        _check_restorable(call, document)
    restored = {**document, "deletedDateTime": None}
    call.store.delete(call.tenant_id, _KINDS[kind], document["id"])
    call.store.put(call.tenant_id, kind, document["id"], restored)
    return Reply(200, _shown(call, kind, restored))


def _check_restorable(call: Call, service_principal: Document) -> None:
    app_id = service_principal["appId"]
    if call.directory.service_principal_by_app_id(app_id) is not None:
        raise conflict(
            "The service principal cannot be created, updated, or restored because the service principal name "
            f"{app_id} is already in use."
        )
    at_home = service_principal["appOwnerOrganizationId"] == call.tenant_id
    if at_home and call.directory.application_by_app_id(app_id) is None:
        raise bad_request(f"Restore the application '{app_id}' before its service principal.")


def _delete(call: Call) -> Reply:
    kind, document = _find(call)
    call.store.delete(call.tenant_id, _KINDS[kind], document["id"])
    return Reply()


def _shown(call: Call, kind: str, document: Document) -> Document:
    shown = _SHOWN[kind](call, document, select=[], single=True)
    return {"@odata.type": f"#microsoft.graph.{kind}", **shown}


OPERATIONS = (
    _lister("application"),
    _lister("servicePrincipal"),
    Operation("GET", "/directory/deletedItems/{id}", _get),
    Operation("POST", "/directory/deletedItems/{id}/restore", _restore, _subject),
    Operation("DELETE", "/directory/deletedItems/{id}", _delete, _subject),
)
