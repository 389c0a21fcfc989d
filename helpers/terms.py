"""What people decided about one deployment: never in Entra, only in the environment file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 — read at run time where terms are rendered
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.ise_releases import IseRelease
    from helpers.model import Permission


class AdminConsent(StrEnum):
    """Who grants the permissions: an administrator by hand, or the pipeline, which then can grant anything."""

    MANUAL = "manual"
    TERRAFORM = "terraform"


@dataclass(frozen=True)
class RuleException:
    """A finding somebody accepts until a date (inclusive, UTC), with a reason; it stays visible in every report."""

    rule: str
    subject: str
    reason: str
    until: date

    def covers(self, rule: str, subject: str, today: date) -> bool:
        """Say whether this exception holds today for a finding of `rule` about `subject`."""
        return self.rule == rule and self.subject == subject and today <= self.until


@dataclass(frozen=True)
class Revoked:
    """A certificate that must never come back, nor its key where that is known: why and since when.

    `sha256` is the certificate's, `public_key_sha256` that of its public key or empty; both in upper-case hex.
    """

    sha256: str
    common_name: str
    reason: str
    date: date
    public_key_sha256: str = ""


@dataclass(frozen=True)
class Unaudited:
    """A surface nobody audits, and why that is accepted."""

    surface: str
    reason: str


@dataclass(frozen=True)
class Terms:
    """The decisions of one environment file. `reasons` says why each permission beyond the profile is asked for."""

    profile: str
    reasons: Mapping[Permission, str]
    admin_consent: AdminConsent
    exceptions: frozenset[RuleException]
    revoked: frozenset[Revoked]
    unaudited: frozenset[Unaudited]
    ise: IseRelease
