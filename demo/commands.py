"""Commands of the story: run to their end, or ended with all they started when the story is."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

# Colours and cursor movements, which cdktf prints to no terminal too.
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PATIENCE_SECONDS = 20
_INTERRUPTING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class CommandFailed(Exception):
    """A command of the story did not end well."""

    def __init__(self, command: tuple[str, ...], why: str, lines: list[str]) -> None:
        super().__init__(f"`{' '.join(command[:2])}` {why}")
        self.lines = lines


def lines_of(*command: str) -> Generator[str, None, None]:
    """Yield what a command prints, line by line as it comes, without what only a terminal wants.

    In a group of its own, so that Ctrl-C reaches it once, from here, wherever it was typed. Whoever does not read to
    the end closes this. Raises `CommandFailed`.
    """
    lines: list[str] = []
    process = None
    try:
        with _interruption_held_back():
            process = _started(command)
        for line in process.stdout or ():
            lines.append(_ESCAPES.sub("", line).rstrip())
            yield lines[-1]
        process.wait()
    finally:
        if process is not None:
            _end(process)
    if process.returncode:
        raise CommandFailed(command, f"ended with exit code {process.returncode}", lines)


@contextlib.contextmanager
def _interruption_held_back() -> Iterator[None]:
    """Raise a KeyboardInterrupt at the end of the context only: a process that is just being started would get lost."""
    came: list[int] = []
    # What we were told to ignore stays ignored.
    heeded = [number for number in _INTERRUPTING if signal.getsignal(number) is not signal.SIG_IGN]
    handlers = {number: signal.signal(number, lambda number, _: came.append(number)) for number in heeded}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if came:
        raise KeyboardInterrupt


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


def _end(process: subprocess.Popen[str]) -> None:
    """Let a command that has not ended do so as on Ctrl-C, with all it started; then with force."""
    if process.poll() is None:
        _tell(process, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_PATIENCE_SECONDS)
        _tell(process, signal.SIGKILL)
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _tell(process: subprocess.Popen[str], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
