"""JSON: as its committed schema says, and every difference in it by its kind."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from cli.review import render
from helpers.comparing import PermissionAdded, Surface
from helpers.reports.of_review import report_of
from tests.hostile_texts import TEXTS
from tests.reviews import EVERY_DIFFERENCE, NOTHING, QUIET, RICH, UNCLEAR, hostile, permission

if TYPE_CHECKING:
    from helpers.reviewing.review import Review

SCHEMA = json.loads((Path(__file__).parent.parent / "docs" / "review.schema.json").read_bytes())


def document_of(review: Review) -> dict[str, Any]:
    """Return a review's JSON, read, and valid."""
    document = json.loads(render(review, "json"))
    Draft202012Validator(SCHEMA).validate(document)
    assert isinstance(document, dict)
    return document


def test_the_schema_is_one_and_refuses_what_it_does_not_know() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert not Draft202012Validator(SCHEMA).is_valid({**document_of(RICH), "more": 1})


@pytest.mark.parametrize("review", [RICH, QUIET, NOTHING, UNCLEAR], ids=["rich", "quiet", "nothing", "unclear"])
def test_every_review_is_as_the_schema_says(review: Review) -> None:
    assert document_of(review)["schema_version"] == 1


@settings(deadline=None)  # validating takes its time
@given(text=TEXTS)
def test_hostile_texts_come_back_as_they_were(text: str) -> None:
    shown = render(hostile(text), "json")
    assert shown.isascii()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", shown)
    assert document_of(hostile(text))["environments"][0]["application"] == text


def test_every_kind_of_difference_is_in_the_schema_and_in_the_example() -> None:
    kinds = {kind for each in SCHEMA["$defs"]["difference"]["oneOf"] for kind in each["properties"]["kind"]["enum"]}
    shown = document_of(RICH)["environments"][0]["changes"]
    assert [each["sentence"] for each in shown if not each["sentence"]] == []
    assert {each["kind"] for each in shown} == kinds
    assert len(shown) == len(EVERY_DIFFERENCE)


def test_the_schema_knows_every_surface() -> None:
    assert SCHEMA["$defs"]["surface"]["enum"] == [surface.value for surface in Surface]


def test_found_unchecked_and_errors_tell_a_program_everything() -> None:
    document = document_of(RICH)
    assert document["review"]["outcome"] == "stop"
    assert document["review"]["digest"] == RICH.digest
    assert [each["environment"] for each in document["found"]] == ["production"] * 5 + ["retired"]
    assert document["found"][4]["exception"] == {"reason": "support case 4711 needs it", "until": "2027-01-31"}
    assert [each["surface"] for each in document["unchecked"]] == [None, "application.exposure"]
    assert document["errors"] == [{"message": RICH.errors[0]}]
    assert [each["status"] for each in document["environments"]] == ["changed", "unchanged", "removed"]


def test_with_consent_as_code_what_is_asked_for_is_said_to_be_granted_by_the_deploy_and_drift_is_not() -> None:
    asked = PermissionAdded(Surface.REQUESTED, permission("Directory.Read.All"))
    (first, *_) = RICH.environments
    environment = replace(first, changes=(asked,), drift=(asked,), consent="terraform")
    review = replace(RICH, environments=(environment,))
    (shown,) = document_of(review)["environments"]
    sections = {section.title: str(section.sentences[0]) for section in report_of(review).subjects[0].sections}
    assert shown["changes"][0]["sentence"] == sections["What changes"]
    assert sections["What changes"].endswith(" The deploy grants it; nobody is asked.")
    drift = sections["Changed in Entra by somebody else (drift)"]
    assert shown["drift"][0]["sentence"] == drift
    assert "Needs consent by" in drift
