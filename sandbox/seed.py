"""What a new sandbox begins with: tenants, Microsoft's own service principals, people, pipelines with their secrets."""

from __future__ import annotations

import json
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from helpers.clouds import CLOUDS
from helpers.model import PermissionType
from helpers.moments import second
from helpers.permissions import INTUNE_API, MICROSOFT_GRAPH, find_api
from sandbox.directory import Directory
from sandbox.folder import write_private
from sandbox.graph.app_role_assignments import new_assignment
from sandbox.graph.applications import mirrored, new_application
from sandbox.graph.service_principals import SERVICE_PRINCIPALS
from sandbox.identities import (
    COMPLIANCE_HOSTS,
    COMPLIANCE_PATH,
    NAC_PATH,
    OIDC_ISSUER,
    PEOPLE,
    PIPELINES,
    TENANTS,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from helpers.clouds import Cloud
    from sandbox.identities import Person, Pipeline, SandboxTenant
    from sandbox.store import Document
    from sandbox.world import World

# The service principal whose endpoints ISE reads; not the API that permissions are asked of (domain.md §2).
MICROSOFT_INTUNE = ("Microsoft Intune", "0000000a-0000-0000-c000-000000000000")
# Microsoft's own tenant, to which its applications belong (microsoft.com's "first-party" owner id in Entra's docs).
MICROSOFTS_TENANT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
_NAMESPACE = uuid.UUID("5a9d0000-0000-5000-8000-000000000000")
_SECRETS = "deployers.json"
_SECRET_LIFETIME = timedelta(days=730)


def seed(world: World) -> None:
    """Fill the store; what is there already stays as it is, changes made to it included."""
    secrets_by_client = _secrets(world.folder)
    for tenant in TENANTS:
        _Seed(world, tenant).sow(secrets_by_client)


def federated_subject(pipeline: Pipeline) -> str:
    """Return the subject that the sandbox's identity provider vouches for when this pipeline signs in."""
    return f"repo:contoso/ise-intune:environment:{pipeline.name}"


def _secrets(folder: Path) -> Mapping[str, str]:
    """Return the pipelines' client secrets by client id; who has none yet gets one, written down (mode 0600)."""
    path = folder / _SECRETS
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    missing = [pipeline.client_id for pipeline in PIPELINES if pipeline.client_id not in known]
    if missing:
        known |= {client_id: secrets.token_urlsafe(30) for client_id in missing}
        write_private(path, json.dumps(known, indent=2))
    return known


@dataclass(frozen=True)
class _Seed:
    """One tenant being filled."""

    world: World
    tenant: SandboxTenant

    def sow(self, secrets_by_client: Mapping[str, str]) -> None:
        tenant = self.tenant
        if self.world.store.get("", "tenant", tenant.id) is None:
            document = {"id": tenant.id, "cloud": tenant.cloud, "displayName": tenant.name}
            self.world.store.put("", "tenant", tenant.id, document)
        for service_principal in self._microsofts():
            self._put("servicePrincipal", service_principal)
        for person in PEOPLE:
            self._put("user", self._user(person))
        for pipeline in PIPELINES:
            self._sow_pipeline(pipeline, secrets_by_client[pipeline.client_id])

    @property
    def _cloud(self) -> Cloud:
        return CLOUDS[self.tenant.cloud]

    def _put(self, kind: str, document: Document) -> None:
        if self.world.store.get(self.tenant.id, kind, document["id"]) is None:
            self.world.store.put(self.tenant.id, kind, document["id"], document)

    def _timestamp(self, later: timedelta = timedelta()) -> str:
        return second(self.world.now() + later)

    def _id(self, *names: str) -> str:
        """Return the id of an object here: the same in every sandbox, another in every tenant."""
        return str(uuid.uuid5(_NAMESPACE, "/".join((self.tenant.id, *names))))

    def _user(self, person: Person) -> Document:
        return {
            "id": person.id,
            "accountEnabled": person.account_enabled,
            "displayName": person.name,
            "mail": None,
            "userPrincipalName": f"{person.alias}@{self.tenant.id}.onmicrosoft.com",
        }

    def _microsofts(self) -> tuple[Document, ...]:
        name, app_id = MICROSOFT_INTUNE
        return (
            self._api(MICROSOFT_GRAPH, address=self._cloud.graph),
            self._api(INTUNE_API, address=self._cloud.intune_audience),
            self._microsoft(name, app_id, endpoints=self._intune_endpoints(app_id)),
        )

    def _api(self, name: str, *, address: str) -> Document:
        api = find_api(name)
        roles = {value: id_ for (type_, value), id_ in api.permissions.items() if type_ is PermissionType.APPLICATION}
        scopes = {value: id_ for (type_, value), id_ in api.permissions.items() if type_ is PermissionType.DELEGATED}
        return self._microsoft(
            name,
            api.app_id,
            servicePrincipalNames=[api.app_id, address],
            appRoles=[app_role(value, identifier) for value, identifier in roles.items()],
            oauth2PermissionScopes=[scope(value, identifier) for value, identifier in scopes.items()],
        )

    def _microsoft(self, name: str, app_id: str, **properties: object) -> Document:
        return SERVICE_PRINCIPALS.new(
            {
                "id": self._id("servicePrincipal", app_id),
                "appId": app_id,
                "appDisplayName": name,
                "displayName": name,
                "appOwnerOrganizationId": MICROSOFTS_TENANT,
                "createdDateTime": self._timestamp(),
                "servicePrincipalNames": [app_id],
                "signInAudience": "AzureADMultipleOrgs",
                **properties,
            }
        )

    def _intune_endpoints(self, app_id: str) -> list[Document]:
        """Return what discovery finds: v3, which ISE uses, and v2, retired but listed still (domain.md §7.3)."""
        host = COMPLIANCE_HOSTS[self.tenant.cloud]
        return [
            {
                "id": self._id("endpoint", name),
                "deletedDateTime": None,
                "capability": name,
                "providerId": app_id,
                "providerName": name,
                "providerResourceId": name,
                "uri": f"https://{host}{path}",
            }
            for name, path in (("ComplianceRetrievalService", COMPLIANCE_PATH), ("NACAPIService", NAC_PATH))
        ]

    def _sow_pipeline(self, pipeline: Pipeline, secret: str) -> None:
        """Register a pipeline, with a service principal of the same object id in every tenant."""
        application = new_application(
            {
                "id": self._id("application", pipeline.client_id),
                "appId": pipeline.client_id,
                "displayName": pipeline.name,
                "createdDateTime": self._timestamp(),
                "publisherDomain": f"{self.tenant.id}.onmicrosoft.com",
                "passwordCredentials": [self._password(pipeline, secret)],
                "federatedIdentityCredentials": [self._federated(pipeline)],
                "requiredResourceAccess": [_requested(pipeline)],
            }
        )
        service_principal = SERVICE_PRINCIPALS.new(
            {
                **mirrored(application),
                "id": pipeline.object_id,
                "appId": pipeline.client_id,
                "appOwnerOrganizationId": self.tenant.id,
                "createdDateTime": self._timestamp(),
            }
        )
        self._put("application", application)
        self._put("servicePrincipal", service_principal)
        self._grant(pipeline, service_principal)

    def _password(self, pipeline: Pipeline, secret: str) -> Document:
        return {
            "customKeyIdentifier": None,
            "displayName": "made by the sandbox",
            "endDateTime": self._timestamp(_SECRET_LIFETIME),
            "hint": secret[:3],
            "keyId": self._id("passwordCredential", pipeline.client_id),
            "secretText": secret,
            "startDateTime": self._timestamp(),
        }

    def _federated(self, pipeline: Pipeline) -> Document:
        return {
            "id": self._id("federatedIdentityCredential", pipeline.client_id),
            "name": "pipeline",
            "issuer": OIDC_ISSUER,
            "subject": federated_subject(pipeline),
            "description": None,
            "audiences": ["api://AzureADTokenExchange"],
        }

    def _grant(self, pipeline: Pipeline, service_principal: Document) -> None:
        directory = Directory(self.world.store, self.tenant.id, self.tenant.cloud)
        graph = directory.service_principal_by_app_id(find_api(MICROSOFT_GRAPH).app_id) or {}
        for access in _requested(pipeline)["resourceAccess"]:
            if directory.assignment(service_principal["id"], graph["id"], access["id"]) is None:
                self._put(
                    "appRoleAssignment",
                    new_assignment(service_principal, graph, access["id"], created=self._timestamp()),
                )


def _requested(pipeline: Pipeline) -> Document:
    graph = find_api(MICROSOFT_GRAPH)
    roles = [graph.permissions[PermissionType.APPLICATION, value] for value in pipeline.roles]
    return {
        "resourceAppId": graph.app_id,
        "resourceAccess": [{"id": role, "type": "Role"} for role in sorted(roles)],
    }


def app_role(value: str, identifier: str) -> Document:
    """Return an application permission, as a service principal offers it."""
    return {
        "allowedMemberTypes": ["Application"],
        "description": value,
        "displayName": value,
        "id": identifier,
        "isEnabled": True,
        "origin": "Application",
        "value": value,
    }


def scope(value: str, identifier: str) -> Document:
    """Return a delegated permission, as a service principal offers it."""
    return {
        "adminConsentDescription": value,
        "adminConsentDisplayName": value,
        "id": identifier,
        "isEnabled": True,
        "type": "Admin" if value.endswith(".All") else "User",
        "userConsentDescription": value,
        "userConsentDisplayName": value,
        "value": value,
    }
