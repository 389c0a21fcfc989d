"""Which part of the audit log to ask for, and what to say of the time before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

# "Microsoft Entra data retention": with P1 or P2, and without.
PREMIUM_DAYS = 30
FREE_DAYS = 7


@dataclass(frozen=True)
class Window:
    """A stretch of the log, `since` included, UTC. `beyond` says in words why nothing before it is known."""

    since: datetime
    until: datetime
    beyond: str


def window(now: datetime, *, deployed: datetime | None = None, days: int = PREMIUM_DAYS) -> Window:
    """Return from when to when to ask at `now` (aware): since the last deploy, as far as the log keeps `days`."""
    until = now.astimezone(UTC)
    kept = until - timedelta(days=days)
    if deployed is None or deployed <= kept:
        return Window(kept, until, f"it keeps {days} days")
    since = min(deployed.astimezone(UTC), until)
    return Window(since, until, f"before {since:%Y-%m-%d %H:%M} UTC: not asked for, the last deploy was then")
