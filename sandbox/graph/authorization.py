"""Who may do what: one row per operation, as Microsoft's permissions reference has it.

Source: microsoftgraph/microsoft-graph-devx-content, permissions/new/permissions.json (2026-08), application
permissions; where it is silent (deleted items, endpoints), the operation's page and domain.md §3. A client that is
allowed here must not be refused there, so what the sources leave open is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from sandbox.graph.errors import denied
from sandbox.identities import ADMINISTRATOR_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.store import Document


@dataclass(frozen=True)
class Caller:
    """Who asks: a service principal (its ids in lower case) and the application permissions in its token."""

    app_id: str
    object_id: str
    roles: frozenset[str]

    @property
    def is_administrator(self) -> bool:
        """Whether this is the person who may do anything."""
        return self.object_id == ADMINISTRATOR_ID

    def owns(self, document: Document) -> bool:
        """Say whether the caller is among an object's owners."""
        return self.object_id in (owner.lower() for owner in document.get("owners", ()))


@dataclass(frozen=True)
class Rule:
    """What one operation asks of its caller: any single line of these is enough.

    `any_of` are combinations of permissions, each enough by itself; `if_owner` is a combination that is enough for
    objects the caller owns; `itself` lets a service principal at its own objects without any permission.
    """

    any_of: tuple[frozenset[str], ...]
    if_owner: frozenset[str] | None = None
    itself: bool = False

    def allows(self, caller: Caller) -> bool:
        """Say whether the caller's permissions are enough, whatever the object."""
        return caller.is_administrator or any(enough <= caller.roles for enough in self.any_of)

    def allows_on(self, caller: Caller, document: Document) -> bool:
        """Say whether the caller may because of what this object is to it."""
        return (self._is_for_owners_like(caller) and caller.owns(document)) or (
            self.itself and document["appId"].lower() == caller.app_id
        )

    def asks_for_object(self, caller: Caller) -> bool:
        """Say whether the object could still make the difference."""
        return self.itself or self._is_for_owners_like(caller)

    def _is_for_owners_like(self, caller: Caller) -> bool:
        return self.if_owner is not None and self.if_owner <= caller.roles


# Lets an application create others and change those it owns; what it creates it owns.
OWNED = "Application.ReadWrite.OwnedBy"
_READERS = (
    "Application.Read.All",
    OWNED,
    "Application.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
)


def _any(*permissions: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset({permission}) for permission in permissions)


_READ = Rule(_any(*_READERS))
_READ_OR_ITSELF = Rule(_any(*_READERS), itself=True)
_CHANGE_APPLICATION = Rule(_any("Application.ReadWrite.All"), if_owner=frozenset({OWNED}))
_CHANGE_SERVICE_PRINCIPAL = Rule(
    _any("Application.ReadWrite.All", "Directory.ReadWrite.All"), if_owner=frozenset({OWNED})
)
# Adding an owner also asks for the right to see whom one adds; removing one does not.
_ADD_OWNER = Rule(
    (frozenset({"Application.ReadWrite.All", "Directory.Read.All"}), frozenset({"Directory.ReadWrite.All"})),
    if_owner=frozenset({OWNED, "Directory.Read.All"}),
)
_REMOVE_OWNER = _CHANGE_SERVICE_PRINCIPAL
_READ_DELETED = Rule(_any("Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All"))
_CHANGE_DELETED = Rule(_any("Application.ReadWrite.All"), if_owner=frozenset({OWNED}))
_GRANT_READERS = ("Directory.Read.All", "Directory.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All")
_READ_GRANTS = Rule(_any(*_GRANT_READERS))
_CHANGE_GRANTS = Rule(_any("DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"))
# AppRoleAssignment.ReadWrite.All alone is refused: the caller must be able to read what it assigns
# (microsoft-graph-docs-contrib #3970).
_ASSIGN = Rule(
    tuple(
        frozenset({"AppRoleAssignment.ReadWrite.All", reader})
        for reader in ("Application.Read.All", "Directory.Read.All", "Application.ReadWrite.All")
    )
)
_UNASSIGN = Rule(_any("AppRoleAssignment.ReadWrite.All"))
_READ_ORGANIZATION = Rule(
    _any("Organization.Read.All", "Directory.Read.All", "Directory.ReadWrite.All", "User.Read.All")
)

_READ_AUDITS = Rule(_any("AuditLog.Read.All", "Directory.Read.All"))
_READ_SIGN_INS = Rule(_any("AuditLog.Read.All"))

