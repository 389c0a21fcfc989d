"""What reading needs: for each thing that is read the requests, their least permission, and at which level it comes.

Levels are those of an auditor's identity (graph-audit.md §H): each adds one application permission of Microsoft Graph.
Least permissions: microsoft-graph-devx-content, permissions/new/permissions.json (2026-08), application permissions.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

APPLICATIONS, DIRECTORY = "Application.Read.All", "Directory.Read.All"
POLICIES, AUDIT_LOG_READ = "Policy.Read.All", "AuditLog.Read.All"
LEVELS: Mapping[int, str] = MappingProxyType({1: APPLICATIONS, 2: DIRECTORY, 3: POLICIES, 4: AUDIT_LOG_READ})
"""The permission that each level adds to those below it."""

AUDIT_LOG = "audit_log"
SIGN_INS, CREDENTIAL_ACTIVITIES = "sign_ins", "credential_activities"
CHOICE = "choice"
_OBJECTS = (DIRECTORY, "Application.ReadWrite.OwnedBy", "Application.ReadWrite.All", "Directory.ReadWrite.All")


@dataclass(frozen=True)
class Need:
    """What one thing needs to be read.

    `surface` is a field of `Documents`, or a log's name, or CHOICE for what only decides how to read. `requests` have
    `{…}` for what differs. `also` are other permissions each of which is enough in place of `least`; `licence` is what
    the tenant must have besides, or empty.
    """

    surface: str
    in_words: str
    requests: tuple[str, ...]
    least: str = APPLICATIONS
    also: tuple[str, ...] = _OBJECTS
    level: int = 1
    licence: str = ""

    def satisfied(self, permissions: frozenset[str]) -> bool:
        """Say whether an identity with these permissions may read it."""
        return bool(permissions & {self.least, *self.also})


_APPLICATION = "/v1.0/applications(appId='{client id}')"
_PRINCIPAL = "/v1.0/servicePrincipals(appId='{client id}')"
_WITHOUT_OWNED = (DIRECTORY, "Application.ReadWrite.All", "Directory.ReadWrite.All")

NEEDS = (
    Need("application", "the application", (_APPLICATION, "/v1.0/applications")),
    Need("application_owners", "the application's owners", (_APPLICATION, "/v1.0/applications/{id}/owners")),
    Need(
        "federated_credentials",
        "federated credentials, their expressions too",
        ("/beta/applications(appId='{client id}')/federatedIdentityCredentials", "/beta/applications"),
    ),
    Need("key_credentials", "the bytes of certificates", (_APPLICATION, "/v1.0/applications")),
    Need(
        "deleted",
        "deleted applications",
        ("/v1.0/directory/deletedItems/microsoft.graph.application",),
        also=(DIRECTORY, "Application.ReadWrite.All"),
    ),
    Need("service_principal", "the service principal", (_PRINCIPAL, "/v1.0/servicePrincipals")),
    Need(
        "service_principal_owners",
        "the service principal's owners",
        (_PRINCIPAL, "/v1.0/servicePrincipals/{id}/owners"),
    ),
    Need(
        "app_role_assignments",
        "application permissions granted",
        (f"{_PRINCIPAL}/appRoleAssignments", "/v1.0/servicePrincipals"),
    ),
    Need(
        "memberships",
        "groups and directory roles it is a member of",
        (f"{_PRINCIPAL}/transitiveMemberOf", "/v1.0/servicePrincipals"),
        also=_WITHOUT_OWNED,
    ),
    Need("owned_objects", "objects it owns", (f"{_PRINCIPAL}/ownedObjects", "/v1.0/servicePrincipals")),
    Need("resources", "names of the APIs' permissions", ("/v1.0/servicePrincipals",)),
    Need(
        CHOICE,
        "how many there are, to choose the cheaper way to read",
        ("/v1.0/applications/$count", "/v1.0/servicePrincipals/$count"),
    ),
    Need(
        "owner_accounts",
        "whether accounts of owners are enabled (`adopt` alone)",
        ("/v1.0/applications/{id}/owners", "/v1.0/servicePrincipals/{id}/owners"),
        least=DIRECTORY,
        also=("Directory.ReadWrite.All",),
        level=2,
    ),
    Need(
        "delegated_grants",
        "delegated permissions granted",
        ("/v1.0/oauth2PermissionGrants",),
        least=DIRECTORY,
        also=("Directory.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All"),
        level=2,
    ),
    Need(
        "directory_roles",
        "directory roles, custom ones and scopes too",
        ("/v1.0/roleManagement/directory/roleAssignments",),
        least=DIRECTORY,
        also=("RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", "Directory.ReadWrite.All"),
        level=2,
    ),
    Need(
        "policies",
        "policies of tokens, claims, sign-in and credentials",
        ("/v1.0/policies/{kind}", "/v1.0/policies/{kind}/{id}/appliesTo"),
        least=POLICIES,
        also=("Policy.ReadWrite.ApplicationConfiguration",),
        level=3,
    ),
    Need(
        AUDIT_LOG,
        "who did it, and when",
        ("/v1.0/auditLogs/directoryAudits",),
        least=AUDIT_LOG_READ,
        also=(DIRECTORY,),
        level=4,
        licence="Microsoft Entra ID P1",
    ),
)
"""What an audit of applications reads."""

USAGE_NEEDS = (
    Need(
        SIGN_INS,
        "which key signed in, and when",
        ("/beta/auditLogs/signIns",),
        least=AUDIT_LOG_READ,
        also=(),
        level=4,
        licence="Microsoft Entra ID P1",
    ),
    Need(
        CREDENTIAL_ACTIVITIES,
        "the last use of each key",
        ("/beta/reports/appCredentialSignInActivities",),
        least=AUDIT_LOG_READ,
        also=(DIRECTORY,),
        level=4,
        licence="Microsoft Entra ID P1",
    ),
)
"""What `certificate usage` reads besides the application."""

_BY_SURFACE = {need.surface: need for need in (*NEEDS, *USAGE_NEEDS)}


def need_of(surface: str) -> Need:
    """Return what a thing needs. Raises `KeyError` for what is never read."""
    return _BY_SURFACE[surface]
