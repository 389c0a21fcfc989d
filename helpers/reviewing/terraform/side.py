"""One side of a change: what will exist for an application, from its resources, and what was decided about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from helpers.declaration.locations import Locations
from helpers.model import Application, Exposure, Integration, NotSeen, Seen, ServicePrincipal
from helpers.reviewing.terraform.credentials import credentials, entries
from helpers.reviewing.terraform.permissions import granted, requested
from helpers.reviewing.terraform.resource import OWNER, Resource, read
from helpers.reviewing.terraform.shapes import blocks
from helpers.shapes import flag, text, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.declaration.declaration import CertificateEntry
    from helpers.reviewing.terraform.certificates import CertificatesRead
    from helpers.reviewing.terraform.grouping import Bundle
    from helpers.reviewing.terraform.permissions import ApisNamed
    from helpers.reviewing.terraform.record import Record
    from helpers.reviewing.terraform.resource import Notes
    from helpers.terms import RuleException

Owners = Seen[frozenset[str]] | NotSeen

# The same words as an environment file's: neither knows these before the first deploy.
_CHOSEN_LATER = NotSeen("Entra chooses it at the first deploy")
_REDIRECTING = ("web", "single_page_application", "public_client")
_EXPOSING = ("sign_in_audience", "identifier_uris", "fallback_public_client_enabled", *_REDIRECTING)


@dataclass(frozen=True)
class PlannedSide:
    """An environment as Terraform will have it, or has it: `helpers.declared.Declared`, without lines to point at."""

    name: str
    file: str
    integration: Integration
    certificates: tuple[CertificateEntry, ...]
    decisions: Mapping[str, str]
    exceptions: frozenset[RuleException]

    @property
    def locations(self) -> Locations:
        """Where each fact stands: no nearer than the whole input."""
        return Locations(self.file, {})


@dataclass(frozen=True)
class Naming:
    """What a side is called, and where it was read, as messages name it."""

    name: str
    file: str


@dataclass(frozen=True)
class Known:
    """What the mapping needs beside an application's own resources."""

    tenant_id: str
    certificates: CertificatesRead
    apis_named: ApisNamed
    record: Record
    decisions: Mapping[str, str] = field(default_factory=dict)


def planned_side(bundle: Bundle, known: Known, naming: Naming, notes: Notes) -> PlannedSide:
    """Return what an application's resources make so. Whatever they hide is noted."""
    found = entries(bundle, known.certificates, known.record.nodes, notes)
    return PlannedSide(
        name=naming.name,
        file=naming.file,
        integration=_integration(bundle, known, notes),
        certificates=tuple(sorted(found, key=lambda entry: entry.name)),
        decisions=known.decisions,
        exceptions=known.record.exceptions,
    )


def _integration(bundle: Bundle, known: Known, notes: Notes) -> Integration:
    asked = requested(bundle, notes)
    consent = known.decisions.get("permissions.admin_consent", "")
    return Integration(
        tenant_id=known.tenant_id,
        client_id=_id(bundle.application, "client_id"),
        application=_application(bundle, notes),
        service_principal=_service_principal(bundle, notes),
        requested=asked,
        granted=granted(bundle, asked, consent=consent, apis_named=known.apis_named, notes=notes),
        credentials=credentials(bundle, known.certificates, notes),
    )


def _application(bundle: Bundle, notes: Notes) -> Application:
    resource = bundle.application
    return Application(
        object_id=_id(resource, "object_id"),
        display_name=_text(resource, "display_name", notes),
        notes=_text(resource, "notes", notes),
        service_management_reference=_text(resource, "service_management_reference", notes),
        owners=_with_more(_owners(resource, notes), bundle.of(OWNER), notes),
        exposure=read(resource, _EXPOSING, exposure, notes),
    )


def _service_principal(bundle: Bundle, notes: Notes) -> ServicePrincipal:
    """Return the application's service principal; where there is none, nobody owns it and nobody signs in with it."""
    if not bundle.principals:
        none = NotSeen("there is no service principal")
        return ServicePrincipal(object_id=none, owners=Seen(frozenset()), enabled=Seen(items=False))
    if len(bundle.principals) > 1:
        addresses = ", ".join(each.label for each in bundle.principals)
        notes.not_seen(f"{bundle.application.label} has several service principals:", addresses)
    resource = bundle.principals[0]
    return ServicePrincipal(
        object_id=_id(resource, "object_id"),
        owners=_owners(resource, notes),
        enabled=read(resource, ("account_enabled",), _enabled, notes),
    )


def _id(resource: Resource, attribute: str) -> Seen[str] | NotSeen:
    """An id is never noted as missing: Entra chooses it, and it gives nobody access."""
    value = resource.known_text(attribute)
    return Seen(value.lower()) if value else _CHOSEN_LATER


def _text(resource: Resource, attribute: str, notes: Notes) -> Seen[str] | NotSeen:
    return read(resource, (attribute,), lambda values: text(values.get(attribute), f"`{attribute}`"), notes)


def _enabled(values: Mapping[str, Any]) -> bool:
    return flag(values.get("account_enabled"), "`account_enabled`", default=True)


def _owners(resource: Resource, notes: Notes) -> Owners:
    return read(resource, ("owners",), lambda values: _lowered(values.get("owners"), "`owners`"), notes)


def _with_more(owners: Owners, more: list[Resource], notes: Notes) -> Owners:
    """Return owners with those that resources of their own add."""
    for resource in more:
        one = _text(resource, "owner_object_id", notes)
        if isinstance(owners, NotSeen) or isinstance(one, NotSeen):
            return owners if isinstance(owners, NotSeen) else NotSeen("another owner is not known")
        owners = Seen(owners.items | {one.items.lower()})
    return owners


def _lowered(value: object, where: str) -> frozenset[str]:
    return frozenset(each.lower() for each in texts(value, where))


def exposure(values: Mapping[str, Any]) -> Exposure:
    """Return what an application's values expose. Raises `Misshapen`."""
    return Exposure(
        sign_in_audience=text(values.get("sign_in_audience"), "`sign_in_audience`") or "AzureADMyOrg",
        redirect_uris=frozenset(uri for uris in redirect_uris(values).values() for uri in uris),
        identifier_uris=frozenset(texts(values.get("identifier_uris"), "`identifier_uris`")),
        public_client=flag(values.get("fallback_public_client_enabled"), "`fallback_public_client_enabled`"),
    )


def redirect_uris(values: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Return redirect URIs by the block that holds them, which is the kind of client. Raises `Misshapen`."""
    return {
        kind: frozenset(
            uri
            for block in blocks(values.get(kind), f"`{kind}`")
            for uri in texts(block.get("redirect_uris"), "`redirect_uris`")
        )
        for kind in _REDIRECTING
    }