_READ_TRANSITIVELY = Rule(_any(*(reader for reader in _READERS if reader != OWNED)))
# Whoever lacks these sees of a user, a group or a role that it is one, and its id ("limited information").
USER_READERS = frozenset({"User.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"})
GROUP_READERS = frozenset(
    {"GroupMember.Read.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
)
ROLE_READERS = frozenset(
    {
        "RoleManagement.Read.Directory",
        "RoleManagement.ReadWrite.Directory",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
    }
)
_READ_GROUPS = Rule(_any(*sorted(GROUP_READERS)))
_CHANGE_MEMBERS = Rule(_any("GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"))
_READ_ROLES = Rule(_any(*sorted(ROLE_READERS)))
_CHANGE_ROLES = Rule(_any("RoleManagement.ReadWrite.Directory"))
_CONFIGURE = "Policy.ReadWrite.ApplicationConfiguration"
_READ_POLICIES = Rule(_any("Policy.Read.All", _CONFIGURE))
_CHANGE_POLICIES = Rule(_any(_CONFIGURE))
# Of one object, who may only read sees nothing: the right to change the object is asked for as well.
_POLICIES_OF_OBJECT = Rule(
    tuple(
        frozenset({policies, objects})
        for policies in ("Policy.Read.All", _CONFIGURE)
        for objects in (OWNED, "Application.ReadWrite.All")
    )
)
_CHANGE_POLICIES_OF_OBJECT = Rule(
    (frozenset({_CONFIGURE, "Application.ReadWrite.All"}),), if_owner=frozenset({_CONFIGURE, OWNED})
)
_ASSIGN_CREDENTIAL_POLICY = Rule((frozenset({_CONFIGURE, "Application.Read.All"}),))


def _actions(collection: str) -> dict[str, Rule]:
    """Return the rows of the actions on credentials: whoever holds a key of its own may roll it without permission."""
    path = f"POST /{collection}/{{id}}"
    return {
        **dict.fromkeys((f"{path}/addPassword", f"{path}/removePassword"), _CHANGE_SERVICE_PRINCIPAL),
        **dict.fromkeys((f"{path}/addKey", f"{path}/removeKey"), replace(_CHANGE_SERVICE_PRINCIPAL, itself=True)),
    }


def _policies(name: str, *collections: str) -> dict[str, Rule]:
    """Return the rows of a kind of policies, and of it on objects of these collections."""
    path = f"/policies/{name}"
    rows = {
        f"GET {path}": _READ_POLICIES,
        f"POST {path}": _CHANGE_POLICIES,
        f"GET {path}/{{policy}}": _READ_POLICIES,
        f"DELETE {path}/{{policy}}": _CHANGE_POLICIES,
        f"GET {path}/{{policy}}/appliesTo": Rule(
            _any("Policy.Read.All", _CONFIGURE, "Application.Read.All", "Directory.Read.All")
        ),
    }
    for collection in collections:
        on_object = f"/{collection}/{{id}}/{name}"
        rows |= {
            f"GET {on_object}": _POLICIES_OF_OBJECT,
            f"POST {on_object}/$ref": _CHANGE_POLICIES_OF_OBJECT,
            f"DELETE {on_object}/{{policy}}/$ref": _CHANGE_POLICIES_OF_OBJECT,
        }
    return rows


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "GET /applications": _READ,
        "POST /applications": Rule(_any(OWNED, "Application.ReadWrite.All")),
        "GET /applications/{id}": _READ_OR_ITSELF,
        "PATCH /applications/{id}": _CHANGE_APPLICATION,
        "DELETE /applications/{id}": _CHANGE_APPLICATION,
        **_actions("applications"),
        "GET /applications/{id}/owners": _READ,
        "POST /applications/{id}/owners/$ref": _ADD_OWNER,
        "DELETE /applications/{id}/owners/{owner}/$ref": _REMOVE_OWNER,
        "GET /applications/{id}/federatedIdentityCredentials": _READ,
        "POST /applications/{id}/federatedIdentityCredentials": _CHANGE_APPLICATION,
        # Who may list them may not read one of them: the reference says so, in both versions.
        "GET /applications/{id}/federatedIdentityCredentials/{credential}": Rule(
            _any(OWNED, "Application.ReadWrite.All")
        ),
        "PATCH /applications/{id}/federatedIdentityCredentials/{credential}": _CHANGE_APPLICATION,
        "DELETE /applications/{id}/federatedIdentityCredentials/{credential}": _CHANGE_APPLICATION,
        "GET /servicePrincipals": _READ,
        # With the narrow permission, only for an application that the caller owns.
        "POST /servicePrincipals": _CHANGE_SERVICE_PRINCIPAL,
        "GET /servicePrincipals/{id}": _READ_OR_ITSELF,
        "PATCH /servicePrincipals/{id}": _CHANGE_SERVICE_PRINCIPAL,
        "DELETE /servicePrincipals/{id}": _CHANGE_SERVICE_PRINCIPAL,
        **_actions("servicePrincipals"),
        "GET /servicePrincipals/{id}/owners": _READ,
        "POST /servicePrincipals/{id}/owners/$ref": _ADD_OWNER,
        "DELETE /servicePrincipals/{id}/owners/{owner}/$ref": _REMOVE_OWNER,
        # The four of domain.md §3; whether ServicePrincipalEndpoint.Read.All alone is enough nobody confirmed.
        "GET /servicePrincipals/{id}/endpoints": Rule(
            _any("Application.Read.All", "Directory.Read.All", OWNED, "Application.ReadWrite.All")
        ),
        "GET /servicePrincipals/{id}/appRoleAssignments": _READ,
        "POST /servicePrincipals/{id}/appRoleAssignments": _ASSIGN,
        "GET /servicePrincipals/{id}/appRoleAssignments/{assignment}": _READ,
        "DELETE /servicePrincipals/{id}/appRoleAssignments/{assignment}": _UNASSIGN,
        "GET /servicePrincipals/{id}/appRoleAssignedTo": _READ,
        "POST /servicePrincipals/{id}/appRoleAssignedTo": _ASSIGN,
        "GET /servicePrincipals/{id}/appRoleAssignedTo/{assignment}": _READ,
        "DELETE /servicePrincipals/{id}/appRoleAssignedTo/{assignment}": _UNASSIGN,
        "GET /servicePrincipals/{id}/oauth2PermissionGrants": _READ_GRANTS,
        "GET /oauth2PermissionGrants": _READ_GRANTS,
        "POST /oauth2PermissionGrants": _CHANGE_GRANTS,
        "GET /oauth2PermissionGrants/{grant}": _READ_GRANTS,
        "PATCH /oauth2PermissionGrants/{grant}": _CHANGE_GRANTS,
        "DELETE /oauth2PermissionGrants/{grant}": _CHANGE_GRANTS,
        "GET /auditLogs/directoryAudits": _READ_AUDITS,
        "GET /auditLogs/directoryAudits/{audit}": _READ_AUDITS,
        "GET /auditLogs/signIns": _READ_SIGN_INS,
        "GET /auditLogs/signIns/{sign_in}": _READ_SIGN_INS,
        "GET /reports/appCredentialSignInActivities": _READ_AUDITS,
        "GET /directory/deletedItems/microsoft.graph.application": _READ_DELETED,
        "GET /directory/deletedItems/microsoft.graph.servicePrincipal": _READ_DELETED,
        "GET /directory/deletedItems/{id}": _READ_DELETED,
        "POST /directory/deletedItems/{id}/restore": _CHANGE_DELETED,
        "DELETE /directory/deletedItems/{id}": _CHANGE_DELETED,
        "GET /directoryObjects/{id}": Rule(_any("Directory.Read.All", "Directory.ReadWrite.All")),
        "GET /applications/$count": _READ,
        "GET /servicePrincipals/$count": _READ,
        "GET /servicePrincipals/{id}/memberOf": _READ,
        "GET /servicePrincipals/{id}/transitiveMemberOf": _READ_TRANSITIVELY,
        "GET /servicePrincipals/{id}/ownedObjects": _READ,
        "GET /groups": _READ_GROUPS,
        "POST /groups": Rule(_any("Group.Create", "Group.ReadWrite.All", "Directory.ReadWrite.All")),
        "GET /groups/{id}": _READ_GROUPS,
        "GET /groups/{id}/members": _READ_GROUPS,
        "POST /groups/{id}/members/$ref": _CHANGE_MEMBERS,
        "DELETE /groups/{id}/members/{member}/$ref": _CHANGE_MEMBERS,
        "GET /roleManagement/directory/roleDefinitions": Rule((*_READ_ROLES.any_of, *_any("RoleManagement.Read.All"))),
        "GET /roleManagement/directory/roleDefinitions/{id}": Rule(
            (*_READ_ROLES.any_of, *_any("RoleManagement.Read.All"))
        ),
        "GET /roleManagement/directory/roleAssignments": _READ_ROLES,
        "POST /roleManagement/directory/roleAssignments": _CHANGE_ROLES,
        "GET /roleManagement/directory/roleAssignments/{assignment}": _READ_ROLES,
        "DELETE /roleManagement/directory/roleAssignments/{assignment}": _CHANGE_ROLES,
        **_policies("tokenLifetimePolicies", "applications", "servicePrincipals"),
        **_policies("tokenIssuancePolicies", "applications"),
        **_policies("claimsMappingPolicies", "servicePrincipals"),
        **_policies("homeRealmDiscoveryPolicies", "servicePrincipals"),
        **_policies("appManagementPolicies"),
        "POST /applications/{id}/appManagementPolicies/$ref": _ASSIGN_CREDENTIAL_POLICY,
        "DELETE /applications/{id}/appManagementPolicies/{policy}/$ref": _ASSIGN_CREDENTIAL_POLICY,
        "POST /servicePrincipals/{id}/appManagementPolicies/$ref": _ASSIGN_CREDENTIAL_POLICY,
        "DELETE /servicePrincipals/{id}/appManagementPolicies/{policy}/$ref": _ASSIGN_CREDENTIAL_POLICY,
        "GET /policies/defaultAppManagementPolicy": _READ_POLICIES,
        "PATCH /policies/defaultAppManagementPolicy": _CHANGE_POLICIES,
        "GET /organization": _READ_ORGANIZATION,
        "GET /organization/{id}": _READ_ORGANIZATION,
    }
)


def require(rule: Rule, caller: Caller, find_object: Callable[[], Document] | None) -> None:
    """Raise Graph's 403 unless the rule lets the caller; `find_object` brings what the operation is about, or 404."""
    if rule.allows(caller):
        return
    if find_object is None or not rule.asks_for_object(caller) or not rule.allows_on(caller, find_object()):
        raise denied()
