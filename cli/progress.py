"""How far long work has come: a bar on a terminal, a plain line now and then in a pipeline's log."""

from __future__ import annotations

import contextlib
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cli.results import complain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cli.settings import Settings
    from helpers.advancing import Advance

# In a log, one line in so many seconds says that something still happens, and no more.
_LINE_SECONDS = 15.0
# What is over by then needs no bar.
_NOTICED_SECONDS = 1.0


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


@dataclass(frozen=True)
class Count:
    """So many done, of so many."""

    what: str
    done: int
    total: int
    seconds_left: float | None = None


@contextlib.contextmanager
def shown(settings: Settings, *, after: float = 0.0) -> Iterator[Callable[[Step], None]]:
    """Yield what is to be called with every step: bars on a terminal, lines elsewhere, nothing when quiet.

    Bars come `after` so many seconds. Whoever interrupts the work is told how far it has come.
    """
    reached: dict[str, Step] = {}
    show = _shower(settings, after)

    def told(step: Step) -> None:
        reached[step.what] = step
        show(step)

    with saying_if_interrupted(lambda: "\n".join(map(_how_far, reached.values()))), show:
        yield told


@contextlib.contextmanager
def saying_if_interrupted(what: Callable[[], str]) -> Iterator[None]:
    """Let whoever interrupts the work inside be told what is done and what is not; `what` is asked then."""
    try:
        yield
    except KeyboardInterrupt:
        if told := what():
            complain(told)
        raise


@contextlib.contextmanager
def advancing(settings: Settings) -> Iterator[Advance]:
    """Yield what work that takes no time for a few, and seconds for thousands, tells how far it has come."""
    with shown(settings, after=_NOTICED_SECONDS) as show:
        yield lambda what, done, total: show(Count(what, done, total))


def _how_far(step: Step) -> str:
    return f"{step.what}: {step.done:,} of {step.total:,} done"


def _shower(settings: Settings, after: float) -> _Bars | _Lines | _Nothing:
    if settings.verbosity < 0:
        return _Nothing()
    return _Bars(after) if sys.stderr is not None and sys.stderr.isatty() else _Lines()


class _Nothing(contextlib.nullcontext[None]):
    """Shows nothing."""

    def __call__(self, step: Step) -> None:
        """Leave it."""


class _Bars(contextlib.ExitStack):
    """Shows a bar for each kind of work; they are gone afterwards."""

    def __init__(self, after: float) -> None:
        super().__init__()
        self._begin = time.monotonic() + after
        self._update: Callable[[Step], None] | None = None

    def __call__(self, step: Step) -> None:
        if self._update is None and time.monotonic() >= self._begin:
            self._update = self.enter_context(_bars())
        if self._update is not None:
            self._update(step)


@contextlib.contextmanager
def _bars() -> Iterator[Callable[[Step], None]]:
    # Takes as long to import as a short piece of work.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[left]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def update(step: Step) -> None:
            if step.what not in tasks:
                tasks[step.what] = progress.add_task(step.what, total=step.total, left="")
            progress.update(tasks[step.what], completed=step.done, total=step.total, left=_left(step))

        yield update


class _Lines(contextlib.nullcontext[None]):
    """Says a line when there has been none for a while."""

    def __init__(self) -> None:
        super().__init__()
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
