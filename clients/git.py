"""git as a process, asked what changed: by arguments alone, never through a shell, and nothing is changed.

A revision is turned into a commit's id first; no later argument can then be taken for an option or a path.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.changes.file_change import FileChange
from helpers.errors import InputError, SetupError
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TIMEOUT_SECONDS = 120
_READING = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
# Set by git for its hooks, these would lead to another repository than that of the folder asked about.
_ASTRAY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")
# What a CI system calls the commit before the first one.
_NO_COMMIT = re.compile("0{40}|0{64}")
# One commit by any of its names; not an option, not what excludes one, not a range.
_REVISION = re.compile(r"(?![-^])(?!.*\.\.)[^\s\x00-\x1f\x7f]{1,250}")


@dataclass(frozen=True)
class Repository:
    """A work tree of git's, by its top folder."""

    top: Path

    def prefix(self, folder: Path) -> str | None:
        """Return the way to `folder` from the top, with a `/` at its end, as git writes it; None if it is elsewhere."""
        if not folder.is_dir() or not folder.resolve().is_relative_to(self.top):
            return None
        way = folder.resolve().relative_to(self.top).as_posix()
        return "" if way == "." else f"{way}/"

    def base(self, revision: str, *, exactly: bool) -> str:
        """Return the id of what to compare with: `revision` itself, or where it and HEAD parted.

        A revision of zeros, which is what CI systems call the commit before the first, is the empty tree.
        Raises `InputError` for what is no revision here, `SetupError` where this clone lacks its history.
        """
        if _NO_COMMIT.fullmatch(revision):
            return self._said("hash-object", "-t", "tree", "--stdin").strip()
        commit = self._commit(revision)
        if exactly:
            return commit
        parted = self._run("merge-base", commit, self._commit("HEAD"))
        if parted.returncode == 0:
            return _text(parted.stdout).strip()
        if self._is_shallow():
            raise SetupError(_too_shallow(revision, "its history does not reach back to where they parted"))
        remedy = "name a revision that HEAD comes from, or compare with it as it is: --compare revision"
        raise InputError(revision, "has no history in common with HEAD", remedy)

    def changes(self, base: str) -> list[FileChange]:
        """Return every file of the work tree that is not as in `base`, new files that git does not ignore included."""
        options = ("--raw", "--no-abbrev", "--find-renames", "--no-ext-diff", "--no-textconv", "--no-relative")
        found = list(_raw_changes(_fields(self._said("diff", *options, "-z", base, "--"))))
        untracked = _fields(self._said("ls-files", "-z", "--others", "--exclude-standard"))
        return [*found, *(FileChange(None, path) for path in untracked)]

    def contents(self, blobs: Iterable[str]) -> dict[str, bytes]:
        """Return what is in each of `blobs`, by its id."""
        wanted = sorted({blob for blob in blobs if blob})
        if not wanted:
            return {}
        text = self._checked(("cat-file", "--batch"), stdin="".join(f"{blob}\n" for blob in wanted).encode())
        return dict(_batch(text))

    def _commit(self, revision: str) -> str:
        if not _REVISION.fullmatch(revision):
            remedy = "name one commit: a branch, a tag, an id, or such as origin/main"
            raise InputError(revision or "--changed-since", "is no name of a revision", remedy)
        done = self._run("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        if done.returncode == 0:
            return _text(done.stdout).strip()
        if self._is_shallow():
            raise SetupError(_too_shallow(revision, "it holds no such commit"))
        remedy = "fetch it (`git fetch origin`), or name another: `git branch --all` lists them"
        raise InputError(revision, "is no commit in this clone", remedy)

    def _is_shallow(self) -> bool:
        return self._said("rev-parse", "--is-shallow-repository").strip() == "true"

    def _said(self, *arguments: str) -> str:
        return _text(self._checked(arguments))

    def _checked(self, arguments: tuple[str, ...], *, stdin: bytes = b"") -> bytes:
        done = self._run(*arguments, stdin=stdin)
        if done.returncode:
            raise SetupError(f"git {arguments[0]}: failed ({_first_line(done.stderr)}); is this clone whole?")
        return done.stdout

    def _run(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return _git(self.top, *arguments, stdin=stdin)


def repository_of(folder: Path) -> Repository:
    """Return the repository that `folder` is in. Raises `SetupError` without one, or without git."""
    if shutil.which("git") is None:
        raise SetupError("git: not found; install it, or name the environments instead of --changed-since")
    done = _git(folder, "rev-parse", "--show-toplevel")
    if done.returncode:
        why = _first_line(done.stderr)
        raise SetupError(f"{folder}: is in no work tree of git ({why}); run this in a clone of the repository")
    return Repository(Path(_text(done.stdout).removesuffix("\n")))


def _git(folder: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    kept = {name: value for name, value in os.environ.items() if name not in _ASTRAY}
    try:
        return subprocess.run(
            ["git", "-C", str(folder.absolute()), "--literal-pathspecs", *arguments],
            input=stdin,
            env=kept | _READING,
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SetupError(f"git {arguments[0]}: gave no answer in {_TIMEOUT_SECONDS} s; try it by hand") from None


def _too_shallow(revision: str, why: str) -> str:
    remedy = "clone with the whole history (`fetch-depth: 0` in GitHub's and `fetchDepth: 0` in Azure's checkout, "
    remedy += "GIT_DEPTH=0 in GitLab), or `git fetch --unshallow`"
    return f"{one_line(revision)}: this clone is shallow, and {why}; {remedy}"


def _raw_changes(fields: list[str]) -> Iterator[FileChange]:
    """Yield what `git diff --raw -z` lists: `:mode mode id id status`, a path, and a second one where it was renamed.

    Source: git-diff(1), "raw output format".
    """
    rest = iter(fields)
    for field in rest:
        _, _, blob, _, status = field.split(" ")
        path = next(rest)
        match status[0]:
            case "A":
                yield FileChange(None, path)
            case "D":
                yield FileChange(path, None, blob)
            case "R":
                yield FileChange(path, next(rest), blob)
            case "C":
                yield FileChange(None, next(rest))
            case _:
                yield FileChange(path, path, blob)


def _batch(text: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what `git cat-file --batch` says: a line `id type size`, so many bytes, a line break."""
    while text:
        header, _, text = text.partition(b"\n")
        blob, kind, *size = header.decode("ascii").split(" ")
        if kind == "missing":
            raise SetupError(f"git: this clone lacks {blob}; fetch it whole, without --filter")
        length = int(size[0])
        yield blob, text[:length]
        text = text[length + 1 :]


def _fields(text: str) -> list[str]:
    return text.split("\0")[:-1]


def _text(said: bytes) -> str:
    return os.fsdecode(said)


def _first_line(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return one_line(lines[0]) if lines else "it says nothing"
