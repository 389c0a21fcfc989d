"""`review`: what is compared with what, in which format, and with which exit code."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from helpers.declaration.environments import read_environment
from tests.commanding import Said, say
from tests.declaring import write_environment
from tests.recorded_plan import recorded
from tests.synthesizing import synthesized

if TYPE_CHECKING:
    from pathlib import Path

_EXTRA = {
    "api": "Microsoft Graph",
    "permission": "Directory.Read.All",
    "type": "application",
    "reason": "asked for by the auditors",
}


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with `before` and `after` in it, alike until a test changes one; the person is in it."""
    monkeypatch.chdir(tmp_path)
    for side in ("before", "after"):
        write_environment(tmp_path / side)
    certificate = "certificates/psn-01.pem"
    (tmp_path / "after" / certificate).write_bytes((tmp_path / "before" / certificate).read_bytes())
    return tmp_path


def ask_for_more(folders: Path, **changes: Any) -> None:  # noqa: ANN401 — any plain value
    """Let the change ask for Directory.Read.All."""
    write_environment(folders / "after", permissions={"profile": "minimal", "extra": [_EXTRA]}, **changes)


def review(capsys: pytest.CaptureFixture[str], *more: str) -> Said:
    return say(capsys, "review", "--before", "before", "--after", "after", *more)


def test_no_change_passes(capsys: pytest.CaptureFixture[str], folders: Path) -> None:
    assert folders.is_dir()
    said = review(capsys)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[-1].endswith("Nothing changes in 1 environment.")


def test_a_permission_more_stops_at_its_line(capsys: pytest.CaptureFixture[str], folders: Path) -> None:
    ask_for_more(folders)
    said = review(capsys, "--format", "json")
    assert said.code == 2
    (found,) = said.json["found"]
    assert (found["severity"], found["subject"], found["file"]) == (
        "high",
        "Directory.Read.All",
        "after/production.yaml",
    )
    line = (folders / "after" / "production.yaml").read_text(encoding="utf-8").splitlines()[found["line"] - 1]
    assert "api: Microsoft Graph" in line or "permission: Directory.Read.All" in line


@pytest.mark.parametrize("form", ["text", "markdown", "json", "sarif", "html"])
def test_every_format_says_the_same(capsys: pytest.CaptureFixture[str], folders: Path, form: str) -> None:
    ask_for_more(folders)
    said = review(capsys, "--format", form)
    assert said.code == 2
    assert "Directory.Read.All" in said.out
    assert said.out == review(capsys, "--format", form).out, "and the same every time"


def test_a_result_goes_into_a_file(capsys: pytest.CaptureFixture[str], folders: Path) -> None:
    ask_for_more(folders)
    said = review(capsys, "--format", "markdown", "--output", "comment.md")
    assert (said.code, said.out, said.err) == (2, "", "")
    assert (folders / "comment.md").read_text(encoding="utf-8").startswith("<!-- ise-intune:review -->\n")


def test_a_file_with_mistakes_cannot_be_told(capsys: pytest.CaptureFixture[str], folders: Path) -> None:
    write_environment(folders / "after", "broken", tenant_id="x")
    said = review(capsys)
    assert said.code == 1
    assert "COULD NOT BE READ" in said.out
    assert "after/broken.yaml:2: tenant_id" in said.out


def test_what_is_found_wins_over_what_cannot_be_told(capsys: pytest.CaptureFixture[str], folders: Path) -> None:
    ask_for_more(folders)
    write_environment(folders / "after", "broken", tenant_id="x")
    assert review(capsys).code == 2


def test_the_gate_decides_from_where_on_a_finding_stops(capsys: pytest.CaptureFixture[str], folders: Path) -> None:
    ask_for_more(folders)
    assert review(capsys, "--gate", "high").code == 2
    (folders / "policy.yaml").write_text("schema: 1\nseverities: {permission-powerful: medium}\n", encoding="utf-8")
    assert review(capsys, "--policy", "policy.yaml", "--gate", "high").code == 0
    assert review(capsys, "--policy", "policy.yaml").code == 2


def test_a_policy_may_set_the_gate_and_the_command_line_wins(capsys: pytest.CaptureFixture[str], folders: Path) -> None:
    ask_for_more(folders)
    (folders / "policy.yaml").write_text(
        "schema: 1\ngate: high\nseverities: {permission-powerful: low}\n", encoding="utf-8"
    )
    assert review(capsys, "--policy", "policy.yaml").code == 0
    assert review(capsys, "--policy", "policy.yaml", "--gate", "low").code == 2


def test_a_policy_for_a_rule_that_does_not_exist_is_an_error(capsys: pytest.CaptureFixture[str], folders: Path) -> None:
    (folders / "policy.yaml").write_text("schema: 1\nseverities: {permission-powerfull: low}\n", encoding="utf-8")
    said = review(capsys, "--policy", "policy.yaml")
    assert (said.code, said.out) == (1, "")
    assert "permission-powerful" in said.err


