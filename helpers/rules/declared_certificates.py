"""Rules over the certificates an environment file declares, at a moment in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.certificates.remark import remarks, remarks_about_time
from helpers.expiry import expiries
from helpers.findings import Finding, Severity, exception_for
from helpers.removal import removal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from helpers.certificates.remark import Remark
    from helpers.declared import Declared
    from helpers.expiry import Expiry

ENDS = ("certificate-expired", "certificate-expiring")
_SEVERITIES = {
    "certificate-lifetime": Severity.MEDIUM,
    "certificate-not-yet-valid": Severity.MEDIUM,
    "certificate-self-signature": Severity.MEDIUM,
}


def certificate_findings(declaration: Declared, now: datetime) -> Iterator[Finding]:
    """Yield what there is to say at `now` (aware) about each declared certificate, in the order of the file."""
    for expiry in expiries(declaration, now):
        for remark in remarks(expiry.entry.certificate, now, lasting=expiry.entry):
            yield _finding(declaration, expiry, remark, now)


def expiry_findings(declaration: Declared, now: datetime) -> Iterator[Finding]:
    """Yield those of the same findings that say a certificate has expired or is about to."""
    for expiry in expiries(declaration, now):
        if expiry.due:
            for remark in remarks_about_time(expiry.entry, now):
                yield _finding(declaration, expiry, remark, now)


def judged_remark(expiry: Expiry, remark: Remark) -> tuple[Severity, str, str]:
    """Return how much a remark matters about a declared certificate, what to say of it, and what to do.

    An end with nobody to take over is an outage with a date; with a successor beside it, it is a reminder.
    """
    entry = expiry.entry
    called = f"certificate {entry.name} ({entry.certificate.common_name}): {remark.what}"
    if remark.id not in ENDS:
        return _SEVERITIES.get(remark.id, Severity.LOW), called, remark.remedy
    if expiry.needs_successor:
        command = f"`ise-intune certificate add {expiry.environment} NEW-ENTRY FILE --node {expiry.uncovered[0]}`"
        what = f"{called}, without a successor for {', '.join(expiry.uncovered)}"
        return Severity.HIGH, what, f"{remark.remedy}: {command}"
    what = f"{called}; its successor {', '.join(expiry.successors)} stands beside it"
    command = f"`ise-intune certificate remove {expiry.environment} {entry.name}`, and deploy"
    goes = command if expiry.days_left < 0 else removal(expiry.environment, entry.name)
    return Severity.LOW, what, f"let {', '.join(entry.nodes)} present that; {goes}"


def _finding(declaration: Declared, expiry: Expiry, remark: Remark, now: datetime) -> Finding:
    severity, what, remedy = judged_remark(expiry, remark)
    return Finding(
        rule=remark.id,
        severity=severity,
        subject=expiry.entry.name,
        what=what,
        remedy=remedy,
        location=declaration.locations.of(("certificates", expiry.entry.name)),
        exception=exception_for(remark.id, expiry.entry.name, declaration.exceptions, now.date()),
    )
