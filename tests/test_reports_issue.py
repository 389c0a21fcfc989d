"""A report as an issue: found again by its key, the same bytes for the same findings, closed when all is well."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import given, settings

from helpers.findings import Severity
from helpers.reports.issue import as_issue
from helpers.reports.markdown import LONGEST, as_markdown
from helpers.reports.of_review import report_of
from tests.hostile_texts import TEXTS
from tests.pages import Page
from tests.reviews import NOTHING, QUIET, RICH, UNCLEAR, finding, hostile

if TYPE_CHECKING:
    from helpers.reviewing.review import Review

KEY = "ise-intune-issue:review"


def issue(review: Review) -> dict[str, Any]:
    """Return what a job reads."""
    document: dict[str, Any] = json.loads(as_issue(report_of(review)))
    return document


@pytest.mark.parametrize(
    ("review", "state"),
    [(RICH, "open"), (UNCLEAR, "open"), (QUIET, "closed"), (NOTHING, "closed")],
    ids=["found", "cannot tell", "pass", "nothing"],
)
def test_an_issue_is_open_as_long_as_somebody_has_to_look(review: Review, state: str) -> None:
    assert issue(review)["state"] == state


def test_key_and_title_are_the_same_whatever_was_found() -> None:
    issues = [issue(each) for each in (RICH, UNCLEAR, QUIET, NOTHING, hostile("<!-- other -->"))]
    assert {each["key"] for each in issues} == {KEY}
    assert {each["title"] for each in issues} == {"ise-intune review: somebody has to look"}
    assert all(each["body"].endswith(f"\n<!-- {KEY} -->\n") for each in issues)
    drift = json.loads(as_issue(replace(report_of(RICH), kind="drift")))
    assert (drift["key"], drift["title"]) == ("ise-intune-issue:drift", "ise-intune drift: somebody has to look")


def test_the_body_is_the_whole_report() -> None:
    assert issue(RICH)["body"].startswith(as_markdown(report_of(RICH)))
    assert list(issue(RICH)) == ["key", "title", "state", "body", "digest"]


def test_the_same_findings_give_the_same_bytes_in_whatever_order_they_were_found() -> None:
    first, *others = RICH.environments
    turned = replace(RICH, environments=(replace(first, findings=first.findings[::-1]), *others))
    assert as_issue(report_of(turned)) == as_issue(report_of(RICH))


def test_another_finding_gives_another_digest() -> None:
    first, *others = RICH.environments
    more = replace(first, findings=(*first.findings, finding("tier-0", Severity.HIGH)))
    assert issue(RICH)["digest"] == RICH.digest
    assert issue(replace(RICH, environments=(more, *others)))["digest"] != RICH.digest


def test_an_issue_is_never_longer_than_its_tracker_takes() -> None:
    body = issue(hostile("x" * 100_000))["body"]
    assert len(body.encode("utf-16-le")) // 2 <= LONGEST
    assert body.endswith(f"<!-- {KEY} -->\n")


@settings(deadline=None)  # the machine may be busy
@given(text=TEXTS.filter(bool))
def test_no_text_forges_another_key(text: str) -> None:
    page = Page(cmarkgfm.github_flavored_markdown_to_html(issue(hostile(text))["body"], Options.CMARK_OPT_UNSAFE))
    assert [each.strip() for each in page.comments] == ["ise-intune:review", KEY]
