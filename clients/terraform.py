"""Terraform as a process, run in the folder of a synthesized stack.

    stack = initialized(root, "production", environments=folder)   # main.py, terraform init
    stack.plan()                                                   # what `terraform show -json` prints of a plan
    stack.state()                                                  # the same of the state
    output_json(stack_folder(root, "production"))                  # outputs, where cdktf deployed

Nothing is applied here, and no plan file is left behind.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clients.interruption import ended_like_ctrl_c
from helpers.errors import ServiceError, SetupError
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TIMEOUT_SECONDS = 120
_DEPLOY = "run `cdktf deploy`, or give --outputs FILE"
# As long as `cdktf deploy` waits (bootstrap/cdktf_command.py); what a person sets there wins over it.
_LOCK_TIMEOUT = "5m"
_PLAN_ARGUMENTS = "TF_CLI_ARGS_plan"
_QUIETLY = ("-no-color", "-input=false")
_MUCH = 600  # characters of what Terraform says went wrong


@dataclass(frozen=True)
class Stack:
    """A stack that was synthesized and initialized: what `folder` holds is what its environment file says now."""

    folder: Path

    def plan(self) -> str:
        """Return what Terraform would do, as its JSON. It reads Entra and the state, and changes neither.

        Raises `ServiceError` with Terraform's own words, `SetupError` without Terraform.
        """
        locking = f"-lock-timeout={_LOCK_TIMEOUT} {os.environ.get(_PLAN_ARGUMENTS, '')}".strip()
        # Values of the state stand in a plan: only its JSON leaves, and that not as a file.
        with ended_like_ctrl_c(), tempfile.TemporaryDirectory(prefix="ise-intune-plan-") as private:
            file = str(Path(private, "plan.bin"))
            _terraform(self.folder, ("plan", *_QUIETLY, f"-out={file}"), {_PLAN_ARGUMENTS: locking})
            return _terraform(self.folder, ("show", "-json", "-no-color", file))

    def state(self) -> str:
        """Return what is in the stack's state, as Terraform's JSON; an empty one says little more than its version."""
        return _terraform(self.folder, ("show", "-json", "-no-color"))


def initialized(root: Path, name: str, *, environments: Path) -> Stack:
    """Synthesize the stack of one environment where cdktf does, as cdktf does, and let Terraform initialize it.

    Raises `SetupError` with what the environment file or this machine lacks, `ServiceError` with Terraform's words.
    """
    folder = stack_folder(root, name).absolute()
    chosen = {
        "ISE_INTUNE_STACKS": name,
        "ISE_INTUNE_ENVIRONMENTS": str(environments.absolute()),
        "CDKTF_OUTDIR": str(folder.parent.parent),
    }
    # In a process of its own, as cdktf runs it, under the variables that lead jsii to the project's Node.
    command = (sys.executable, "-m", "bootstrap", "run", "--", sys.executable, "main.py")
    done = _run(command, root, chosen)
    if done.returncode or not is_synthesized(folder):
        said = next(filter(None, (line.strip() for line in done.stderr.splitlines())), "it says nothing")
        raise SetupError(one_line(f"main.py: {name} could not be synthesized: {said[:_MUCH]}"))
    _terraform(folder, ("init", *_QUIETLY))
    return Stack(folder)


def stack_folder(root: Path, name: str) -> Path:
    """Return where cdktf writes and runs a stack: below CDKTF_OUTDIR where that is set, else `cdktf.out`."""
    return Path(os.environ.get("CDKTF_OUTDIR") or root / "cdktf.out") / "stacks" / name


def is_synthesized(folder: Path) -> bool:
    """Say whether cdktf wrote a stack into this folder."""
    return (folder / "cdk.tf.json").is_file()


def output_json(folder: Path, *, elsewhere: str = "") -> str:
    """Return what `terraform output -json` says of the stack in `folder`; `elsewhere` is said where there is none.

    Raises `SetupError` without Terraform or without such a stack, `ServiceError` with Terraform's own words.
    """
    if not is_synthesized(folder):
        shown = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
        raise SetupError(f"{shown}: no such stack has been synthesized here; {elsewhere or _DEPLOY}")
    binary = _binary("; `make setup` installs Terraform, or give --outputs FILE")
    try:
        done = subprocess.run(
            [binary, "output", "-json", "-no-color"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ServiceError(
            "terraform", f"gave no answer in {_TIMEOUT_SECONDS} s", "is the state's backend reachable?"
        ) from None
    if done.returncode:
        first = next((line for line in done.stderr.splitlines() if "Error" in line), done.stderr.strip()[:200])
        cause = f"`terraform output` failed: {first.strip(' │╷')}"
        raise ServiceError("terraform", cause, "run `cdktf deploy` here first, or give --outputs FILE")
    return done.stdout


def _terraform(folder: Path, arguments: Sequence[str], variables: Mapping[str, str] | None = None) -> str:
    """Run Terraform to its own end and return what it printed."""
    done = _run((_binary("; `make setup` installs Terraform"), *arguments), folder, variables or {})
    if done.returncode:
        cause = f"`terraform {arguments[0]}` failed: {_error(done.stderr)}"
        raise ServiceError("terraform", cause, "once that is mended, run the same command again")
    return done.stdout


def _binary(remedy: str) -> str:
    """Return the Terraform that this machine's owner means. Raises `SetupError` with `remedy` where there is none."""
    binary = os.environ.get("TERRAFORM_BINARY_NAME") or "terraform"
    # Set-up puts one beside this Python where that on PATH will not do.
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)])
    found = shutil.which(binary, path=path)
    if found is None:
        raise SetupError(f"{binary}: not found{remedy}")
    return found


def _run(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end. In a group of its own: Ctrl-C is passed on once, and then it is waited for.

    A pipeline that ends the job does as Ctrl-C does: a Terraform that is killed, or told twice, leaves the lock of the
    state behind.
    """
    with ended_like_ctrl_c():
        return _run_to_its_end(command, folder, variables)


def _run_to_its_end(
    command: Sequence[str], folder: Path, variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            process_group=0,
        )
    except OSError as error:
        raise SetupError(f"{command[0]}: cannot be started in {folder} ({error.strerror})") from None
    try:
        stdout, stderr = process.communicate()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        process.communicate()
        raise
    return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)


def _error(stderr: str) -> str:
    """Return the first error that Terraform tells, without the frame it draws."""
    lines = [line.strip(" │╷╵\t") for line in stderr.splitlines()]
    first = next((number for number, line in enumerate(lines) if line.startswith("Error")), 0)
    return " ".join(filter(None, lines[first:]))[:_MUCH] or "it says nothing"
