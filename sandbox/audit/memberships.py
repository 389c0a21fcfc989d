"""Roles, groups and policies that a service principal or an application was put under."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from sandbox.audit.activity import Activity
from sandbox.audit.targets import added, included, removed, target
from sandbox.directory_roles import ROLE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sandbox.audit.activity import Touched
    from sandbox.directory import Directory
    from sandbox.store import Document

_WHOLE_TENANT = "/"
_MEMBERS = ("servicePrincipal", "user", "group", "application")
_POLICIES = (
    "tokenLifetimePolicy",
    "tokenIssuancePolicy",
    "claimsMappingPolicy",
    "homeRealmDiscoveryPolicy",
    "appManagementPolicy",
)


def _of_role_assignment(touched: Touched, directory: Directory) -> Iterator[Activity]:
    assignment = touched.document
    scope, role = assignment["directoryScopeId"], assignment["roleDefinitionId"]
    what = "member" if scope == _WHOLE_TENANT else "scoped member"
    custom = directory.store.get(directory.tenant_id, "roleDefinition", role) or {}
    definition = {"id": role, "displayName": ROLE_NAMES.get(role.lower()) or custom.get("displayName")}
    told = added if touched.after else removed
    properties = [*_named("Role", definition, told), told("Role.TemplateId", role)]
    if scope != _WHOLE_TENANT:
        properties.append(told("ScopedDirectoryObject.ObjectID", scope.strip("/")))
    targets = (_found(directory, assignment["principalId"], properties), target("role", definition))
    name, operation = ("Add {} to", "Assign") if touched.after else ("Remove {} from", "Unassign")
    yield Activity(f"{name.format(what)} role", operation, targets, "RoleManagement")


def _of_group(touched: Touched, directory: Directory) -> Iterator[Activity]:
    group, category = touched.document, "GroupManagement"
    if touched.before is None:
        yield Activity("Add group", "Add", (target("group", group, [included(["DisplayName"])]),), category)
    for member in _gone(touched.after, touched.before, "members"):
        targets = (_found(directory, member, _named("Group", group, added)), target("group", group))
        yield Activity("Add member to group", "Assign", targets, category)
    for member in _gone(touched.before, touched.after, "members"):
        targets = (_found(directory, member, _named("Group", group, removed)), target("group", group))
        yield Activity("Remove member from group", "Unassign", targets, category)


def _of_policy(touched: Touched, directory: Directory) -> Iterator[Activity]:
    policy = touched.document
    if touched.before is None:
        yield Activity("Add policy", "Add", (target("policy", policy),), "Policy")
    if touched.after is None:
        yield Activity("Delete policy", "Delete", (target("policy", policy),), "Policy")
    for identifier in _gone(touched.after, touched.before, "appliesTo"):
        to = _found(directory, identifier, _named("Policy", policy, added))
        yield Activity(f"Add policy to {_noun(to)}", "Assign", (to, target("policy", policy)))
    for identifier in _gone(touched.before, touched.after, "appliesTo"):
        to = _found(directory, identifier, _named("Policy", policy, removed))
        yield Activity(f"Remove policy from {_noun(to)}", "Unassign", (to, target("policy", policy)))


def _named(kind: str, document: Document, told: Callable[[str, object], Document]) -> list[Document]:
    """Return the properties that name what something was put under, or taken out of."""
    return [told(f"{kind}.ObjectID", document["id"]), told(f"{kind}.DisplayName", document.get("displayName"))]


def _gone(here: Document | None, there: Document | None, name: str) -> list[str]:
    """Return what is in a list here and not there."""
    return [each for each in (here or {}).get(name) or () if each not in ((there or {}).get(name) or ())]


def _noun(shown: Document) -> str:
    return "application" if shown["type"] == "Application" else "service principal"


def _found(directory: Directory, identifier: str, properties: list[Document]) -> Document:
    for kind in _MEMBERS:
        document = directory.store.get(directory.tenant_id, kind, identifier)
        if document is not None:
            return target(kind, document, properties)
    return target("other", {"id": identifier}, properties)


READINGS: Mapping[str, Callable[[Touched, Directory], Iterator[Activity]]] = MappingProxyType(
    {"roleAssignment": _of_role_assignment, "group": _of_group, **dict.fromkeys(_POLICIES, _of_policy)}
)
