"""The parts of `drift --format json`; `docs/drift.schema.json` describes them. Texts are as they came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.activities import sentence_of
from helpers.reports.finding_object import finding_object
from helpers.reports.json_report import difference_object, moment_text
from helpers.reports.of_drift import outcome_of

if TYPE_CHECKING:
    from helpers.activities import Activity
    from helpers.drifting.drift import Drift, Drifted, EnvironmentDrift

Object = dict[str, Any]


def drift_object(drift: Drift) -> Object:
    """Return what a run says, but for `found`, `unchecked` and `errors`."""
    verdict = {
        "outcome": outcome_of(drift).value,
        "gate": str(drift.gate),
        "complete": drift.complete,
        "digest": drift.digest,
        "notes": list(drift.noted),
    }
    return {"drift": verdict, "environments": [_environment(each) for each in drift.environments]}


def found_objects(drift: Drift) -> list[Object]:
    """Return every finding, with the environment it is about and the column that causes it."""
    return [
        {"environment": environment.name, **finding_object(finding), "column": finding.location.column}
        for environment in drift.environments
        for finding in environment.findings
    ]


def unchecked_objects(drift: Drift) -> list[Object]:
    """Return what nobody can vouch for; `surface` is null where it is the whole environment, or part of a plan."""
    return [entry for environment in drift.environments for entry in _unchecked(environment)]


def error_objects(drift: Drift) -> list[Object]:
    """Return what could not be read."""
    return [{"message": error} for error in drift.errors]


def _unchecked(environment: EnvironmentDrift) -> list[Object]:
    name = environment.name
    whole = [environment.failure] if environment.failure else []
    reasons = [{"environment": name, "surface": None, "reason": text} for text in (*whole, *environment.unclear)]
    surfaces = [
        {"environment": name, "surface": each.surface.value, "reason": each.reason} for each in environment.unchecked
    ]
    return reasons + surfaces


def _environment(environment: EnvironmentDrift) -> Object:
    application = environment.application
    return {
        "name": environment.name,
        "file": environment.file,
        "application": application,
        "client_id": environment.client_id,
        "deployed": environment.deployed,
        "drift": [_drifted(each, application) for each in environment.drift],
        "pending": [difference_object(each, application) for each in environment.pending],
        "arrived": [difference_object(each, application) for each in environment.arrived],
        "only_planned": [difference_object(each, application) for each in environment.only_planned],
        "unaudited": [
            {"surface": each.surface.value, "reason": each.reason, "accepted_because": reason}
            for each, reason in environment.unaudited
        ],
        "outside": list(environment.outside),
        "not_understood": list(environment.not_understood),
        "notes": list(environment.notes),
        "unexplained": environment.unexplained,
    }


def _drifted(drifted: Drifted, application: str) -> Object:
    return {
        "difference": difference_object(drifted.difference, application),
        "witnesses": [witness.value for witness in drifted.witnesses],
        "activities": [_activity(each) for each in drifted.activities],
        "noted": drifted.noted,
        "ways_back": [
            {"kind": way.kind.value, "text": way.text, "example": way.example, "follows": way.follows}
            for way in drifted.ways
        ],
    }


def _activity(activity: Activity) -> Object:
    return {
        "when": moment_text(activity.when),
        "activity": activity.activity,
        "actor": {"kind": activity.actor.kind.value, "name": activity.actor.name, "id": activity.actor.id},
        "address": activity.address or None,
        "correlation_id": activity.correlation_id,
        "sentence": str(sentence_of(activity)),
    }
