"""A probe: a credential of this program's own, for minutes. How it is known, and whether all else stayed as it was."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from helpers.shapes import Misshapen, moment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

Document = dict[str, Any]

LIFETIME = timedelta(minutes=15)
# A clock that is ahead of Microsoft's would make a certificate that is not valid yet.
SKEW = timedelta(minutes=5)
COMMON_NAME = "ise-intune probe"
_NAME = "ise-intune verify --probe"


def display_name(ends: datetime) -> str:
    """Return what the credential is called, so that whoever sees it knows what it is and when it ends."""
    return f"{_NAME}, until {ends:%Y-%m-%d %H:%M} UTC"


def looks_like_a_probe(entry: Document) -> bool:
    """Say whether a credential looks like a probe: a hint, since anyone can give that name."""
    try:
        begins, ends = moment(entry.get("startDateTime"), "start"), moment(entry.get("endDateTime"), "end")
    except Misshapen:
        return False
    short = begins is not None and ends is not None and ends - begins <= LIFETIME + SKEW
    return short and str(entry.get("displayName")).startswith(_NAME)


def key_ids(entries: Iterable[Document]) -> frozenset[str]:
    """Return the key ids of credentials, in lower case."""
    return frozenset(str(entry.get("keyId")).lower() for entry in entries)


def without(entries: Iterable[Document], key_id: str) -> list[Document]:
    """Return the credentials but one."""
    return [entry for entry in entries if str(entry.get("keyId")).lower() != key_id.lower()]


def meddling(before: Collection[str], after: Collection[str], *, own: str, when: str) -> Iterator[str]:
    """Yield what happened to key ids other than our own between two readings; `when` says in words where that was."""
    others_before, others_after = set(before) - {own}, set(after) - {own}
    yield from (f"key id {each} went missing {when}" for each in sorted(others_before - others_after))
    yield from (f"key id {each} appeared {when}" for each in sorted(others_after - others_before))
