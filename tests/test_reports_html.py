"""The page: nothing in it runs, nothing is loaded, and no text from elsewhere is more than text."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from helpers.plain_text import one_line
from helpers.reports.html import as_html
from helpers.reports.of_review import report_of
from tests.hostile_texts import TEXTS
from tests.pages import Page
from tests.reviews import NOTHING, QUIET, RICH, UNCLEAR, hostile

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.reviewing.review import Review

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
_PHONE = 360


@settings(deadline=None)  # a page is rendered twice, on a machine that may be busy
@given(text=TEXTS.filter(bool))
def test_nothing_hostile_changes_the_shape_of_the_page(text: str) -> None:
    harmless, attacked = (Page(as_html(report_of(hostile(each)))) for each in ("word", text))
    assert [each for each in attacked.elements if each[0] != "code"] == [
        each for each in harmless.elements if each[0] != "code"
    ]
    assert attacked.comments == []


@settings(deadline=None)  # a page is rendered twice, on a machine that may be busy
@given(text=TEXTS.filter(lambda text: "`" not in text and text.strip()))
def test_a_text_is_shown_letter_by_letter(text: str) -> None:
    assert one_line(text) in Page(as_html(report_of(hostile(text)))).text


@pytest.mark.parametrize("review", [RICH, QUIET, NOTHING, UNCLEAR], ids=["rich", "quiet", "nothing", "unclear"])
def test_nothing_runs_and_nothing_is_loaded(review: Review) -> None:
    html = as_html(report_of(review))
    names = {name for name, _ in Page(html).elements}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "form", "base", "svg", "a"}
    assert "url(" not in html
    assert "@import" not in html
    assert {name for _, attributes in Page(html).elements for name in attributes} <= {
        *("lang", "charset", "http-equiv", "content", "name", "class", "aria-hidden")
    }


def test_the_policy_allows_the_style_in_the_page_and_nothing_else() -> None:
    html = as_html(report_of(RICH))
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    style = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    assert policy == [f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"]
    assert len(style) == 1


def test_the_page_knows_phone_paper_and_dark() -> None:
    html = as_html(report_of(RICH))
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
    for medium in ("@media print", "@media (max-width", "@media (prefers-color-scheme: dark)"):
        assert medium in html


def test_headings_leave_out_no_level() -> None:
    levels = [int(name[1]) for name, _ in Page(as_html(report_of(RICH))).elements if re.fullmatch(r"h\d", name)]
    assert levels[0] == 1
    assert all(deeper <= level + 1 for level, deeper in pairwise(levels))


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no browser: Chromium is not installed")
def test_a_browser_shows_the_page_in_the_width_of_a_phone(tmp_path: Path) -> None:
    """The page is put into a frame as wide as a phone; the longest names in it must not make it wider."""
    assert CHROMIUM is not None
    page = as_html(report_of(hostile("x" * 300)))
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    (tmp_path / "frame.html").write_text(
        f"<iframe src='page.html' style='width:{_PHONE}px;height:900px;border:0' onload='"
        'document.title = "wide " + this.contentDocument.documentElement.scrollWidth\'></iframe>',
        encoding="utf-8",
    )
    switches = ["--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--dump-dom"]
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    done = subprocess.run(
        [CHROMIUM, *switches, profile, (tmp_path / "frame.html").as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    wide = re.search(r"<title>wide (\d+)</title>", done.stdout)
    assert wide
    assert 0 < int(wide[1]) <= _PHONE
