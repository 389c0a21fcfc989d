"""Drift as gauges for Prometheus: alert on what differs, on what was not checked, and on a run that is too old."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.findings import Severity
from helpers.reports.metrics import Gauge, Sample, as_textfile

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from helpers.drifting.drift import Drift, EnvironmentDrift

_GAUGES: tuple[tuple[str, str, Callable[[EnvironmentDrift], float]], ...] = (
    (
        "ise_intune_drift_differences",
        "Differences between what was deployed and what is in Entra, accepted ones included.",
        lambda environment: len(environment.drift),
    ),
    (
        "ise_intune_drift_pending",
        "Declared changes that are not deployed yet.",
        lambda environment: len(environment.pending),
    ),
    (
        "ise_intune_drift_unchecked",
        "Surfaces that nobody could see and the environment's file does not accept.",
        lambda environment: len(environment.unchecked),
    ),
    (
        "ise_intune_drift_checked",
        "Whether everything that shall be checked was.",
        lambda environment: environment.complete,
    ),
)


def drift_metrics(drift: Drift, now: datetime) -> str:
    """Return the text of a `.prom` file; `now` (aware) is when the run ended."""
    gauges = (
        Gauge(name, meaning, tuple(Sample(value(each), {"environment": each.name}) for each in drift.environments))
        for name, meaning, value in _GAUGES
    )
    return as_textfile((*gauges, _findings(drift), _errors(drift), _ended(now)))


def _findings(drift: Drift) -> Gauge:
    samples = (
        Sample(
            sum(each.exception is None and each.severity is severity for each in environment.findings),
            {"environment": environment.name, "severity": str(severity)},
        )
        for environment in drift.environments
        for severity in Severity
    )
    return Gauge("ise_intune_drift_findings", "Findings that no exception covers.", tuple(samples))


def _errors(drift: Drift) -> Gauge:
    return Gauge("ise_intune_drift_errors", "Inputs that could not be read.", (Sample(len(drift.errors)),))


def _ended(now: datetime) -> Gauge:
    meaning = "Unix time of the run's end: an old one is a job that no longer runs."
    return Gauge("ise_intune_drift_run_seconds", meaning, (Sample(int(now.timestamp())),))
