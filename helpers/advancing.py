"""How far long work has come, told while it is done: who does it knows nothing of terminals and clocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

# What is done, how much of it, and of how much.
Advance: TypeAlias = Callable[[str, int, int], None]


def quietly(what: str, done: int, total: int) -> None:
    """Tell nobody."""
    del what, done, total
