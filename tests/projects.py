"""A project to deploy from, in tests: an environments' folder, a served sandbox, the real cdktf and Terraform."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.declaration.environments import read_environments
from sandbox.identities import TENANTS
from sandbox.session import POSTGRESQL_VARIABLE
from tests.declaring import write_environment
from tests.sandboxes import ROOT, served, surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.folder import SandboxFolder
    from sandbox.identities import Pipeline

NAME = "production"
MIRROR = os.environ.get("AZUREAD_PROVIDER_MIRROR")
_PATIENCE = 300


@dataclass(frozen=True)
class Project:
    """A sandbox that is served, and an environments' folder to deploy from.

    The state is kept where the file says if `declared`, or in the `postgresql` of that address; else in the sandbox.
    """

    folder: SandboxFolder
    environments: Path
    provider: str
    deployer: Pipeline
    postgresql: str = field(default="", repr=False)
    declared: bool = False
    before: tuple[str, ...] = field(default=(), repr=False)
    """What stands before every command inside, as `env` with more variables."""

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command inside the sandbox, as this project's deployer."""
        return subprocess.run(
            command,
            cwd=ROOT,
            env=self._inside,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )

    @cached_property
    def _inside(self) -> Mapping[str, str]:
        """What a command finds inside: asked once, since it stays the same while the sandbox is served."""
        printed = subprocess.run(
            self._entering(("env", "-0")), cwd=ROOT, env=self._variables(), capture_output=True, text=True, check=True
        )
        return dict(line.split("=", 1) for line in printed.stdout.split("\0") if line)

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command inside the sandbox, away from the terminal; stdout and stderr are one pipe."""
        return subprocess.Popen(
            self._entering(command),
            cwd=ROOT,
            env=self._variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def _entering(self, command: tuple[str, ...]) -> list[str]:
        entering = ["sandbox", "run", "--folder", str(self.folder.path), "--provider", self.provider]
        state = ["--state", "declared"] if self.declared or self.postgresql else []
        return [
            sys.executable,
            "-m",
            "cli",
            *entering,
            *state,
            "--as",
            self.deployer.name,
            "--",
            *self.before,
            *command,
        ]

    def _variables(self) -> Mapping[str, str]:
        variables = {"ISE_INTUNE_ENVIRONMENTS": str(self.environments), "NO_COLOR": "1"}
        if MIRROR:
            variables["AZUREAD_PROVIDER_MIRROR"] = MIRROR
        if self.postgresql:
            variables[POSTGRESQL_VARIABLE] = self.postgresql
        return surroundings(**variables)

    def terraform(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Terraform in the folder of the synthesized stack."""
        return self.run(*in_stack(*arguments))

    def synthesize(self) -> None:
        """Write the stack and initialize Terraform there."""
        self.write_stack()
        initialized = self.terraform("init", "-no-color", "-input=false")
        assert initialized.returncode == 0, initialized.stderr

    def write_stack(self) -> None:
        """Write the stack, as `main.py` does."""
        from stacks.synthesis import synthesize  # starts Node, so only now

        synthesize(read_environments(self.environments), output=Path(self._inside["CDKTF_OUTDIR"]), root=ROOT)

    def outputs(self) -> dict[str, Any]:
        """Return Terraform's outputs by name."""
        done = self.terraform("output", "-json")
        assert done.returncode == 0, done.stderr
        return {name: output["value"] for name, output in json.loads(done.stdout).items()}


def in_stack(*arguments: str) -> tuple[str, ...]:
    """Return the command that runs Terraform in the folder of the synthesized stack."""
    return "sh", "-c", 'cd "$CDKTF_OUTDIR/stacks/$0" && exec terraform "$@"', NAME, *arguments


@contextmanager
def project(
    path: Path,
    provider: str,
    deployer: Pipeline,
    *,
    postgresql: str = "",
    **changes: Any,  # noqa: ANN401 — any plain value
) -> Iterator[Project]:
    """Serve a new sandbox with one environment file to deploy."""
    write_environment(
        path / "environments",
        NAME,
        **{
            "tenant_id": TENANTS[0].id,
            "deployer": deployer.object_id,
            "certificates": {"psn-01": "certificates/psn-01.pem", "psn-02": "certificates/psn-02.pem"},
            **changes,
        },
    )
    with served(path / "sandbox") as (folder, _endpoint):
        yield Project(folder, path / "environments", provider, deployer, postgresql)


@dataclass(frozen=True)
class Applied:
    """What a deploy found to do, and did: addresses by action, moved ones under `moved` (from, to)."""

    created: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    moved: tuple[tuple[str, str], ...] = ()


def deploy(made: Project) -> Applied:
    """Write the stack anew, and let Terraform, which was initialized there before, apply it."""
    made.write_stack()
    done = made.terraform("apply", "-json", "-auto-approve", "-input=false")
    assert done.returncode == 0, done.stdout
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    changes = [message["change"] for message in messages if message["type"] == "planned_change"]
    by_action = {
        action: tuple(change["resource"]["addr"] for change in changes if change["action"] == action)
        for action in ("create", "delete", "update")
    }
    return Applied(
        created=by_action["create"],
        deleted=by_action["delete"],
        changed=by_action["update"],
        moved=tuple(
            (change["previous_resource"]["addr"], change["resource"]["addr"])
            for change in changes
            if "previous_resource" in change
        ),
    )
