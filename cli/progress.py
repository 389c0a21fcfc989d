"""How far long work has come: a bar on a terminal, a plain line now and then in a pipeline's log."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING, Protocol

from cli.results import complain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cli.settings import Settings

# In a log, one line in so many seconds says that something still happens, and no more.
_LINE_SECONDS = 15.0


class Step(Protocol):
    """How far one piece of work has come; `seconds_left` is None where nobody can know."""

    @property
    def what(self) -> str: ...  # noqa: D102
    @property
    def done(self) -> int: ...  # noqa: D102
    @property
    def total(self) -> int: ...  # noqa: D102
    @property
    def seconds_left(self) -> float | None: ...  # noqa: D102


@contextlib.contextmanager
def shown(settings: Settings) -> Iterator[Callable[[Step], None]]:
    """Yield what is to be called with every step: bars on a terminal, lines elsewhere, nothing when quiet."""
    if settings.verbosity < 0:
        yield lambda _: None
    elif sys.stderr is not None and sys.stderr.isatty():
        with _bars() as show:
            yield show
    else:
        yield _Lines()


@contextlib.contextmanager
def _bars() -> Iterator[Callable[[Step], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[left]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def show(step: Step) -> None:
            if step.what not in tasks:
                tasks[step.what] = progress.add_task(step.what, total=step.total, left="")
            progress.update(tasks[step.what], completed=step.done, total=step.total, left=_left(step))

        yield show


class _Lines:
    """Says a line when there has been none for a while."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def __call__(self, step: Step) -> None:
        now = time.monotonic()
        if now - self._said >= _LINE_SECONDS:
            self._said = now
            complain(f"{step.what}: {step.done:,} of {step.total:,}{', ' if _left(step) else ''}{_left(step)}")


def _left(step: Step) -> str:
    if step.seconds_left is None or step.done >= step.total:
        return ""
    minutes, seconds = divmod(round(step.seconds_left), 60)
    return f"{minutes} min {seconds:02d} s left" if minutes else f"{seconds} s left"
