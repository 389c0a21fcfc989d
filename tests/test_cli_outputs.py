"""`outputs`: what a deploy handed over, under the labels of ISE's form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from helpers.ise_form import FIELD_LABELS
from tests.commanding import say
from tests.declaring import OWNER, TENANT
from tests.deployed import CERTIFICATE, deployed_values

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the file of a deploy's outputs."""
    path = tmp_path / "outputs.json"
    path.write_text(json.dumps({"production": deployed_values()}), encoding="utf-8")
    return path


def test_ises_form_filled_in_in_its_order(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    said = say(capsys, "outputs", "production", "--outputs", str(file))
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0] == "ISE: Administration > Network Resources > External MDM > Add"
    assert [line[2:21].rstrip() for line in lines[1:10]] == list(FIELD_LABELS)
    assert f"  Client ID            {OWNER}" in lines
    assert f"  Token Issuing URL    https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token" in lines
    assert "  psn-01: psn-01.example.net, valid to 2027-11-01T00:00:00Z" in lines
    assert f"    SHA-1 {'AB' * 20}" in lines


def test_json_for_programs(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    said = say(capsys, "outputs", "production", "--outputs", str(file), "--format", "json")
    assert said.json["stack"] == "production"
    assert said.json["outputs"] == deployed_values()


def test_hostile_outputs_are_shown_as_escapes(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    hostile = "x\x1b[2J\n\u202e"
    values = deployed_values()
    values["certificates"] = {hostile: dict.fromkeys(CERTIFICATE, hostile)}
    values["tenant_id"] = hostile
    file.write_text(json.dumps({"production": values}), encoding="utf-8")
    out = say(capsys, "outputs", "production", "--outputs", str(file)).out
    assert "x\\x1b[2J\\n\\u202e" in out
    assert all(line.isprintable() for line in out.splitlines())


def test_another_stacks_outputs_are_an_error(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    said = say(capsys, "outputs", "lab", "--outputs", str(file))
    assert said.code == 1
    assert said.err.endswith(
        "holds no outputs of 'lab' (it has: production); name a stack it has, or deploy this one\n"
    )


def test_where_nothing_was_synthesized_it_says_what_to_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CDKTF_OUTDIR", raising=False)
    said = say(capsys, "--root", str(tmp_path), "outputs", "production")
    assert said.code == 1
    assert "no such stack has been synthesized here; run `cdktf deploy`, or give --outputs FILE" in said.err


def test_where_the_sandbox_has_the_stack_it_says_how_to_ask_there(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CDKTF_OUTDIR", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".sandbox" / "cdktf.out" / "stacks" / "demo").mkdir(parents=True)
    said = say(capsys, "--root", str(tmp_path), "outputs", "demo")
    assert said.err == (
        "error: cdktf.out/stacks/demo: no such stack has been synthesized here; "
        "the sandbox has one: ise-intune sandbox run -- ise-intune outputs demo\n"
    )


def test_a_name_that_is_no_environment_is_said_to_be_none(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CDKTF_OUTDIR", raising=False)
    monkeypatch.delenv("ISE_INTUNE_ENVIRONMENTS", raising=False)
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "production.yaml").touch()
    said = say(capsys, "--root", str(tmp_path), "outputs", "prodution")
    assert said.code == 1
    assert "it is no environment: did you mean `production`" in said.err


def test_a_stacks_name_leads_nowhere_else(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    said = say(capsys, "--root", str(tmp_path), "outputs", "../../etc")
    assert said.code == 1
    assert "error: " in said.err
