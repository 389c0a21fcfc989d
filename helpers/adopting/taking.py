"""From what Graph says of an application to what its file says: every fact the model has, and the import ids."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from helpers.adopting.consents import grants_for, roles_for
from helpers.adopting.nodes import Presenting, entry_name, nodes_of
from helpers.adopting.unmanaged import unmanaged_of_application, unmanaged_of_service_principal
from helpers.declaration.adopted import Adopted, adopted_block, certificate_block, in_order, pinned
from helpers.declaration.extra_permissions import extra_item
from helpers.declaration.forms import LONGEST_TEXT
from helpers.declaration.template import Found
from helpers.declaration.texts import is_expressible
from helpers.errors import ServiceError
from helpers.model import Permission, Seen, stated
from helpers.observing.application import permission_asked
from helpers.observing.values import identifier, members
from helpers.permissions import profiles
from helpers.shapes import Misshapen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from helpers.adopting.keys import FoundKey
    from helpers.certificates import Certificate
    from helpers.declaration.writing import Plain
    from helpers.model import Integration
    from helpers.observing.documents import Document, Documents
    from helpers.observing.observed import Observed
    from helpers.terms import RuleException


@dataclass(frozen=True)
class Wishes:
    """What a person says beside what Graph says. `nodes` are by key id or thumbprint, `left` by subject, in lower case.

    `reason` is why ISE needs what is beyond the profile; empty where nobody said. `by_code`: the pipeline grants.
    """

    name: str
    deployer: str
    nodes: Mapping[str, tuple[str, ...]]
    left: frozenset[str]
    today: date
    reason: str = ""
    by_code: bool = False
    exceptions: tuple[RuleException, ...] = ()


@dataclass(frozen=True)
class TakenKey:
    """A certificate that becomes an entry; `file` is from the environments' folder, `guessed_from` a name in it."""

    entry: str
    file: str
    presenting: Presenting
    key: FoundKey
    certificate: Certificate


@dataclass(frozen=True)
class Taken:
    """What goes into the file. `unplaced` are certificates of which nobody said which nodes present them.

    `beyond` are the permissions that the profile does not hold.
    """

    display_name: str
    profile: str
    beyond: tuple[Permission, ...]
    found: Found
    keys: tuple[TakenKey, ...]
    unplaced: tuple[FoundKey, ...]


def take(observed: Observed, keys: Iterable[FoundKey], wishes: Wishes) -> Taken:
    """Return everything a file can say of an application whose parts were all seen (`helpers.adopting.sight`).

    Raises `ServiceError` for consent that Graph tells in a form that it does not have.
    """
    try:
        return _take(observed, keys, wishes)
    except Misshapen as error:
        raise ServiceError("Microsoft Graph", f"answered not as it should: {error}", "try again") from None


def _take(observed: Observed, keys: Iterable[FoundKey], wishes: Wishes) -> Taken:
    integration, documents = observed.integration, documents_of(observed)
    kept, unplaced = placed_keys(keys, wishes)
    profile = fitting_profile(stated(integration.requested))
    beyond = tuple(sorted(stated(integration.requested) - profiles()[profile].permissions))
    return Taken(
        display_name=stated(integration.application.display_name),
        profile=profile,
        beyond=beyond,
        found=Found(
            client_id=stated(integration.client_id),
            owners=sorted(stated(integration.application.owners) - {wishes.deployer}),
            application=dict(_application(integration, wishes.deployer)),
            extra=[extra_item(each, reason=wishes.reason or _nobody_said(wishes)) for each in beyond],
            certificates={each.entry: _entry(each) for each in kept},
            adopted=adopted_block(_adopted(integration, documents, wishes)),
            exceptions=[_exception(each) for each in wishes.exceptions],
        ),
        keys=kept,
        unplaced=unplaced,
    )


def documents_of(observed: Observed) -> Documents:
    """Return what an application was read from. Raises LookupError for one that was read from nothing."""
    if observed.documents is None:
        message = "observed without documents"
        raise LookupError(message)
    return observed.documents


def fitting_profile(requested: frozenset[Permission]) -> str:
    """Return the largest profile all of which is asked for; `as-found` where no other is."""
    fitting = (each for each in profiles().values() if each.permissions <= requested)
    return max(fitting, key=lambda each: len(each.permissions)).name


def placed_keys(keys: Iterable[FoundKey], wishes: Wishes) -> tuple[tuple[TakenKey, ...], tuple[FoundKey, ...]]:
    """Return entries for certificates in their order; of one node's, that which ends last is called as the node."""
    kept: list[TakenKey] = []
    unplaced: list[FoundKey] = []
    taken: set[str] = set()
    for key, certificate, presenting in reversed([*_presented(keys, wishes)]):
        if presenting is None:
            unplaced.append(key)
            continue
        name = entry_name(presenting.nodes, certificate.not_after.year, taken)
        taken.add(name.lower())
        kept.append(TakenKey(name, f"certificates/{wishes.name}-{name}.pem", presenting, key, certificate))
    return tuple(reversed(kept)), tuple(reversed(unplaced))


