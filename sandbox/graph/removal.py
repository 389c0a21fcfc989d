"""Deletion: an application takes its service principal along, a service principal its grants; both rest 30 days."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.graph.calls import Call
    from sandbox.store import Document


def remove_application(call: Call, application: Document) -> None:
    """Move an application and its service principal to the deleted items."""
    service_principal = call.directory.service_principal_by_app_id(application["appId"])
    if service_principal is not None:
        remove_service_principal(call, service_principal)
    _rest(call, "application", "deletedApplication", application)


def remove_service_principal(call: Call, service_principal: Document) -> None:
    """Move a service principal to the deleted items, and forget what it was granted and what was granted on it."""
    for kind, keys in (
        ("appRoleAssignment", ("principalId", "resourceId")),
        ("oauth2PermissionGrant", ("clientId", "resourceId")),
        ("roleAssignment", ("principalId",)),
    ):
        for key in keys:
            for document in call.store.where(call.tenant_id, kind, key, service_principal["id"]):
                call.store.delete(call.tenant_id, kind, document["id"])
    _rest(call, "servicePrincipal", "deletedServicePrincipal", service_principal)


def _rest(call: Call, kind: str, deleted_kind: str, document: Document) -> None:
    call.store.delete(call.tenant_id, kind, document["id"])
    call.store.put(call.tenant_id, deleted_kind, document["id"], {**document, "deletedDateTime": call.timestamp()})
