"""What a rule found: one thing a person should know or do, with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from helpers.declaration.locations import Location
    from helpers.terms import RuleException


class Severity(IntEnum):
    """How much a finding matters; the gate, from which on the exit code is 2, is MEDIUM unless told otherwise."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    def __str__(self) -> str:
        return self.name.lower()


GATE = Severity.MEDIUM


@dataclass(frozen=True)
class Finding:
    """`rule` and `subject` together name it in an exception; `exception` is the one that covers it, if any.

    `why` says why it matters, whatever the case.
    """

    rule: str
    severity: Severity
    subject: str
    what: str
    remedy: str
    location: Location
    exception: RuleException | None = None
    why: str = ""

    @property
    def counts(self) -> bool:
        """Whether it makes the exit code 2."""
        return self.stands(GATE)

    def stands(self, gate: Severity) -> bool:
        """Say whether it is at or above the gate, and no exception covers it."""
        return self.exception is None and self.severity >= gate


def standing(findings: Iterable[Finding], gate: Severity) -> list[Finding]:
    """Return the findings at or above the gate that no exception covers."""
    return [each for each in findings if each.stands(gate)]


def exception_for(rule: str, subject: str, exceptions: Iterable[RuleException], today: date) -> RuleException | None:
    """Return the exception that covers a finding today (a day in UTC)."""
    return next((each for each in exceptions if each.covers(rule, subject, today)), None)
