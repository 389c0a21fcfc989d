"""What drifted, in every format: as its schema says, the same for the same findings, and no text more than text."""

from __future__ import annotations

import json
import textwrap
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cmarkgfm
import pytest
import yaml
from cmarkgfm.cmark import Options
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from cli.drift import render
from helpers.comparing import ValueAdded
from helpers.drifting.drift import Drift, Drifted, EnvironmentDrift
from helpers.drifting.ways_back import Way, WayKind
from helpers.plain_text import one_line
from helpers.reports.drift_metrics import drift_metrics
from helpers.reports.html import as_html
from helpers.reports.markdown import LONGEST, as_markdown
from helpers.reports.of_drift import report_of
from helpers.reports.text import as_text
from helpers.reports.wrapping import width
from helpers.surfaces import Surface
from tests.drifts import QUIET_DRIFT, RICH_DRIFT, UNCHECKED_DRIFT, hostile_drift
from tests.exposition import read_exposition
from tests.hostile_texts import TEXTS
from tests.pages import Page

NOW = datetime(2026, 11, 23, 14, 2, 30, tzinfo=UTC)
_DOCS = Path(__file__).parent.parent / "docs"
SCHEMA = json.loads((_DOCS / "drift.schema.json").read_bytes())
REVIEW = Resource.from_contents(json.loads((_DOCS / "review.schema.json").read_bytes()))
VALIDATOR = Draft202012Validator(SCHEMA, registry=Registry().with_resource("review.schema.json", REVIEW))
EVERY = pytest.mark.parametrize(
    "drift", [RICH_DRIFT, QUIET_DRIFT, UNCHECKED_DRIFT, Drift((), (), RICH_DRIFT.gate)], ids=["rich", "quiet", "?", "-"]
)


def document_of(drift: Drift) -> dict[str, Any]:
    """Return a drift's JSON, read, and valid."""
    document: dict[str, Any] = json.loads(render(drift, "json", now=NOW))
    VALIDATOR.validate(document)
    return document


def samples(drift: Drift) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Return a drift's gauges, read strictly."""
    return read_exposition(drift_metrics(drift, NOW))


def issue(drift: Drift) -> dict[str, Any]:
    """Return what a job reads."""
    document: dict[str, Any] = json.loads(render(drift, "issue", now=NOW))
    return document


# JSON


def test_the_schema_is_one_and_refuses_what_it_does_not_know() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    document = document_of(RICH_DRIFT)
    assert not VALIDATOR.is_valid({**document, "more": 1})
    assert not VALIDATOR.is_valid({**document, "found": [{}]})


@EVERY
def test_every_drift_is_as_the_schema_says(drift: Drift) -> None:
    assert document_of(drift)["drift"]["complete"] is drift.complete


@settings(deadline=None)  # validating takes its time
@given(text=TEXTS)
def test_hostile_texts_come_back_in_json_as_they_were(text: str) -> None:
    shown = render(hostile_drift(text), "json", now=NOW)
    assert shown.isascii()
    (environment,) = document_of(hostile_drift(text))["environments"]
    assert environment["drift"][0]["activities"][0]["actor"]["name"] == text
    assert environment["drift"][0]["ways_back"][0]["example"] == text


# Prometheus


