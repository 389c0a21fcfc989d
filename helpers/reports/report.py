"""What any report holds, whichever verb made it and in whichever format it ends.

Every text may come from elsewhere, and be hostile to the format it is shown in: renderers escape all of them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from helpers.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpers.findings import Finding
    from helpers.sentences import Sentence


class Outcome(StrEnum):
    """How it ended, in a word; it is the exit code's meaning."""

    STOP = "stop"
    CANNOT_TELL = "cannot tell"
    PASS = "pass"  # noqa: S105 — an outcome, not a password


def outcome_from(*, found: bool, complete: bool) -> Outcome:
    """Return how something ended: what was found wins over what could not be told."""
    if found:
        return Outcome.STOP
    return Outcome.PASS if complete else Outcome.CANNOT_TELL


@dataclass(frozen=True)
class Detail:
    """What is said below a sentence, under a label of our own. `code` is to be copied as it is, line by line."""

    label: str
    sentence: Sentence
    code: str = ""


@dataclass(frozen=True)
class Section:
    """Sentences under a title of our own. `hint` says to somebody who reads the first such report what they are.

    `incomplete` is true of what nobody could tell: with any such section a report is not complete. `details` belong to
    the sentences, one tuple to each, or are left out altogether.
    """

    title: str
    sentences: tuple[Sentence, ...]
    hint: str = ""
    incomplete: bool = False
    details: tuple[tuple[Detail, ...], ...] = ()

    @property
    def points(self) -> tuple[tuple[Sentence, tuple[Detail, ...]], ...]:
        """Each sentence with its details."""
        return tuple(zip(self.sentences, self.details or ((),) * len(self.sentences), strict=True))


@dataclass(frozen=True)
class Subject:
    """One environment: `title` is its application's display name, `place` its file, `state` what happens to it."""

    name: str
    title: str
    place: str
    state: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Reported:
    """A finding, and the environment it is about."""

    subject: str
    finding: Finding


@dataclass(frozen=True)
class Report:
    """A whole report. `kind` is the verb; `verdict` and `overview` are whole sentences of our own.

    `findings` are gravest first, `accepted` those that an exception covers; `errors` could not be read. `word` is the
    outcome as this verb says it, where that is not "stop"; `subjects_title` heads the environments; `notes` are of the
    run as a whole; `gate_means` and `digest_serves` end sentences about them.
    """

    kind: str
    heading: str
    outcome: Outcome
    verdict: str
    overview: str
    subjects: tuple[Subject, ...]
    findings: tuple[Reported, ...]
    accepted: tuple[Reported, ...]
    errors: tuple[str, ...]
    gate: Severity
    digest: str
    word: str = ""
    subjects_title: str = "What changes, environment by environment"
    notes: tuple[str, ...] = ()
    gate_means: str = "stops the change"
    digest_serves: str = "to hold what was approved against what is applied"

    @property
    def ended(self) -> str:
        """How it ended, in a word or two."""
        return self.word or self.outcome.value

    @property
    def counts(self) -> dict[Severity, int]:
        """How many findings stand, by severity, gravest first."""
        counted = Counter(each.finding.severity for each in self.findings)
        return {severity: counted[severity] for severity in sorted(Severity, reverse=True)}


def standing_and_accepted(findings: Iterable[Reported]) -> tuple[tuple[Reported, ...], tuple[Reported, ...]]:
    """Return the findings that no exception covers, and those that one does, each in their order."""
    ordered = in_order(findings)
    return (
        tuple(each for each in ordered if each.finding.exception is None),
        tuple(each for each in ordered if each.finding.exception is not None),
    )


def in_order(findings: Iterable[Reported]) -> tuple[Reported, ...]:
    """Return findings gravest first, then in an order that nothing but themselves decides."""
    return tuple(sorted(findings, key=_order))


def _order(reported: Reported) -> tuple[int, str, str, str, str]:
    finding = reported.finding
    return (-finding.severity, reported.subject, finding.rule, finding.subject, finding.what)


def place_of(finding: Finding) -> str:
    """Return where a finding is caused, as `file:line`."""
    return f"{finding.location.file}:{finding.location.line}"


def as_sentence(text: str) -> str:
    """Return what a rule says, which goes on where a line begins, as a sentence; a first word that is no word stays."""
    first = text.partition(" ")[0]
    begun = text[:1].upper() + text[1:] if first.isalpha() else text
    return begun if begun.endswith((".", "!", "?", "…")) else f"{begun}."


def shortened(text: str, longest: int) -> str:
    """Return `text`, or its beginning and how much is left out."""
    left_out = len(text) - longest
    return text if left_out <= 0 else f"{text[:longest]}… ({left_out:,} more characters)"
