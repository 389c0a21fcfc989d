"""What was used of a quota within the last seconds."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

# Beyond this part of a quota refusals count no more: the header that tells it ends there too (throttling-limits.md).
_MOST_COUNTED = 1.8


@dataclass(frozen=True)
class Charge:
    """What became of one request: the part of the quota that is used now, and the seconds to wait, 0 where it fits."""

    share: float
    wait: float


class Usage:
    """Every quota in use, by whatever tells them apart.

    A window slides over the last seconds. That is the strictest of the readings that Microsoft's pages leave open: who
    stays within it stays within a token bucket too. What is refused counts as well ("all requests accrue").
    """

    def __init__(self) -> None:
        """Begin with nothing used."""
        self._windows: dict[tuple[str, ...], _Window] = {}

    def charge(self, key: tuple[str, ...], cost: int, *, most: int, seconds: float, now: datetime) -> Charge:
        """Count a request of a quota of `most` in `seconds`."""
        window = self._windows.setdefault(key, _Window(timedelta(seconds=seconds)))
        window.slide(now)
        fits = window.used + cost <= most
        if fits or window.used + cost <= most * _MOST_COUNTED:
            window.add(now, cost)
            cost = 0
        share = min(window.used / most, _MOST_COUNTED) if most else _MOST_COUNTED
        # Whoever comes again brings the same cost again.
        return Charge(share, 0.0 if fits else window.wait(now, window.used + (cost or window.last) - most))


class _Window:
    """What was spent within a span, oldest first, and its sum."""

    def __init__(self, span: timedelta) -> None:
        self._span = span
        self._spent: deque[tuple[datetime, int]] = deque()
        self.used = 0

    @property
    def last(self) -> int:
        return self._spent[-1][1]

    def slide(self, now: datetime) -> None:
        while self._spent and self._spent[0][0] + self._span <= now:
            self.used -= self._spent.popleft()[1]

    def add(self, now: datetime, cost: int) -> None:
        self._spent.append((now, cost))
        self.used += cost

    def wait(self, now: datetime, excess: int) -> float:
        """Return the seconds until `excess` has left the window, at most all of it."""
        for moment, spent in self._spent:
            excess -= spent
            if excess <= 0:
                return (moment + self._span - now).total_seconds()
        return self._span.total_seconds()
