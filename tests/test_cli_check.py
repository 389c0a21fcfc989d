"""`check`: what is judged, what is said, and with which exit code."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from helpers.declaration.json_schema import json_schema_text
from tests.commanding import say
from tests.declaring import write_environment
from tests.making_certificates import make_certificate, rsa_key, to_pem

if TYPE_CHECKING:
    from pathlib import Path

_DAY = timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an environments' folder, named as a person in the project's folder names it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(tmp_path / "environments"))
    monkeypatch.delenv("ISE_INTUNE_STACKS", raising=False)
    (tmp_path / "environments").mkdir()
    return tmp_path / "environments"


def _expiring(folder: Path, *, in_days: int, until: str | None = None) -> None:
    """Write an environment whose certificate ends in so many days, with an exception until a day if told so."""
    end = datetime.now(UTC) + in_days * _DAY + timedelta(hours=1)
    certificate = make_certificate(key=rsa_key("old"), not_before=end - 365 * _DAY, not_after=end)
    (folder / "old.pem").write_bytes(to_pem(certificate))
    exception = {"rule": "certificate-expiring", "subject": "psn-01", "reason": "decommissioned", "until": until}
    write_environment(folder, "old", certificates={"psn-01": "old.pem"}, exceptions=[exception] if until else [])


def test_a_sound_folder_is_said_to_have_been_judged(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    write_environment(folder, "a")
    said = say(capsys, "check")
    assert (said.code, said.out, said.err) == (0, "", "1 environment file: 0 mistakes, 0 findings\n")


def test_an_empty_folder_is_not_taken_for_a_sound_one(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    assert folder.is_dir()
    said = say(capsys, "check")
    assert (said.code, said.err) == (0, "no environment file to judge; `ise-intune new NAME` writes one\n")


def test_all_mistakes_of_all_files_are_results(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    write_environment(folder, "a", tenant_id="x", cloud="moon")
    write_environment(folder, "b", schema=2)
    write_environment(folder, "c")
    said = say(capsys, "check")
    assert said.code == 1
    assert [line.partition(": ")[2].split(" ")[0] for line in said.out.splitlines()] == [
        "environments/a.yaml:2:",
        "environments/a.yaml:15:",
        "environments/b.yaml:1:",
    ]
    assert said.err == "3 environment files: 3 mistakes, 0 findings\n"


def test_only_what_is_named_is_judged(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    write_environment(folder, "a", tenant_id="x")
    write_environment(folder, "b")
    assert say(capsys, "check", "b").code == 0
    assert say(capsys, "check", "environments/b.yaml").code == 0
    assert say(capsys, "check", str(folder / "b.yaml"), "b").err.startswith("2 environment files"), (
        "two ways to name it"
    )
    assert say(capsys, "check", "a").code == 1


def test_the_run_that_deploys_selects_and_names_on_the_command_line_win(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_environment(folder, "a", tenant_id="x")
    write_environment(folder, "b")
    monkeypatch.setenv("ISE_INTUNE_STACKS", "b")
    assert say(capsys, "check").code == 0
    assert say(capsys, "check", "a").code == 1


def test_a_name_that_no_file_has(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    write_environment(folder, "production")
    said = say(capsys, "check", "prod")
    assert (said.code, said.out) == (1, "")
    assert said.err == "error: prod: is not an environment; use one of `production`\n"


def test_environments_that_are_in_each_others_way(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    write_environment(folder, "a")
    write_environment(folder, "b")
    said = say(capsys, "check")
    assert said.code == 1
    assert said.out.startswith("error: environments/b.yaml:5: application.display_name: is the display name of another")


@pytest.mark.parametrize(
    ("in_days", "finding"),
    [(-2, "[certificate-expired]"), (10, "[certificate-expiring]")],
)
def test_time_is_a_finding_and_no_mistake(
    capsys: pytest.CaptureFixture[str], folder: Path, in_days: int, finding: str
) -> None:
    _expiring(folder, in_days=in_days)
    said = say(capsys, "check")
    assert said.code == 2
    assert said.out.startswith("high: environments/old.yaml:10: certificate psn-01 (psn-01.example.net): expire")
    assert said.out.endswith(f"{finding}\n")


def test_a_certificate_with_time_left_is_no_finding(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    _expiring(folder, in_days=100)
    assert say(capsys, "check").code == 0


def test_a_finding_somebody_accepted_is_shown_and_does_not_count(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    _expiring(folder, in_days=10, until="2999-12-31")
    said = say(capsys, "check")
    assert said.code == 0
    assert said.out.startswith("excepted until 2999-12-31 (decommissioned): high: ")


def test_an_exception_that_has_ended_no_longer_holds(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    _expiring(folder, in_days=10, until="2020-12-31")
    assert say(capsys, "check").code == 2


def test_a_finding_wins_over_a_mistake(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    _expiring(folder, in_days=10)
    write_environment(folder, "a", tenant_id="x")
    assert say(capsys, "check").code == 2


def test_json_for_programs(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    _expiring(folder, in_days=10)
    write_environment(folder, "a", tenant_id="x\x1b")
    said = say(capsys, "check", "--format", "json")
    assert said.err == ""
    assert said.json["schema_version"] == 1
    assert said.json["environments"] == [{"name": "old", "file": "environments/old.yaml"}]
    (found,) = said.json["found"]
    assert (found["id"], found["severity"], found["file"], found["line"]) == (
        "certificate-expiring",
        "high",
        "environments/old.yaml",
        10,
    )
    (error,) = said.json["errors"]
    assert (error["file"], error["line"], error["key"]) == ("environments/a.yaml", 2, "tenant_id")
    assert said.json["unchecked"] == []
    assert said.out.isascii()


def test_a_result_goes_whole_into_a_file(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    write_environment(folder, "a", tenant_id="x")
    output = folder.parent / "report.txt"
    said = say(capsys, "-q", "check", "--output", str(output))
    assert (said.code, said.out, said.err) == (1, "", "")
    assert output.read_text(encoding="utf-8").startswith("error: environments/a.yaml:2: tenant_id: 'x' is not a GUID")
    assert [each.name for each in folder.parent.iterdir() if each.name.startswith(".")] == [], (
        "nothing is left beside it"
    )


def test_a_result_that_cannot_be_written_is_an_error(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    said = say(capsys, "check", "--output", str(folder / "none" / "report.txt"))
    assert said.code == 1
    assert said.err.endswith("report.txt: cannot be written (No such file or directory); choose another file\n")


def test_schema_is_what_the_editor_reads(capsys: pytest.CaptureFixture[str]) -> None:
    said = say(capsys, "check", "--schema")
    assert (said.code, said.out, said.err) == (0, json_schema_text(), "")


@pytest.mark.parametrize("columns", [80, 100, 120])
def test_explain_fits_the_terminal(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    write_environment(folder, "a")
    lines = say(capsys, "check", "--explain", "a").out.splitlines()
    too_long = [line for line in lines if len(line) > columns and " " in line.strip()]
    assert [line for line in too_long if not line.startswith("  project: ")] == [], "but for what cannot be broken"
    assert "A (environments/a.yaml)" in lines


def test_explain_puts_all_values_of_a_group_below_each_other(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    write_environment(folder, "a")
    lines = say(capsys, "check", "--explain", "a").out.splitlines()
    display_name, reference = (
        next(line for line in lines if line.strip().startswith(key))
        for key in ("display_name ", "service_management_reference ")
    )
    assert display_name.index("Cisco ISE") == reference.index("not set")


@pytest.mark.parametrize(
    ("names", "variable", "line"),
    [
        ([], "", "  environments: all (default)"),
        ([], "a", "  environments: a (ISE_INTUNE_STACKS)"),
        (["b"], "a", "  environments: b (command line)"),
    ],
)
def test_explain_shows_what_won(
    capsys: pytest.CaptureFixture[str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    names: list[str],
    variable: str,
    line: str,
) -> None:
    monkeypatch.setenv("ISE_INTUNE_STACKS", variable)
    write_environment(folder, "a")
    write_environment(folder, "b", application={"display_name": "b"})
    lines = say(capsys, "check", "--explain", *names).out.splitlines()
    assert line in lines
    assert "  environments' folder: environments (ISE_INTUNE_ENVIRONMENTS)" in lines


def test_explain_shows_where_each_value_comes_from(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    write_environment(folder, "a")
    out = say(capsys, "check", "--explain").out
    assert "    tenant_id     11111111-2222-3333-4444-555555555555  (line 2)\n" in out
    assert "    cloud         global  (default)\n" in out
    rows = say(capsys, "check", "--explain", "--format", "json").json
    (tenant,) = [row for row in rows["environments"][0]["settings"] if row["key"] == "tenant_id"]
    assert (tenant["value"], tenant["source"]) == ("11111111-2222-3333-4444-555555555555", "line 2")
    assert [setting["name"] for setting in rows["run"]] == ["project", "environments' folder", "environments"]


def test_explain_shows_hostile_text_as_escapes(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    certificate = to_pem(make_certificate("psn\x1b[2J\u202e", key=rsa_key("hostile")))
    (folder / "x.pem").write_bytes(certificate)
    write_environment(folder, "a", certificates={"psn-01": "x.pem"})
    out = say(capsys, "check", "--explain").out
    assert "psn\\x1b[2J\\u202e" in out
    assert all(line.isprintable() for line in out.splitlines())
