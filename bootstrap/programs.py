"""Run the programs that install things, out of sight, and tell in one sentence what stopped them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bootstrap.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# How pip, npm and Python's own modules begin the line that says what went wrong, the most telling first.
TELLING = ("ERROR:", "npm error", "npm ERR!", "Error:")


@dataclass(frozen=True)
class Runner:
    """Runs programs in one folder and environment, keeping what they say in a log of their own."""

    root: Path
    environ: Mapping[str, str]
    logs: Path
    held: tuple[int, ...] = ()
    """Open files that the programs inherit: a lock, so that it lasts until the last of them has ended."""

    def run(self, title: str, command: Sequence[str | Path]) -> None:
        """Run a command to its end; raise SetupError with its own words when it fails."""
        log = self.logs / f"{title}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            output.write(f"$ {' '.join(map(str, command))}\n".encode())
            output.flush()
            ended = subprocess.run(
                list(map(str, command)),
                cwd=self.root,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=self.held,
                check=False,
            )
        if ended.returncode:
            reason = telling_line(log.read_text(encoding="utf-8", errors="replace"))
            where = log.relative_to(self.root)
            raise SetupError(f"{title}: {reason} ({where} has all of it); the same command goes on from here.")


def telling_line(said: str) -> str:
    """Pick the line of a program's output that says best why it failed: its last error, else its last word."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for beginning in TELLING:
        telling = [line for line in lines if line.startswith(beginning)]
        if telling:
            return telling[-1].removeprefix(beginning).strip().rstrip(".")
    return lines[-1].rstrip(".") if lines else "it said nothing"
