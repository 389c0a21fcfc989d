"""Expiries for Prometheus, as node_exporter's textfile collector reads them.

Times are absolute: a number of days left would be as old as the file. What is alerted on is left to the rules of
whoever reads them, such as `not_after_seconds - window_seconds < time()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from helpers.expiry.expiries import Expiry

_CERTIFICATE_GAUGES: tuple[tuple[str, str, Callable[[Expiry], float]], ...] = (
    (
        "ise_intune_certificate_not_after_seconds",
        "Unix time of the certificate's last second.",
        lambda expiry: expiry.entry.certificate.not_after.timestamp(),
    ),
    (
        "ise_intune_certificate_not_before_seconds",
        "Unix time of the certificate's first second.",
        lambda expiry: expiry.entry.certificate.not_before.timestamp(),
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
_SOUND = "ise_intune_environment_sound"


def prometheus_text(expiries: Iterable[Expiry], *, sound: Mapping[str, bool]) -> str:
    """Return the text of a `.prom` file; `sound` says of each environment whether its file could be judged."""
    ordered = sorted(expiries, key=lambda expiry: (expiry.environment, expiry.entry.name))
    return "".join(f"{line}\n" for line in _lines(ordered, sound))


def _lines(expiries: list[Expiry], sound: Mapping[str, bool]) -> Iterator[str]:
    labels = [_labels(expiry) for expiry in expiries]
    for name, meaning, value in _CERTIFICATE_GAUGES:
        yield from _head(name, meaning)
        for expiry, its_labels in zip(expiries, labels, strict=True):
            yield f"{name}{its_labels} {value(expiry):.0f}"
    yield from _head(_SOUND, "Whether the environment's file has no mistake; certificates of others are not shown.")
    for environment in sorted(sound):
        yield f'{_SOUND}{{environment="{_escaped(environment)}"}} {sound[environment]:d}'


def _head(name: str, meaning: str) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} gauge"


def _labels(expiry: Expiry) -> str:
    certificate = expiry.entry.certificate
    labels = {
        "environment": expiry.environment,
        "entry": expiry.entry.name,
        "common_name": one_line(certificate.common_name),
        "sha1": certificate.sha1_hex,
    }
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(text: str) -> str:
    """Escape a label's value (Prometheus, "Exposition formats", section "Text format details")."""
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
