"""The parts of the first day's report in JSON; `docs/adoption.schema.json` describes them. Texts are as they came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.reports.finding_object import finding_object
from helpers.reports.of_adoption import outcome_of, verdict_of

if TYPE_CHECKING:
    from helpers.adopting.fresh import Fresh, Step
    from helpers.adopting.fresh_order import Move

Object = dict[str, Any]


def adoption_object(fresh: Fresh) -> Object:
    """Return what the report says, but for `found`, `unchecked` and `errors`."""
    return {
        "adoption": {
            "outcome": outcome_of(fresh).value,
            "verdict": verdict_of(fresh),
            "gate": str(fresh.gate),
            "complete": fresh.complete,
            "digest": fresh.digest,
        },
        "environment": {
            "name": fresh.name,
            "file": fresh.file,
            "application": fresh.application,
            "client_id": fresh.client_id,
        },
        "steps": [_step(each) for each in fresh.steps],
        "not_understood": list(fresh.not_understood),
    }


def found_objects(fresh: Fresh) -> list[Object]:
    """Return every finding, with the column that causes it."""
    return [
        {"environment": fresh.name, **finding_object(finding), "column": finding.location.column}
        for finding in fresh.findings
    ]


def unchecked_objects(fresh: Fresh) -> list[Object]:
    """Return what nobody could see; `surface` is null where it is none."""
    surfaces = [
        {"environment": fresh.name, "surface": each.surface.value, "reason": each.reason} for each in fresh.unchecked
    ]
    return [*surfaces, *({"environment": fresh.name, "surface": None, "reason": each} for each in fresh.unknown)]


def _step(step: Step) -> Object:
    return {
        "number": step.number,
        "id": step.stage.id,
        "title": step.stage.title,
        "who": step.stage.who.name.lower(),
        "why": step.stage.why,
        "after": list(step.after),
        "first": step.first,
        "moves": [_move(each) for each in step.moves],
    }


def _move(move: Move) -> Object:
    return {
        "text": move.text,
        "about": list(move.about),
        "label": move.label,
        "example": move.example,
        "answers": [{"id": finding.rule, "subject": finding.subject} for finding in move.findings],
    }
