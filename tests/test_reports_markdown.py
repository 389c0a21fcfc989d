"""Markdown: read by GitHub's own parser, then by what a host does to the text that parser leaves."""

from __future__ import annotations

import re
from dataclasses import replace

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import example, given, settings

from helpers.findings import Severity
from helpers.plain_text import one_line
from helpers.reports.markdown import LONGEST, as_markdown
from helpers.reports.markdown_text import code_span, guarded, inline, line
from helpers.reports.of_review import report_of
from helpers.sentences import Mark, Part, Sentence
from tests.hostile_texts import TEXTS
from tests.pages import Page
from tests.reviews import NOTHING, QUIET, RICH, UNCLEAR, finding, hostile

# What GitHub and GitLab look for in text outside of code, once Markdown is done.
REFERENCES = re.compile(
    r"(?<!\w)@\w|\w@\w|#\d|\bGH-\d|\b[0-9a-f]{7,40}\b|:\w+:|https?:|ftp:|www\.|mailto:|!\d|~\w|%\d|\$\w|&\d|\^\w|\[\w+:",
    re.ASCII | re.IGNORECASE,
)


def rendered(markdown: str) -> Page:
    page: str = cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE)
    return Page(page)


def without_code(page: Page) -> list[str]:
    """Return the elements but code, which a word may become."""
    return [name for name, _ in page.elements if name != "code"]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@settings(deadline=None)  # the machine may be busy
@given(text=TEXTS)
def test_a_text_is_shown_and_is_nothing_else(text: str) -> None:
    page = rendered(f"before {inline(text)} after")
    assert without_code(page) == ["p"]
    assert squeezed(page.text).replace("`", "") == squeezed(f"before{one_line(text)}after").replace("`", "")
    assert [each for each in page.outside_code if REFERENCES.search(each)] == []


@settings(deadline=None)  # the machine may be busy
@given(text=TEXTS)
def test_a_sentence_begins_no_block_in_a_list_nor_on_its_own(text: str) -> None:
    for mark in Mark:
        sentence = Sentence((Part(text, mark), Part(text), Part(text, Mark.STRONG), Part(text, Mark.CODE)))
        tags = {"p", "ul", "li", "b", "i"}
        for markdown in (f"- {line(sentence)}\n", f"para\n\n{line(sentence)}\n\npara"):
            page = rendered(markdown)
            assert set(without_code(page)) <= tags
            assert without_code(page).count("li") <= 1
            assert [each for each in page.outside_code if REFERENCES.search(each)] == []


@settings(deadline=None)  # the machine may be busy
@given(text=TEXTS.filter(bool))
@example("`a``b```")
def test_code_shows_every_character(text: str) -> None:
    page = rendered(f"a {code_span(text)} b")
    assert [name for name, _ in page.elements] == ["p", "code"]
    assert squeezed(page.text) == squeezed(f"a{one_line(text)}b")


@settings(deadline=None)  # the machine may be busy
@given(text=TEXTS.filter(bool))
def test_nothing_hostile_changes_the_shape_of_a_report(text: str) -> None:
    """Whatever a file says, the report has the elements it has when every text is a plain word."""
    harmless, attacked = (rendered(as_markdown(report_of(hostile(each)))) for each in ("word", text))
    assert without_code(attacked) == without_code(harmless)
    assert attacked.comments == harmless.comments
    assert [each for each in attacked.outside_code if REFERENCES.search(each)] == []
    assert {attribute for _, attributes in attacked.elements for attribute in attributes} <= {"align"}


def test_the_first_line_finds_the_comment_again() -> None:
    for review in (RICH, QUIET, NOTHING, UNCLEAR):
        assert as_markdown(report_of(review)).startswith("<!-- ise-intune:review -->\n## ")


@pytest.mark.parametrize(
    ("review", "heading"),
    [
        (RICH, "## 🛑 Access review: stop"),
        (QUIET, "## ✅ Access review: pass"),
        (UNCLEAR, "## ⚠️ Access review: cannot tell"),
    ],
)
def test_the_verdict_comes_first(review: object, heading: str) -> None:
    assert as_markdown(report_of(review)).splitlines()[1] == heading  # type: ignore[arg-type]


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize("text", ["x" * 100_000, "&" * 100_000, "😀" * 100_000, "` " * 50_000])
def test_a_comment_is_never_too_long_for_one_text(text: str) -> None:
    assert _utf16(as_markdown(report_of(hostile(text)))) < 65_536


def test_what_does_not_fit_is_counted_and_the_gravest_stays() -> None:
    environment = RICH.environments[0]
    many = tuple(
        finding(f"rule-{number}", Severity.HIGH if number == 999 else Severity.LOW, what="x " * 200)
        for number in range(1_000)
    )
    review = replace(RICH, environments=tuple(replace(environment, name=f"e{at}", findings=many) for at in range(3)))
    markdown = as_markdown(report_of(review))
    assert _utf16(markdown) <= LONGEST
    assert markdown.count("<b>High</b>") == 3
    shown = markdown.count("<b>Low</b>")
    assert f"{2_997 - shown:,} low findings" in markdown
    assert markdown.rstrip().splitlines()[-1].startswith("<sub>Gate: medium")


def test_a_report_that_fits_says_nothing_of_cutting() -> None:
    assert "Cut," not in as_markdown(report_of(RICH))


def test_a_list_marker_is_shown_as_what_it_is() -> None:
    assert guarded("- x") == "&#45; x"
    assert guarded("1. x") == "&#49;. x"
    assert guarded("plain") == "plain"
