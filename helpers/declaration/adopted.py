"""What was there before this project: objects that somebody else made, or a killed deploy, and that a deploy imports.

`ise-intune adopt` writes it into the environment file. The ids are what Terraform imports by (graph-audit.md §E.1);
import blocks stay for good, as they do nothing once an object is in the state.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from helpers.model import Exposure, Permission, PermissionType
from helpers.moments import second

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from helpers.certificates import Certificate
    from helpers.declaration.adoption_schema import AdoptedBlock, AdoptedCertificateBlock, KeepsBlock
    from helpers.declaration.writing import Plain


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
    service_principal: str = ""
    permission_order: tuple[str, ...] = ()
    roles: tuple[AdoptedRole, ...] = ()
    grants: tuple[AdoptedGrant, ...] = ()
    exposure: Exposure = field(default_factory=Exposure)
    service_principal_settings: frozenset[str] = frozenset()
    unmanaged_of_application: tuple[str, ...] = ()
    unmanaged_of_service_principal: tuple[str, ...] = ()

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


def adopted_block(adopted: Adopted) -> dict[str, Plain]:
    """Return the block `adopted` that says so, as a file has it: nothing in it that says nothing."""
    consents = {
        "roles": [asdict(each) for each in adopted.roles],
        "grants": [asdict(each) for each in adopted.grants],
    }
    unmanaged = {
        "application": [*adopted.unmanaged_of_application],
        "service_principal": [*adopted.unmanaged_of_service_principal],
    }
    block: dict[str, Plain] = {
        "application": adopted.application,
        "service_principal": adopted.service_principal,
        "permission_order": [*adopted.permission_order],
        "consents": _filled(consents),
        "keeps": kept_by(adopted),
        "unmanaged": _filled(unmanaged),
    }
    return _filled(block)


def certificate_block(adopted: AdoptedCertificate) -> dict[str, Plain]:
    """Return an entry's block `adopted` that says so."""
    dates = {"not_before": adopted.not_before, "not_after": adopted.not_after}
    stated = {name: second(date) for name, date in dates.items() if date}
    return {"key_id": adopted.key_id, "sha256": adopted.sha256, **stated}


def pinned(
    certificate: Certificate, key_id: str, *, not_before: datetime | None, not_after: datetime | None
) -> AdoptedCertificate:
    """Return a credential as an entry pins it; the dates (UTC) are those that Entra has, None where it has none."""
    return AdoptedCertificate(
        key_id,
        certificate.sha256_hex,
        not_before if not_before != certificate.not_before else None,
        not_after if not_after != certificate.not_after else None,
    )


def in_order(permissions: Iterable[Permission], order: Iterable[str] = ()) -> list[Permission]:
    """Return permissions API by API, in Entra's `order` where it is known: the provider compares them as a list.

    Delegated and application permissions have ids of their own; what is not in `order` follows, by id.
    """
    known = {id_: position for position, id_ in enumerate(order)}
    last = len(known)

    def place(permission: Permission) -> tuple[str, int, str, PermissionType]:
        return permission.api, known.get(permission.id, last), permission.id, permission.type

    return sorted(permissions, key=place)


def kept_by(adopted: Adopted) -> dict[str, Plain]:
    """Return `keeps` as a file has it: what differs from an application that a deploy makes, by key."""
    exposure, usual = adopted.exposure, Exposure()
    audience = exposure.sign_in_audience if exposure.sign_in_audience != usual.sign_in_audience else ""
    keeps: dict[str, Plain] = {
        "sign_in_audience": audience,
        "public_client": exposure.public_client,
        "redirect_uris": sorted(exposure.redirect_uris),
        "identifier_uris": sorted(exposure.identifier_uris),
        "app_roles": sorted(exposure.app_roles),
        "scopes": sorted(exposure.scopes),
        "authorized_clients": sorted(exposure.authorized_clients),
        "settings": sorted(exposure.settings),
        "service_principal_settings": sorted(adopted.service_principal_settings),
    }
    return _filled(keeps)


def _filled(block: Mapping[str, Plain]) -> dict[str, Plain]:
    return {key: value for key, value in block.items() if value}


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
