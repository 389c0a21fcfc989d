"""What there is to say about a certificate that can be used as such. The clock is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.certificates.certificate import Certificate

LONGEST_WINDOW = timedelta(days=30)
_DATE = "%Y-%m-%dT%H:%M:%SZ"
# A collision can be made for these: a signature over them no longer says who signed.
_WEAK_HASHES = {"md2", "md5", "sha1"}


class Lasting(Protocol):
    """What is valid for a time, UTC: a certificate, or the credential that Entra made of it."""

    @property
    def not_before(self) -> datetime:
        """The first second of it."""

    @property
    def not_after(self) -> datetime:
        """The last second of it."""


@dataclass(frozen=True)
class Remark:
    """One thing to know about a certificate. `error` means that Entra would not take its signature today."""

    id: str
    severity: Literal["error", "warning"]
    what: str
    remedy: str


def expiry_window(lasting: Lasting) -> timedelta:
    """Return how long before its end a certificate asks for a successor: 30 days, or a third of a shorter lifetime."""
    return min(LONGEST_WINDOW, (lasting.not_after - lasting.not_before) / 3)


def is_due(lasting: Lasting, now: datetime) -> bool:
    """Say whether it asks for a successor at `now`: it is inside its window, or has expired."""
    return lasting.not_after - now <= expiry_window(lasting)


def days_left(lasting: Lasting, now: datetime) -> int:
    """Return the whole days until `not_after`; once it has passed, the whole days since, negated and never above -1."""
    day = timedelta(days=1)
    if now > lasting.not_after:
        return min(-((now - lasting.not_after) // day), -1)
    return (lasting.not_after - now) // day


def remarks_about_time(lasting: Lasting, now: datetime) -> tuple[Remark, ...]:
    """Return what the clock says about a certificate, or about what Entra made of it, at `now` (aware)."""
    return tuple(_about_time(lasting, now.astimezone(UTC)))


def remarks(
    certificate: Certificate, now: datetime, *, lasting: Lasting | None = None, max_lifetime_days: int | None = None
) -> tuple[Remark, ...]:
    """Return what there is to say about `certificate` at `now` (aware), errors first.

    `lasting` is how long Entra takes it, where that is another time. `max_lifetime_days` is what the tenant's app
    management policy allows; None says nothing about the lifetime.
    """
    return (*remarks_about_time(lasting or certificate, now), *_about_its_making(certificate, max_lifetime_days))


def _about_time(lasting: Lasting, now: datetime) -> Iterator[Remark]:
    if now > lasting.not_after:
        yield Remark(
            "certificate-expired",
            "error",
            f"expired on {lasting.not_after:{_DATE}}",
            "renew it in ISE and export the new one; Entra refuses this one's signatures (AADSTS700027)",
        )
    elif now < lasting.not_before:
        yield Remark(
            "certificate-not-yet-valid",
            "warning",
            f"not valid before {lasting.not_before:{_DATE}}",
            "check the clock of the ISE node; until then Entra refuses its signatures",
        )
    elif is_due(lasting, now):
        left = days_left(lasting, now)
        yield Remark(
            "certificate-expiring",
            "warning",
            f"expires in {left} day{'' if left == 1 else 's'}, on {lasting.not_after:{_DATE}}",
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
