"""What every service of the sandbox is given: the folder, the memory, the clock, and how mean it shall be."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sandbox.lag import Lag
from sandbox.limits import Limits
from sandbox.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from sandbox.store import Change, Store


def utc_now() -> datetime:
    """Return the time of day, in UTC."""
    return datetime.now(UTC)


class Conditions:
    """The limits in force and what is counted against them; like faults they last as long as the server."""

    def __init__(self) -> None:
        """Begin with the limits that a deploy never meets."""
        self.set(Limits())

    def set(self, limits: Limits) -> None:
        """Put other limits in force, and count anew."""
        self.limits = limits
        self.usage = Usage()
        self.lag = Lag()
        self._styles = itertools.cycle(("whole", "fractional", "absent"))

    def note(self, changes: Iterable[Change], *, now: datetime) -> None:
        """Keep changes that reads may miss."""
        if self.limits.lags:
            self.lag.note(changes, now=now)

    def retry_after(self) -> str:
        """Return what the next refusal says of when to come again: `whole` seconds, a `fractional` number, `absent`."""
        return next(self._styles) if self.limits.retry_after == "varied" else self.limits.retry_after


@dataclass(frozen=True)
class World:
    """One sandbox. `folder` is private to its owner (mode 0700) and holds keys the sandbox made for itself."""

    folder: Path
    store: Store
    now: Callable[[], datetime] = utc_now
    conditions: Conditions = field(default_factory=Conditions)
