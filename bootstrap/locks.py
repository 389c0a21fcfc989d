"""Lock what requirements ask for, and tell when a lock was made for other requirements than there are now."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from bootstrap.errors import SetupError
from bootstrap.stamps import fingerprint

if TYPE_CHECKING:
    from pathlib import Path

    from bootstrap.programs import Runner

# In this order: what tests need is constrained by what users run.
NAMES = ("run", "dev", "terraform", "cdktn")
# For every system and every Python from the oldest on; nothing says which index it came from.
COMPILE = (
    *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-header", "--python", sys.executable),
)
LOCKS = re.compile(r"^# locks ([0-9a-f]{64})$", re.MULTILINE)
NAMED_FILE = re.compile(r"^-[cr] *(\S+)$", re.MULTILINE)
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;]+)", re.MULTILINE)


def pins(lock: Path) -> dict[str, str]:
    """Return each package's name and version."""
    return dict(PIN.findall(lock.read_text(encoding="utf-8")))


def locked(requirements: Path) -> str:
    """Return the fingerprint of requirements and of every file they name."""
    text = requirements.read_text(encoding="utf-8")
    named = [requirements.with_name(name).read_bytes() for name in NAMED_FILE.findall(text)]
    return fingerprint(text, *named)


def write(folder: Path, runner: Runner, options: list[str]) -> None:
    """Make every lock anew; versions stay as they are where the requirements allow it, unless told to upgrade."""
    for name in NAMES:
        requirements, lock = folder / f"{name}.in", folder / f"{name}.txt"
        # By relative paths, since uv writes them into the lock.
        files: list[str | Path] = [requirements.relative_to(runner.root), "-o", lock.relative_to(runner.root)]
        runner.run("lock", [sys.executable, "-m", "uv", *COMPILE, *options, *files])
        made = lock.read_text(encoding="utf-8")
        lock.write_text(
            f"# Made by `make lock` from {name}.in.\n# locks {locked(requirements)}\n{made}", encoding="utf-8"
        )


def check(folder: Path) -> None:
    """Refuse a lock that was made for other requirements; nothing is asked of an index."""
    for name in NAMES:
        found = LOCKS.search((folder / f"{name}.txt").read_text(encoding="utf-8"))
        if found is None or found[1] != locked(folder / f"{name}.in"):
            raise SetupError(f"requirements/{name}.txt does not lock what {name}.in asks for: run `make lock`.")
