"""What there is to say about a certificate that can be used as such. The clock is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.certificates.certificate import Certificate

LONGEST_WINDOW = timedelta(days=30)
# A collision can be made for these: a signature over them no longer says who signed.
_WEAK_HASHES = {"md2", "md5", "sha1"}


@dataclass(frozen=True)
class Remark:
    """One thing to know about a certificate. `error` means that Entra would not take its signature today."""

    id: str
    severity: Literal["error", "warning"]
    what: str
    remedy: str


def expiry_window(certificate: Certificate) -> timedelta:
    """Return how long before its end a certificate asks for a successor: 30 days, or a third of a shorter lifetime."""
    return min(LONGEST_WINDOW, (certificate.not_after - certificate.not_before) / 3)


def is_due(certificate: Certificate, now: datetime) -> bool:
    """Say whether it asks for a successor at `now`: it is inside its window, or has expired."""
    return certificate.not_after - now <= expiry_window(certificate)


def days_left(certificate: Certificate, now: datetime) -> int:
    """Return the whole days until `not_after`; once it has passed, the whole days since, negated and never above -1."""
    day = timedelta(days=1)
    if now > certificate.not_after:
        return min(-((now - certificate.not_after) // day), -1)
    return (certificate.not_after - now) // day


def remarks_about_time(certificate: Certificate, now: datetime) -> tuple[Remark, ...]:
    """Return what the clock says about `certificate` at `now` (aware)."""
    return tuple(_about_time(certificate, now.astimezone(UTC)))


def remarks(certificate: Certificate, now: datetime, *, max_lifetime_days: int | None = None) -> tuple[Remark, ...]:
    """Return what there is to say about `certificate` at `now` (aware), errors first.

    `max_lifetime_days` is what the tenant's app management policy allows; None says nothing about the lifetime.
    """
    return (*remarks_about_time(certificate, now), *_about_its_making(certificate, max_lifetime_days))


def _about_time(certificate: Certificate, now: datetime) -> Iterator[Remark]:
    if now > certificate.not_after:
        yield Remark(
            "certificate-expired",
            "error",
            f"expired on {certificate.end_date}",
            "renew it in ISE and export the new one; Entra refuses this one's signatures (AADSTS700027)",
        )
    elif now < certificate.not_before:
        yield Remark(
            "certificate-not-yet-valid",
            "warning",
            f"not valid before {certificate.start_date}",
            "check the clock of the ISE node; until then Entra refuses its signatures",
        )
    elif is_due(certificate, now):
        left = days_left(certificate, now)
        yield Remark(
            "certificate-expiring",
            "warning",
            f"expires in {left} day{'' if left == 1 else 's'}, on {certificate.end_date}",
            "add its successor beside it now",
        )


def _about_its_making(certificate: Certificate, max_lifetime_days: int | None) -> Iterator[Remark]:
    if certificate.signature_hash in _WEAK_HASHES:
        yield Remark(
            "certificate-weak-signature",
            "warning",
            f"signed over a broken hash ({certificate.signature_hash.upper()})",
            "choose SHA-256 or better when it is renewed",
        )
    if certificate.self_signature is False:
        yield Remark(
            "certificate-self-signature",
            "warning",
            "names itself as issuer, but its own key does not verify its signature",
            "export it again and compare the fingerprint with the one that ISE shows",
        )
    lifetime = certificate.not_after - certificate.not_before
    if max_lifetime_days is not None and lifetime > timedelta(days=max_lifetime_days):
        yield Remark(
            "certificate-lifetime",
            "warning",
            f"lives {lifetime.days} days, longer than the {max_lifetime_days} that the policy allows",
            "the tenant may refuse it (CredentialInvalidLifetimeAsPerAppPolicy); renew it with a shorter lifetime",
        )
