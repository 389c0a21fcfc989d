"""Owners who have left: those whose accounts are disabled. Whoever was deleted is no owner any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.model import NotSeen
from helpers.observing.aside import listed
from helpers.observing.documents import Unread
from helpers.observing.values import identifier
from helpers.shapes import flag

if TYPE_CHECKING:
    from helpers.observing.documents import Document, Documents

_NOT_ASKED_FOR = "nobody asked for the accounts of owners"
# Graph says of an object that one may not read that it is there, and no more (limited information).
_HIDDEN = "needs Directory.Read.All to see the accounts of {owners}"


def departed(documents: Documents) -> tuple[frozenset[str], str]:
    """Return the owners of either object whose accounts are disabled, and why others may be too; else empty."""
    owners = listed(_owners(documents), lambda found: frozenset(map(identifier, found)))
    if isinstance(owners, NotSeen):
        return frozenset(), owners.reason
    if not owners.items:
        return frozenset(), ""
    if documents.owner_accounts is None:
        return frozenset(), _NOT_ASKED_FOR
    accounts = listed(documents.owner_accounts, lambda found: {identifier(each): _enabled(each) for each in found})
    if isinstance(accounts, NotSeen):
        return frozenset(), accounts.reason
    hidden = sorted(owner for owner in owners.items if accounts.items.get(owner) is None)
    disabled = frozenset(owner for owner in owners.items if accounts.items.get(owner) is False)
    return disabled, _HIDDEN.format(owners=_many(hidden)) if hidden else ""


def _owners(documents: Documents) -> tuple[Document, ...] | Unread:
    every: tuple[Document, ...] = ()
    for listing in (documents.application_owners, documents.service_principal_owners):
        if isinstance(listing, Unread):
            return listing
        every += listing
    return every


def _enabled(account: Document) -> bool | None:
    """Return whether an account is enabled; None where Graph does not say. Raises `Misshapen`."""
    value = account.get("accountEnabled")
    return None if value is None else flag(value, "`accountEnabled`")


def _many(owners: list[str]) -> str:
    return owners[0] if len(owners) == 1 else f"{len(owners):,} owners"
