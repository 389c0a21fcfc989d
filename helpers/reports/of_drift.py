"""A report of drift: what somebody changed, who and when, the way back; what is pending; what nobody could check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.activities import sentence_of
from helpers.drifting.drift import Witness
from helpers.drifting.ways_back import WayKind
from helpers.reports.of_review import plain
from helpers.reports.report import Detail, Outcome, Report, Reported, Section, Subject, counted, in_order
from helpers.sentences import Sentence, sentence
from helpers.sentences.parts import code, listed, say
from helpers.sentences.values import not_audited, not_checked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from helpers.comparing import Difference, NotCompared, Surface
    from helpers.drifting.drift import Drift, Drifted, EnvironmentDrift

_WORDS = {Outcome.STOP: "found", Outcome.CANNOT_TELL: "not fully checked", Outcome.PASS: "clean"}
_DRIFT = "Changed in Entra since the last deploy (drift)"
_UNKNOWN = "Not as declared (nobody knows what was deployed)"
_NO_OUTPUTS = "Without the outputs of a deploy this is either drift or a declaration that is not deployed yet."
_PENDING = "The declaration is ahead of the last deploy."
_ARRIVED = "A deploy has run since the outputs here were written: read them anew."
_UNCHECKED = "Access can hide here: nobody can say that it is clean."
_UNAUDITED = "The environment file accepts that nobody looks here."
_ONLY_PLANNED = "Graph does not show it: it was put right since, or the plan is older than what was read."
_EXCEPTION = "accept it for a while, by an exception in"
_NOT_UNDERSTOOD = "Properties and types of Graph's with something in them that this version does not know."


def report_of(drift: Drift, *, lasting: bool = False) -> Report:
    """Return the report of a run; environments in which there is nothing to see are only counted.

    A `lasting` one is the same on every day on which the same was found.
    """
    found = in_order(Reported(each.name, finding) for each in drift.environments for finding in each.findings)
    return Report(
        kind="drift",
        heading="Drift",
        outcome=outcome_of(drift),
        verdict=_verdict(drift),
        overview=_overview(drift),
        subjects=tuple(_subject(each, lasting=lasting) for each in drift.environments if _is_worth_showing(each)),
        findings=tuple(each for each in found if each.finding.exception is None),
        accepted=tuple(each for each in found if each.finding.exception is not None),
        errors=drift.errors,
        gate=drift.gate,
        digest=drift.digest,
        word=_WORDS[outcome_of(drift)],
        subjects_title="Environment by environment",
        notes=drift.noted,
    )


def outcome_of(drift: Drift) -> Outcome:
    """Return how a run ended: what was found wins over what could not be checked."""
    if drift.found:
        return Outcome.STOP
    return Outcome.PASS if drift.complete else Outcome.CANNOT_TELL


def _verdict(drift: Drift) -> str:
    differing = [each for each in drift.environments if each.drift]
    counting = sum(
        finding.exception is None and finding.severity >= drift.gate
        for environment in drift.environments
        for finding in environment.findings
    )
    unchecked = sum(len(each.unchecked) + len(each.unclear) + bool(each.failure) for each in drift.environments)
    said = []
    if counting:
        said.append(f"{counted(counting, 'finding')} at or above the gate ({drift.gate})")
    if unchecked or drift.errors:
        said.append(f"{counted(unchecked + len(drift.errors), 'thing')} could not be checked")
    if said:
        return f"{' and '.join(said)}."
    changed = "every difference is accepted" if differing else "nothing was changed behind Terraform's back"
    return f"All was checked, and {changed}."


def _overview(drift: Drift) -> str:
    total, differing = len(drift.environments), sum(bool(each.drift) for each in drift.environments)
    if not total:
        return "No environment was looked at."
    if not differing:
        environments = counted(total, "environment")
        return f"No drift in {environments}." if drift.complete else f"No drift was seen in {environments}."
    return f"Drift in {differing:,} of {counted(total, 'environment')}."


def _is_worth_showing(environment: EnvironmentDrift) -> bool:
    return bool(
        environment.drift
        or environment.pending
        or environment.arrived
        or environment.only_planned
        or environment.outside
        or environment.findings
        or environment.unaudited
        or environment.not_understood
        or not environment.complete
    )


def _subject(environment: EnvironmentDrift, *, lasting: bool) -> Subject:
    return Subject(
        name=environment.name,
        title=environment.application,
        place=environment.file,
        state=_state(environment),
        sections=tuple(each for each in _sections(environment, lasting=lasting) if each.sentences),
    )


def _state(environment: EnvironmentDrift) -> str:
    if environment.failure:
        return "could not be checked"
    if environment.drift:
        return "has drifted" if environment.deployed else "differs"
    return "has not drifted" if environment.complete else "could not be checked in full"


def _sections(environment: EnvironmentDrift, *, lasting: bool) -> Iterator[Section]:
    def said(differences: Iterable[Difference]) -> tuple[Sentence, ...]:
        return tuple(
            sentence(each, application=environment.application, entries=environment.entries) for each in differences
        )

    def plainly(texts: Iterable[str]) -> tuple[Sentence, ...]:
        return tuple(map(plain, texts))

    yield Section("Not checked at all", plainly(filter(None, [environment.failure])), incomplete=True)
    yield Section(
        _DRIFT if environment.deployed else _UNKNOWN,
        said(each.difference for each in environment.drift),
        "" if environment.deployed else _NO_OUTPUTS,
        details=tuple(tuple(_details(each, environment, lasting=lasting)) for each in environment.drift),
    )
    yield _not_checked(environment.unchecked)
    yield Section("Not understood in the plan", plainly(environment.unclear), incomplete=True)
    yield Section("Declared, not deployed yet (pending)", said(environment.pending), _PENDING)
    yield Section("Deployed meanwhile", said(environment.arrived), _ARRIVED)
    yield Section("Only in Terraform's plan", said(environment.only_planned), _ONLY_PLANNED)
    yield Section("In the plan, outside of what this project knows", plainly(environment.outside))
    accepted = (not_audited(each.surface, why, each.reason) for each, why in environment.unaudited)
    yield Section("Not audited", tuple(accepted), _UNAUDITED)
    yield Section("Not understood", plainly(environment.not_understood), _NOT_UNDERSTOOD)
    yield Section("Noted", plainly(environment.notes))


def _not_checked(unseen: Iterable[NotCompared]) -> Section:
    """Say once for each reason what it kept from being seen, in words and as an environment file names it."""
    surfaces: dict[str, list[Surface]] = {}
    for each in unseen:
        surfaces.setdefault(each.reason, []).append(each.surface)
    return Section(
        "Not checked",
        tuple(not_checked(hidden, reason) for reason, hidden in surfaces.items()),
        _UNCHECKED,
        incomplete=True,
        details=tuple((Detail("Surfaces", say(*listed(hidden, code))),) for hidden in surfaces.values()),
    )


def _details(drifted: Drifted, environment: EnvironmentDrift, *, lasting: bool) -> Iterator[Detail]:
    """Yield who, when and the way back."""
    for activity in drifted.activities:
        yield Detail("Who", sentence_of(activity))
    if not drifted.activities:
        why = environment.unexplained or "the audit log says nothing of it"
        yield Detail("Who", plain(f"not known: {why}"))
    if drifted.noted:
        yield Detail("Noted", plain(drifted.noted))
    if Witness.GRAPH not in drifted.witnesses:
        yield Detail("Seen by", plain("Terraform's plan alone; Graph did not let us look"))
    for number, way in enumerate(drifted.ways):
        label = "Way back" if not number else "Then" if way.follows else "Or"
        if lasting and way.kind is WayKind.EXCEPT:
            # Its YAML ends some days from now.
            yield Detail(
                label, plain(f"{_EXCEPTION} {environment.file}: `ise-intune drift {environment.name}` shows it")
            )
        else:
            yield Detail(label, plain(way.text), way.example)