def _presented(keys: Iterable[FoundKey], wishes: Wishes) -> Iterator[tuple[FoundKey, Certificate, Presenting | None]]:
    """Yield the certificates that a file can declare, each with its nodes, or None where nobody can tell.

    Whoever could add a certificate could give it a node's name: of two valid ones, a name says nothing.
    """
    found = [
        (key, key.certificate, nodes_of(key.key_id, key.certificate, wishes.nodes))
        for key in keys
        if key.certificate and not key.cause and key.key_id not in wishes.left
    ]
    valid = [certificate.not_after.date() >= wishes.today for _, certificate, _ in found]
    of_node = Counter(
        node.casefold()
        for (_, _, each), is_valid in zip(found, valid, strict=True)
        if each and is_valid
        for node in each.nodes
    )
    for (key, certificate, each), is_valid in zip(found, valid, strict=True):
        is_disputed = each and each.guessed_from and is_valid and of_node[each.nodes[0].casefold()] > 1
        yield key, certificate, None if is_disputed else each


def _application(integration: Integration, deployer: str) -> Iterator[tuple[str, Plain]]:
    application, principal = integration.application, integration.service_principal
    if isinstance(principal.owners, Seen):
        further = principal.owners.items - {deployer}
        if further != stated(application.owners) - {deployer}:
            yield "service_principal_owners", sorted(further)
    for key, value in (
        ("notes", stated(application.notes)),
        ("service_management_reference", stated(application.service_management_reference)),
    ):
        if value:
            yield key, value


def _nobody_said(wishes: Wishes) -> str:
    return f"asked for when it was adopted on {wishes.today}; nobody has said yet why ISE needs it"


def _entry(taken: TakenKey) -> dict[str, Plain]:
    there = taken.key.credential
    pin = pinned(taken.certificate, there.key_id, not_before=there.not_before, not_after=there.not_after)
    return {"file": taken.file, "nodes": [*taken.presenting.nodes], "adopted": certificate_block(pin)}


def _adopted(integration: Integration, documents: Documents, wishes: Wishes) -> Adopted:
    """Return what a deploy imports, keeps and leaves alone; a text that no file can hold is told as what it is."""
    principal, exposure = integration.service_principal, stated(integration.application.exposure)
    settings = principal.settings.items if isinstance(principal.settings, Seen) else frozenset[str]()
    requested = stated(integration.requested) if wishes.by_code else frozenset[Permission]()
    return Adopted(
        application=stated(integration.application.object_id),
        service_principal=principal.object_id.items if isinstance(principal.object_id, Seen) else "",
        permission_order=permission_order(documents),
        roles=tuple(roles_for(requested, _listed(documents.app_role_assignments), documents)),
        grants=tuple(grants_for(requested, _listed(documents.delegated_grants), documents)),
        exposure=replace(
            exposure,
            redirect_uris=_keepable(exposure.redirect_uris),
            identifier_uris=_keepable(exposure.identifier_uris),
            app_roles=_keepable(exposure.app_roles),
            scopes=_keepable(exposure.scopes),
            authorized_clients=_keepable(exposure.authorized_clients),
            settings=_keepable(exposure.settings),
        ),
        service_principal_settings=_keepable(settings),
        unmanaged_of_application=unmanaged_of_application(documents),
        unmanaged_of_service_principal=unmanaged_of_service_principal(documents),
    )


def permission_order(documents: Documents) -> tuple[str, ...]:
    """Return the ids of permissions in Entra's order; none where that is the order in which a stack has them."""
    asked: dict[str, list[Permission]] = {}
    for api, permission in _asked(documents):
        asked.setdefault(api, []).append(permission)
    if all(in_order(each) == each for each in asked.values()):
        return ()
    return tuple(permission.id for each in asked.values() for permission in each)


def _asked(documents: Documents) -> Iterator[tuple[str, Permission]]:
    application = documents.application if isinstance(documents.application, dict) else {}
    for api in members(application, "requiredResourceAccess"):
        for access in members(api, "resourceAccess"):
            yield identifier(api, "resourceAppId"), permission_asked(api, access)


def _listed(listing: object) -> tuple[Document, ...]:
    return listing if isinstance(listing, tuple) else ()


def _keepable(values: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(is_keepable, values))


def is_keepable(value: str) -> bool:
    """Say whether `keeps` can name a value."""
    return bool(value.strip()) and len(value) <= LONGEST_TEXT and is_expressible(value)


def _exception(exception: RuleException) -> dict[str, Plain]:
    return {
        "rule": exception.rule,
        "subject": exception.subject,
        "reason": exception.reason,
        "until": exception.until.isoformat(),
    }
