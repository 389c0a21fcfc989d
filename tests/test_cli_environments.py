"""`environments`: which deployments there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commanding import say
from tests.declaring import TENANT, write_environment

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an environments' folder with two sound environments."""
    monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(tmp_path))
    write_environment(tmp_path, "lab", application={"display_name": "ISE – lab"}, state={"backend": "local"})
    write_environment(tmp_path, "production")
    return tmp_path


def test_a_table_for_people(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    assert folder.is_dir()
    said = say(capsys, "environments")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "NAME        DISPLAY NAME  CLOUD   TENANT                                ISE          CERTIFICATES  STATE",
        f"lab         ISE – lab     global  {TENANT}  3.3 patch 4  1             local",
        f"production  Cisco ISE     global  {TENANT}  3.3 patch 4  1             azurerm",
    ]


def test_json_for_programs(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (lab, production) = say(capsys, "environments", "--format", "json").json["environments"]
    assert lab["display_name"] == "ISE – lab"
    assert production["file"] == str(folder / "production.yaml")
    assert production["ise"] == {"release": "3.3", "patch": 4}
    assert production["admin_consent"] == "manual"
    assert production["certificates"] == [{"name": "psn-01", "nodes": ["psn-01"], "file": "certificates/psn-01.pem"}]


def test_names_come_from_the_file_names_alone(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "lab.yaml").write_text("{", encoding="utf-8")
    said = say(capsys, "environments", "--format", "names")
    assert (said.code, said.out, said.err) == (0, "lab\nproduction\n", "")


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_is_sound_is_listed_beside_what_is_not(
    capsys: pytest.CaptureFixture[str], folder: Path, form: str
) -> None:
    (folder / "lab.yaml").write_text("{", encoding="utf-8")
    (folder / "locked.yaml").mkdir()
    said = say(capsys, "environments", "--format", form)
    assert said.code == 1
    assert "production" in said.out
    assert [line.partition(": is")[0].partition(": cannot")[0] for line in said.err.splitlines()] == [
        f"error: {folder / 'lab.yaml'}:2",
        f"error: {folder / 'locked.yaml'}",
    ]
    if form == "json":
        assert [error["file"] for error in said.json["errors"]] == [
            str(folder / "lab.yaml"),
            str(folder / "locked.yaml"),
        ]


def test_a_file_without_a_tenant_is_told_in_its_judges_words_and_not_listed(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    path = write_environment(folder, "lab", tenant_id=None)
    said = say(capsys, "environments")
    assert (said.code, len(said.out.splitlines())) == (1, 2)
    assert said.err == (
        f"error: {path}:1: tenant_id: is missing; add `tenant_id:`; `ise-intune new NAME` writes a file that explains "
        "each key\n"
    )


def test_what_is_not_listed_is_not_judged(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    write_environment(folder, "lab", deployer="nobody")
    (folder / "certificates" / "psn-01.pem").unlink()
    said = say(capsys, "environments")
    assert (said.code, said.err, len(said.out.splitlines())) == (0, "", 3)


def test_an_empty_folder_leads_to_new(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(tmp_path))
    said = say(capsys, "environments")
    assert (said.code, said.out) == (0, "")
    assert said.err == "no environment yet; `ise-intune new NAME` writes one\n"


def test_a_folder_that_is_not_there(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(tmp_path / "none"))
    said = say(capsys, "environments")
    assert said.code == 1
    assert "none: is no folder to read (No such file or directory); name the environments' folder" in said.err


def test_the_projects_own_folder_is_the_default(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ISE_INTUNE_ENVIRONMENTS", raising=False)
    write_environment(tmp_path / "environments", "here")
    said = say(capsys, "--root", str(tmp_path), "environments", "--format", "names")
    assert said.out == "here\n"
