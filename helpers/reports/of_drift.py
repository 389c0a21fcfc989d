"""A report of drift: what somebody changed, who and when, the way back; what is pending; what nobody could check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.findings import standing
from helpers.plain_text import counted
from helpers.reports.drift_sections import not_seen, sections
from helpers.reports.report import Outcome, Report, Reported, Subject, outcome_from, standing_and_accepted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from helpers.drifting.drift import Drift, EnvironmentDrift

_WORDS = {Outcome.STOP: "found", Outcome.CANNOT_TELL: "not fully checked", Outcome.PASS: "clean"}


def report_of(drift: Drift, *, lasting: bool = False) -> Report:
    """Return the report of a run; environments in which there is nothing to see are only counted.

    A `lasting` one is the same on every day on which the same was found.
    """
    found, accepted = standing_and_accepted(
        Reported(each.name, finding) for each in drift.environments for finding in each.findings
    )
    return Report(
        kind="drift",
        heading="Drift",
        outcome=outcome_of(drift),
        verdict=_verdict(drift),
        overview=_overview(drift),
        subjects=tuple(_subjects(drift.environments, lasting=lasting)),
        findings=found,
        accepted=accepted,
        errors=drift.errors,
        gate=drift.gate,
        digest=drift.digest,
        word=_WORDS[outcome_of(drift)],
        subjects_title="Environment by environment",
        notes=drift.noted,
        gate_means="counts: somebody has to act",
        digest_serves="the same as long as nothing else differs, is found or cannot be checked",
    )


def outcome_of(drift: Drift) -> Outcome:
    """Return how a run ended: what was found wins over what could not be checked."""
    return outcome_from(found=drift.found, complete=drift.complete)


def _verdict(drift: Drift) -> str:
    differing = [each for each in drift.environments if each.drift]
    counting = sum(len(standing(each.findings, drift.gate)) for each in drift.environments)
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


def _subjects(environments: Iterable[EnvironmentDrift], *, lasting: bool) -> Iterator[Subject]:
    """Yield environments with something to see; those of which only the same was not seen as one."""
    alike: dict[object, list[EnvironmentDrift]] = {}
    for each in environments:
        if _is_worth_showing(each):
            yield _subject(each, lasting=lasting)
        elif not each.complete:
            alike.setdefault((each.failure, each.unchecked, each.unclear), []).append(each)
    for group in alike.values():
        yield _subject(group[0], lasting=lasting) if len(group) == 1 else _subject_of_many(group)


def _is_worth_showing(environment: EnvironmentDrift) -> bool:
    """Say whether there is more to see than what nobody could see."""
    return bool(
        environment.drift
        or environment.pending
        or environment.arrived
        or environment.only_planned
        or environment.outside
        or environment.findings
        or environment.unaudited
        or environment.not_understood
    )


def _subject(environment: EnvironmentDrift, *, lasting: bool) -> Subject:
    return Subject(
        name=environment.name,
        title=environment.application,
        place=environment.file,
        state=_state(environment),
        sections=tuple(sections(environment, lasting=lasting)),
    )


def _subject_of_many(alike: list[EnvironmentDrift]) -> Subject:
    return Subject(
        name=counted(len(alike), "environment"),
        title=", ".join(each.name for each in alike),
        place="the same in each",
        state=_state(alike[0]),
        sections=tuple(not_seen(alike[0])),
    )


def _state(environment: EnvironmentDrift) -> str:
    if environment.failure:
        return "could not be checked"
    if environment.drift:
        return "has drifted" if environment.deployed else "differs"
    return "has not drifted" if environment.complete else "could not be checked in full"
