"""What a rule found, in one line: the same from every verb."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.findings import Finding


def finding_line(finding: Finding) -> str:
    """Return a finding in one line; text from elsewhere in it is still raw."""
    place = finding.location
    line = f"{finding.severity}: {place.file}:{place.line}: {finding.what}; {finding.remedy} [{finding.rule}]"
    if finding.exception is None:
        return line
    return f"excepted until {finding.exception.until} ({finding.exception.reason}): {line}"
