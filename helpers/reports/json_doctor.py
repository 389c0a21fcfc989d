"""The parts of `doctor --format json`; `docs/doctor.schema.json` describes them. Texts are as they came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.reports.finding_object import finding_object
from helpers.reports.of_doctor import verdict_of

if TYPE_CHECKING:
    from helpers.examination import Examination, Part

Object = dict[str, Any]


def doctor_object(examined: Examination) -> Object:
    """Return what a run says, but for `found`, `unchecked` and `errors`."""
    return {
        "doctor": {
            "outcome": examined.outcome.value,
            "verdict": verdict_of(examined),
            "digest": examined.digest,
            "left_out": list(examined.left_out),
        },
        "environment": {"name": examined.name, "file": examined.file, "application": examined.application},
        "parts": [_part(part) for part in examined.parts],
    }


def found_objects(examined: Examination) -> list[Object]:
    """Return every finding, with the part that found it."""
    return [{"part": part.name, **finding_object(finding)} for part in examined.parts for finding in part.findings]


def unchecked_objects(examined: Examination) -> list[Object]:
    """Return what could not be checked, and why."""
    return [{"part": part.name, "reason": why} for part in examined.parts for why in part.unchecked]


def _part(part: Part) -> Object:
    return {
        "name": part.name,
        "outcome": part.outcome.value,
        "summary": part.summary,
        "sections": [
            {"title": section.title, "sentences": [str(sentence) for sentence in section.sentences]}
            for section in part.sections
            if section.sentences
        ],
    }
