"""`ise-intune sandbox`: entering, joining, ending, and what is said when something is in the way."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from helpers.errors import SetupError
from sandbox.endpoint import find_server
from sandbox.folder import MARKER, open_folder
from sandbox.identities import AUDITOR, DEPLOYER, TENANTS
from sandbox.session import POSTGRESQL_VARIABLE, Wishes, sign_in
from tests.sandboxes import (
    PATIENCE,
    begin,
    command_line,
    end,
    finish,
    run_here,
    sandbox_arguments,
    served,
    start,
    surroundings,
)

if TYPE_CHECKING:
    import io
    from pathlib import Path

    from sandbox.identities import Pipeline

ENVIRONMENT = ("sh", "-c", "env")

_COUNTS_SIGNALS = """
import signal, sys
times = []

def count(*_):
    times.append(1)
    print("came", flush=True)

signal.signal(int(sys.argv[1]), count)
print("ready", flush=True)
open(sys.argv[2]).read()
print(len(times))
sys.exit(5)
"""

# Makes its stdin the terminal that it is started from, as a login does.
_AT_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


def run_inside(folder: Path, *command: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run a command inside, by a process of its own; a folder that is not there is made from nothing."""
    return finish(sandbox_arguments("run", folder, *options, "--", *command))


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """The folder of a sandbox that nobody serves."""
    return begin(tmp_path / "one").path


