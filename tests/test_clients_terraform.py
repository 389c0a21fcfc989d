"""Terraform as a process that plans: what it is told, what it leaves behind, and what is said when it fails."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from clients.terraform import Stack, initialized
from helpers.errors import ServiceError, SetupError
from tests.judging import changed
from tests.sandboxes import ROOT, end, surroundings, until

if TYPE_CHECKING:
    from pathlib import Path

# Notes every call with what counts of its environment; `plan` leaves a file as Terraform does.
_NOTES = """\
#!/bin/sh
echo "$TF_CLI_ARGS_plan|$*" >> "$PWD/calls"
case "$1" in
  plan) for each in "$@"; do case "$each" in -out=*) echo secret > "${each#-out=}";; esac; done;;
  show) [ -f "$4" ] && echo '{"planned": true}' || echo '{"state": true}';;
esac
"""
_FAILS = """\
#!/bin/sh
printf '\\033[31m╷\\n│ Error: Cannot import non-existent remote object\\n│ \\n│   with x,\\n╵\\n' >&2
exit 1
"""
# Ends well when it is interrupted once, and notes how often it was.
_WORKS = """\
#!/bin/sh
trap 'echo interrupted >> "$PWD/heard"; sleep 0.3; echo unlocked >> "$PWD/heard"; exit 1' INT
echo started > "$PWD/started"
while :; do sleep 0.05; done
"""


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    folder = tmp_path / "stack"
    folder.mkdir()
    return Stack(folder)


def put_terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    program = tmp_path / "terraform"
    program.write_text(script, encoding="utf-8")
    program.chmod(0o700)
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(program))
    monkeypatch.delenv("TF_CLI_ARGS_plan", raising=False)
    return program


def calls(stack: Stack) -> list[tuple[str, str]]:
    lines = (stack.folder / "calls").read_text(encoding="utf-8").splitlines()
    return [(line.partition("|")[0], line.partition("|")[2]) for line in lines]


def test_a_plan_is_its_json_and_no_file_stays(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_terraform(tmp_path, monkeypatch, _NOTES)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert json.loads(stack.plan()) == {"planned": True}
    assert not [each for each in tmp_path.rglob("*") if each.name == "plan.bin"]
    (locking, planned), (_, shown) = calls(stack)
    assert locking == "-lock-timeout=5m"
    assert planned.startswith("plan -no-color -input=false -out=")
    assert shown.startswith("show -json -no-color ")


def test_a_lock_timeout_that_a_person_sets_comes_last_and_so_wins(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_terraform(tmp_path, monkeypatch, _NOTES)
    monkeypatch.setenv("TF_CLI_ARGS_plan", "-lock-timeout=1s")
    stack.plan()
    assert calls(stack)[0][0] == "-lock-timeout=5m -lock-timeout=1s"


def test_a_state_is_shown(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_terraform(tmp_path, monkeypatch, _NOTES)
    assert json.loads(stack.state()) == {"state": True}


def test_terraforms_own_words_are_one_line(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_terraform(tmp_path, monkeypatch, _FAILS)
    with pytest.raises(ServiceError) as caught:
        stack.plan()
    said = "terraform: `terraform plan` failed: Error: Cannot import non-existent remote object with x,"
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_without_terraform_it_says_how_to_get_one(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", "no-such-terraform")
    with pytest.raises(SetupError, match="no-such-terraform: not found; `make setup` installs Terraform"):
        stack.plan()


def test_a_file_with_mistakes_is_not_planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDKTF_OUTDIR", str(tmp_path / "out"))
    file = tmp_path / "environments" / "broken.yaml"
    file.parent.mkdir()
    file.write_text(changed(("cloud: global", "cloud: cumulus")), encoding="utf-8")
    with pytest.raises(SetupError, match=r"main\.py: broken could not be synthesized: .*broken\.yaml:3: "):
        initialized(ROOT, "broken", environments=file.parent)


_PLANS = """
import sys
from pathlib import Path
from clients.terraform import Stack
try:
    Stack(Path(sys.argv[1])).plan()
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "a pipeline that ends the job"])
def test_an_interrupted_plan_is_told_once_and_waited_for(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """A Terraform that is killed leaves the lock of the state behind, and whoever started it a plan."""
    program = put_terraform(tmp_path, monkeypatch, _WORKS)
    plans = tmp_path / "plans"
    plans.mkdir()
    starting = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n{_PLANS}"
    process = subprocess.Popen(
        [sys.executable, "-c", starting, str(stack.folder)],
        env=surroundings(TERRAFORM_BINARY_NAME=str(program), TMPDIR=str(plans)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until((stack.folder / "started").exists)
    assert [*plans.iterdir()] != []
    process.send_signal(number)
    assert end(process).returncode == 130
    assert [*plans.iterdir()] == []
    assert (stack.folder / "heard").read_text(encoding="utf-8").split() == ["interrupted", "unlocked"]
