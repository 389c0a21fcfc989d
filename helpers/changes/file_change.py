"""Files that are not as they were, whatever told so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True)
class FileChange:
    """One file that changed, by its path before and now, with `/`; None where it was not there, or is not.

    Two different paths are a file that was renamed. `blob` is git's id of what was in it; empty for nothing.
    """

    before: str | None
    now: str | None
    blob: str = ""

    @property
    def path(self) -> str:
        """The path to call it by."""
        return self.now or self.before or ""


def below(changes: Iterable[FileChange], folder: str) -> Iterator[FileChange]:
    """Yield the changes below `folder` (empty, or with a `/` at its end), by paths from there.

    A file that was moved out of the folder is gone from it; one that was moved in is new.
    """
    for change in changes:
        before, now = _inside(change.before, folder), _inside(change.now, folder)
        if before or now:
            yield replace(change, before=before, now=now, blob=change.blob if before else "")


def _inside(path: str | None, folder: str) -> str | None:
    return path.removeprefix(folder) if path and path.startswith(folder) else None
