"""What a rule found, in one line: the same from every verb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.results import complain, say
from helpers.findings import GATE
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cli.settings import Settings
    from helpers.findings import Finding
    from helpers.trust_roots import TrustFinding


def finding_line(finding: Finding) -> str:
    """Return a finding in one line; text from elsewhere in it is still raw."""
    place = finding.location
    line = f"{finding.severity}: {place.file}:{place.line}: {finding.what}; {finding.remedy} [{finding.rule}]"
    if finding.exception is None:
        return line
    return f"excepted until {finding.exception.until} ({finding.exception.reason}): {line}"


def say_trust_findings(settings: Settings, findings: Iterable[TrustFinding]) -> None:
    """Say what is wrong with what a deployment trusts; what is below the gate only to who has not asked for quiet."""
    for finding in findings:
        line = one_line(f"{finding.severity}: {finding.subject}: {finding.what}; {finding.remedy} [{finding.id}]")
        if finding.severity >= GATE:
            complain(line)
        else:
            say(settings, line)
