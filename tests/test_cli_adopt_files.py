"""`ise-intune adopt` among files that are in its way, and where somebody interrupts it: whole files, or none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click
import pytest

from cli.adopt import adopting, asking
from helpers.certificates.files import read_certificate_file
from helpers.declaration.environments import read_environment
from tests.adoptions import NAME, Adoption, an_adoption

if TYPE_CHECKING:
    from pathlib import Path

FULL = OSError(28, "No space left on device")


@pytest.fixture
def adoption(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Adoption:
    made = an_adoption(tmp_path, tmp_path_factory, "article-2016")
    made.enter(monkeypatch)
    return made


def files(adoption: Adoption) -> dict[str, bytes]:
    """Return what is below the environments' folder, by path from there."""
    there = adoption.environments
    return {str(path.relative_to(there)): path.read_bytes() for path in there.rglob("*") if path.is_file()}


def certificates(adoption: Adoption) -> Path:
    folder = adoption.environments / "certificates"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_a_certificate_that_is_there_already_is_used_as_it_is(
    adoption: Adoption, capsys: pytest.CaptureFixture[str]
) -> None:
    assert adoption.adopt(capsys).code == 0
    before = files(adoption)
    adoption.file.unlink()
    assert adoption.adopt(capsys).code == 0
    assert files(adoption) == before


def test_another_certificate_under_the_name_is_told_and_kept_until_somebody_says_so(
    adoption: Adoption, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = certificates(adoption) / f"{NAME}-psn-01.pem"
    taken.write_text("somebody's", encoding="utf-8")
    said = adoption.adopt(capsys)
    assert said.code == 1
    assert "is there already and holds something else; see whose it is and take it away, or write it anew" in said.err
    assert files(adoption) == {f"certificates/{taken.name}": b"somebody's"}
    assert adoption.adopt(capsys, "--replace").code == 0
    assert read_certificate_file(taken) in {each.certificate for each in read_environment(adoption.file).certificates}


@pytest.mark.parametrize("options", [(), ("--replace",)], ids=["anew", "over"])
@pytest.mark.parametrize("where", [f"{NAME}.yaml", f"certificates/{NAME}-psn-01.pem", "certificates"])
def test_no_link_in_the_folder_leads_what_it_writes_elsewhere(
    adoption: Adoption, capsys: pytest.CaptureFixture[str], where: str, options: tuple[str, ...]
) -> None:
    """Whoever may change the folder could have anything of the person's written over, or beside it."""
    precious = adoption.folder / "precious"
    link = adoption.environments / where
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(precious)
    if where == "certificates":
        precious.mkdir()
    else:
        precious.write_text("mine", encoding="utf-8")
    said = adoption.adopt(capsys, *options)
    assert said.code == 1
    assert "link" in said.err or "is no file of its own" in said.err
    assert link.is_symlink()
    assert [*precious.iterdir()] == [] if precious.is_dir() else precious.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("fails", range(1, 4), ids=["a certificate", "the next", "the file"])
def test_a_disk_that_fills_up_in_the_middle_leaves_nothing(
    adoption: Adoption, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, fails: int
) -> None:
    written: list[int] = []

    def fill_up(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) == fails:
            raise FULL

    monkeypatch.setattr(os, "fsync", fill_up)
    said = adoption.adopt(capsys)
    assert said.code == 1
    assert "No space left on device" in said.err
    assert files(adoption) == {}


def test_ctrl_c_at_a_prompt_leaves_nothing(
    adoption: Adoption, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> str:
        raise click.Abort

    for module in (adopting, asking):
        monkeypatch.setattr(module, "somebody_is_there", lambda: True)
    monkeypatch.setattr(click, "prompt", interrupt)
    said = adoption.adopt(capsys)
    assert (said.code, said.err.splitlines()[-1]) == (130, "interrupted")
    assert not adoption.environments.exists()


def test_ctrl_c_during_the_plan_says_that_the_files_are_there(
    adoption: Adoption, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(adopting, "check", interrupt)
    said = adoption.adopt(capsys)
    assert said.code == 130
    assert f"{adoption.file}: is written, and was not planned; then:" in said.err
    assert f"adopt --check {NAME}" in said.err


def test_a_report_that_cannot_be_written_says_that_the_files_are_there(
    adoption: Adoption, capsys: pytest.CaptureFixture[str]
) -> None:
    said = adoption.adopt(capsys, "--report", str(adoption.folder / "nowhere" / "report.md"))
    assert said.code == 1
    assert f"{adoption.file}: is written, and was not planned; then:" in said.err


def test_spaces_for_an_answer_are_no_answer(
    adoption: Adoption, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate of which somebody says that no node presents it stays, whatever they typed to say so."""
    for module in (adopting, asking):
        monkeypatch.setattr(module, "somebody_is_there", lambda: True)
    monkeypatch.setattr("helpers.adopting.taking.nodes_of", lambda *_: None)
    monkeypatch.setattr(click, "prompt", lambda *_, **__: "  ")
    said = adoption.adopt(capsys)
    assert said.code == 1
    assert "nobody knows which ISE nodes" not in said.err
