"""What Entra and Graph both know about a tenant: applications, service principals, who was granted what.

Kinds in the store (each document as Graph v1.0 shows it, plus what it hides):

`tenant`             {id, cloud, displayName}, under the tenant `""`
`application`        keyCredentials[].key is base64 of the certificate's DER; passwordCredentials[].secretText is kept;
                     owners: [object ids]; federatedIdentityCredentials: [...]
`servicePrincipal`   appRoles, oauth2PermissionScopes, owners, keyCredentials, passwordCredentials; endpoints: [...]
`appRoleAssignment`  {id, appRoleId, principalId, resourceId, ...}
`oauth2PermissionGrant`
`deletedApplication`, `deletedServicePrincipal`
`user`               directory objects that can be owners
`group`              members, owners: [object ids]; isAssignableToRole
`roleDefinition`     a custom role; Microsoft's own are in sandbox/graph/roles.py, the same in every tenant
`roleAssignment`     {id, principalId, roleDefinitionId, directoryScopeId}; "/" is the whole tenant
`tokenLifetimePolicy`, `tokenIssuancePolicy`, `claimsMappingPolicy`, `homeRealmDiscoveryPolicy`, `appManagementPolicy`
                     appliesTo: [object ids of applications and service principals]
`defaultAppManagementPolicy`   one at most: what was changed of Microsoft's default
`directoryAudit`     what was done, by whom, when (sandbox/audit)
`device`             what Intune knows (sandbox/intune)
`bulkQuery`          when Intune last answered for all devices (sandbox/intune)
`conditionalAccessBlock`, `tokenRefusal`   whom Entra refuses a token on request (sandbox/entra/token_endpoint.py)

Under the tenant `""` also: `systemCertificate`, `trustedCertificate` (sandbox/ise), `nacService` (sandbox/intune).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.store import Document, Store


@dataclass(frozen=True)
class Directory:
    """One tenant's view of the store. `cloud` is a name of `helpers.clouds.CLOUDS`."""

    store: Store
    tenant_id: str
    cloud: str

    def application_by_app_id(self, app_id: str) -> Document | None:
        """Return the tenant's own application with this client id."""
        return next(iter(self.store.where(self.tenant_id, "application", "appId", app_id)), None)

    def service_principal_by_app_id(self, app_id: str) -> Document | None:
        """Return the service principal of an application, the tenant's own or another's."""
        return next(iter(self.store.where(self.tenant_id, "servicePrincipal", "appId", app_id)), None)

    def service_principal_by_name(self, name: str) -> Document | None:
        """Return the service principal that carries `name` among its service principal names, less a final slash."""
        wanted = name.rstrip("/").lower()
        for document in self.store.all(self.tenant_id, "servicePrincipal"):
            if wanted in (known.rstrip("/").lower() for known in document["servicePrincipalNames"]):
                return document
        return None

    def granted_roles(self, principal_id: str, resource_id: str) -> list[str]:
        """Return the values of the app roles granted to a service principal on another, sorted: the `roles` claim."""
        resource = self.store.get(self.tenant_id, "servicePrincipal", resource_id)
        values = {role["id"].lower(): role["value"] for role in (resource or {}).get("appRoles", [])}
        granted = {assignment["appRoleId"].lower() for assignment in self._assignments(principal_id, resource_id)}
        return sorted(values[role] for role in granted if role in values)

    def assignment(self, principal_id: str, resource_id: str, app_role_id: str) -> Document | None:
        """Return the assignment of an app role, however and by whomever it was made."""
        for assignment in self._assignments(principal_id, resource_id):
            if assignment["appRoleId"].lower() == app_role_id.lower():
                return assignment
        return None

    def grant(self, client_id: str, resource_id: str, principal_id: str | None) -> Document | None:
        """Return the delegated grant for one user, or for all (`principal_id` None); Graph keeps one of each."""
        for grant in self.store.where(self.tenant_id, "oauth2PermissionGrant", "clientId", client_id):
            same_user = (grant["principalId"] or "").lower() == (principal_id or "").lower()
            if same_user and grant["resourceId"].lower() == resource_id.lower():
                return grant
        return None

    def groups_of(self, object_id: str) -> list[Document]:
        """Return the groups that an object is a member of, not by way of another."""
        groups = self.store.all(self.tenant_id, "group")
        return [group for group in groups if object_id.lower() in group["members"]]

    def owned_by(self, object_id: str) -> Iterator[tuple[str, Document]]:
        """Yield the kind and document of every object that an object owns."""
        for kind in ("application", "servicePrincipal", "group"):
            for document in self.store.all(self.tenant_id, kind):
                if object_id.lower() in document["owners"]:
                    yield kind, document

    def role_assignments_of(self, principal_id: str) -> list[Document]:
        """Return the directory roles assigned to an object, at any scope, not by way of a group."""
        return self.store.where(self.tenant_id, "roleAssignment", "principalId", principal_id)

    def _assignments(self, principal_id: str, resource_id: str) -> Iterator[Document]:
        for assignment in self.store.where(self.tenant_id, "appRoleAssignment", "principalId", principal_id):
            if assignment["resourceId"].lower() == resource_id.lower():
                yield assignment


def directories(store: Store) -> list[Directory]:
    """Return every tenant of the sandbox."""
    return [Directory(store, tenant["id"], tenant["cloud"]) for tenant in store.all("", "tenant")]
