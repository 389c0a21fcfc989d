"""Which environments a change of files concerns, and why.

An environment is concerned when its own file changed, or a certificate that it names, or when another file revokes, or
no longer revokes, a certificate that it holds. In doubt it is: being looked at once more costs a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from helpers.changes.naming import holding, links_of, naming
from helpers.declaration.folder import name_remedy
from helpers.declaration.peeking import peek
from helpers.declaration.revoking import fingerprints_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from helpers.changes.file_change import FileChange

# What a stack is made by, from the project's folder; the verbs that only look at stacks are not.
CODE = ("main.py", "cdktf.json", "helpers", "stacks", "requirements", "package.json", "package-lock.json")


class Cause(StrEnum):
    """Why an environment is concerned."""

    NEW = "new"
    CHANGED = "changed"
    RENAMED = "renamed"
    CERTIFICATE = "certificate"
    REVOKED = "revoked"
    CODE = "code"


@dataclass(frozen=True, order=True)
class Reason:
    """Why one environment is concerned. `file` is what changed, from the environments' folder (code: the project's)."""

    cause: Cause
    file: str

    def __str__(self) -> str:
        match self.cause:
            case Cause.NEW | Cause.CHANGED:
                return str(self.cause)
            case Cause.RENAMED:
                return f"renamed from {self.file}, as git sees it"
            case Cause.REVOKED:
                return f"{self.file} revokes one of its certificates, or no longer does"
            case _:
                return f"{self.file} changed"


@dataclass(frozen=True)
class Gone:
    """An environment whose file is gone, and the name it has now if it was renamed, as far as git can tell."""

    name: str
    now: str = ""


def reasons(
    files: Mapping[str, Path], folder: Path, changes: Sequence[FileChange], earlier: Mapping[str, bytes]
) -> dict[str, list[Reason]]:
    """Return why each environment of `files`, all those of `folder` by name, is concerned; none for those that are not.

    `changes` are those below `folder`, `earlier` is what was in the files that changed, by git's ids.
    """
    found: dict[str, set[Reason]] = {name: set() for name in files}
    for name, reason in _all(files, folder, changes, earlier):
        found[name].add(reason)
    return {name: sorted(why) for name, why in found.items()}


def gone(files: Mapping[str, Path], changes: Iterable[FileChange]) -> list[Gone]:
    """Return the environments that were there before `changes`, and are not among `files`; sorted by name."""
    return sorted(
        (
            Gone(name, (environment_of(change.now) or "") if change.now else "")
            for change in changes
            if (name := environment_of(change.before)) and name not in files
        ),
        key=lambda each: each.name,
    )


def code_changed(changes: Iterable[FileChange]) -> list[str]:
    """Return the files of `changes`, by paths from the project's folder, by which stacks are made."""
    paths = {path for change in changes for path in (change.before, change.now) if path}
    return sorted(path for path in paths if path.partition("/")[0] in CODE)


def environment_of(path: str | None) -> str | None:
    """Return the name of the environment whose file has this path from the environments' folder; None for none."""
    file = PurePosixPath(path or "")
    return file.stem if len(file.parts) == 1 and file.suffix == ".yaml" and name_remedy(file.stem) is None else None


def _all(
    files: Mapping[str, Path], folder: Path, changes: Sequence[FileChange], earlier: Mapping[str, bytes]
) -> Iterator[tuple[str, Reason]]:
    yield from _own(files, changes)
    paths = {path for change in changes for path in (change.before, change.now) if path}
    for name, path in files.items():
        yield from ((name, Reason(Cause.CHANGED, link)) for link in links_of(folder, path.name) if link in paths)
    # A file that only environments' own changes can be about is no certificate of theirs: most changes end here.
    certificates = {path for path in paths if environment_of(path) is None}
    yield from ((name, Reason(Cause.CERTIFICATE, file)) for name, file in naming(files, folder, certificates))
    revoked = _revoked_otherwise(folder, changes, earlier)
    yield from ((name, Reason(Cause.REVOKED, file)) for name, file in holding(files, folder, revoked))


def _own(files: Mapping[str, Path], changes: Iterable[FileChange]) -> Iterator[tuple[str, Reason]]:
    for change in changes:
        before, now = environment_of(change.before), environment_of(change.now)
        if now is not None and now in files:
            renamed = before is not None and before != now
            cause = Cause.RENAMED if renamed else Cause.CHANGED if before else Cause.NEW
            yield now, Reason(cause, (change.before if renamed else None) or change.path)
        if before is not None and before in files and before != now:
            # Gone as far as git knows, and there all the same: not yet added again.
            yield before, Reason(Cause.CHANGED, f"{before}.yaml")


def _revoked_otherwise(folder: Path, changes: Iterable[FileChange], earlier: Mapping[str, bytes]) -> dict[str, str]:
    """Return the fingerprints that are revoked now and were not, or the other way round, with the file to blame."""
    before: dict[str, str] = {}
    now: dict[str, str] = {}
    for change in changes:
        if environment_of(change.before):
            before |= dict.fromkeys(fingerprints_in(earlier.get(change.blob, b""), change.path), change.path)
        if change.now and environment_of(change.now):
            now |= dict.fromkeys(fingerprints_in(peek(folder / change.now), change.now), change.now)
    return {each: (now | before)[each] for each in before.keys() ^ now.keys()}
