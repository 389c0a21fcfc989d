"""Gauges for Prometheus, as node_exporter's textfile collector reads them: the one writer of the exposition format.

Source of the form: Prometheus, "Exposition formats", section "Text-based format". Times are Unix times: a number of
days left would be as old as the file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True)
class Sample:
    """One value of a gauge. Labels are shown in the order given; their values are raw, and made safe when written."""

    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Gauge:
    """A gauge with its samples, no two of which have the same labels. `name` and `meaning` are our own words."""

    name: str
    meaning: str
    samples: tuple[Sample, ...]


def as_textfile(gauges: Iterable[Gauge]) -> str:
    """Return the text of a `.prom` file; a gauge without a sample is still explained."""
    return "".join(f"{line}\n" for gauge in gauges for line in _lines(gauge))


def _lines(gauge: Gauge) -> Iterator[str]:
    yield f"# HELP {gauge.name} {_escaped(gauge.meaning)}"
    yield f"# TYPE {gauge.name} gauge"
    for sample in gauge.samples:
        yield f"{gauge.name}{_labels(sample.labels)} {_number(sample.value)}"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_quoted(value)}"' for name, value in labels.items()) + "}"


def _quoted(value: str) -> str:
    return _escaped(value).replace('"', r"\"")


def _escaped(text: str) -> str:
    """Return a text on one line; what is escaped to be seen is so for good, hence its backslashes are escaped too."""
    return one_line(text).replace("\\", r"\\")


def _number(value: float) -> str:
    """Return a whole number without a fraction or an exponent, and all others as Go reads them."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return f"{value:.0f}" if value == int(value) else repr(float(value))
