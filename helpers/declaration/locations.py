"""Where in a file a fact stands: a side table, so that the model and its equality know nothing of files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Location:
    """A place in a text file; line and column count from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True)
class Locations:
    """The places of every key and item of one environment file, by path, such as `("ise", "release")`."""

    file: str
    places: Mapping[KeyPath, Location]

    def of(self, path: KeyPath) -> Location:
        """Return where `path` stands, or the nearest thing around it that does; the file's first line at worst."""
        for length in range(len(path), -1, -1):
            place = self.places.get(path[:length])
            if place is not None:
                return place
        return Location(self.file, 1, 1)

    def also(self, others: Mapping[KeyPath, KeyPath]) -> Locations:
        """Return the same places with more paths to them: each of `others` leads where its value does."""
        return Locations(self.file, {**self.places, **{path: self.of(there) for path, there in others.items()}})


def dotted(path: KeyPath) -> str:
    """Return a path as a person writes it: `permissions.extra[0].reason`."""
    return "".join(_dotted_parts(path))


def _dotted_parts(path: KeyPath) -> Iterator[str]:
    for position, part in enumerate(path):
        if isinstance(part, int):
            yield f"[{part}]"
        else:
            yield part if position == 0 else f".{part}"
