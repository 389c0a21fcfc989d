"""What was there before this project: objects that somebody else made, or a killed deploy, and that a deploy imports.

`ise-intune adopt` writes it into the environment file. The ids are what Terraform imports by (graph-audit.md §E.1);
import blocks stay for good, as they do nothing once an object is in the state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.model import Exposure, Permission, PermissionType

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from helpers.declaration.adoption_schema import AdoptedBlock, AdoptedCertificateBlock, KeepsBlock


@dataclass(frozen=True)
class AdoptedCertificate:
    """A credential that was there already: pinned by its key id, with the SHA-256 of the bytes that were found then.

    The provider neither reads nor compares those bytes. `sha256` is upper-case hex. The dates (UTC) are Entra's where
    they are not the certificate's own.
    """

    key_id: str
    sha256: str
    not_before: datetime | None = None
    not_after: datetime | None = None


@dataclass(frozen=True)
class AdoptedRole:
    """An app role assignment: `permission` is the app role, `resource` the API's service principal, by object id."""

    permission: str
    resource: str
    assignment: str


@dataclass(frozen=True)
class AdoptedGrant:
    """A delegated grant on the API of the client id `api`."""

    api: str
    grant: str


@dataclass(frozen=True)
class Adopted:
    """The objects to import, by object id; `service_principal` is empty where a deploy still makes it.

    `permission_order` are ids of permissions in Entra's order, which Terraform compares. `exposure` and
    `service_principal_settings` are what the application has and no deploy makes. `unmanaged` are arguments of
    Terraform's resources that are left alone.
    """

    application: str
    service_principal: str
    permission_order: tuple[str, ...]
    roles: tuple[AdoptedRole, ...]
    grants: tuple[AdoptedGrant, ...]
    exposure: Exposure
    service_principal_settings: frozenset[str]
    unmanaged_of_application: tuple[str, ...]
    unmanaged_of_service_principal: tuple[str, ...]

    def role_of(self, permission: Permission) -> AdoptedRole | None:
        """Return the assignment that grants an application permission already, if there is one."""
        return next((each for each in self.roles if each.permission == permission.id), None)

    def grant_on(self, api: str) -> AdoptedGrant | None:
        """Return the grant of delegated permissions on an API, if there is one."""
        return next((each for each in self.grants if each.api == api), None)


def adopted(block: AdoptedBlock) -> Adopted:
    """Return what a file's `adopted` says."""
    return Adopted(
        application=block.application,
        service_principal=block.service_principal or "",
        permission_order=tuple(block.permission_order),
        roles=tuple(AdoptedRole(each.permission, each.resource, each.assignment) for each in block.consents.roles),
        grants=tuple(AdoptedGrant(each.api, each.grant) for each in block.consents.grants),
        exposure=_exposure(block.keeps),
        service_principal_settings=frozenset(block.keeps.service_principal_settings),
        unmanaged_of_application=tuple(sorted(block.unmanaged.application)),
        unmanaged_of_service_principal=tuple(sorted(block.unmanaged.service_principal)),
    )


def adopted_certificate(block: AdoptedCertificateBlock) -> AdoptedCertificate:
    """Return what an entry's `adopted` says."""
    return AdoptedCertificate(block.key_id, block.sha256.replace(":", "").upper(), block.not_before, block.not_after)


def in_order(permissions: Iterable[Permission], order: Iterable[str] = ()) -> list[Permission]:
    """Return permissions API by API, in Entra's `order` where it is known: the provider compares them as a list.

    Delegated and application permissions have ids of their own; what is not in `order` follows, by id.
    """
    known = {id_: position for position, id_ in enumerate(order)}
    last = len(known)

    def place(permission: Permission) -> tuple[str, int, str, PermissionType]:
        return permission.api, known.get(permission.id, last), permission.id, permission.type

    return sorted(permissions, key=place)


def _exposure(keeps: KeepsBlock) -> Exposure:
    return Exposure(
        sign_in_audience=keeps.sign_in_audience,
        redirect_uris=frozenset(keeps.redirect_uris),
        identifier_uris=frozenset(keeps.identifier_uris),
        public_client=keeps.public_client,
        app_roles=frozenset(keeps.app_roles),
        scopes=frozenset(keeps.scopes),
        authorized_clients=frozenset(keeps.authorized_clients),
        settings=frozenset(keeps.settings),
    )
