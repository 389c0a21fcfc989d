"""Gauges for Prometheus, read back by a parser that allows nothing but what the format's specification does."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpers.plain_text import one_line
from helpers.reports.metrics import Gauge, Sample, as_textfile
from tests.exposition import read_exposition
from tests.hostile_texts import TEXTS


def test_gauges_are_explained_then_told() -> None:
    gauges = (
        Gauge("a_seconds", "When.", (Sample(1_795_000_000, {"environment": "lab", "rule": "x"}), Sample(-2))),
        Gauge("b", "None of them.", ()),
    )
    assert as_textfile(gauges).splitlines() == [
        "# HELP a_seconds When.",
        "# TYPE a_seconds gauge",
        'a_seconds{environment="lab",rule="x"} 1795000000',
        "a_seconds -2",
        "# HELP b None of them.",
        "# TYPE b gauge",
    ]
    assert as_textfile(()) == ""


@settings(deadline=None)  # the machine may be busy
@given(text=TEXTS, value=st.floats() | st.integers(-(2**53), 2**53) | st.booleans())
@example(text='a\\nb\n"', value=1e300)
@example(text="", value=5e-324)
@example(text="\r\u2028", value=-0.0)
def test_any_text_and_any_number_are_read_back(text: str, value: float) -> None:
    written = as_textfile((Gauge("a", text, (Sample(value, {"x": text, "y": f"{text}|"}),)),))
    [(labels, found)] = read_exposition(written)["a"].items()
    assert labels == (("x", one_line(text)), ("y", one_line(f"{text}|")))
    assert found == value or (math.isnan(found) and math.isnan(value))


@pytest.mark.parametrize(
    "wrong",
    [
        "a 1\n",
        "# HELP a b\n# TYPE a gauge\na 1",
        "# HELP a b\n# TYPE a gauge\na one\n",
        '# HELP a b\n# TYPE a gauge\na{x="\\t"} 1\n',
        '# HELP a b\n# TYPE a gauge\na{x="1",x="2"} 1\n',
        '# HELP a b\n# TYPE a gauge\na{x="1"} 1\na{x="1"} 2\n',
        "# HELP a b\n# TYPE a gauge\n# HELP a b\n# TYPE a gauge\n",
        "# HELP 1a b\n# TYPE 1a gauge\n",
    ],
)
def test_the_referee_refuses_what_prometheus_would(wrong: str) -> None:
    with pytest.raises((AssertionError, ValueError)):
        read_exposition(wrong)
