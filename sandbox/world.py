"""What every service of the sandbox is given: the folder, the memory, the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.store import Store


def utc_now() -> datetime:
    """Return the time of day, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class World:
    """One sandbox. `folder` is private to its owner (mode 0700) and holds keys the sandbox made for itself."""

    folder: Path
    store: Store
    now: Callable[[], datetime] = utc_now
