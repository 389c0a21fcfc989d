"""A report of everything that can be checked of one environment, part by part, and of what could not be, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.examination import CERTIFICATES, CHAIN, DECLARATION, DRIFT, OUTPUTS, TRUST
from helpers.findings import GATE
from helpers.plain_text import counted
from helpers.reports.of_review import plain
from helpers.reports.report import Outcome, Report, Reported, Section, Subject, standing_and_accepted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.examination import Examination, Part

_WORDS = {Outcome.STOP: "ill", Outcome.CANNOT_TELL: "not fully checked", Outcome.PASS: "well"}
_STATES = {Outcome.STOP: "something to act on", Outcome.CANNOT_TELL: "not fully checked", Outcome.PASS: "well"}
# Which verb says more of a part.
_VERBS = {
    DECLARATION: "check",
    CERTIFICATES: "certificate expiry",
    OUTPUTS: "outputs",
    DRIFT: "drift",
    TRUST: "trust --probe",
    CHAIN: "verify",
}


def report_of(examined: Examination) -> Report:
    """Return the report."""
    found, accepted = standing_and_accepted(
        Reported(part.name, finding) for part in examined.parts for finding in part.findings
    )
    return Report(
        kind="doctor",
        heading=f"Doctor: {examined.name}",
        outcome=examined.outcome,
        verdict=verdict_of(examined),
        overview=", ".join(f"{part.name}: {_STATES[part.outcome]}" for part in examined.parts) + ".",
        subjects=tuple(_subject(part, examined) for part in examined.parts),
        findings=found,
        accepted=accepted,
        errors=(),
        gate=GATE,
        digest=examined.digest,
        word=_WORDS[examined.outcome],
        subjects_title="Part by part",
        notes=tuple(f"Nobody asked to look at: {name}." for name in examined.left_out),
    )


def verdict_of(examined: Examination) -> str:
    """Return in a sentence how many findings count, and how many things could not be checked."""
    counting = sum(finding.counts for part in examined.parts for finding in part.findings)
    unchecked = sum(len(part.unchecked) for part in examined.parts)
    said = []
    if counting:
        said.append(f"{counted(counting, 'finding')} to act on")
    if unchecked:
        said.append(f"{counted(unchecked, 'thing')} could not be checked")
    return f"{' and '.join(said)}." if said else "All was checked, and all is well."


def _subject(part: Part, examined: Examination) -> Subject:
    return Subject(
        name=part.name,
        title=part.summary,
        place=_verb(part, examined),
        state=_STATES[part.outcome],
        sections=tuple(_sections(part)),
    )


def _verb(part: Part, examined: Examination) -> str:
    verb = _VERBS[part.name]
    return f"ise-intune {verb}" if part.name == TRUST else f"ise-intune {verb} {examined.name}"


def _sections(part: Part) -> Iterator[Section]:
    yield from (section for section in part.sections if section.sentences)
    # What the part's own sections say of it, they say in their own words.
    if part.unchecked and not any(section.incomplete for section in part.sections):
        yield Section("Could not be checked", tuple(map(plain, part.unchecked)), incomplete=True)
