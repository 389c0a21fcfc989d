"""Everything that can be checked of one environment, part by part; a part that fails spoils no other."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.reports.report import Outcome, outcome_from

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpers.findings import Finding
    from helpers.reports.report import Section

DECLARATION, CERTIFICATES, OUTPUTS = "declaration", "certificates", "outputs"
DRIFT, TRUST, CHAIN = "drift", "trust", "chain"
PARTS = (DECLARATION, CERTIFICATES, OUTPUTS, DRIFT, TRUST, CHAIN)


@dataclass(frozen=True)
class Part:
    """One part: what was looked at in a sentence, what was seen, and what was found.

    `unchecked` says what of it could not be checked, and why.
    """

    name: str
    summary: str
    sections: tuple[Section, ...] = ()
    findings: tuple[Finding, ...] = ()
    unchecked: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """How it ended: what counts wins over what could not be checked."""
        return outcome_from(found=any(finding.counts for finding in self.findings), complete=not self.unchecked)


def failed(name: str, why: Iterable[str]) -> Part:
    """Return a part that could not be checked at all."""
    return Part(name, "could not be checked", unchecked=tuple(why))


@dataclass(frozen=True)
class Examination:
    """One environment. `left_out` are parts that nobody asked for."""

    name: str
    file: str
    application: str
    parts: tuple[Part, ...]
    left_out: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """How it ended: what was found wins over what could not be checked."""
        ended = {part.outcome for part in self.parts}
        return next((each for each in (Outcome.STOP, Outcome.CANNOT_TELL) if each in ended), Outcome.PASS)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over what was found and what could not be checked."""
        told = [
            [part.name, [[each.rule, each.subject, str(each.severity)] for each in part.findings], [*part.unchecked]]
            for part in self.parts
        ]
        return hashlib.sha256(json.dumps([self.name, told]).encode()).hexdigest()
