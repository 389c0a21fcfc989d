"""`environments --changed-since`: what a pipeline asks before it fans out, in real repositories."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from helpers.declaration.folder import stacks_selected
from tests.commanding import Said, say
from tests.declaring import TENANT, write_environment
from tests.repositories import Checkout, checkout, clone

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).resolve().parent.parent / "docs" / "scale.md"


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """Return a project in git with environments a and b, committed on main."""
    made = checkout(tmp_path / "project")
    monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(made.top / "environments"))
    for name in ("a", "b"):
        write_environment(
            made.top / "environments",
            name,
            application={"display_name": f"ISE {name}"},
            certificates={"psn-01": f"certificates/{name}.pem"},
            client_id=None,
        )
    made.write("helpers/model.py", "")
    made.commit()
    return made


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], made: Checkout) -> Callable[..., Said]:
    """Return what asks for the environments that a change concerns, since main unless told otherwise."""

    def asking(*arguments: str, since: str = "main") -> Said:
        return say(capsys, "--root", str(made.top), "environments", "--changed-since", since, *arguments)

    return asking


def edit(made: Checkout, name: str = "a") -> None:
    with (made.top / "environments" / f"{name}.yaml").open("a", encoding="utf-8") as file:
        file.write("# edited\n")


def test_nothing_changed_is_no_environment_and_no_broken_pipeline(ask: Callable[..., Said]) -> None:
    said = ask()
    assert (said.code, said.out, said.err) == (0, "", "no environment is concerned\n")
    assert ask("--format", "names").out == ""
    assert ask("--format", "matrix").out == '{"include": []}\n'
    assert ask("--format", "azure-matrix").out == "{}\n"
    assert ask("--format", "gitlab-matrix").out == "[]\n"


def test_the_table_says_why(made: Checkout, ask: Callable[..., Said]) -> None:
    edit(made)
    made.git("switch", "--quiet", "--create", "change")
    made.commit()
    said = ask()
    assert said.code == 0
    assert said.out.splitlines()[1].split()[0] == "a"
    assert said.out.splitlines()[0].endswith("  WHY")
    assert said.out.splitlines()[1].endswith("  changed")
    assert said.err == ""


def test_json_says_why_what_is_gone_and_what_it_was_compared_with(made: Checkout, ask: Callable[..., Said]) -> None:
    base = made.git("rev-parse", "HEAD")
    (made.top / "environments" / "a.yaml").unlink()
    made.write("environments/certificates/b.pem", (made.top / "environments/certificates/b.pem").read_text() + "\n")
    said = ask("--format", "json")
    (b,) = said.json["environments"]
    assert (b["name"], b["why"]) == ("b", [{"cause": "certificate", "file": "certificates/b.pem"}])
    assert said.json["removed"] == [{"name": "a", "now": None}]
    assert said.json["compared_with"] == base
    assert said.json["code_changes"] == []


def test_a_removed_environment_is_said_aloud_and_never_among_the_jobs(made: Checkout, ask: Callable[..., Said]) -> None:
    (made.top / "environments" / "a.yaml").unlink()
    said = ask("--format", "names")
    assert (said.code, said.out) == (0, "")
    assert said.err.splitlines()[0] == (
        "removed: the file of a is gone, and its application in Entra lives on; "
        "put it back and decommission it (`cdktf destroy a`)"
    )


def test_a_renamed_environment_is_one_that_is_gone_and_one_that_came(made: Checkout, ask: Callable[..., Said]) -> None:
    made.git("mv", "environments/a.yaml", "environments/c.yaml")
    said = ask()
    assert said.out.splitlines()[1].endswith("renamed from a.yaml, as git sees it")
    assert said.err.endswith("(`cdktf destroy a`), or, if it is c now, name it as before\n")


@pytest.mark.parametrize(("names", "listed"), [(["a"], "a\n"), (["b"], ""), (["b", "a"], "a\n")])
def test_names_narrow_what_is_listed(made: Checkout, ask: Callable[..., Said], names: list[str], listed: str) -> None:
    edit(made)
    said = ask("--format", "names", *names)
    assert (said.code, said.out) == (0, listed)


def test_a_name_may_be_that_of_one_that_is_gone_but_not_of_none(made: Checkout, ask: Callable[..., Said]) -> None:
    (made.top / "environments" / "a.yaml").unlink()
    assert ask("a").err.startswith("removed: the file of a is gone")
    assert "removed" not in ask("b").err
    refused = ask("c")
    assert refused.code == 1
    assert refused.err.startswith("error: c: is not an environment; ")


def test_a_change_of_code_concerns_all_and_is_said_aloud(made: Checkout, ask: Callable[..., Said]) -> None:
    made.write("helpers/model.py", "changed")
    made.write("stacks/new.py")
    said = ask("--format", "names")
    assert said.out == "a\nb\n"
    assert said.err == (
        "code changed (helpers/model.py and 1 more): every environment is concerned; "
        "--code-changes ignore leaves it aside\n"
    )
    assert ask("--format", "json").json["environments"][0]["why"] == [{"cause": "code", "file": "helpers/model.py"}]


def test_code_is_left_aside_where_that_is_asked_for(made: Checkout, ask: Callable[..., Said]) -> None:
    made.write("helpers/model.py", "changed")
    edit(made)
    said = ask("--format", "names", "--code-changes", "ignore")
    assert said.out == "a\n"
    assert said.err == "code changed (helpers/model.py): left aside, as asked\n"


def test_documentation_concerns_nobody(made: Checkout, ask: Callable[..., Said]) -> None:
    made.write("docs/x.md")
    made.write("environments/README.md")
    assert ask("--format", "names").out == ""


def test_code_of_another_repository_is_not_of_this_change(
    made: Checkout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in a review: rules and code of the base commit, environments of the change."""
    made.write("helpers/model.py", "changed")
    edit(made)
    base = clone(made, tmp_path / "base")
    said = say(capsys, "--root", str(base.top), "environments", "--changed-since", "main", "--format", "names")
    assert (said.out, said.err) == ("a\n", "")


