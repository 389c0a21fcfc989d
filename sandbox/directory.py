"""What Entra and Graph both know about a tenant: applications, service principals, who was granted what.

Kinds in the store (each document as Graph v1.0 shows it, plus what it hides):

`tenant`             {id, cloud, displayName}, under the tenant `""`
`application`        keyCredentials[].key is base64 of the certificate's DER; passwordCredentials[].secretText is kept;
                     owners: [object ids]; federatedIdentityCredentials: [...]
`servicePrincipal`   appRoles, oauth2PermissionScopes, owners, keyCredentials, passwordCredentials
`appRoleAssignment`  {id, appRoleId, principalId, resourceId, ...}
`oauth2PermissionGrant`
`deletedApplication`, `deletedServicePrincipal`
`user`               directory objects that can be owners
`device`             what Intune knows (sandbox/intune)
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
        return _first(self.store.all(self.tenant_id, "application"), "appId", app_id)

    def service_principal_by_app_id(self, app_id: str) -> Document | None:
        """Return the service principal of an application, the tenant's own or another's."""
        return _first(self.store.all(self.tenant_id, "servicePrincipal"), "appId", app_id)

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

    def _assignments(self, principal_id: str, resource_id: str) -> Iterator[Document]:
        for assignment in self.store.all(self.tenant_id, "appRoleAssignment"):
            if _same(assignment["principalId"], principal_id) and _same(assignment["resourceId"], resource_id):
                yield assignment


def directories(store: Store) -> list[Directory]:
    """Return every tenant of the sandbox."""
    return [Directory(store, tenant["id"], tenant["cloud"]) for tenant in store.all("", "tenant")]


def _first(documents: list[Document], key: str, value: str) -> Document | None:
    return next((document for document in documents if _same(document[key], value)), None)


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()
