"""What a service principal is related to: roles, groups, objects it owns, policies. Each text begins with its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.model import NotSeen, Seen
from helpers.observing.aside import listed
from helpers.observing.values import identifier, kind_of, present
from helpers.shapes import mapping, text
from helpers.surfaces import Surface

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.observing.aside import Aside
    from helpers.observing.documents import Document, Documents, Listing

Texts = Seen[frozenset[str]] | NotSeen

_ROLE, _GROUP, _UNIT = "directoryRole", "group", "administrativeUnit"
TENANT_SCOPE = "/"
BY_MEMBERSHIP, BY_GROUP = " by membership", " by way of the group "


def directory_roles(documents: Documents, aside: Aside) -> Texts:
    """Return the roles it has by assignments of its own, and those it has by membership alone.

    Memberships can be read with less permission, and assignments do not show what is had by way of a group: where one
    of the two cannot be read, the other is what is known.
    """
    assigned = listed(documents.directory_roles, lambda found: _assigned(found, _id_of(documents.service_principal)))
    members = listed(documents.memberships, _by_membership)
    if isinstance(assigned, NotSeen) and (isinstance(members, NotSeen) or not members.items):
        return assigned
    for side in (assigned, members):
        if isinstance(side, NotSeen):
            aside.gap(Surface.DIRECTORY_ROLES, side.reason)
    in_tenant, everywhere = ({}, frozenset[str]()) if isinstance(assigned, NotSeen) else assigned.items
    by_membership = {} if isinstance(members, NotSeen) else members.items
    more = (role for definition, role in by_membership.items() if definition not in in_tenant)
    return Seen(frozenset({*everywhere, *more}))


def groups(memberships: Listing, aside: Aside) -> Texts:
    """Return the groups and administrative units it is in, by way of others too."""

    def read(found: tuple[Document, ...]) -> frozenset[str]:
        for each in found:
            if kind_of(each) not in (_ROLE, _GROUP, _UNIT):
                aside.wonder(f"the service principal is a member of something of the type `{kind_of(each) or '?'}`")
        return frozenset(_membership(each) for each in found if kind_of(each) != _ROLE)

    return listed(memberships, read)


def owned_objects(documents: Documents) -> Texts:
    """Return what it owns, less itself and its application: that it owns those, their owners say."""
    itself = {
        text(each.get("id"), "`id`").lower()
        for each in (documents.application, documents.service_principal)
        if isinstance(each, dict) and isinstance(each.get("id"), str)
    }
    return listed(
        documents.owned_objects,
        lambda found: frozenset(_described(each) for each in found if identifier(each) not in itself),
    )


def policies(listing: Listing) -> Texts:
    """Return the policies that apply to it or to its application alone."""
    return listed(listing, lambda found: frozenset(_described(each) for each in found))


def _id_of(principal: object) -> str:
    id_ = principal.get("id") if isinstance(principal, dict) else None
    return id_.lower() if isinstance(id_, str) else ""


def _assigned(assignments: tuple[Document, ...], principal: str) -> tuple[dict[str, str], frozenset[str]]:
    """Return the roles assigned in the whole tenant, by the id of their definition, and those assigned anywhere."""
    told = [(_definition(each), _scope(each), _assignment(each, principal)) for each in assignments]
    in_tenant = {definition: role for definition, scope, role in told if scope == TENANT_SCOPE}
    return in_tenant, frozenset(role for _, _, role in told)


def _by_membership(memberships: tuple[Document, ...]) -> dict[str, str]:
    """Return the roles among memberships, by the id of their definition."""
    return {
        text(each.get("roleTemplateId"), "`roleTemplateId`").lower() or identifier(each): _membered(each)
        for each in memberships
        if kind_of(each) == _ROLE
    }


def _assignment(assignment: Document, principal: str) -> str:
    definition = mapping(assignment.get("roleDefinition"), "`roleDefinition`")
    name = text(definition.get("displayName"), "`displayName`") or f"role {_definition(assignment)}"
    holder = text(assignment.get("principalId"), "`principalId`").lower()
    by_group = f"{BY_GROUP}{holder}" if holder and holder != principal else ""
    # An assignment's id is no GUID, and its capitals count.
    return f"{text(present(assignment, 'id'), '`id`')} {name} on {_scope(assignment)}{by_group}"


def _definition(assignment: Document) -> str:
    return identifier(assignment, "roleDefinitionId")


def _scope(assignment: Document) -> str:
    scope = text(assignment.get("directoryScopeId"), "`directoryScopeId`")
    return scope or text(assignment.get("appScopeId"), "`appScopeId`") or "an unknown scope"


def _membered(role: Document) -> str:
    name = text(role.get("displayName"), "`displayName`") or "a directory role"
    return f"{identifier(role)} {name}{BY_MEMBERSHIP}"


def _membership(container: Document) -> str:
    assignable = container.get("isAssignableToRole") is True
    return _described(container) + (", to which roles can be assigned" if assignable else "")


def _described(document: Document) -> str:
    return " ".join(_words(document))


def _words(document: Document) -> Iterator[str]:
    """Yield the id, the type and the name; limited permission shows an object without its name."""
    yield identifier(document)
    yield kind_of(document) or "object"
    name = text(document.get("displayName"), "`displayName`")
    if name:
        yield name
