"""The `cdktf` command: Terraform waits for locks, ends well though cdktf is interrupted, and what is made is said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bootstrap.cdktf_command import LOCK_TIMEOUT, environment
from tests.keeping_state import StateServer
from tests.sandboxes import PATIENCE, ROOT, end, surroundings, until

if TYPE_CHECKING:
    from collections.abc import Iterator

_WAIT = f"-lock-timeout={LOCK_TIMEOUT}"

# Started as cdktf is, in a group of its own; a job in the background is told to ignore Ctrl-C, here it counts again.
_COMMAND = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from bootstrap.cdktf_command import main
sys.exit(main())
"""
# As cdktf does: Terraform in a session of its own, and gone at the first Ctrl-C without waiting for it.
_CDKTF = """
import os, signal, subprocess, sys
def leave(*_):
    os._exit(1)
signal.signal(signal.SIGINT, leave)
subprocess.Popen([os.environ["TERRAFORM_BINARY_NAME"], "apply"], cwd="stacks/one", start_new_session=True).wait()
"""
# It is hung up on in the middle, as when cdktf's terminal ends.
_TERRAFORM = """#!/bin/sh
case "$1" in
  state) echo data.lookup.x; echo azuread_application.application; exit 0 ;;
esac
exec > said 2>&1
echo begun > begun
until [ -e go ]; do sleep 0.02; done
kill -HUP $$
echo ended > ended
"""
_ADVICE = (
    "cdktf: one: of what exists already, or cannot be imported: `ise-intune adopt --resume one` says what to do\n"
    "cdktf: docs/state.md says what to do about a state that is locked\n"
)
_RESOURCES: dict[str, Any] = {
    "azuread_application": {"application": {}},
    "azuread_service_principal": {"principal": {}},
}


@pytest.mark.parametrize(
    ("caller", "given"),
    [
        pytest.param({}, _WAIT, id="nothing"),
        pytest.param({"TF_CLI_ARGS_apply": "-no-color"}, f"{_WAIT} -no-color", id="another option"),
        pytest.param(
            {"TF_CLI_ARGS_apply": "-lock-timeout=1s"}, f"{_WAIT} -lock-timeout=1s", id="the last one wins: theirs"
        ),
    ],
)
def test_terraform_is_told_to_wait_for_a_lock_beside_what_a_person_tells_it(caller: dict[str, str], given: str) -> None:
    assert environment(caller, Path("pipe"))["TF_CLI_ARGS_apply"] == given


def test_every_command_that_cdktf_locks_with_waits() -> None:
    made = environment({}, Path("pipe"))
    assert {name for name, value in made.items() if value == _WAIT} == {
        "TF_CLI_ARGS_plan",
        "TF_CLI_ARGS_apply",
        "TF_CLI_ARGS_destroy",
    }


def test_the_terraform_that_a_person_chose_is_run_by_a_cdktf_in_a_cdktf_too() -> None:
    once = environment({"TERRAFORM_BINARY_NAME": "tofu"}, Path("pipe"))
    twice = environment(once, Path("other"))
    assert once["ISE_INTUNE_TERRAFORM"] == twice["ISE_INTUNE_TERRAFORM"] == "tofu"
    assert once["TERRAFORM_BINARY_NAME"] == twice["TERRAFORM_BINARY_NAME"] != "tofu"


