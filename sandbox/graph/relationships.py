"""What an application or a service principal is related to, in the form in which lists and `$expand` show it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sandbox.graph.directory_objects import shown_as, shown_directory_object
from sandbox.graph.roles import MICROSOFTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sandbox.directory import Directory
    from sandbox.graph.calls import Call
    from sandbox.store import Document

    Related = Callable[[Call, Document], list[Document]]

_FEDERATED = ("id", "name", "issuer", "subject", "description", "audiences")
FLEXIBLE = "claimsMatchingExpression"
_ROLES = uuid.UUID("5a9d0000-0000-5000-8000-00000000d07e")


def owners(call: Call, document: Document) -> list[Document]:
    """Return who owns it."""
    return [shown_directory_object(call, owner) for owner in document["owners"]]


def federated_credentials(call: Call, application: Document) -> list[Document]:
    """Return an application's federated credentials."""
    return [shown_federated(call, credential) for credential in application["federatedIdentityCredentials"]]


def federated_properties(call: Call) -> Sequence[str]:
    """Return the properties of a federated credential: only beta has a flexible one's expression (graph-audit §0)."""
    return _FEDERATED if call.version == "v1.0" else (*_FEDERATED, FLEXIBLE)


def shown_federated(call: Call, credential: Document) -> Document:
    """Return a federated credential as the version shows it."""
    return {name: credential.get(name) for name in federated_properties(call)}


def granted(kind: str, own_end: str) -> Related:
    """Return what lists the grants of a kind in which the object is the one that `own_end` names."""

    def list_(call: Call, document: Document) -> list[Document]:
        return call.store.where(call.tenant_id, kind, own_end, document["id"])

    return list_


def owned_objects(call: Call, document: Document) -> list[Document]:
    """Return what it owns."""
    return [shown_as(call, kind, owned) for kind, owned in call.directory.owned_by(document["id"])]


def member_of(call: Call, document: Document) -> list[Document]:
    """Return the groups and directory roles that it is a member of, not by way of another group."""
    return [shown_as(call, kind, container) for kind, container in _containers(call.directory, document["id"])]


def transitive_member_of(call: Call, document: Document) -> list[Document]:
    """Return the groups and directory roles that it is a member of, by way of other groups too."""
    found: dict[str, tuple[str, Document]] = {}
    ahead = [document["id"]]
    while ahead:
        for kind, container in _containers(call.directory, ahead.pop()):
            if container["id"] not in found:
                found[container["id"]] = (kind, container)
                ahead.append(container["id"])
    return [shown_as(call, kind, container) for kind, container in found.values()]


def policies(kind: str) -> Related:
    """Return what lists the policies of a kind that apply to an object."""

    def list_(call: Call, document: Document) -> list[Document]:
        every = call.store.all(call.tenant_id, kind)
        return [shown_policy(policy) for policy in every if document["id"].lower() in policy["appliesTo"]]

    return list_


def shown_policy(policy: Document) -> Document:
    """Return a policy without whom it applies to: that has its own address."""
    return {name: value for name, value in policy.items() if name != "appliesTo"}


def _containers(directory: Directory, object_id: str) -> Iterator[tuple[str, Document]]:
    for group in directory.groups_of(object_id):
        yield "group", group
    # A custom role, or one for a part of the tenant, makes nobody a member: only the assignments tell of it.
    for assignment in directory.role_assignments_of(object_id):
        role = MICROSOFTS.get(assignment["roleDefinitionId"].lower())
        if role is not None and assignment["directoryScopeId"] == "/":
            yield "directoryRole", _directory_role(directory, role)


def _directory_role(directory: Directory, role: Document) -> Document:
    """Return a role as a directory object: with an id of the tenant's, not that of its definition."""
    return {
        "id": str(uuid.uuid5(_ROLES, f"{directory.tenant_id}/{role['id']}")),
        "deletedDateTime": None,
        "displayName": role["displayName"],
        "description": role["description"],
        "roleTemplateId": role["id"],
    }