def test_a_review_compares_with_where_both_parted_and_a_deploy_with_what_was_deployed(
    made: Checkout, ask: Callable[..., Said]
) -> None:
    made.git("switch", "--quiet", "--create", "deployed")
    edit(made, "b")
    made.commit()
    made.git("switch", "--quiet", "main")
    edit(made, "a")
    made.commit()
    assert ask("--format", "names", since="deployed").out == "a\n"
    assert ask("--format", "names", "--compare", "revision", since="deployed").out == "a\nb\n"


def test_the_commit_before_the_first_selects_everything(ask: Callable[..., Said]) -> None:
    said = ask("--format", "names", "--code-changes", "ignore", since="0" * 40)
    assert (said.code, said.out) == (0, "a\nb\n")


def test_one_broken_file_keeps_no_other_from_its_job(made: Checkout, ask: Callable[..., Said]) -> None:
    edit(made, "b")
    made.write("environments/a.yaml", "{")
    said = ask("--format", "matrix")
    assert [(job["name"], job["tenant_id"]) for job in said.json["include"]] == [("a", ""), ("b", TENANT)]
    assert (said.code, said.err) == (0, "")
    listed = ask("--format", "json")
    assert listed.code == 1
    assert [each["name"] for each in listed.json["environments"]] == ["b"]


def test_a_misnamed_file_is_refused_when_it_changed_and_in_nobodys_way_when_not(
    made: Checkout, ask: Callable[..., Said]
) -> None:
    made.write("environments/Bad name.yaml")
    refused = ask("--format", "names")
    assert (refused.code, refused.out) == (1, "")
    assert "Bad name.yaml: is not a usable file name" in refused.err
    made.commit()
    edit(made)
    assert ask("--format", "names", since="HEAD").out == "a\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--compare", "revision"], "--compare and --code-changes go with --changed-since REV"),
        (["--code-changes", "ignore"], "--compare and --code-changes go with --changed-since REV"),
        (["--chunk", "3"], "--chunk goes with --format matrix, azure-matrix or gitlab-matrix"),
        (["--format", "matrix", "--chunk", "0"], "0 is not in the range x>=1"),
        (["--changed-since", "--format"], "--format: is no name of a revision"),
        (["--changed-since", "none"], "none: is no commit in this clone"),
    ],
)
def test_what_makes_no_sense_is_refused(
    capsys: pytest.CaptureFixture[str], made: Checkout, arguments: list[str], message: str
) -> None:
    assert made.top.is_dir()
    said = say(capsys, "environments", *arguments)
    assert (said.code, said.out) == (1, "")
    assert message in said.err


@pytest.mark.parametrize(("changed", "told"), [("a b", "a,b: deploy a b\n"), ("", "")], ids=["two", "none"])
def test_the_pages_way_to_deploy_by_hand_never_deploys_everything(tmp_path: Path, changed: str, told: str) -> None:
    block = re.findall(r"```sh\n(changed=.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
    for name, does in {
        "ise-intune": f"for name in {changed}; do echo $name; done",
        "cdktf": 'echo "$ISE_INTUNE_STACKS: $*"',
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n", encoding="ascii")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(["sh", "-c", block], env={"PATH": path}, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (told, "")


def test_a_matrix_of_all_needs_no_git(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("a", "b"):
        write_environment(tmp_path, name, certificates=None)
    (job,) = say(capsys, "environments", "--format", "matrix", "--chunk", "9").json["include"]
    assert stacks_selected(job["stacks"]) == ["a", "b"]
    assert say(capsys, "environments", "--format", "names", "b").out == "b\n"


def test_among_a_thousand_the_changed_ones_are_found_and_too_many_jobs_are_told(
    made: Checkout, ask: Callable[..., Said]
) -> None:
    text = (made.top / "environments" / "a.yaml").read_text(encoding="utf-8")
    for number in range(998):
        made.write(f"environments/e{number:03}.yaml", text.replace("ISE a", f"ISE {number}"))
    many = ask("--format", "matrix")
    assert len(many.json["include"]) == 998
    assert many.err == "warning: 998 jobs, and this system takes at most 256 at once; --chunk N puts N into one\n"
    chunked = ask("--format", "matrix", "--chunk", "10")
    assert (len(chunked.json["include"]), chunked.err) == (100, "")
    made.commit()
    edit(made, "e500")
    made.git("mv", "environments/e501.yaml", "environments/f.yaml")
    assert ask("--format", "names", since="HEAD").out == "e500\nf\n"
    certificate = made.top / "environments" / "certificates" / "b.pem"
    certificate.write_text(certificate.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert ask("--format", "names", since="HEAD").out == "b\ne500\nf\n"
