"""What a rule found, as text and JSON: the same from every verb."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers.findings import Finding


def finding_line(finding: Finding) -> str:
    """Return a finding in one line; text from elsewhere in it is still raw."""
    place = finding.location
    line = f"{finding.severity}: {place.file}:{place.line}: {finding.what}; {finding.remedy} [{finding.rule}]"
    if finding.exception is None:
        return line
    return f"excepted until {finding.exception.until} ({finding.exception.reason}): {line}"


def finding_object(finding: Finding) -> dict[str, Any]:
    """Return a finding for JSON."""
    entry = {
        "id": finding.rule,
        "severity": str(finding.severity),
        "subject": finding.subject,
        "what": finding.what,
        "remedy": finding.remedy,
        "file": finding.location.file,
        "line": finding.location.line,
    }
    if finding.exception:
        entry["exception"] = {"reason": finding.exception.reason, "until": finding.exception.until.isoformat()}
    return entry
