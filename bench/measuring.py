"""Run commands as whole processes and say what they cost, by itself or beside each other."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
ISE_INTUNE = str(Path(sys.executable).with_name("ise-intune"))
_STARTING = Path(__file__).with_name("starting.py")


@dataclass(frozen=True)
class Run:
    """One finished run: seconds on the wall, and of processor time with all its children; MiB of memory at its most."""

    wall: float
    processor: float
    memory: float


@dataclass(frozen=True)
class Ratio:
    """How much one command costs of another: medians over runs that took turns. `memory` is the most of any run."""

    wall: float
    processor: float
    seconds: float
    memory: float


@dataclass(frozen=True)
class Figure:
    """One line of the table. `value` and `bound` are of the same unit, which `shown` names.

    `value` is None for what could not be measured here; `shown` says why.
    """

    what: str
    value: float | None
    bound: float
    shown: str

    @property
    def good(self) -> bool:
        """Whether the bound holds, as far as anybody knows."""
        return self.value is None or self.value <= self.bound

    @property
    def line(self) -> str:
        """The line of the table."""
        mark = "--" if self.value is None else "ok" if self.good else "OVER"
        return f"{mark:<4}  {self.what:<58}  {self.shown}"


class Failed(Exception):
    """A command to be measured did not work; nothing was measured."""


def once(
    command: Sequence[str],
    *,
    cwd: Path,
    variables: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    ending: Collection[int] = (0,),
) -> Run:
    """Run a command and return what it cost. Raises `Failed` with the end of what it said, unless `ending` is its.

    `variables` are set over those of `environment`, or of this process.
    """
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(_STARTING), *command],
        cwd=cwd,
        env={**(os.environ if environment is None else environment), **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    cost = json.loads(done.stdout or "{}")
    if cost.get("code") not in ending:
        raise Failed(f"{' '.join(command)} ended with {cost.get('code')}: {done.stderr.strip()[-500:]}")
    return Run(cost["wall"], cost["processor"], cost["memory"] / 1024)  # KiB on Linux


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
        memory=max(mine.memory for mine in ours) / max(other.memory for other in theirs),
    )


def python(*arguments: str) -> list[str]:
    """Return a command line for this Python."""
    return [sys.executable, *arguments]
