"""What a plan found changed behind Terraform's back: each such difference is a finding of one rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.comparing import NotCompared
from helpers.findings import Finding, Severity, exception_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from helpers.comparing.differences import Difference
    from helpers.declared import Declared
    from helpers.rules.policy import Policy

CHANGED_OUTSIDE = "changed-outside"
CHANGED_OUTSIDE_SEVERITY = Severity.MEDIUM
CATCHES = "something in Entra that is not as Terraform left it"
WHY = "Somebody changed it by hand or by another tool; the deploy changes it back, and nobody asked why it was done."


def drift_findings(
    declared: Declared, drift: Iterable[Difference], *, policy: Policy, now: datetime
) -> Iterator[Finding]:
    """Yield a finding for each surface on which a plan found drift."""
    for surface in sorted({each.surface for each in drift if not isinstance(each, NotCompared)}):
        yield Finding(
            rule=CHANGED_OUTSIDE,
            severity=policy.severities.get(CHANGED_OUTSIDE, CHANGED_OUTSIDE_SEVERITY),
            subject=surface.value,
            what=f"{surface.value} of {declared.name} was changed behind Terraform's back",
            remedy="find out who did it and why; then deploy, or take the change into the declaration",
            why=WHY,
            location=declared.locations.of(()),
            exception=exception_for(CHANGED_OUTSIDE, surface.value, declared.exceptions, now.date()),
        )