@dataclass(frozen=True)
class Here:
    """The verb in this process, which prints what the commands inside print."""

    capfd: pytest.CaptureFixture[str]

    def run(
        self, folder: Path, *command: str, options: tuple[str, ...] = (), postgresql: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside."""
        arguments = sandbox_arguments("run", folder, *options, "--", *command)
        return run_here(self.capfd, arguments, **({POSTGRESQL_VARIABLE: postgresql} if postgresql else {}))

    def do(self, verb: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
        """Run another verb."""
        return run_here(self.capfd, sandbox_arguments(verb, folder, *more))


@pytest.fixture
def here(capfd: pytest.CaptureFixture[str]) -> Here:
    return Here(capfd)


def variables(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return dict(line.partition("=")[::2] for line in done.stdout.splitlines())


@pytest.mark.parametrize("status", [0, 1, 2, 7, 130])
def test_run_passes_on_the_exit_status(one: Path, here: Here, status: int) -> None:
    assert here.run(one, "sh", "-c", f"exit {status}").returncode == status


def test_a_command_that_a_signal_ended_is_128_and_the_signal(one: Path, here: Here) -> None:
    assert here.run(one, "sh", "-c", "kill -KILL $$").returncode == 128 + signal.SIGKILL


def test_a_command_inside_reaches_the_services_by_their_real_names(one: Path) -> None:
    fetch = (
        "import urllib.request;"
        f"print(urllib.request.urlopen('https://login.microsoftonline.com/{TENANTS[0].id}/v2.0/"
        ".well-known/openid-configuration').status)"
    )
    done = run_inside(one, "python", "-c", fetch)
    assert (done.returncode, done.stdout) == (0, "200\n"), done.stderr
    assert "azuread provider: this project's stand-in" in done.stderr


def test_stdin_is_the_commands(one: Path) -> None:
    process = start(sandbox_arguments("run", one, "--", "cat"))
    assert end(process).stdout == ""


@pytest.mark.parametrize("pipeline", [DEPLOYER, AUDITOR], ids=lambda pipeline: pipeline.name)
def test_as_chooses_the_pipeline_and_tenant_the_tenant(one: Path, here: Here, pipeline: Pipeline) -> None:
    options = ("--as", pipeline.name, "--tenant", "fabrikam")
    seen = variables(here.run(one, *ENVIRONMENT, options=options))
    secrets = json.loads(open_folder(one).secrets.read_text())
    assert seen["ARM_CLIENT_ID"] == seen["AZURE_CLIENT_ID"] == pipeline.client_id
    assert seen["ARM_CLIENT_SECRET"] == secrets[seen["ARM_CLIENT_ID"]]
    assert seen["ARM_TENANT_ID"] == TENANTS[1].id


def test_a_pipeline_that_an_older_version_does_not_know_cannot_sign_in(tmp_path: Path) -> None:
    """Its server is up, and has made secrets for those that it knows."""
    folder = open_folder(tmp_path / "one")
    folder.secrets.write_text(json.dumps({DEPLOYER.client_id: "a secret"}))
    with pytest.raises(SetupError, match="an older version serves this sandbox, without the auditor; end the command"):
        sign_in(folder, Wishes(provider="stand-in", pipeline="auditor", tenant="Contoso"))


def test_azure_sdks_sign_in_at_the_cloud_of_the_tenant(one: Path) -> None:
    ask = (
        "from azure.identity import EnvironmentCredential;"
        "print(EnvironmentCredential().get_token('https://graph.microsoft.us/.default').token.count('.'))"
    )
    options = ("--as", "auditor", "--tenant", "Contoso Government")
    done = run_inside(one, "python", "-c", ask, options=options)
    assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr


def test_a_command_ends_and_so_does_its_server(tmp_path: Path) -> None:
    done = run_inside(tmp_path / "one", "sh", "-c", 'cat "$ISE_INTUNE_SANDBOX/endpoint.json"')
    folder = open_folder(tmp_path / "one")
    assert json.loads(done.stdout)["proxy_port"]
    assert not folder.endpoint.exists()


def test_run_joins_a_sandbox_that_is_up(one: Path, here: Here) -> None:
    with served(one) as (_, endpoint):
        seen = variables(here.run(one, *ENVIRONMENT))
    assert seen["HTTPS_PROXY"] == endpoint.proxy_url


def test_run_inside_run_is_the_same_sandbox(one: Path) -> None:
    """The inner one finds the folder by itself, and keeps the Terraform of the outermost."""
    script = 'echo "$HTTPS_PROXY $ISE_INTUNE_SANDBOX_TERRAFORM"'
    code = "import sys; from cli.main import main; sys.exit(main())"
    inner = f"python -c '{code}' sandbox run --provider stand-in -- sh -c '{script}'"
    done = run_inside(one, "sh", "-c", f"{script}; {inner}")
    outside, inside = done.stdout.splitlines()
    assert outside == inside


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_run_passes_on_a_signal_once_and_the_commands_answer_to_it(
    tmp_path: Path, one: Path, number: signal.Signals
) -> None:
    """Once: a second Ctrl-C tells Terraform to stop at once and lose what it was doing."""
    program = tmp_path / "counting.py"
    program.write_text(_COUNTS_SIGNALS)
    os.mkfifo(tmp_path / "fifo")
    command = ("python", str(program), str(int(number)), str(tmp_path / "fifo"))
    process = start(sandbox_arguments("run", one, "--", *command))
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    assert process.stdout.readline() == "came\n"
    (tmp_path / "fifo").open("w").close()
    done = end(process)
    assert (done.returncode, done.stdout) == (5, "1\n")


def test_an_interrupted_command_that_says_1_was_interrupted(tmp_path: Path, one: Path) -> None:
    """As cdktf does: it answers Ctrl-C with the exit status of any failure."""
    script = f"trap 'exit 1' INT; echo ready; read line < {tmp_path}/fifo"
    os.mkfifo(tmp_path / "fifo")
    process = start(sandbox_arguments("run", one, "--", "sh", "-c", script))
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    assert end(process).returncode == 130


def test_terraform_outlives_a_hung_up_terminal_and_the_sandbox_waits_for_it(tmp_path: Path, one: Path) -> None:
    """cdktf, interrupted, goes and closes Terraform's terminal; Terraform writes its state and ends."""
    terraform = tmp_path / "terraform"
    terraform.write_text(
        '#!/bin/sh\nkill -HUP $$\necho > begun\nread line < fifo\ncat "$ISE_INTUNE_SANDBOX/endpoint.json" > end\n'
    )
    terraform.chmod(0o700)
    for name in ("fifo", "begun"):
        os.mkfifo(tmp_path / name)
    (tmp_path / "main.tf").touch()
    process = subprocess.Popen(
        command_line(
            sandbox_arguments("run", one, "--", "sh", "-c", "terraform apply >/dev/null 2>&1 & read line < begun")
        ),
        cwd=tmp_path,
        env=surroundings(TERRAFORM_BINARY_NAME=str(terraform)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    while "waiting for what still runs" not in (line := process.stderr.readline()):
        assert line
    (tmp_path / "fifo").write_text("go\n")
    assert end(process).returncode == 0
    assert "proxy_port" in (tmp_path / "end").read_text()


def test_ctrl_c_at_a_terminal_reaches_the_command_once(tmp_path: Path, one: Path) -> None:
    """The terminal sends it to both: passed on as well, it would arrive twice."""
    program = tmp_path / "counting.py"
    program.write_text(_COUNTS_SIGNALS)
    os.mkfifo(tmp_path / "fifo")
    command = ("python", str(program), str(int(signal.SIGINT)), str(tmp_path / "fifo"))
    terminal, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _AT_TERMINAL, *command_line(sandbox_arguments("run", one, "--", *command))],
        env=surroundings(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    with os.fdopen(terminal, "rb", buffering=0) as screen:
        _read_until(screen, b"ready")
        os.write(screen.fileno(), b"\x03")
        _read_until(screen, b"came")
        (tmp_path / "fifo").open("w").close()
        assert b"came" not in _read_until(screen, b"1\r\n")
        assert process.wait(timeout=PATIENCE) == 5  # before the terminal is closed, which hangs up on it


def _read_until(screen: io.RawIOBase, text: bytes) -> bytes:
    seen = b""
    while text not in seen:
        chunk = screen.read(1000)
        assert chunk, seen
        seen += chunk
    return seen


def test_a_run_that_is_told_to_end_leaves_nothing_running(tmp_path: Path, one: Path) -> None:
    """Even what the command itself had started and forgot: a cancelled job must not go on deploying."""
    os.mkfifo(tmp_path / "fifo")
    script = f"cat {tmp_path}/fifo & echo ready; wait"
    process = start(sandbox_arguments("run", one, "--", "sh", "-c", script))
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    assert end(process).returncode == 128 + signal.SIGTERM  # its stdout has ended too: nobody holds it any more


def test_a_killed_run_leaves_no_server(tmp_path: Path, one: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    process = start(sandbox_arguments("run", one, "--", "sh", "-c", f"echo ready; cat {tmp_path}/fifo"))
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    folder = open_folder(one)
    assert find_server(folder)
    process.kill()
    process.wait()
    assert find_server(folder) is None
    (tmp_path / "fifo").open("w").close()
    end(process)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        pytest.param((), "name the command to run", id="no command"),
        pytest.param(("no-such-program",), "no-such-program: no such program", id="no such program"),
        pytest.param(("/",), "/: cannot be started", id="no program"),
    ],
)
def test_a_command_that_cannot_run_is_said_so(one: Path, here: Here, command: tuple[str, ...], message: str) -> None:
    done = here.run(one, *command)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_tenant_is_named_with_those_there_are(one: Path, here: Here) -> None:
    done = here.run(one, "true", options=("--tenant", "nobody"))
    assert done.returncode == 1
    assert "no tenant 'nobody'; there are: Contoso (" in done.stderr


def test_the_declared_state_is_used_only_where_it_is_asked_for_and_on_this_machine(one: Path, here: Here) -> None:
    local, remote = "postgres://tf:hunter2@127.0.0.1:5432/state", "postgres://tf:hunter2@db.example.net/x"
    declared = ("--state", "declared")
    kept = here.run(one, *ENVIRONMENT, postgresql=local)
    asked = here.run(one, *ENVIRONMENT, options=declared, postgresql=local)
    elsewhere = here.run(one, *ENVIRONMENT, options=declared, postgresql=remote)
    assert "PG_CONN_STR" not in variables(kept)
    assert variables(asked)["PG_CONN_STR"] == local
    assert (elsewhere.returncode, elsewhere.stdout) == (1, "")
    assert "ISE_INTUNE_SANDBOX_PG_CONN_STR: names no PostgreSQL on loopback" in elsewhere.stderr
    assert "hunter2" not in elsewhere.stderr


@pytest.mark.parametrize("verb", ["run", "up", "status", "reset"])
def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, here: Here, verb: str) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "thesis.txt").write_text("five years")
    done = here.do(verb, tmp_path, *(["--", "true"] if verb == "run" else []))
    assert done.returncode == 1
    assert "holds something else than a sandbox" in done.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_path_that_is_a_file_is_said_to_be_one(tmp_path: Path, here: Here) -> None:
    (tmp_path / "file").touch()
    done = here.run(tmp_path / "file", "true")
    assert (done.returncode, "is a file, not a sandbox's folder" in done.stderr) == (1, True)


