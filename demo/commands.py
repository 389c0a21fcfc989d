"""Commands of the story: run to their end, or ended with all they started when the story is."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Colours and cursor movements, which cdktf prints to no terminal too.
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PATIENCE_SECONDS = 20


class CommandFailed(Exception):
    """A command of the story did not end well."""

    def __init__(self, command: tuple[str, ...], why: str, lines: list[str]) -> None:
        super().__init__(f"`{' '.join(command[:2])}` {why}")
        self.lines = lines


def lines_of(*command: str) -> Iterator[str]:
    """Yield what a command prints, line by line as it comes, without what only a terminal wants.

    In a group of its own, so that Ctrl-C reaches it once, from here, wherever it was typed. Raises `CommandFailed`.
    """
    lines: list[str] = []
    process = _started(command)
    with process, _ended_with_us(process):
        for line in process.stdout or ():
            lines.append(_ESCAPES.sub("", line).rstrip())
            yield lines[-1]
    if process.returncode:
        raise CommandFailed(command, f"ended with exit code {process.returncode}", lines)


def _started(command: tuple[str, ...]) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            process_group=0,
        )
    except OSError:
        raise CommandFailed(command, "cannot be started; `make setup` installs it", []) from None


@contextlib.contextmanager
def _ended_with_us(process: subprocess.Popen[str]) -> Iterator[None]:
    """Let a command that is not finished end as Ctrl-C ends it, all it started included; then with force."""
    try:
        yield
    except BaseException:
        _tell(process, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_PATIENCE_SECONDS)
        _tell(process, signal.SIGKILL)
        raise


def _tell(process: subprocess.Popen[str], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
