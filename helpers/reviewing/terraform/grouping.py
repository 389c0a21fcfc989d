"""Which resource belongs to which application: by the ids it carries, or by what its configuration refers to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from helpers.reviewing.terraform.resource import APPLICATION, SERVICE_PRINCIPAL, Resource

if TYPE_CHECKING:
    from collections.abc import Iterable

# The attributes by which azuread's resources name the application or service principal that they belong to.
LINKS = (
    "application_id",
    "client_id",
    "service_principal_id",
    "service_principal_object_id",
    "principal_object_id",
)
_ID_PREFIXES = ("/applications/", "/serviceprincipals/")


@dataclass
class Bundle:
    """An application with all that belongs to it, on one side."""

    application: Resource
    principals: list[Resource] = field(default_factory=list)
    others: list[Resource] = field(default_factory=list)

    @property
    def everything(self) -> list[Resource]:
        """The application and all that belongs to it."""
        return [self.application, *self.principals, *self.others]

    def of(self, *types: str) -> list[Resource]:
        """Return what belongs to it of some types."""
        return [each for each in self.others if each.type in types]


@dataclass(frozen=True)
class Grouped:
    """One side: its applications by address, and what belongs to none of them."""

    bundles: dict[str, Bundle]
    strays: list[Resource]

    @property
    def owners(self) -> dict[str, str]:
        """The address of its application, by each resource's address."""
        return {each.address: address for address, bundle in self.bundles.items() for each in bundle.everything}


def group(resources: Iterable[Resource]) -> Grouped:
    """Put resources to their applications: service principals first, since others belong to those."""
    by_kind: dict[str, list[Resource]] = defaultdict(list)
    for resource in resources:
        by_kind[resource.type if resource.type in {APPLICATION, SERVICE_PRINCIPAL} else ""].append(resource)
    bundles = {each.address: Bundle(each) for each in by_kind[APPLICATION]}
    index = {key: bundle for bundle in bundles.values() for key in _keys(bundle.application)}
    strays: list[Resource] = []
    for principal in by_kind[SERVICE_PRINCIPAL]:
        bundle = _belongs_to(principal, index)
        if bundle is None:
            strays.append(principal)
        else:
            bundle.principals.append(principal)
            index.update((key, bundle) for key in _keys(principal) if key not in index)
    for other in by_kind[""]:
        bundle = _belongs_to(other, index)
        (strays if bundle is None else bundle.others).append(other)
    return Grouped(bundles, strays)


def _keys(resource: Resource) -> set[str]:
    """Return everything by which others name an object: its address, and its ids as far as they are known."""
    ids = (resource.known_text(attribute) for attribute in ("id", "object_id", "client_id"))
    return {resource.address, *(bare_id(each) for each in ids if each)}


def _belongs_to(resource: Resource, index: dict[str, Bundle]) -> Bundle | None:
    """A known id decides; only where there is none, what the configuration refers to."""
    for attribute in LINKS:
        value = resource.known_text(attribute)
        found = index.get(bare_id(value)) if value else index.get(resource.links.get(attribute, ""))
        if found:
            return found
    return None


def bare_id(value: str) -> str:
    """Return an id without case, and without the path that newer versions of the provider put before it."""
    lowered = value.lower()
    for prefix in _ID_PREFIXES:
        if lowered.startswith(prefix):
            return lowered[len(prefix) :]
    return lowered
