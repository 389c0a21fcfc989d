"""Text from elsewhere is shown as it is, but for what would not be seen, or would command the terminal."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.results import json_text
from helpers.plain_text import one_line, printable


@pytest.mark.parametrize("text", ["", "psn-01", "Cisco ISE – Intune (büro) 東京", "a\nb", "👍"])
def test_visible_text_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("a\x1b[2Jb", "a\\x1b[2Jb", id="a terminal command"),
        pytest.param("a\rb\tc\x7f", "a\\rb\\tc\\x7f", id="control characters"),
        pytest.param("a\x9bb", "a\\x9bb", id="a terminal command in one byte"),
        pytest.param("a\u202eb", "a\\u202eb", id="right-to-left override"),
        pytest.param("a\u200bb\ufeff", "a\\u200bb\\ufeff", id="no width"),
        pytest.param("a\u2028b\u0085", "a\\u2028b\\x85", id="line breaks in disguise"),
        pytest.param("a\xa0b\u2003", "a\\xa0b\\u2003", id="spaces that are none"),
        pytest.param("a\u3164b\u115f\ufe0f", "a\\u3164b\\u115f\\ufe0f", id="letters and marks that do not show"),
        pytest.param("a\ud800", "a\\ud800", id="half a character"),
        pytest.param("a\ue000\U000e0041", "a\\ue000\\U000e0041", id="private and tag characters"),
    ],
)
def test_what_does_not_show_is_written_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == one_line(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a ##vso[task.setvariable variable=x]y", "a #\\x23vso[task.setvariable variable=x]y"),
        ("###VSO[x]", "##\\x23VSO[x]"),
        ("##[error]##[group]", "#\\x23[error]#\\x23[group]"),
        ("`::error::x`", "`:\\x3aerror::x`"),
        ("::error::x", ":\\x3aerror::x"),
        ("a ::set-output name=x::y", "a :\\x3aset-output name=x::y"),
        ("## vso[", "## vso["),
        ("fe80::1 ::1 a::b", "fe80::1 ::1 a::b"),
    ],
)
def test_no_agent_of_a_pipeline_finds_a_command(text: str, shown: str) -> None:
    assert printable(text) == one_line(text) == shown


_COMMANDS = st.lists(st.sampled_from(["#", "##", "vso", "VSO", "[", "::", ":", "error", " ", "\n", "\t", "\u200b"]))


@given(_COMMANDS.map("".join))
def test_whatever_a_text_is_made_of_no_line_or_word_of_it_is_a_command(text: str) -> None:
    for shown in (printable(text), one_line(text)):
        assert not re.search(r"##(vso)?\[", shown, re.IGNORECASE)
        assert not any(re.match(r"::[a-z]", word) for word in shown.split())
        assert printable(shown) == shown


@given(_COMMANDS.map("".join))
def test_json_says_the_same_without_any_command(text: str) -> None:
    written = json_text({"text": text})
    assert not re.search(r"##(vso)?\[", written, re.IGNORECASE)
    assert json.loads(written) == {"text": text}


def test_line_breaks_are_kept_only_where_lines_are_meant() -> None:
    assert printable("a\nb") == "a\nb"
    assert one_line("a\nb") == "a\\nb"


@given(st.text(alphabet=st.characters()))
def test_one_line_is_one_printable_line_and_stays_so(text: str) -> None:
    shown = one_line(text)
    assert shown.isprintable()
    assert len(shown.splitlines()) <= 1
    assert one_line(shown) == shown
