"""Run commands as whole processes and say what they cost beside each other."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Run:
    """One finished run: seconds on the wall, and of processor time with all its children; MiB of memory at its most."""

    wall: float
    processor: float
    memory: float


@dataclass(frozen=True)
class Ratio:
    """How much one command costs of another: medians over runs that took turns."""

    wall: float
    processor: float
    seconds: float


class Failed(Exception):
    """A command to be measured did not work; nothing was measured."""


def once(
    command: Sequence[str], *, cwd: Path, variables: Mapping[str, str] | None = None, ending: Collection[int] = (0,)
) -> Run:
    """Run a command and return what it cost. Raises `Failed` with the end of what it said, unless `ending` is its."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **(variables or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = process.stderr.read() if process.stderr else ""
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in ending:
        raise Failed(f"{' '.join(command)} ended with {process.returncode}: {said.strip()[-500:]}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)  # KiB on Linux


def ratio(
    command: Sequence[str],
    base: Sequence[str],
    *,
    cwd: Path,
    variables: Mapping[str, str] | None = None,
    runs: int = 5,
) -> Ratio:
    """Return what `command` costs of `base`: after one run of each that is not counted, they take turns."""
    once(command, cwd=cwd, variables=variables)
    once(base, cwd=cwd)
    ours, theirs = [], []
    for _ in range(runs):
        ours.append(once(command, cwd=cwd, variables=variables))
        theirs.append(once(base, cwd=cwd))
    pairs = list(zip(ours, theirs, strict=True))
    return Ratio(
        wall=statistics.median(mine.wall / other.wall for mine, other in pairs),
        processor=statistics.median(mine.processor / other.processor for mine, other in pairs),
        seconds=statistics.median(mine.wall for mine in ours),
    )


def python(*arguments: str) -> list[str]:
    """Return a command line for this Python."""
    return [sys.executable, *arguments]
