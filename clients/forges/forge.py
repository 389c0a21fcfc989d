"""What every forge can be asked, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

NOWHERE = "no open change has this commit any more: nothing to post"


class Verdict(StrEnum):
    """How a review ended, for a status beside the commit."""

    PASSES = "passes"
    STOPS = "stops"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Change:
    """A pull or merge request that is open at this commit. `paths` are the files it touches, old names too.

    `all_paths` is false where the forge names only the first of them.
    """

    number: int
    commit: str
    paths: tuple[str, ...]
    all_paths: bool = True

    def outside(self, folder: str) -> tuple[str, ...]:
        """Return the files it touches that are not below a folder."""
        return tuple(path for path in self.paths if not path.startswith(f"{folder}/"))


@dataclass(frozen=True)
class Issue:
    """What a nightly job has to say: nothing, where it is closed and none is there. `key` ends the body."""

    key: str
    title: str
    body: str
    is_open: bool
    digest: str

    def is_told_by(self, title: str, body: str, *, is_open: bool) -> bool:
        """Say whether an issue says this already; bodies come back with other line ends, so the digest decides."""
        return (title, is_open) == (self.title, self.is_open) and f"`{self.digest}`" in body

    def is_keyed_in(self, body: str) -> bool:
        """Say whether this issue's key ends a body: what else stands in it may be anybody's."""
        return body.rstrip().endswith(f"<!-- {self.key} -->")


class Forge(Protocol):
    """One repository of a forge. Every method raises `ServiceError`; the first one `InputError` too."""

    def change(self) -> Change | None:
        """Return the change that the event is about; None where its commit is not the newest one any more."""

    def comment(self, change: Change, marker: str, body: str) -> str:
        """Write over our own comment that begins with `marker`, or add one; return its address."""

    def status(self, change: Change, verdict: Verdict, description: str) -> None:
        """Put our status beside the change's commit."""

    def issue(self, issue: Issue) -> str:
        """Open, write over or close our issue; return its address, empty where there is none and need not be."""
