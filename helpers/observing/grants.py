"""What was consented to: app roles assigned to the service principal, and delegated permissions granted to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.model import NotSeen, Permission, PermissionType, Seen
from helpers.observing.aside import listed
from helpers.observing.documents import Unread
from helpers.observing.values import identifier, present
from helpers.permissions import api_name, find_api, find_permission, permission_name
from helpers.shapes import Misshapen, moment, objects, text
from helpers.surfaces import Surface

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.observing.aside import Aside
    from helpers.observing.documents import Document, Documents

Permissions = Seen[frozenset[Permission]] | NotSeen

_EVERYBODY, _ONE_USER = "AllPrincipals", "Principal"


def granted(documents: Documents, aside: Aside) -> Permissions:
    """Return what was consented to for the whole tenant, of both types.

    Delegated permissions need a permission more to be read: without it the others are seen, and a gap is kept.
    """
    if not isinstance(documents.service_principal, dict):
        return _of_nobody(documents)
    assigned = listed(documents.app_role_assignments, lambda found: _assigned(found, documents, aside))
    if isinstance(assigned, NotSeen):
        return assigned
    delegated = listed(documents.delegated_grants, lambda found: _delegated(found, documents))
    if isinstance(delegated, NotSeen):
        aside.gap(Surface.DELEGATED, delegated.reason)
        return assigned
    return Seen(assigned.items | delegated.items)


def granted_to_users(documents: Documents) -> Seen[frozenset[str]] | NotSeen:
    """Return what was consented to for single users."""
    if not isinstance(documents.service_principal, dict):
        return _of_nobody(documents)
    return listed(
        documents.delegated_grants,
        lambda found: frozenset(
            for_one_user(grant, permission)
            for grant in found
            if not for_everybody(grant)
            for permission in scopes_of(grant, documents)
        ),
    )


def for_one_user(grant: Document, permission: Permission) -> str:
    """Return a permission granted for one user as the model tells it."""
    return f"{permission_name(permission)} on {api_name(permission.api)} for user {identifier(grant, 'principalId')}"


def for_everybody(grant: Document) -> bool:
    """Say whether a delegated grant is for all users. Raises `Misshapen` for a type of consent that there is not."""
    consent = present(grant, "consentType")
    if consent not in (_EVERYBODY, _ONE_USER):
        raise Misshapen("`consentType` is neither for everybody nor for one")
    return consent == _EVERYBODY


def scopes_of(grant: Document, documents: Documents) -> Iterator[Permission]:
    """Yield the permissions of a delegated grant: names, one after the other, resolved by the API that has them."""
    resource = resource_of(grant, documents)
    api = identifier(resource, "appId")
    known = {
        text(each.get("value"), "`value`"): identifier(each)
        for each in objects(resource.get("oauth2PermissionScopes"), "`oauth2PermissionScopes`")
    }
    for name in text(present(grant, "scope"), "`scope`").split():
        yield Permission(api, known.get(name) or _known_id(api, name), PermissionType.DELEGATED)


def assigned_role(assignment: Document, documents: Documents) -> Permission:
    """Return the permission that an app role assignment gives; the role of no name, all zeros, is one too."""
    api = identifier(resource_of(assignment, documents), "appId")
    return Permission(api, identifier(assignment, "appRoleId"), PermissionType.APPLICATION)


def _of_nobody(documents: Documents) -> NotSeen:
    principal = documents.service_principal
    return NotSeen(principal.reason if isinstance(principal, Unread) else "there is no service principal")


def _assigned(found: tuple[Document, ...], documents: Documents, aside: Aside) -> frozenset[Permission]:
    permissions = set()
    for each in found:
        permission = assigned_role(each, documents)
        permissions.add(permission)
        created = moment(each.get("createdDateTime"), "`createdDateTime`")
        aside.note(permission_name(permission), f"assigned {created:%Y-%m-%d %H:%M} UTC" if created else "")
    return frozenset(permissions)


def _delegated(found: tuple[Document, ...], documents: Documents) -> frozenset[Permission]:
    return frozenset(each for grant in found if for_everybody(grant) for each in scopes_of(grant, documents))


def resource_of(grant: Document, documents: Documents) -> Document:
    """Return the service principal of the API that a grant is on. Raises `Misshapen` where it was not found."""
    resource_id = identifier(grant, "resourceId")
    resource = documents.resources.get(resource_id)
    if resource is None:
        raise Misshapen(f"the API with the object id {resource_id} was not found")
    return resource


def _known_id(api: str, name: str) -> str:
    """Return the id by which the catalogue knows a scope; its name where nobody knows it."""
    try:
        return find_permission(find_api(api), name, PermissionType.DELEGATED).id
    except LookupError:
        return name
