"""Text for a terminal: narrow enough, plain unless colour is wanted, and nothing in it steers the terminal."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.reports.of_review import report_of
from helpers.reports.text import as_text
from helpers.reports.wrapping import width, wrapped
from tests.hostile_texts import TEXTS
from tests.reviews import NOTHING, QUIET, RICH, UNCLEAR, hostile

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@settings(deadline=None)  # the machine may be busy
@given(text=TEXTS.filter(bool))
def test_no_text_from_elsewhere_reaches_the_terminal_raw_or_too_wide(text: str) -> None:
    for line in as_text(report_of(hostile(text))).splitlines():
        assert line.isprintable()
        assert width(line) <= 100


@pytest.mark.parametrize("columns", [40, 80, 100])
def test_every_line_fits_the_terminal(columns: int) -> None:
    lines = as_text(report_of(RICH), columns=columns).splitlines()
    assert max(map(width, lines)) <= columns


def test_colour_changes_nothing_but_colour() -> None:
    coloured = as_text(report_of(RICH), colour=True)
    assert _COLOURS.search(coloured)
    assert _COLOURS.sub("", coloured) == as_text(report_of(RICH))
    assert "\x1b" not in as_text(report_of(RICH))


def test_every_colour_ends() -> None:
    for line in as_text(report_of(RICH), colour=True).splitlines():
        codes = _COLOURS.findall(line)
        assert codes[1::2] == ["\x1b[0m"] * (len(codes) // 2)
        assert len(codes) % 2 == 0


def test_the_verdict_is_what_is_left_on_the_screen() -> None:
    last = as_text(report_of(QUIET)).splitlines()[-1]
    assert last == "  PASS: Nothing is at or above the gate (medium). Nothing changes in 1 environment."
    last = as_text(report_of(NOTHING)).splitlines()[-1]
    assert last == "  PASS: Nothing is at or above the gate (high). No environment was reviewed."
    lines = as_text(report_of(UNCLEAR)).splitlines()[-2:]
    assert " ".join(map(str.strip, lines)).startswith(
        "CANNOT TELL: Nothing is at or above the gate (medium), but 1 thing was not understood."
    )


def test_an_exception_is_shown_with_its_reason_and_its_end() -> None:
    text = as_text(report_of(RICH))
    accepted = text[text.index("ACCEPTED BY AN EXCEPTION") :]
    assert "Accepted until 2027-01-31: support case 4711 needs it" in accepted


def test_drift_stands_apart_from_the_change() -> None:
    text = as_text(report_of(RICH))
    drift = text.index("Changed in Entra by somebody else (drift)")
    assert "https://localhost/" not in text[:drift]
    assert "https://localhost/" in text[drift:]


def test_environments_without_a_change_are_counted_and_not_listed() -> None:
    text = as_text(report_of(RICH))
    assert "quiet" not in text
    assert "2 of 3 environments change." in " ".join(text.split())


@given(st.lists(st.tuples(st.text(max_size=40), st.sampled_from(["", "x"])), max_size=6), st.integers(8, 40))
def test_wrapping_loses_nothing_but_spaces(pieces: list[tuple[str, str]], columns: int) -> None:
    from helpers.plain_text import one_line

    lines = list(wrapped(pieces, columns=columns, hanging=2))
    assert all(sum(width(text) for text, _ in line) <= columns for line in lines)
    shown = "".join(text for line in lines for text, _ in line)
    assert shown.replace(" ", "") == "".join(one_line(text) for text, _ in pieces).replace(" ", "")


def test_a_wide_character_takes_two_columns() -> None:
    assert width("日本") == 4
    assert width("e\u0301") == 1
