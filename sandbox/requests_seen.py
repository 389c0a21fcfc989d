"""What the services were asked: kept in memory for the tests, and in a log. Never a header, never a body."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# What the memory holds; the log keeps all.
_REMEMBERED = 10_000


@dataclass(frozen=True)
class SeenRequest:
    """One request and its answer. `number` counts from 1; `path` is as it was sent.

    `query` is kept for Graph and Intune alone: with a login host it can carry a code or an assertion. `batch` is the
    number of the request that brought this one along in a batch, None for one that was sent by itself: a round trip.
    """

    number: int
    time: str
    method: str
    host: str
    path: str
    query: str
    status: int
    milliseconds: float
    batch: int | None = None


class RequestLog:
    """Every request since the server started."""

    def __init__(self, path: Path) -> None:
        """Append to the log at `path`."""
        self._path = path
        self._seen: deque[SeenRequest] = deque(maxlen=_REMEMBERED)
        self._last = 0

    def next_number(self) -> int:
        """Return the number of a request that has just come in."""
        self._last += 1
        return self._last

    def write(self, seen: SeenRequest) -> None:
        """Keep a request that was answered."""
        self._seen.append(seen)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(seen)) + "\n")

    def after(self, number: int) -> list[SeenRequest]:
        """Return the remembered requests whose number is greater, in the order they were answered."""
        return [seen for seen in self._seen if seen.number > number]
