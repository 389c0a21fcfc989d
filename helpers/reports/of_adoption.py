"""A report of the first day: what is wrong with an application that was taken over, and in which order to mend it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from helpers.findings import standing
from helpers.plain_text import counted
from helpers.reports.drift_sections import unseen
from helpers.reports.of_review import plain
from helpers.reports.report import (
    Detail,
    Outcome,
    Report,
    Reported,
    Section,
    Subject,
    as_sentence,
    outcome_from,
    standing_and_accepted,
)
from helpers.sentences.parts import code, listed, quote, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from helpers.adopting.fresh import Fresh, Step
    from helpers.adopting.fresh_order import Move
    from helpers.findings import Finding
    from helpers.sentences import Part, Sentence

_WORDS = {Outcome.STOP: "found", Outcome.CANNOT_TELL: "not fully checked", Outcome.PASS: "sound"}
_MEANING = (
    "Findings are in a review's words: the least that ISE needs is what was before, the application as it is what came"
    " after."
)
_ORDER = "Steps that do not wait for each other may change places. Calls are of what the calls before them leave."
_NOT_UNDERSTOOD = "Properties and types of Graph's with something in them that this version does not know."
_MOST_NAMED = 5
_HOW = {
    "Call": "this, or the same in the portal",
    "YAML": "in the file",
    "Run": "beside the files",
    "Page": "for whoever may consent for the whole tenant",
}


def report_of(fresh: Fresh) -> Report:
    """Return the report."""
    numbers = fresh.steps_of
    found, accepted = standing_and_accepted(
        Reported(fresh.name, _with_steps(finding, numbers.get(finding, ()))) for finding in fresh.findings
    )
    return Report(
        kind="adopt",
        heading="First day",
        outcome=outcome_of(fresh),
        verdict=verdict_of(fresh),
        overview=_overview(fresh),
        subjects=(_subject(fresh),),
        findings=found,
        accepted=accepted,
        errors=(),
        gate=fresh.gate,
        digest=fresh.digest,
        word=_WORDS[outcome_of(fresh)],
        subjects_title="What to do, in this order",
        notes=(_MEANING, _ORDER) if fresh.steps else (),
        gate_means="has to be put right",
        digest_serves="the same as long as nothing else is found or to be done",
    )


def outcome_of(fresh: Fresh) -> Outcome:
    """Return how it ended: what was found wins over what could not be told."""
    return outcome_from(found=fresh.found, complete=fresh.complete)


def verdict_of(fresh: Fresh) -> str:
    """Return in a sentence what is wrong, and how much could not be checked."""
    counting = len(standing(fresh.findings, fresh.gate))
    said = []
    if counting:
        said.append(f"{counted(counting, 'finding')} at or above the gate ({fresh.gate})")
    unchecked = len(fresh.unchecked) + len(fresh.unknown)
    if unchecked:
        said.append(f"{counted(unchecked, 'thing')} could not be checked")
    if said:
        return f"{' and '.join(said)}."
    return "Nothing has to be put right." if fresh.steps or fresh.findings else "Nothing is wrong with it."


def _overview(fresh: Fresh) -> str:
    return f"To be put right in {counted(len(fresh.steps), 'step')}." if fresh.steps else ""


def _with_steps(finding: Finding, steps: Sequence[int]) -> Finding:
    """Return a finding that says in which steps it is answered."""
    if not steps or finding.exception:
        return finding
    return replace(finding, remedy=f"{finding.remedy} ({_steps(steps)})")


def _steps(numbers: Sequence[int]) -> str:
    return f"step{'s' if len(numbers) > 1 else ''} {say(*listed([*map(str, numbers)], quote))}"


def _subject(fresh: Fresh) -> Subject:
    steps = counted(len(fresh.steps), "step")
    return Subject(
        name=fresh.name,
        title=fresh.application,
        place=fresh.file,
        state=f"can be put right in {steps}" if fresh.steps else "has nothing to be put right",
        sections=tuple(each for each in _sections(fresh) if each.sentences),
    )


def _sections(fresh: Fresh) -> Iterator[Section]:
    yield from map(_section, fresh.steps)
    if not fresh.steps and not fresh.findings:
        yield Section("Sound", (plain("As far as could be seen, it has what ISE needs, and nothing beyond."),))
    yield unseen(fresh.unchecked)
    yield Section("Cannot be told", tuple(plain(as_sentence(each)) for each in fresh.unknown), incomplete=True)
    yield Section("Not understood", tuple(map(plain, fresh.not_understood)), _NOT_UNDERSTOOD)


def _section(step: Step) -> Section:
    waits = f" After {_steps(step.after)}." if step.after else ""
    return Section(
        f"Step {step.number}: {step.stage.title} ({step.stage.who})",
        tuple(map(sentence_of, step.moves)),
        f"{step.stage.why}{waits}",
        details=tuple(
            tuple(_details(move, step.first if number == 0 else "")) for number, move in enumerate(step.moves)
        ),
    )


def sentence_of(move: Move) -> Sentence:
    """Return what to do and about what, as far as a reader goes on reading."""
    text = move.text[:1].upper() + move.text[1:]
    shown = move.about[:_MOST_NAMED]
    more = len(move.about) - len(shown)
    named = [*_commas(shown), f" and {more:,} more"] if more else listed(shown, code)
    return say(text, *((": ", *named) if named else ()), ".")


def _commas(names: Sequence[str]) -> Iterator[str | Part]:
    for place, each in enumerate(names):
        yield from (", ", code(each)) if place else (code(each),)


def _details(move: Move, first: str) -> Iterator[Detail]:
    if first:
        yield Detail("First", plain(first))
    if move.example:
        yield Detail(move.label, plain(_HOW.get(move.label, "")), move.example)