def test_a_folder_open_to_others_is_refused_with_the_remedy(tmp_path: Path, here: Here) -> None:
    folder = open_folder(tmp_path / "one").path
    folder.chmod(0o755)
    done = here.run(folder, "true")
    assert done.returncode == 1
    assert f"chmod 700 '{folder}'" in done.stderr


def test_a_sandbox_that_is_up_is_not_put_up_twice_and_not_reset(one: Path, here: Here) -> None:
    with served(one) as (folder, endpoint):
        again = here.do("up", folder.path)
        removal = here.do("reset", folder.path)
        status = here.do("status", folder.path)
    assert (again.returncode, removal.returncode, status.returncode) == (1, 1, 0)
    assert f"up already (process {endpoint.pid})" in again.stderr
    assert "this sandbox is up" in removal.stderr
    assert endpoint.proxy_url in status.stdout
    assert (folder.path / MARKER).exists()


def test_reset_removes_the_sandbox_and_nothing_beside_it(tmp_path: Path, one: Path, here: Here) -> None:
    (tmp_path / "beside").touch()
    assert here.run(one, "sh", "-c", f"ln -s {tmp_path}/beside $ISE_INTUNE_SANDBOX/link").returncode == 0
    assert here.do("reset", one).returncode == 0
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["beside"]
    assert here.do("reset", one).returncode == 0


def test_up_says_how_a_shell_comes_inside(one: Path) -> None:
    process = start(sandbox_arguments("up", one))
    assert process.stdout
    line = process.stdout.readline()
    done = subprocess.run(
        ["sh", "-c", f'{line}\necho "$ISE_INTUNE_SANDBOX $ARM_ACCESS_KEY"'],
        env=surroundings(ARM_ACCESS_KEY="mine"),
        capture_output=True,
        text=True,
        check=True,
    )
    process.terminate()
    end(process)
    assert done.stdout == f"{one} \n"
