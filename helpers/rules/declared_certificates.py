"""Rules over the certificates an environment file declares, at a moment in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.certificates import remarks
from helpers.findings import Finding, Severity, exception_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from helpers.declared import Declared

# A declared certificate about to expire is an outage with a date; the helper that shows a file only warns of it.
_SEVERITIES = {
    "certificate-expired": Severity.HIGH,
    "certificate-expiring": Severity.HIGH,
    "certificate-not-yet-valid": Severity.MEDIUM,
    "certificate-self-signature": Severity.MEDIUM,
}


def certificate_findings(declaration: Declared, now: datetime) -> Iterator[Finding]:
    """Yield what there is to say at `now` (aware) about each declared certificate, in the order of the file."""
    for entry in declaration.certificates:
        for remark in remarks(entry.certificate, now):
            yield Finding(
                rule=remark.id,
                severity=_SEVERITIES.get(remark.id, Severity.LOW),
                subject=entry.name,
                what=f"certificate {entry.name} ({entry.certificate.common_name}): {remark.what}",
                remedy=remark.remedy,
                location=declaration.locations.of(("certificates", entry.name)),
                exception=exception_for(remark.id, entry.name, declaration.exceptions, now.date()),
            )
