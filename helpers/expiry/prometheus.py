"""Expiries as gauges for Prometheus.

What is alerted on is left to the rules of whoever reads them, such as `not_after_seconds - window_seconds < time()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.reports.metrics import Gauge, Sample, as_textfile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from helpers.expiry.expiries import Expiry

_CERTIFICATE_GAUGES: tuple[tuple[str, str, Callable[[Expiry], float]], ...] = (
    (
        "ise_intune_certificate_not_after_seconds",
        "Unix time of the certificate's last second.",
        lambda expiry: expiry.entry.not_after.timestamp(),
    ),
    (
        "ise_intune_certificate_not_before_seconds",
        "Unix time of the certificate's first second.",
        lambda expiry: expiry.entry.not_before.timestamp(),
    ),
    (
        "ise_intune_certificate_window_seconds",
        "How long before its end the certificate asks for a successor.",
        lambda expiry: expiry.window.total_seconds(),
    ),
    (
        "ise_intune_certificate_nodes_without_successor",
        "Nodes that present the certificate and have no later one beside it.",
        lambda expiry: len(expiry.uncovered),
    ),
)


def prometheus_text(expiries: Iterable[Expiry], *, sound: Mapping[str, bool]) -> str:
    """Return the text of a `.prom` file; `sound` says of each environment whether its file could be judged."""
    ordered = sorted(expiries, key=lambda expiry: (expiry.environment, expiry.entry.name))
    labels = [_labels(expiry) for expiry in ordered]
    certificates = (
        Gauge(name, meaning, tuple(Sample(value(each), its) for each, its in zip(ordered, labels, strict=True)))
        for name, meaning, value in _CERTIFICATE_GAUGES
    )
    return as_textfile((*certificates, _soundness(sound)))


def _labels(expiry: Expiry) -> Mapping[str, str]:
    certificate = expiry.entry.certificate
    return {
        "environment": expiry.environment,
        "entry": expiry.entry.name,
        "common_name": certificate.common_name,
        "sha1": certificate.sha1_hex,
    }


def _soundness(sound: Mapping[str, bool]) -> Gauge:
    return Gauge(
        "ise_intune_environment_sound",
        "Whether the environment's file has no mistake; certificates of others are not shown.",
        tuple(Sample(sound[environment], {"environment": environment}) for environment in sorted(sound)),
    )
