"""Ctrl-C, and the pipeline that ends a job, at moments when something must be put right first."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def ended_like_ctrl_c() -> Iterator[None]:
    """Let a request to end (SIGTERM) interrupt as Ctrl-C does, so that what was begun is put right."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with _instead({signal.SIGTERM: interrupt}):
        yield


@contextmanager
def once_done() -> Iterator[None]:
    """Let the first interruption wait until the work inside is done; a second one does not wait."""
    came = threading.Event()

    def wait(*_: object) -> None:
        if came.is_set():
            raise KeyboardInterrupt
        came.set()

    with _instead(dict.fromkeys(_SIGNALS, wait)):
        yield
    if came.is_set():
        raise KeyboardInterrupt


@contextmanager
def _instead(handlers: dict[signal.Signals, Callable[..., None]]) -> Iterator[None]:
    """Put handlers in place; only the main thread can, and in any other nothing interrupts anyway."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[signal.Signals, Any] = {number: signal.signal(number, each) for number, each in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            # None is a handler that C installed, which Python cannot put back.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