@EVERY
def test_every_environment_has_each_gauge(drift: Drift) -> None:
    gauges = samples(drift)
    for name in ("differences", "pending", "unchecked", "checked"):
        assert len(gauges[f"ise_intune_drift_{name}"]) == len(drift.environments)
    assert gauges["ise_intune_drift_errors"] == {(): float(len(drift.errors))}
    assert gauges["ise_intune_drift_run_seconds"] == {(): NOW.timestamp() // 1}


def test_gauges_tell_what_differs_from_what_nobody_saw() -> None:
    gauges = {
        name: {dict(labels).get("environment"): value for labels, value in found.items()}
        for name, found in samples(RICH_DRIFT).items()
    }
    assert gauges["ise_intune_drift_checked"] == {"production": 0, "quiet": 1, "elsewhere": 0}
    assert gauges["ise_intune_drift_differences"]["production"] == len(RICH_DRIFT.environments[0].drift)
    assert gauges["ise_intune_drift_unchecked"] == {"production": 3, "quiet": 0, "elsewhere": 0}


@given(text=TEXTS)
def test_no_text_breaks_the_exposition(text: str) -> None:
    assert samples(hostile_drift(text))["ise_intune_drift_checked"] == {(("environment", one_line(text)),): 0}


# An issue


@pytest.mark.parametrize(("drift", "state"), [(RICH_DRIFT, "open"), (UNCHECKED_DRIFT, "open"), (QUIET_DRIFT, "closed")])
def test_an_issue_is_open_as_long_as_somebody_has_to_look(drift: Drift, state: str) -> None:
    assert issue(drift)["state"] == state
    assert issue(drift)["key"] == "ise-intune-issue:drift"


# Text, Markdown, HTML


@settings(deadline=None)  # the machine may be busy
@given(text=TEXTS.filter(bool))
def test_nothing_hostile_changes_the_shape_of_a_page_or_a_comment(text: str) -> None:
    for shape in (_html_shape, _markdown_shape):
        assert shape(text) == shape("word")


@settings(deadline=None)  # the machine may be busy
@given(text=TEXTS.filter(bool))
def test_no_text_from_elsewhere_reaches_the_terminal_raw(text: str) -> None:
    assert all(line.isprintable() for line in as_text(report_of(hostile_drift(text))).splitlines())


def _html_shape(text: str) -> list[object]:
    page = Page(as_html(report_of(hostile_drift(text))))
    return [each for each in page.elements if each[0] != "code"]


def _markdown_shape(text: str) -> list[str]:
    html: str = cmarkgfm.github_flavored_markdown_to_html(
        as_markdown(report_of(hostile_drift(text))), Options.CMARK_OPT_UNSAFE
    )
    return [name for name, _ in Page(html).elements if name not in ("code", "pre")]


@pytest.mark.parametrize("columns", [60, 80, 100, 200])
def test_every_line_that_is_not_to_be_copied_fits_the_terminal(columns: int) -> None:
    text = as_text(report_of(RICH_DRIFT), columns=columns)
    assert all(width(line) <= columns or line.startswith(" " * 8) for line in text.splitlines())


def test_the_verdict_is_what_is_left_on_the_screen() -> None:
    text = " ".join(as_text(report_of(QUIET_DRIFT)).split())
    assert text.endswith("nothing was changed behind Terraform's back. No drift in 1 environment.")
    text = " ".join(as_text(report_of(UNCHECKED_DRIFT)).split())
    assert text.endswith("NOT FULLY CHECKED: 1 thing could not be checked. No drift was seen in 1 environment.")


def test_a_quiet_environment_is_only_counted() -> None:
    text = as_text(report_of(RICH_DRIFT))
    assert "quiet" not in text
    assert "Drift in 1 of 3 environments." in " ".join(text.split())


def test_environments_of_which_the_same_was_not_seen_are_told_once() -> None:
    unseen = replace(QUIET_DRIFT.environments[0], unchecked=RICH_DRIFT.environments[0].unchecked)
    alike = tuple(replace(unseen, name=f"environment-{number}") for number in range(300))
    alone = UNCHECKED_DRIFT.environments
    text = as_text(report_of(Drift((*alike, *alone), (), RICH_DRIFT.gate)))
    assert text.count("needs Policy.Read.All (403)") == 1
    assert "300 environments could not be checked in full (the same in each)" in text
    assert "environment-0, environment-1" in text
    assert "elsewhere could not be checked" in text


def test_who_did_two_things_at_once_is_told_once() -> None:
    first = RICH_DRIFT.environments[0].drift[0]
    twice = replace(RICH_DRIFT.environments[0], drift=(first, first))
    text = as_text(report_of(Drift((twice,), (), RICH_DRIFT.gate)))
    assert text.count("ada@contoso.example") == 1
    assert "Who: as above" in text


def test_exceptions_are_offered_for_all_at_once() -> None:
    def offering(subject: str) -> Drifted:
        entry = f"exceptions:\n- rule: r\n  subject: {subject}\n  until: 2026-12-24"
        return Drifted(ValueAdded(Surface.GROUPS, subject), (), ways=(Way(WayKind.EXCEPT, "accept it", entry),))

    environment = replace(QUIET_DRIFT.environments[0], drift=(offering("one"), offering("two"), offering("two")))
    text = as_text(report_of(Drift((environment,), (), RICH_DRIFT.gate)))
    offered = yaml.safe_load(textwrap.dedent(text[text.index("        exceptions:") : text.index("\nDRIFT")]))
    assert [each["subject"] for each in offered["exceptions"]] == ["one", "two"]


def test_a_comment_is_cut_to_what_a_comment_may_hold_and_says_so() -> None:
    many = [replace(RICH_DRIFT.environments[0], name=f"environment-{number}") for number in range(200)]
    comment = as_markdown(report_of(replace(RICH_DRIFT, environments=tuple(many))))
    assert len(comment.encode("utf-16-le")) // 2 <= LONGEST
    assert "<b>Cut,</b>" in comment
    whole = as_markdown(report_of(RICH_DRIFT))
    assert "<b>Cut,</b>" not in whole


def test_whatever_is_in_a_plan_or_arrived_meanwhile_is_shown() -> None:
    rich = RICH_DRIFT.environments[0]
    for field in ("pending", "arrived", "only_planned", "outside", "unaudited", "not_understood", "unclear"):
        only: dict[str, Any] = {field: getattr(rich, field)}
        shown = EnvironmentDrift("alone", "alone.yaml", "ISE", "", deployed=True, **only)
        assert "alone" in as_text(report_of(Drift((shown,), (), RICH_DRIFT.gate)))
