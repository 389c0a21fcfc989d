"""Running one command: its signals and its exit status are ours."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Any, Self

from helpers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType

_PASSED_ON = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
# What the terminal itself sends to every process of the foreground.
_FROM_THE_KEYBOARD = {signal.SIGINT, signal.SIGQUIT}
_BY_SIGNAL = 128
_FAILED = 1


def run_command(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command to its end; return its exit status, 128 and the signal's number if that ended it.

    A command that was interrupted and then says no more than that it failed, as cdktf does, was ended by SIGINT.

    Raises:
        InputError: there is no such program.
    """
    in_foreground = _in_foreground()
    with _Relay(passes_keyboard=not in_foreground) as relay:
        # In a group of its own what is sent to ours arrives once. At a terminal that would take the keyboard from it.
        process = _started(command, environment, group=None if in_foreground else 0)
        relay.to(process)
        status = process.wait()
        if relay.asked_to_end and not in_foreground:
            # Whoever asked the command to end meant what it had started as well.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
    if relay.interrupted and status == _FAILED:
        return _BY_SIGNAL + signal.SIGINT
    return status if status >= 0 else _BY_SIGNAL - status


def _started(command: Sequence[str], environment: Mapping[str, str], *, group: int | None) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(command, env=environment, process_group=group)
    except FileNotFoundError as error:
        raise InputError(command[0], "no such program", "name one that is on PATH, or its path") from error
    except OSError as error:
        raise InputError(command[0], f"cannot be started ({error.strerror})", "name a program") from error


class _Relay:
    """Passes on the signals that we are sent, those too that came before the command was there."""

    def __init__(self, *, passes_keyboard: bool) -> None:
        self._passes_keyboard = passes_keyboard
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []
        self._restore: dict[signal.Signals, Any] = {}
        self.asked_to_end = False
        self.interrupted = False

    def __enter__(self) -> Self:
        for number in _PASSED_ON:
            # What we were told to ignore (nohup, a shell's `&`), the command ignores too.
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._restore[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._restore.items():
            signal.signal(number, handler)

    def to(self, process: subprocess.Popen[bytes]) -> None:
        """Begin to pass on."""
        self._process = process
        for number in self._early:
            process.send_signal(number)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self.interrupted = self.interrupted or number == signal.SIGINT
        if number in _FROM_THE_KEYBOARD and not self._passes_keyboard:
            return
        self.asked_to_end = True
        if self._process is None:
            self._early.append(number)
        else:
            self._process.send_signal(number)


def _in_foreground() -> bool:
    """Say whether a terminal sends its keyboard's signals to this process and all it starts."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
