"""A finding in JSON: the same from every verb."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers.findings import Finding


def finding_object(finding: Finding) -> dict[str, Any]:
    """Return a finding for JSON; texts are as they came."""
    entry = {
        "id": finding.rule,
        "severity": str(finding.severity),
        "subject": finding.subject,
        "what": finding.what,
        "remedy": finding.remedy,
        "file": finding.location.file,
        "line": finding.location.line,
    }
    if finding.why:
        entry["why"] = finding.why
    if finding.exception:
        entry["exception"] = {"reason": finding.exception.reason, "until": finding.exception.until.isoformat()}
    return entry
