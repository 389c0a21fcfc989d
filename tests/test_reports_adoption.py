"""The first day's report in every format: on record letter by letter, as its schema says, and no text more than text.

`python -m tests.test_reports_adoption` writes the files on record.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from cli.adopt.first_day import FORMATS, render
from helpers.adopting.fresh_order import STAGES
from helpers.plain_text import one_line
from helpers.reports.of_adoption import report_of
from tests.first_days import declared, everything_wrong, first_day, owned, sound
from tests.hostile_texts import TEXTS
from tests.pages import Page
from tests.seen_in_graph import application, more, password

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.adopting.fresh import Fresh, Start

_HERE = Path(__file__).parent
_DOCS = _HERE.parent / "docs"
SCHEMA = json.loads((_DOCS / "adoption.schema.json").read_bytes())
_REVIEW = Resource.from_contents(json.loads((_DOCS / "review.schema.json").read_bytes()))
VALIDATOR = Draft202012Validator(SCHEMA, registry=Registry().with_resource("review.schema.json", _REVIEW))
FILES: Mapping[str, str] = {
    "text": "adoption.txt",
    "markdown": "adoption.md",
    "json": "adoption.json",
    "sarif": "adoption.sarif",
    "html": "adoption.html",
}


def on_record(folder: Path, form: str) -> str:
    """Return a report of an application with everything wrong, less what follows from keys that tests make anew."""
    start, documents = everything_wrong(folder)
    fresh = first_day(start, documents)
    text = render(fresh, form).replace(fresh.digest, "0" * 64)
    for place, entry in enumerate(start.certificates, start=1):
        text = text.replace(entry.key_id, f"0f000000-0000-4000-8000-00000000000{place}")
        text = text.replace(entry.certificate.sha1_hex, f"{place:040d}")
    return text


@pytest.mark.parametrize("form", FILES)
def test_a_first_day_is_shown_as_on_record(tmp_path: Path, form: str) -> None:
    assert on_record(tmp_path, form) == (_HERE / "golden" / FILES[form]).read_text(encoding="utf-8")


def test_there_is_a_record_of_every_format() -> None:
    assert set(FILES) == set(FORMATS)


def document_of(fresh: Fresh) -> dict[str, Any]:
    """Return the JSON, read, and valid."""
    document: dict[str, Any] = json.loads(render(fresh, "json"))
    VALIDATOR.validate(document)
    return document


def test_json_says_who_does_what_after_what_and_which_finding_that_answers(tmp_path: Path) -> None:
    fresh = first_day(*everything_wrong(tmp_path))
    document = document_of(fresh)
    answered = {
        (each["id"], each["subject"])
        for step in document["steps"]
        for move in step["moves"]
        for each in move["answers"]
    }
    assert answered == {(each["id"], each["subject"]) for each in document["found"]}
    assert {step["who"] for step in document["steps"]} == {"engineer", "entra", "ise"}
    numbers = [step["number"] for step in document["steps"]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(each < step["number"] for step in document["steps"] for each in step["after"])
    assert (document["adoption"]["outcome"], document["adoption"]["complete"]) == ("stop", False)
    assert document["unchecked"] == [
        {"environment": "production", "surface": "service_principal.policies", "reason": "needs Policy.Read.All (403)"}
    ]


def test_json_knows_every_stage_by_its_id() -> None:
    assert SCHEMA["$defs"]["step"]["properties"]["id"]["enum"] == [stage.id for stage in STAGES]


def test_json_of_a_sound_application_is_valid_and_empty(tmp_path: Path) -> None:
    file = declared(tmp_path)
    document = document_of(first_day(file, sound(file)))
    assert (document["steps"], document["found"], document["unchecked"]) == ([], [], [])
    assert document["adoption"]["outcome"] == "pass"


def test_a_sound_application_is_said_to_be_sound(tmp_path: Path) -> None:
    file = declared(tmp_path)
    fresh = first_day(file, sound(file))
    shown = render(fresh, "text")
    assert "it has what ISE needs, and nothing beyond" in shown
    assert shown.splitlines()[-1].strip() == "SOUND: Nothing is wrong with it."
    assert "can be put right" not in "".join(render(fresh, form) for form in FORMATS)


def test_a_finding_says_in_which_steps_it_is_answered_unless_it_is_accepted(tmp_path: Path) -> None:
    owner = "05e00000-0000-4000-8000-00000000000e"
    accepted = {"rule": "owner-added", "subject": owner, "reason": "on call", "until": "2027-01-01"}
    file = declared(tmp_path, exceptions=[yaml.safe_load(yaml.safe_dump(accepted).replace("'", ""))])
    seen = application(owned(sound(file), owner), passwordCredentials=[password()])
    report = report_of(first_day(file, seen))
    assert [each.finding.remedy for each in report.findings] == ["remove it; ISE uses its nodes' certificates (step 1)"]
    assert ["step" in each.finding.remedy for each in report.accepted] == [False]


@pytest.mark.parametrize("count", [1, 5, 6, 12])
def test_of_many_things_the_first_are_named_and_the_others_counted(tmp_path: Path, count: int) -> None:
    file = declared(tmp_path)
    uris = [f"https://{number:02d}.example" for number in range(count)]
    fresh = first_day(file, application(sound(file), identifierUris=uris))
    said = str(report_of(fresh).subjects[0].sections[0].sentences[0])
    assert [uri for uri in uris if uri in said] == uris[:5]
    assert (f"and {count - 5} more." in said) is (count > 5)


@pytest.fixture(scope="module")
def a_start() -> Start:
    with tempfile.TemporaryDirectory() as folder:
        return everything_wrong(Path(folder))[0]


@given(text=TEXTS)
@settings(max_examples=60, deadline=None)
def test_hostile_text_in_the_tenant_is_text_in_every_format(a_start: Start, text: str) -> None:
    """Names, addresses and settings are whatever anybody with the right to write there chose."""
    with tempfile.TemporaryDirectory() as folder:
        file = declared(Path(folder))
        seen = application(sound(file), displayName=text, identifierUris=[text or "x"], web={"redirectUris": [text]})
        seen = more(seen, "owner_accounts", {"id": text or "x", "accountEnabled": False})
        fresh = first_day(replace(a_start, certificates=file.certificates), seen)
    harmless = replace(fresh, application="x")
    shown = {form: render(fresh, form) for form in FORMATS}
    assert all(one_line(line) == line for line in shown["text"].splitlines())
    document = document_of(fresh)
    assert document["environment"]["application"] == fresh.application
    json.loads(shown["sarif"])
    page, plain = Page(shown["html"]), Page(render(harmless, "html"))
    assert page.comments == []
    assert {element for element, _ in page.elements} == {element for element, _ in plain.elements}
    assert not any(name.startswith("on") for _, names in page.elements for name in names)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        for name, record in FILES.items():
            (_HERE / "golden" / record).write_text(on_record(Path(scratch), name), encoding="utf-8")
    sys.exit()
