"""When the certificates of an environment end, and whether a successor stands beside each: one answer for all verbs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.certificates.remark import days_left, expiry_window, is_due

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from helpers.declaration.declaration import CertificateEntry
    from helpers.declared import Declared


@dataclass(frozen=True)
class Expiry:
    """The end of one entry. `due` from the start of its window on, and for good once it has expired.

    `successors` are the entries that take over for some of its nodes, `uncovered` the nodes for which none does.
    """

    environment: str
    entry: CertificateEntry
    days_left: int
    window: timedelta
    due: bool
    successors: tuple[str, ...]
    uncovered: tuple[str, ...]

    @property
    def needs_successor(self) -> bool:
        """Whether a node will be unable to sign in, or is already, unless somebody renews."""
        return self.due and bool(self.uncovered)

    @property
    def window_starts(self) -> datetime:
        """When it begins to ask for a successor, UTC."""
        return self.entry.not_after - self.window


def expiries(declaration: Declared, now: datetime) -> list[Expiry]:
    """Return the end of each entry as seen at `now` (aware), in the order of the file."""
    by_node: dict[str, list[CertificateEntry]] = {}
    for entry in declaration.certificates:
        for node in entry.nodes:
            by_node.setdefault(node, []).append(entry)
    return [_expiry(declaration.name, entry, by_node, now) for entry in declaration.certificates]


def _expiry(
    environment: str, entry: CertificateEntry, by_node: Mapping[str, Sequence[CertificateEntry]], now: datetime
) -> Expiry:
    taking_over = {node: [each.name for each in by_node[node] if _takes_over(each, entry, now)] for node in entry.nodes}
    return Expiry(
        environment=environment,
        entry=entry,
        days_left=days_left(entry, now),
        window=expiry_window(entry),
        due=is_due(entry, now),
        successors=tuple(sorted({name for names in taking_over.values() for name in names})),
        uncovered=tuple(node for node, names in taking_over.items() if not names),
    )


def _takes_over(other: CertificateEntry, entry: CertificateEntry, now: datetime) -> bool:
    """Say whether `other` is valid when `entry` ends, lasts longer, and needs no successor itself."""
    ended = entry.not_after
    return other.not_after > ended and other.not_before <= max(now, ended) and not is_due(other, now)