class Stage:
    """A folder with a stack, and with programs that play cdktf and Terraform."""

    def __init__(self, path: Path) -> None:
        self.stack = path / "stacks" / "one"
        self.stack.mkdir(parents=True)
        (self.stack / "cdk.tf.json").write_text(json.dumps({"resource": _RESOURCES}))
        self.terraform = path / "terraform"
        self.terraform.write_text(_TERRAFORM)
        self.terraform.chmod(0o755)

    def start(self, cdktf: str = _CDKTF) -> subprocess.Popen[str]:
        """Start the command under test, with a cdktf that does as told."""
        return subprocess.Popen(
            [sys.executable, "-c", _COMMAND, sys.executable, "-c", cdktf],
            cwd=self.stack.parents[1],
            env=surroundings(TERRAFORM_BINARY_NAME=str(self.terraform)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def let_terraform_end(self) -> None:
        """Let Terraform have made what it was making."""
        (self.stack / "go").touch()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.let_terraform_end()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_who_interrupts_is_told_what_is_made_once_terraform_has_ended(stage: Stage, number: signal.Signals) -> None:
    process = stage.start()
    until((stage.stack / "begun").exists)
    process.send_signal(number)
    assert process.stderr
    assert process.stderr.readline() == (
        "cdktf: Terraform ends what it is making and writes the state; Ctrl-C again leaves it to that alone\n"
    )
    stage.let_terraform_end()
    done = end(process)
    assert (stage.stack / "ended").exists()
    assert done.returncode == 130
    assert done.stderr == (
        "cdktf: one: in the state: azuread_application.application; not in it: azuread_service_principal.principal;"
        " the same command goes on from here\n"
    )


def test_a_second_ctrl_c_leaves_terraform_to_end_alone(stage: Stage) -> None:
    process = stage.start()
    until((stage.stack / "begun").exists)
    process.send_signal(signal.SIGINT)
    assert process.stderr
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    done = end(process)
    assert done.returncode == 130
    assert "Terraform goes on by itself" in done.stderr
    assert not (stage.stack / "ended").exists()
    stage.let_terraform_end()
    until((stage.stack / "ended").exists)


def test_terraform_does_not_die_of_the_end_of_its_terminal(stage: Stage) -> None:
    stage.let_terraform_end()
    assert end(stage.start()).returncode == 0
    assert (stage.stack / "ended").exists()


@pytest.mark.parametrize(
    ("cdktf", "status", "said"),
    [
        pytest.param("pass", 0, "", id="it went well"),
        pytest.param("raise SystemExit(3)", 3, "", id="it failed before Terraform was started"),
        pytest.param(f"{_CDKTF}\nraise SystemExit(1)", 1, _ADVICE, id="Terraform's deploy failed"),
        pytest.param("import os; os.kill(os.getpid(), 9)", 137, "", id="it was killed"),
    ],
)
def test_the_exit_status_is_that_of_cdktf(stage: Stage, cdktf: str, status: int, said: str) -> None:
    stage.let_terraform_end()
    done = end(stage.start(cdktf))
    assert done.returncode == status
    assert done.stderr[: len(said) or 1] == said


@pytest.mark.e2e
def test_an_interrupted_deploy_writes_its_state_and_gives_its_lock_back(tmp_path: Path) -> None:
    """The real cdktf and Terraform, outside any sandbox, on a state that takes its time to be written."""
    with StateServer() as server, _deploying(tmp_path, server) as process:
        until((tmp_path / "begun").exists)
        process.send_signal(signal.SIGINT)
        done = end(process)
        assert done.returncode == 130, done.stdout + done.stderr
        assert "slow: in the state: terraform_data.first, terraform_data.second; not in it: terraform_data.third" in (
            done.stderr
        )
        assert {resource["name"] for resource in server.state["resources"]} == {"first", "second"}
        assert server.lock is None


@pytest.mark.e2e
@pytest.mark.slow
def test_who_waits_for_a_lock_sees_it_at_once_and_in_the_end_which_one_it_is(tmp_path: Path) -> None:
    """The real cdktf and Terraform; of `http`, they show who asks and not who holds it, as docs/state.md says."""
    with StateServer() as server:
        server.lock = {"ID": "ada-has-it", "Operation": "OperationTypeApply", "Who": "ada@runner-7"}
        with _deploying(tmp_path, server, TF_CLI_ARGS_apply="-lock-timeout=3s -no-color") as process:
            assert process.stdout
            said = next(line for line in process.stdout if "state lock" in line)
            assert said.endswith("Acquiring state lock. This may take a few moments...\n")
            assert process.poll() is None
            done = end(process)
    assert done.returncode == 1
    assert "Error acquiring the state lock" in done.stdout
    assert "already locked: ID=ada-has-it" in done.stdout
    assert "ada@runner-7" not in done.stdout
    assert not (tmp_path / "begun").exists()
    assert done.stderr.splitlines()[-1].startswith("cdktf: docs/state.md says what to do about a state that is locked")


@contextmanager
def _deploying(path: Path, server: StateServer, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """Deploy three resources, of which the second does not end by itself; its beginning leaves a file `begun`."""
    endless = {"local-exec": {"command": f"touch '{path / 'begun'}'; sleep {PATIENCE}"}}
    resources = {
        "first": {},
        "second": {"depends_on": ["terraform_data.first"], "provisioner": [endless]},
        "third": {"depends_on": ["terraform_data.second"]},
    }
    metadata = {"metadata": {"backend": "http", "stackName": "slow", "version": "0.21.0"}, "outputs": {}}
    stack = {"//": metadata, "terraform": {"backend": server.backend}, "resource": {"terraform_data": resources}}
    manifest = {
        "name": "slow",
        "constructPath": "slow",
        "workingDirectory": "stacks/slow",
        "synthesizedStackPath": "stacks/slow/cdk.tf.json",
        "annotations": [],
        "dependencies": [],
    }
    synthesized = path / "cdktf.out" / "stacks" / "slow"
    synthesized.mkdir(parents=True)
    (synthesized / "cdk.tf.json").write_text(json.dumps(stack))
    (path / "cdktf.out" / "manifest.json").write_text(json.dumps({"version": "0.21.0", "stacks": {"slow": manifest}}))
    settings = {"language": "python", "app": "true", "projectId": "slow", "sendCrashReports": "false"}
    (path / "cdktf.json").write_text(json.dumps(settings))
    process = subprocess.Popen(
        [str(ROOT / ".venv" / "bin" / "cdktf"), "deploy", "slow", "--auto-approve", "--skip-provider-lock"],
        cwd=path,
        env=surroundings(CI="1", NO_COLOR="1", **variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_heed_ctrl_c,  # noqa: PLW1509 — nothing else runs in this process
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _heed_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