def test_an_exception_in_the_file_lets_the_change_pass_and_stays_visible(
    capsys: pytest.CaptureFixture[str], folders: Path
) -> None:
    exception = {
        "rule": "permission-powerful",
        "subject": "Directory.Read.All",
        "reason": "until the migration",
        "until": "2999-12-31",
    }
    write_environment(folders / "before", exceptions=[exception])
    ask_for_more(folders, exceptions=[exception])
    said = review(capsys)
    assert said.code == 0
    assert "Accepted until 2999-12-31: until the migration" in said.out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--before", "before"],
        ["--after", "after"],
        ["--before", "before", "--after", "after", "--plan", "plan.json"],
    ],
)
def test_what_to_review_must_be_said(capsys: pytest.CaptureFixture[str], folders: Path, arguments: list[str]) -> None:
    assert folders.is_dir()
    said = say(capsys, "review", *arguments)
    assert (said.code, said.out) == (1, "")
    what = "say what to review: --before DIR with --after DIR, --plan FILE, or --from-json FILE"
    assert said.err == f"error: {what}; `ise-intune review --help` says more\n"


def test_a_folder_that_is_not_there_is_an_error(capsys: pytest.CaptureFixture[str], folders: Path) -> None:
    assert folders.is_dir()
    said = say(capsys, "review", "--before", "nowhere", "--after", "after")
    assert said.code == 1
    assert "nowhere" in said.err + said.out


def test_a_plan_that_cannot_be_read_is_told_in_the_report(capsys: pytest.CaptureFixture[str], folders: Path) -> None:
    (folders / "plan.json").write_text("{}", encoding="utf-8")
    said = say(capsys, "review", "--plan", "plan.json", "--plan", "missing.json", "--format", "json")
    assert said.code == 1
    assert [error["message"].split(":")[0] for error in said.json["errors"]] == ["plan.json", "missing.json"]
    assert said.json["review"]["complete"] is False


def test_a_plan_comes_from_standard_input(
    capsys: pytest.CaptureFixture[str], folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert folders.is_dir()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps({}).encode())))
    said = say(capsys, "review", "--plan", "-")
    assert said.code == 1
    assert "standard input" in said.out


def test_colour_is_for_terminals_that_want_it(
    capsys: pytest.CaptureFixture[str], folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cli.review import render
    from tests.reviews import RICH

    assert "\x1b" not in review(capsys).out
    assert folders.is_dir()
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[1;31m" in render(RICH, "text", on_terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in render(RICH, "text", on_terminal=True)
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in render(RICH, "text", on_terminal=True)


def test_what_one_format_needs_is_not_loaded_for_another(folders: Path) -> None:
    """Start-up time is a promise: a template engine takes a third of it."""
    program = (
        "import sys; from cli.main import main;"
        " main(['review', '--before', 'before', '--after', 'after', '--output', 'out']);"
        " print(sorted({'jinja2', 'helpers.reports.sarif', 'httpx', 'cdktf', 'rich'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folders, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.fixture
def outputs(folders: Path) -> tuple[Path, Path]:
    """Synthesize both sides of a change that asks for more."""
    ask_for_more(folders)
    for side in ("before", "after"):
        synthesized(read_environment(folders / side / "production.yaml"), folders / f"{side}.out")
    return folders / "before.out", folders / "after.out"


def test_two_outputs_give_the_findings_that_two_folders_give(
    capsys: pytest.CaptureFixture[str], outputs: tuple[Path, Path]
) -> None:
    before, after = map(str, outputs)
    of_outputs = say(capsys, "review", "--before", before, "--after", after, "--format", "json")
    of_folders = review(capsys, "--format", "json")
    assert of_outputs.code == of_folders.code == 2
    assert of_outputs.json["review"]["digest"] == of_folders.json["review"]["digest"]
    assert [each["id"] for each in of_outputs.json["found"]] == [each["id"] for each in of_folders.json["found"]]


def test_an_output_is_not_compared_with_environment_files(
    capsys: pytest.CaptureFixture[str], outputs: tuple[Path, Path]
) -> None:
    said = say(capsys, "review", "--before", "before", "--after", str(outputs[1]))
    assert said.code == 1
    assert "one is an output of cdktf and the other is not" in said.err


def test_a_plan_is_reviewed_from_a_file_and_from_standard_input(
    capsys: pytest.CaptureFixture[str], folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps(recorded())
    (folders / "plan.json").write_text(text, encoding="utf-8")
    from_file = say(capsys, "review", "--plan", "plan.json", "--format", "json")
    assert from_file.code in {0, 2}
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    piped = say(capsys, "review", "--plan", "-", "--format", "json")
    assert (piped.code, piped.json["review"]) == (from_file.code, from_file.json["review"])
    assert from_file.json["environments"]
