"""`ise-intune adopt --report`: the first day's report beside the files, in every format."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.adopt.first_day import FORMATS
from helpers.adopting.fresh_order import STAGES
from sandbox.identities import AUDITOR, FORMER_COLLEAGUE_ID, READER, Pipeline
from tests.adoptions import Adoption, an_adoption
from tests.test_reports_adoption import VALIDATOR

if TYPE_CHECKING:
    from tests.commanding import Said

PAGE = Path(__file__).parent.parent / "docs" / "first-day.md"


@pytest.fixture
def adoption(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Adoption:
    made = an_adoption(tmp_path, tmp_path_factory, "redirects-and-owners")
    made.enter(monkeypatch)
    return made


def reported(adoption: Adoption, capsys: pytest.CaptureFixture[str], form: str) -> tuple[Said, str]:
    """Adopt, and return what was said and what the report says."""
    file = adoption.folder / "first-day"
    said = adoption.adopt(capsys, "--report", str(file), "--format", form)
    assert file.is_file(), said.err
    return said, file.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", FORMATS)
def test_the_report_is_written_in_the_format_that_is_asked_for(
    adoption: Adoption, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    said, text = reported(adoption, capsys, form)
    assert "what is wrong with it as it is" in said.err
    begins = {"text": "production", "markdown": "", "json": "{", "html": "<!doctype html>", "sarif": "{"}[form]
    assert text.lower().startswith(begins)
    assert "owner-left" in text
    assert FORMER_COLLEAGUE_ID in text


def test_it_costs_one_round_trip_and_the_exit_code_stays_that_of_the_gate(
    adoption: Adoption, capsys: pytest.CaptureFixture[str]
) -> None:
    said, text = reported(adoption, capsys, "json")
    document = json.loads(text)
    VALIDATOR.validate(document)
    assert (said.code, document["adoption"]["outcome"]) == (0, "stop")
    assert adoption.sandbox.round_trips <= 13


def test_who_may_not_see_people_is_told_that_nobody_knows_who_left(
    adoption: Adoption, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    adoption.enter(monkeypatch, pipeline=READER)
    _, text = reported(adoption, capsys, "json")
    reasons = [each["reason"] for each in json.loads(text)["unchecked"] if each["surface"] is None]
    assert [reason.partition(": ")[0] for reason in reasons] == ["whether an owner has left"]
    assert "needs Directory.Read.All" in reasons[0]


@dataclass(frozen=True)
class Stop:
    """An application that is not adopted as it is, what is said of that, and a finding of the report.

    `unknown` is the name in a certificate of which the report says that nobody knows whose it is.
    """

    shape: str
    says: str
    finds: str
    options: tuple[str, ...] = ()
    unknown: str = ""
    pipeline: Pipeline = AUDITOR


@pytest.fixture
def stopped(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> tuple[Adoption, Stop]:
    stop: Stop = request.param
    made = an_adoption(tmp_path, tmp_path_factory, stop.shape)
    made.enter(monkeypatch, pipeline=stop.pipeline)
    return made, stop


@pytest.mark.parametrize(
    "stopped",
    [
        Stop("with-secret", "cannot be declared: ", "credential-secret", unknown="laptop-of-carl"),
        Stop("cisco", "cannot work with Intune", "ise-release", ("--release", "3.1", "--patch", "1"), "psn-01"),
        Stop("article-2016", "could not be read", "owner-added", ("--admin-consent", "terraform"), "psn-01", READER),
    ],
    indirect=True,
    ids=lambda stop: stop.finds,
)
def test_where_nothing_is_adopted_the_report_is_written_all_the_same(
    stopped: tuple[Adoption, Stop], capsys: pytest.CaptureFixture[str]
) -> None:
    """What stops an adoption is what somebody has to see first. No certificate of ISE's is called foreign in it."""
    adoption, stop = stopped
    file = adoption.folder / "first-day.json"
    said = adoption.adopt(capsys, "--report", str(file), "--format", "json", *stop.options)
    assert said.code == 1
    assert stop.says in said.err
    assert not adoption.file.exists()
    document = json.loads(file.read_text(encoding="utf-8"))
    VALIDATOR.validate(document)
    found = {each["id"] for each in document["found"]}
    assert stop.finds in found
    assert not found & {"certificate-foreign", "certificate-missing"}
    told = [each["reason"] for each in document["unchecked"] if each["reason"].startswith("which nodes present ")]
    assert [reason for reason in told if f"CN {stop.unknown}" in reason]


def test_the_page_has_the_steps_in_their_order() -> None:
    rows = [line.split("|")[1].strip() for line in PAGE.read_text(encoding="utf-8").splitlines() if line.count("|") > 4]
    assert rows[2:] == [stage.title for stage in STAGES]
