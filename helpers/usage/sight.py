"""What was read to judge by, and what of it is about one key."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from helpers.usage.reading import Rows

if TYPE_CHECKING:
    from datetime import datetime

    from helpers.clouds import Cloud
    from helpers.usage.keys import Key
    from helpers.usage.reading import Reported, SignIn

KEPT = timedelta(days=30)
"""How long the sign-in log is kept, with P1 or P2 ("Microsoft Entra data retention")."""
SETTLING = timedelta(hours=24)
"""How late a row may come; nobody publishes a figure for sign-ins of service principals."""
LEAST_QUIET, QUIET = timedelta(days=2), timedelta(days=7)
"""How long a key must be silent: longer than a token lives (a day at most) and than ISE pauses (four hours), after the
log has settled; as a rule, over a weekend."""
QUIET_UNDECLARED = KEPT - timedelta(days=2)
"""The same for what nobody declared: whoever presents it may do so rarely, so nearly all of the log must be silent."""


def unavailable_in(cloud: Cloud) -> str:
    """Return why a cloud has no such logs; empty for the one that has them (Microsoft Graph's own pages of both)."""
    return "" if cloud.name == "global" else f"Microsoft has these logs in its global cloud alone, not in {cloud.name}"


@dataclass(frozen=True)
class Sight:
    """What was read of one application at `now` (aware). The log was asked for from `since` on.

    `quiet` is how long a declared key must be silent.
    `log_unread` and `report_unread` say why rows are missing; empty where all were read.
    """

    now: datetime
    quiet: timedelta
    since: datetime
    keys: tuple[Key, ...]
    sign_ins: Rows[SignIn] = field(default_factory=Rows)
    reported: Rows[Reported] = field(default_factory=Rows)
    log_unread: str = ""
    report_unread: str = ""

    @property
    def newest(self) -> datetime | None:
        """When the newest row is of, whatever came of that sign-in."""
        return self.sign_ins.rows[0].when if self.sign_ins.rows else None

    @property
    def oldest(self) -> datetime | None:
        """When the oldest row is of: nothing shows that the log was kept before."""
        return self.sign_ins.rows[-1].when if self.sign_ins.rows else None

    @cached_property
    def successes(self) -> dict[str, list[SignIn]]:
        """Return the successful sign-ins by key id, newest first; those that state none are under the empty one."""
        found: dict[str, list[SignIn]] = {}
        for each in self.sign_ins.rows:
            if each.succeeded:
                found.setdefault(each.key_id, []).append(each)
        return found


@dataclass(frozen=True)
class Case:
    """One key, and what was read."""

    key: Key
    sight: Sight

    @property
    def quiet(self) -> timedelta:
        """How long the key must be silent."""
        return self.sight.quiet if self.key.entry else QUIET_UNDECLARED

    @property
    def quiet_since(self) -> datetime:
        """From when on a success makes it one that is in use."""
        return self.sight.now - self.quiet

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes that may present it: those of its entry, and any one where nobody declared it."""
        if self.key.entry:
            return self.key.nodes
        return tuple(dict.fromkeys(node for key in self.sight.keys for node in key.nodes))

    @property
    def successes(self) -> list[SignIn]:
        """The key's successful sign-ins, newest first."""
        return self.sight.successes.get(self.key.key_id, [])

    @property
    def last_logged(self) -> datetime | None:
        """When the log has its last success."""
        return self.successes[0].when if self.successes else None

    @property
    def reported(self) -> Reported | None:
        """What the activity report has of it."""
        return next((each for each in self.sight.reported.rows if each.key_id == self.key.key_id), None)

    @property
    def last(self) -> datetime | None:
        """When it was last used, whoever says so."""
        told = [self.last_logged, self.reported.last if self.reported else None]
        return max((each for each in told if each), default=None)

    @property
    def in_use(self) -> bool:
        """Whether it signed in within the quiet time."""
        return self.last is not None and self.last > self.quiet_since

    @property
    def unused_since(self) -> datetime | None:
        """From when on the log shows no use: its last success, or else the beginning of what was kept."""
        return self.last_logged or self.sight.oldest
