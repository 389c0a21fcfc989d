"""Where in the order each thing belongs that is beyond the least."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.comparing import (
    CredentialAdded,
    CredentialRemoved,
    PermissionAdded,
    PermissionRemoved,
    Surface,
    ValueAdded,
    ValueRemoved,
)
from helpers.findings import Severity
from helpers.rules.permission_rules import serves_the_same
from helpers.surfaces import OWNERS
from helpers.terms import AdminConsent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from helpers.adopting.fresh_items import Item
    from helpers.comparing import Difference
    from helpers.model import Permission

    Placed = tuple[str, Item, tuple[Difference, ...]]

_SERVICE = frozenset(
    {
        Surface.APPLICATION,
        Surface.APPLICATION_ENABLED,
        Surface.SERVICE_PRINCIPAL,
        Surface.SERVICE_PRINCIPAL_ENABLED,
    }
)
_DOORS = frozenset(
    {
        Surface.REDIRECT_URIS,
        Surface.IDENTIFIER_URIS,
        Surface.PUBLIC_CLIENT,
        Surface.APP_ROLES,
        Surface.SCOPES,
        Surface.AUTHORIZED_CLIENTS,
        Surface.APPLICATION_SETTINGS,
        Surface.SERVICE_PRINCIPAL_SETTINGS,
    }
)
_RIGHTS = frozenset(
    {
        Surface.DIRECTORY_ROLES,
        Surface.GROUPS,
        Surface.OWNED_OBJECTS,
        Surface.POLICIES,
        Surface.GRANTED_TO_USERS,
    }
)


def placed(items: Iterable[Item], *, consent: AdminConsent, departed: frozenset[str]) -> Iterator[Placed]:
    """Yield, for each thing that somebody should put right, the id of its stage and its differences there.

    What exceptions cover stays as it is. `consent` says who grants permissions.
    """
    wanted = [item for item in items if not item.accepted]
    going = [each.permission for item in wanted for each in item.differences if isinstance(each, PermissionAdded)]
    for item in wanted:
        by_stage: dict[str, list[Difference]] = {}
        for difference in item.differences:
            stage = _stage(difference, item, going, departed)
            if stage:
                by_stage.setdefault(stage, []).append(difference)
        if consent is AdminConsent.TERRAFORM:
            _leave_to_the_deploy(by_stage)
        yield from ((stage, item, tuple(differences)) for stage, differences in by_stage.items())


def _leave_to_the_deploy(by_stage: dict[str, list[Difference]]) -> None:
    """Take out what a deploy that consents does itself once the file asks for something else."""
    by_stage.pop("consent", None)
    if "unasked" in by_stage:
        by_stage.pop("revoke", None)


def _stage(difference: Difference, item: Item, going: list[Permission], departed: frozenset[str]) -> str:
    """Return the id of the stage; empty where nobody has to do anything."""
    match difference:
        case PermissionAdded():
            return "unasked" if difference.surface is Surface.REQUESTED else "revoke"
        case PermissionRemoved():
            return _of_missing(difference, item, going)
        case CredentialAdded():
            return "keys"
        case CredentialRemoved():
            return "add"
        case ValueRemoved() if difference.surface in OWNERS:
            return "deployer"
        case ValueAdded(value=owner) if difference.surface in OWNERS:
            return "left" if owner in departed else "owners"
    return _by_surface(difference.surface, item)


def _of_missing(removed: PermissionRemoved, item: Item, going: list[Permission]) -> str:
    """Return where a permission that is needed comes in: what a wider one does is missed only when that goes."""
    if not item.findings and not any(serves_the_same(removed.permission, each) for each in going):
        return ""
    return "ask" if removed.surface is Surface.REQUESTED else "consent"


def _by_surface(surface: Surface, item: Item) -> str:
    if surface in _SERVICE:
        return "restore"
    if surface is Surface.SIGN_IN_AUDIENCE:
        return "audience"
    if surface in _RIGHTS:
        return "rights"
    if surface in _DOORS:
        is_low = bool(item.findings) and all(each.severity == Severity.LOW for each in item.findings)
        return "tidy" if is_low else "doors"
    return "later" if item.findings else ""
