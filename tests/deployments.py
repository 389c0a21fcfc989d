"""What a deploy of a declaration leaves in the sandbox's memory, and the outputs it hands over, without Terraform.

`tests/test_end_to_end_deploy.py` holds both to a real deploy.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.model import PermissionType, stated
from helpers.permissions import permission_name
from sandbox.directory import Directory
from sandbox.graph import key_credentials
from sandbox.graph.app_role_assignments import new_assignment
from sandbox.graph.applications import mirrored, new_application
from sandbox.graph.documents import opaque_id
from sandbox.graph.service_principals import SERVICE_PRINCIPALS
from stacks.outputs import Ids, output_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from helpers.declaration.declaration import Declaration
    from helpers.model import Permission
    from sandbox.store import Document, Store
    from sandbox.world import World

_NAMESPACE = uuid.UUID("d3b10000-0000-5000-8000-000000000000")


@dataclass(frozen=True)
class Deployment:
    """An environment as its deploy left it."""

    declaration: Declaration
    client_id: str
    application: str
    service_principal: str

    @property
    def outputs(self) -> dict[str, Any]:
        """Every output by name."""
        ids = Ids(self.client_id, self.application, self.service_principal)
        written = json.dumps(output_values(self.declaration, ids, commit=None))
        # What Terraform takes for text it hands out as text.
        values: dict[str, Any] = json.loads(written.replace("$${", "${").replace("%%{", "%{"))
        return values


def deployed(world: World, declaration: Declaration) -> Deployment:
    """Put into the sandbox what a deploy leaves, and what an administrator consents to. Its ids follow its name."""
    tenant, name = declaration.integration.tenant_id, declaration.name
    done = Deployment(declaration, *(_id(tenant, name, what) for what in ("client", "application", "principal")))
    when = world.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    application = _application(done, when)
    principal = _service_principal(done, application, when)
    world.store.put(tenant, "application", done.application, application)
    world.store.put(tenant, "servicePrincipal", done.service_principal, principal)
    directory = Directory(world.store, tenant, declaration.cloud.name)
    for kind, document in _consented(directory, principal, stated(declaration.integration.requested), when):
        world.store.put(tenant, kind, document["id"], document)
    return done


def outputs_file(deployments: Iterable[Deployment]) -> str:
    """Return what `cdktf deploy --outputs-file` writes of these."""
    return json.dumps({each.declaration.name: each.outputs for each in deployments}, indent=2)


@contextmanager
def undone(store: Store) -> Iterator[None]:
    """Take every change back that is made while the context lasts, the order of documents included."""
    order = {kept: [*documents] for kept, documents in store._documents.items()}
    with store.watched() as changes:
        yield
        made = [*changes]
    for change in reversed(made):
        identifier = str((change.after or change.before or {})["id"])
        if change.before is None:
            store.delete(change.tenant, change.kind, identifier)
        else:
            store.put(change.tenant, change.kind, identifier, change.before)
    for tenant, kind in {(change.tenant, change.kind) for change in made if change.after is None}:
        documents = [(each, store.get(tenant, kind, each)) for each in order.get((tenant, kind), ())]
        for identifier, document in documents:
            store.delete(tenant, kind, identifier)
            store.put(tenant, kind, identifier, document or {})


def _id(*names: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, "/".join(names)))


def _application(done: Deployment, when: str) -> Document:
    declared = done.declaration.integration.application
    return new_application(
        {
            "id": done.application,
            "appId": done.client_id,
            "createdDateTime": when,
            "publisherDomain": f"{done.declaration.integration.tenant_id}.onmicrosoft.com",
            "displayName": stated(declared.display_name),
            "notes": stated(declared.notes) or None,
            "serviceManagementReference": stated(declared.service_management_reference) or None,
            "signInAudience": stated(declared.exposure).sign_in_audience,
            "requiredResourceAccess": _required(stated(done.declaration.integration.requested)),
            "keyCredentials": _keys(done.declaration),
            "owners": sorted(stated(declared.owners)),
            # What the provider says of what no file declares.
            "api": {"acceptMappedClaims": False, "requestedAccessTokenVersion": 1},
            "isDeviceOnlyAuthSupported": False,
            "isFallbackPublicClient": False,
        }
    )


def _service_principal(done: Deployment, application: Document, when: str) -> Document:
    return SERVICE_PRINCIPALS.new(
        {
            **mirrored(application),
            "id": done.service_principal,
            "appId": done.client_id,
            "appOwnerOrganizationId": done.declaration.integration.tenant_id,
            "createdDateTime": when,
            "owners": sorted(stated(done.declaration.integration.service_principal.owners)),
        }
    )


def _required(permissions: Iterable[Permission]) -> list[Document]:
    accesses: defaultdict[str, list[Document]] = defaultdict(list)
    for each in sorted(permissions, key=lambda each: (each.api, each.id, each.type)):
        kind = "Role" if each.type is PermissionType.APPLICATION else "Scope"
        accesses[each.api].append({"id": each.id, "type": kind})
    return [{"resourceAppId": api, "resourceAccess": access} for api, access in accesses.items()]


def _keys(declaration: Declaration) -> list[Document]:
    """Return the credentials as Graph keeps them when the provider has sent them: as PEM, with dates and no name."""
    sent = [
        {
            "keyId": entry.certificate.key_id,
            "key": base64.b64encode(entry.certificate.pem.encode()).decode(),
            "startDateTime": entry.certificate.start_date,
            "endDateTime": entry.certificate.end_date,
        }
        for entry in declaration.certificates
    ]
    return key_credentials.updated([], sent)


def _consented(
    directory: Directory, principal: Document, permissions: Iterable[Permission], when: str
) -> Iterator[tuple[str, Document]]:
    """Yield an assignment for each application permission, and for delegated ones a grant for each API."""
    scopes: defaultdict[str, list[str]] = defaultdict(list)
    for each in sorted(permissions):
        resource = directory.service_principal_by_app_id(each.api)
        assert resource is not None, each.api
        if each.type is PermissionType.APPLICATION:
            yield "appRoleAssignment", new_assignment(principal, resource, each.id, created=when)
        else:
            scopes[resource["id"]].append(permission_name(each))
    for resource_id, names in scopes.items():
        yield (
            "oauth2PermissionGrant",
            {
                "clientId": principal["id"],
                "consentType": "AllPrincipals",
                "id": opaque_id(principal["id"], resource_id, ""),
                "principalId": None,
                "resourceId": resource_id,
                "scope": " ".join(sorted(names)),
            },
        )
