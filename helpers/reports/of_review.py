"""A report of a review: what changes in each environment, what changed behind Terraform's back, what to think of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.comparing.differences import (
    CertificateEntryAdded,
    CertificateEntryRemoved,
    CertificateEntryRenamed,
    CertificateEntrySwapped,
    CertificateNodesChanged,
    NotCompared,
)
from helpers.findings import standing
from helpers.plain_text import counted
from helpers.reports.report import (
    Outcome,
    Report,
    Reported,
    Section,
    Subject,
    outcome_from,
    standing_and_accepted,
)
from helpers.reviewing.review import Status, changed_only
from helpers.sentences import Part, Sentence, sentence
from helpers.terms import AdminConsent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from helpers.declaration.declaration import CertificateEntry
    from helpers.findings import Finding, Severity
    from helpers.reviewing.review import AnyDifference, EnvironmentReview, Review

STATES = {
    Status.ADDED: "is new",
    Status.REMOVED: "is removed",
    Status.CHANGED: "changes",
    Status.UNCHANGED: "does not change",
}
_DRIFT = "Somebody changed this in Entra since the last deploy; it is not part of the change under review."
_OUTSIDE = "This project does not model it: read it in the plan itself."
_UNCLEAR = "Nobody can call this change safe before somebody has looked at it."
_NOT_COMPARED = "Only one side is known, so a change here would not be seen."


def report_of(review: Review) -> Report:
    """Return the report of a review; environments in which there is nothing to see are only counted."""
    shown = changed_only(review.environments)
    found, accepted = standing_and_accepted(
        Reported(each.name, finding) for each in review.environments for finding in each.findings
    )
    return Report(
        kind="review",
        heading="Access review",
        outcome=outcome_of(review),
        verdict=verdict_of(
            review.gate,
            [finding for environment in review.environments for finding in environment.findings],
            unread=len(review.errors),
            unclear=sum(len(each.unclear) for each in review.environments),
        ),
        overview=overview_of([each.status for each in review.environments]),
        subjects=tuple(_subject(each) for each in shown),
        findings=found,
        accepted=accepted,
        errors=review.errors,
        gate=review.gate,
        digest=review.digest,
    )


def outcome_of(review: Review) -> Outcome:
    """Return how a review ended: what was found wins over what could not be told."""
    return outcome_from(found=review.stops, complete=review.complete)


def verdict_of(gate: Severity, findings: Iterable[Finding], *, unread: int, unclear: int) -> str:
    """Return in a sentence what stands against a change, and how many things could not be read or understood."""
    counting = len(standing(findings, gate))
    besides = _besides(unread, unclear)
    if counting:
        said = f"{counted(counting, 'finding')} {'is' if counting == 1 else 'are'} at or above the gate ({gate})."
        return f"{said} Besides, {besides}." if besides else said
    nothing = f"Nothing is at or above the gate ({gate})"
    return f"{nothing}, but {besides}." if besides else f"{nothing}."


def _besides(unread: int, unclear: int) -> str:
    said = []
    if unread:
        said.append(f"{counted(unread, 'thing')} could not be read")
    if unclear:
        said.append(f"{counted(unclear, 'thing')} {'was' if unclear == 1 else 'were'} not understood")
    return " and ".join(said)


def overview_of(statuses: Sequence[Status]) -> str:
    """Return in a sentence how many environments change."""
    total = len(statuses)
    changing = sum(each is not Status.UNCHANGED for each in statuses)
    if not total:
        return "No environment was reviewed."
    if not changing:
        return f"Nothing changes in {counted(total, 'environment')}."
    return f"{changing:,} of {counted(total, 'environment')} {'changes' if changing == 1 else 'change'}."


def _subject(environment: EnvironmentReview) -> Subject:
    return Subject(
        name=environment.name,
        title=environment.application,
        place=environment.file,
        state=STATES[environment.status],
        sections=tuple(_sections(environment)),
    )


def _sections(environment: EnvironmentReview) -> Iterator[Section]:
    changes, drift = environment.changes, environment.drift
    entries = _entries(changes)

    def said(differences: Iterable[AnyDifference], consent: str = AdminConsent.MANUAL) -> Iterator[Sentence]:
        return (
            sentence(each, application=environment.application, entries=entries, consent=consent)
            for each in differences
        )

    return sections_of(
        changes=said(_compared(changes), environment.consent),
        drift=said(_compared(drift)),
        not_compared=said(_not_compared((*changes, *drift))),
        outside=map(plain, environment.outside),
        unclear=map(plain, environment.unclear),
    )


def sections_of(
    *,
    changes: Iterable[Sentence],
    drift: Iterable[Sentence],
    not_compared: Iterable[Sentence],
    outside: Iterable[Sentence],
    unclear: Iterable[Sentence],
) -> Iterator[Section]:
    """Yield what is said of one environment, without sections that would be empty."""
    sections = (
        Section("What changes", _unique(changes)),
        Section("Changed in Entra by somebody else (drift)", _unique(drift), _DRIFT),
        Section("Not compared", _unique(not_compared), _NOT_COMPARED),
        Section("Outside of what this project knows", _unique(outside), _OUTSIDE),
        Section("Not understood", _unique(unclear), _UNCLEAR, incomplete=True),
    )
    return (section for section in sections if section.sentences)


def _compared(differences: Iterable[AnyDifference]) -> list[AnyDifference]:
    return [difference for difference in differences if not isinstance(difference, NotCompared)]


def _not_compared(differences: Iterable[AnyDifference]) -> list[AnyDifference]:
    return [difference for difference in differences if isinstance(difference, NotCompared)]


def _unique(sentences: Iterable[Sentence]) -> tuple[Sentence, ...]:
    return tuple(dict.fromkeys(sentences))


def _entries(differences: Iterable[AnyDifference]) -> tuple[CertificateEntry, ...]:
    """Return the certificate entries that differences are about, by which a credential can be named."""
    entries: list[CertificateEntry] = []
    for difference in differences:
        match difference:
            case CertificateEntryAdded(entry) | CertificateEntryRemoved(entry):
                entries.append(entry)
            case (
                CertificateEntryRenamed(before, after)
                | CertificateEntrySwapped(before, after)
                | CertificateNodesChanged(before, after)
            ):
                entries += (before, after)
    return tuple(entries)


def plain(text: str) -> Sentence:
    """Return a text in which nothing is emphasised."""
    return Sentence((Part(text),))
