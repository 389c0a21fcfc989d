"""Replication that takes its time: what was changed, and who does not see it yet."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sandbox.limits import Limits
    from sandbox.store import Change, Document, Store

# Older changes have arrived everywhere.
_REMEMBERED = 1000


@dataclass(frozen=True)
class _Noted:
    """A change, and how often each address was answered as if it had not happened."""

    change: Change
    at: datetime
    missed: Counter[str] = field(default_factory=Counter)

    def is_missed(self, address: str, *, times: int, seconds: float, now: datetime) -> bool:
        if now < self.at + timedelta(seconds=seconds):
            return True
        self.missed[address] += 1
        return self.missed[address] <= times


class Lag:
    """The changes of late, in the order they were made."""

    def __init__(self) -> None:
        """Begin with none."""
        self._noted: deque[_Noted] = deque(maxlen=_REMEMBERED)

    def note(self, changes: Iterable[Change], *, now: datetime) -> None:
        """Keep changes that reads may miss."""
        self._noted.extend(_Noted(change, now) for change in changes)

    def behind(
        self, store: Store, tenant_id: str, address: str, *, single: bool, limits: Limits, now: datetime
    ) -> Store:
        """Return the store as a read of this address finds it: `single` for one object by itself, else a list."""
        times, seconds = (limits.lag_objects, 0.0) if single else (limits.lag_lists, limits.lag_seconds)
        past: dict[tuple[str, str], Document | None] = {}
        # From the newest to the oldest: what was before the first change that is missed is what is seen.
        for noted in reversed(self._noted):
            change = noted.change
            if change.tenant == tenant_id.lower() and noted.is_missed(address, times=times, seconds=seconds, now=now):
                past[change.kind, _identifier(change)] = change.before
        return store.behind(tenant_id, past) if past else store


def _identifier(change: Change) -> str:
    document = change.after or change.before or {}
    return str(document.get("id")).lower()
