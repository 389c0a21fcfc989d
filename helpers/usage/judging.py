"""A verdict on each key, who was refused, and what of it somebody has to act on."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from helpers.findings import Finding, Severity
from helpers.moments import minute
from helpers.usage.conditions import CONDITIONS
from helpers.usage.sight import Case, Sight

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from helpers.declaration.locations import Location, Locations
    from helpers.usage.keys import Key
    from helpers.usage.reading import SignIn

STILL_USED, MISSED = "certificate-still-used", "certificate-missed"
# The key is not registered (any more), or has expired: what a node gets that presents what is not there.
REFUSED_CODES = frozenset({700027, 7000222})
# A new certificate is known everywhere only after minutes: who comes too early is refused, and then let in.
_REPLICATION = timedelta(minutes=15)
# `verify --probe` puts a certificate on for a quarter of an hour: nobody misses that.
_OF_A_NODE = timedelta(days=1)
_MOST = 5


class Verdict(StrEnum):
    """What is known of a key's use."""

    IN_USE = "in use"
    UNUSED = "unused"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True)
class KeyUsage:
    """One key and its verdict. `reasons` are sentences: all that stand against calling it unused.

    `last` is its last use, whoever knows of it, `origin` by which object's credential the activity report says;
    `recent` are its successes of the quiet time, newest first. `since` is set for an unused one.
    """

    key: Key
    verdict: Verdict
    last: datetime | None = None
    origin: str = ""
    recent: tuple[SignIn, ...] = ()
    since: datetime | None = None
    reasons: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where its recent sign-ins came from; addresses are not nodes (NAT)."""
        return _some(each.address for each in self.recent)

    @property
    def resources(self) -> tuple[str, ...]:
        """What its recent sign-ins were for."""
        return _some(each.resource for each in self.recent)


@dataclass(frozen=True)
class Gone:
    """A key that signed in, and is no longer on the application."""

    key_id: str
    last: datetime


@dataclass(frozen=True)
class Usage:
    """What was seen of one environment's keys. `location` is where findings point.

    `gone` are known only where all credentials were seen; else `unseen` says why not. `refused` are sign-ins that
    failed because the certificate is not registered, newest first.
    """

    name: str
    application: str
    tenant_id: str
    client_id: str
    sight: Sight
    keys: tuple[KeyUsage, ...]
    locations: Locations
    only: str = ""
    gone: tuple[Gone, ...] = ()
    refused: tuple[SignIn, ...] = ()
    unseen: str = ""
    notes: tuple[str, ...] = ()

    @property
    def missed(self) -> tuple[SignIn, ...]:
        """Refused sign-ins since a key that is gone was last used: a node still presents what was taken away."""
        if not self.gone:
            return ()
        since = min(each.last for each in self.gone)
        return tuple(each for each in self.refused if each.when > since)

    @property
    def complete(self) -> bool:
        """Whether everything could be told."""
        return not self.unseen and all(each.verdict is not Verdict.CANNOT_TELL for each in self.keys)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return what somebody has to act on: an entry that was to go and is in use, a node that misses one."""
        return (*self._missed(), *(self._still_used(each) for each in self.keys if self._was_to_go(each)))

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over the verdicts and their reasons; the same however often a key was used."""
        told = [[each.key.key_id, each.verdict.value, len(each.reasons)] for each in self.keys]
        content = [self.name, self.client_id, told, [each.key_id for each in self.gone], bool(self.missed)]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def _was_to_go(self, usage: KeyUsage) -> bool:
        named = bool(self.only) and usage.key.is_called(self.only)
        return usage.verdict is Verdict.IN_USE and (named or usage.key.superseded)

    def _still_used(self, usage: KeyUsage) -> Finding:
        nodes = ", ".join(usage.key.nodes) or "whoever presents it"
        last = f", last at {minute(usage.last)}" if usage.last else ""
        return Finding(
            rule=STILL_USED,
            severity=Severity.MEDIUM,
            subject=usage.key.entry or usage.key.key_id,
            what=f"{usage.key.called} still signs in{last}",
            remedy=f"let {nodes} present another certificate, keep this one until then, and look again after"
            f" {self.sight.quiet.days} days",
            location=self._place(usage.key),
            why="whoever presents a certificate that is taken away cannot sign in from the next deploy on",
        )

    def _missed(self) -> Iterator[Finding]:
        missed = self.missed
        if missed:
            ids = ", ".join(_some(each.key_id for each in self.gone))
            often = "1 sign-in was" if len(missed) == 1 else f"{len(missed):,} sign-ins were"
            yield Finding(
                rule=MISSED,
                severity=Severity.HIGH,
                subject=self.name,
                what=f"{often} refused since a certificate was taken away ({ids}), the last at"
                f" {minute(missed[0].when)}",
                remedy="find the node, and let it present a registered certificate; until then, put the old one back:"
                " take back the change that removed it, and deploy",
                location=self.locations.of(("certificates",)),
                why="a node that presents a certificate which is not registered gets no token, and no compliance",
            )

    def _place(self, key: Key) -> Location:
        return self.locations.of(("certificates", key.entry) if key.entry else ("certificates",))


def judge_key(key: Key, sight: Sight) -> KeyUsage:
    """Return the verdict on one key: unused only where every condition holds."""
    case = Case(key, sight)
    origin = case.reported.origin if case.reported else ""
    recent = tuple(each for each in case.successes if each.when > case.quiet_since)
    if case.in_use:
        return KeyUsage(key, Verdict.IN_USE, case.last, origin, recent)
    reasons = tuple(reason for condition in CONDITIONS for reason in condition(case))
    if reasons:
        return KeyUsage(key, Verdict.CANNOT_TELL, case.last, origin, recent, reasons=reasons)
    return KeyUsage(key, Verdict.UNUSED, case.last, origin, recent, since=case.unused_since)


def judge(sight: Sight, *, only: str = "") -> tuple[KeyUsage, ...]:
    """Return the verdict on each key, or on the one whose entry or key id is `only`."""
    return tuple(judge_key(key, sight) for key in sight.keys if not only or key.is_called(only))


def gone_keys(sight: Sight) -> tuple[Gone, ...]:
    """Return the keys that signed in and are not on the application, the last to be used first; no probes."""
    probes = {each.key_id for each in sight.reported.rows if each.lives is not None and each.lives < _OF_A_NODE}
    there = {key.key_id for key in sight.keys if key.registered} | probes
    last: dict[str, datetime] = {each.key_id: each.last for each in sight.reported.rows}
    for key_id, sign_ins in sight.successes.items():
        last[key_id] = max(sign_ins[0].when, last.get(key_id, sign_ins[0].when))
    gone = [Gone(key_id, when) for key_id, when in last.items() if key_id and key_id not in there]
    return tuple(sorted(gone, key=lambda each: each.last, reverse=True))


def refused(sight: Sight) -> tuple[SignIn, ...]:
    """Return the sign-ins that failed because the key is not registered, or has expired; newest first.

    Those are left out that came minutes before a key's first success from the same address: it was being replicated.
    """
    firsts: dict[str, list[datetime]] = {}
    for first in sorted((each[-1] for key_id, each in sight.successes.items() if key_id), key=lambda each: each.when):
        if first.address:
            firsts.setdefault(first.address, []).append(first.when)
    failed = (each for each in sight.sign_ins.rows if each.error in REFUSED_CODES)
    return tuple(each for each in failed if not _came_too_early(each, firsts.get(each.address, [])))


def _came_too_early(failed: SignIn, firsts: Sequence[datetime]) -> bool:
    """Say whether a key signed in for the first time soon after; `firsts` are such moments, in their order."""
    place = bisect_left(firsts, failed.when)
    return place < len(firsts) and firsts[place] - failed.when <= _REPLICATION


def _some(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in texts if each))[:_MOST]
