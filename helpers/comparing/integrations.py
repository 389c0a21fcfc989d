"""Compare what exists in Entra by two accounts of it: sets, never orders; times to the second; ids without case."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from helpers.comparing.differences import (
    CredentialAdded,
    CredentialChanged,
    CredentialRemoved,
    Difference,
    NotCompared,
    PermissionAdded,
    PermissionRemoved,
    ValueAdded,
    ValueChanged,
    ValueRemoved,
)
from helpers.model import CredentialKind, Existence, NotSeen, PermissionType, Seen
from helpers.surfaces import Surface

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from helpers.model import Credential, Exposure, Integration, Permission

T = TypeVar("T")
Side = Seen[T] | NotSeen

_CHOSEN = {Surface.CLIENT_ID, Surface.APPLICATION_OBJECT, Surface.SERVICE_PRINCIPAL_OBJECT}


def compare(before: Integration, after: Integration) -> tuple[Difference, ...]:
    """Return how `after` differs from `before`, surface by surface, in a fixed order.

    A surface that one side did not see is `NotCompared` with that side's reason; one that neither saw is too.
    """
    return tuple(_differences(before, after))


def without_ids(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """Return differences less what Entra chooses at the first deploy: a declaration does not know it, by nature."""
    return tuple(each for each in differences if not (isinstance(each, NotCompared) and each.surface in _CHOSEN))


def _differences(before: Integration, after: Integration) -> Iterator[Difference]:
    yield from _value(Surface.TENANT, Seen(before.tenant_id), Seen(after.tenant_id))
    yield from _value(Surface.CLIENT_ID, before.client_id, after.client_id)
    yield from _surface(Surface.APPLICATION, before.application.existence, after.application.existence, _single)
    if _is_gone(after.application.existence):
        return  # with the application goes all there was of it, and one sentence says so
    yield from _application(before, after)
    yield from _surface(
        Surface.SERVICE_PRINCIPAL, before.service_principal.existence, after.service_principal.existence, _single
    )
    if not _is_gone(after.service_principal.existence):
        yield from _service_principal(before, after)
        yield from _granted(before, after)
        yield from _surface(Surface.GRANTED_TO_USERS, before.granted_to_users, after.granted_to_users, _values)
    yield from _surface(Surface.REQUESTED, before.requested, after.requested, _permissions)
    yield from _surface(Surface.CREDENTIALS, before.credentials, after.credentials, _credentials)
    gaps = sorted(before.gaps | after.gaps, key=lambda gap: (gap.surface, gap.reason))
    yield from (NotCompared(gap.surface, gap.reason) for gap in gaps)


def _granted(before: Integration, after: Integration) -> Iterator[Difference]:
    """Compare what is granted; a delegated permission says nothing where one side did not see those."""
    unseen = any(gap.surface is Surface.DELEGATED for gap in before.gaps | after.gaps)
    for difference in _surface(Surface.GRANTED, before.granted, after.granted, _permissions):
        permission = getattr(difference, "permission", None)
        if not (unseen and permission and permission.type is PermissionType.DELEGATED):
            yield difference


def _is_gone(existence: Seen[Existence] | NotSeen) -> bool:
    return isinstance(existence, Seen) and existence.items is not Existence.PRESENT


def _application(before: Integration, after: Integration) -> Iterator[Difference]:
    one, other = before.application, after.application
    yield from _value(Surface.APPLICATION_OBJECT, one.object_id, other.object_id)
    yield from _surface(Surface.APPLICATION_ENABLED, one.enabled, other.enabled, _single)
    yield from _value(Surface.DISPLAY_NAME, one.display_name, other.display_name)
    yield from _value(Surface.NOTES, one.notes, other.notes)
    yield from _value(
        Surface.SERVICE_MANAGEMENT_REFERENCE, one.service_management_reference, other.service_management_reference
    )
    yield from _surface(Surface.APPLICATION_OWNERS, one.owners, other.owners, _values)
    yield from _surface(Surface.EXPOSURE, one.exposure, other.exposure, _exposure)


def _service_principal(before: Integration, after: Integration) -> Iterator[Difference]:
    one, other = before.service_principal, after.service_principal
    yield from _value(Surface.SERVICE_PRINCIPAL_OBJECT, one.object_id, other.object_id)
    yield from _surface(Surface.SERVICE_PRINCIPAL_OWNERS, one.owners, other.owners, _values)
    yield from _surface(Surface.SERVICE_PRINCIPAL_ENABLED, one.enabled, other.enabled, _single)
    yield from _surface(Surface.SERVICE_PRINCIPAL_SETTINGS, one.settings, other.settings, _values)
    yield from _surface(Surface.DIRECTORY_ROLES, one.directory_roles, other.directory_roles, _values)
    yield from _surface(Surface.GROUPS, one.groups, other.groups, _values)
    yield from _surface(Surface.OWNED_OBJECTS, one.owned_objects, other.owned_objects, _values)
    yield from _surface(Surface.POLICIES, one.policies, other.policies, _values)


def _surface(
    surface: Surface, before: Side[T], after: Side[T], differing: Callable[[Surface, T, T], Iterator[Difference]]
) -> Iterator[Difference]:
    """Compare one surface with `differing` if both sides saw it, or say why it cannot be compared."""
    if isinstance(before, NotSeen):
        yield NotCompared(surface, before.reason)
    elif isinstance(after, NotSeen):
        yield NotCompared(surface, after.reason)
    else:
        yield from differing(surface, before.items, after.items)


def _value(surface: Surface, before: Side[str], after: Side[str]) -> Iterator[Difference]:
    yield from _surface(surface, before, after, _single)


def _single(surface: Surface, before: str | bool, after: str | bool) -> Iterator[Difference]:  # noqa: FBT001 — values
    if before != after:
        yield ValueChanged(surface, _text(before), _text(after))


def _values(surface: Surface, before: frozenset[str], after: frozenset[str]) -> Iterator[Difference]:
    yield from (ValueAdded(surface, value) for value in sorted(after - before))
    yield from (ValueRemoved(surface, value) for value in sorted(before - after))


def _exposure(_surface_of_both: Surface, before: Exposure, after: Exposure) -> Iterator[Difference]:
    yield from _single(Surface.SIGN_IN_AUDIENCE, before.sign_in_audience, after.sign_in_audience)
    yield from _values(Surface.REDIRECT_URIS, before.redirect_uris, after.redirect_uris)
    yield from _values(Surface.IDENTIFIER_URIS, before.identifier_uris, after.identifier_uris)
    yield from _single(Surface.PUBLIC_CLIENT, before.public_client, after.public_client)
    yield from _values(Surface.APP_ROLES, before.app_roles, after.app_roles)
    yield from _values(Surface.SCOPES, before.scopes, after.scopes)
    yield from _values(Surface.AUTHORIZED_CLIENTS, before.authorized_clients, after.authorized_clients)
    yield from _values(Surface.APPLICATION_SETTINGS, before.settings, after.settings)


def _permissions(surface: Surface, before: frozenset[Permission], after: frozenset[Permission]) -> Iterator[Difference]:
    yield from (PermissionAdded(surface, permission) for permission in sorted(after - before))
    yield from (PermissionRemoved(surface, permission) for permission in sorted(before - after))


def _credentials(surface: Surface, before: frozenset[Credential], after: frozenset[Credential]) -> Iterator[Difference]:
    """Match credentials by holder, key id and kind: what signs for SAML shares its key id with a password.

    Of another kind under a key id is what took its place, where nothing of the old kind is left.
    """
    earlier, later = _by_key(before), _by_key(after)
    gone, come = earlier.keys() - later.keys(), later.keys() - earlier.keys()
    successors = {key[:2]: key for key in sorted(come)}
    exchanged = {key: successors[key[:2]] for key in sorted(gone) if key[:2] in successors}
    yield from (CredentialAdded(surface, later[key]) for key in sorted(come - set(exchanged.values())))
    yield from (CredentialRemoved(surface, earlier[key]) for key in sorted(gone - exchanged.keys()))
    yield from (CredentialChanged(surface, earlier[one], later[other]) for one, other in exchanged.items())
    for key in sorted(earlier.keys() & later.keys()):
        yield from _same_key_id(surface, earlier[key], later[key])


def _by_key(credentials: frozenset[Credential]) -> dict[tuple[str, str, str], Credential]:
    return {(each.holder.value, each.key_id, each.kind.value): each for each in credentials}


def _same_key_id(surface: Surface, before: Credential, after: Credential) -> Iterator[Difference]:
    unseen = next((side.fingerprint for side in (before, after) if isinstance(side.fingerprint, NotSeen)), None)
    if (before.not_before, before.not_after) != (after.not_before, after.not_after):
        yield CredentialChanged(surface, before, after)
    elif before.kind is not CredentialKind.CERTIFICATE:
        return  # nothing else has bytes that anybody shows
    elif unseen is not None:
        yield NotCompared(Surface.CERTIFICATE_BYTES, f"bytes of {before.key_id}: {unseen.reason}")
    elif before.fingerprint != after.fingerprint:
        yield CredentialChanged(surface, before, after)


def _text(value: str | bool) -> str:  # noqa: FBT001 — a value
    return str(value).lower() if isinstance(value, bool) else value
