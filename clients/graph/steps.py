"""How far the reading of all tenants has come, told to whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients.graph.readings import Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from clients.graph.readings import Progress


@dataclass
class Steps:
    """One piece of work that grows while it is done: every tenant adds to the same."""

    what: str
    progress: Progress
    done: int = 0
    total: int = 0

    def more(self, steps: int) -> Callable[[int], None]:
        """Note that so many steps more are to be done; return what counts those that are."""
        self.total += steps
        return self.go

    def go(self, steps: int, seconds_left: float | None = None) -> None:
        """Say that so many steps more are done."""
        self.done += steps
        self.total = max(self.total, self.done)
        self.progress(Step(self.what, self.done, self.total, seconds_left))
