"""`runsheet`: from a file of outputs alone, with the environment file where it is there, and its exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.shell_completion import ShellComplete

from cli.running import ise_intune
from helpers.ise_form import FIELD_LABELS
from tests.commanding import say
from tests.declaring import write_environment
from tests.deployed import deployed_values
from tests.running_sheets import APPLIED, certificate

if TYPE_CHECKING:
    from pathlib import Path

FAR = {"not_before": "2020-01-01T00:00:00Z", "not_after": "9999-01-01T00:00:00Z"}
GONE = {"not_before": "2020-01-01T00:00:00Z", "not_after": "2021-01-01T00:00:00Z"}


@pytest.fixture(autouse=True)
def environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the environments' folder, which is not there yet."""
    folder = tmp_path / "environments"
    monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(folder))
    return folder


def deployed(folder: Path, **changes: Any) -> str:  # noqa: ANN401 — any JSON value
    """Write the outputs of a deploy, and return their file."""
    values = {
        **deployed_values(),
        "applied": APPLIED,
        "certificates": {"psn-01": certificate(1, "psn-01", **FAR)},
        **changes,
    }
    path = folder / "outputs.json"
    path.write_text(json.dumps({"production": values}), encoding="utf-8")
    return str(path)


def test_a_file_is_enough(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    said = say(capsys, "runsheet", "production", "--outputs", deployed(tmp_path))
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("RUN SHEET: Cisco ISE – Intune (production)\n")
    assert all(f"[ ] {label} " in said.out for label in FIELD_LABELS)


@pytest.mark.parametrize(
    ("form", "begins"), [("markdown", "# Run sheet: "), ("json", "{\n"), ("html", "<!DOCTYPE html>")]
)
def test_other_formats(capsys: pytest.CaptureFixture[str], tmp_path: Path, form: str, begins: str) -> None:
    file = tmp_path / "sheet"
    arguments = ("--outputs", deployed(tmp_path), "--format", form, "--output", str(file))
    assert say(capsys, "runsheet", "production", *arguments) == say(capsys, "-q", "runsheet", "production", *arguments)
    assert file.read_text(encoding="utf-8").startswith(begins)


def test_a_node_that_cannot_sign_in_is_exit_code_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = deployed(tmp_path, certificates={"psn-01": certificate(1, "psn-01", **GONE)})
    said = say(capsys, "runsheet", "production", "--outputs", file)
    assert said.code == 2
    assert said.err == (
        "high: psn-01: none of its certificates is valid now, so it cannot sign in; "
        "renew it in ISE, add the new one to the environment, and deploy [node-without-valid-certificate]\n"
    )


def test_no_certificate_at_all_is_exit_code_2_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    said = say(capsys, "runsheet", "production", "--outputs", deployed(tmp_path, certificates={}))
    assert said.code == 2
    assert said.err == (
        "high: production: no certificate is registered, so no node can sign in; "
        "add one to the environment, and deploy [no-certificate]\n"
    )


def test_a_release_that_cannot_work_is_exit_code_1_and_no_sheet(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = deployed(tmp_path, applied={**APPLIED, "decisions": {"ise": "ISE 3.1 patch 7"}})
    said = say(capsys, "runsheet", "production", "--outputs", file)
    assert (said.code, said.out) == (1, "")
    assert "install patch 8 or later of ISE 3.1" in said.err


def test_the_file_is_used_where_it_is_there(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, environments: Path
) -> None:
    write_environment(environments, ise={"release": "3.5"})
    said = say(capsys, "runsheet", "production", "--outputs", deployed(tmp_path))
    assert "production, cloud global, ISE 3.5\n" in said.out
    assert "Warning: The certificate psn-01 is declared, but not deployed yet" in said.out


def test_a_file_that_declares_an_ise_that_cannot_work_is_an_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, environments: Path
) -> None:
    write_environment(environments, ise={"release": "3.2", "patch": 1})
    said = say(capsys, "runsheet", "production", "--outputs", deployed(tmp_path))
    assert (said.code, said.out) == (1, "")
    assert "install patch 4 or later of ISE 3.2" in said.err


def test_a_file_with_other_mistakes_is_left_aside_aloud(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, environments: Path
) -> None:
    write_environment(environments, deployer="nobody")
    said = say(capsys, "runsheet", "production", "--outputs", deployed(tmp_path))
    assert said.code == 0
    assert "was left aside; `ise-intune check production` says which" in said.err


def test_without_outputs_it_says_what_to_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CDKTF_OUTDIR", raising=False)
    said = say(capsys, "--root", str(tmp_path), "runsheet", "production")
    assert said.code == 1
    assert "no such stack has been synthesized here; run `cdktf deploy`, or give --outputs FILE" in said.err


def test_the_shell_offers_names(environments: Path) -> None:
    write_environment(environments)
    completion = ShellComplete(ise_intune, {}, "ise-intune", "_ISE_INTUNE_COMPLETE")
    assert [each.value for each in completion.get_completions(["runsheet"], "pro")] == ["production"]
