"""Files changed all together or not at all; each is put in place whole, by a rename."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.errors import InputError
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NOTHING_CHANGED = "nothing was changed; see that there is room and that you may write there"


@contextmanager
def all_or_nothing() -> Iterator[Changes]:
    """Give `Changes` to make, and take back those made, the last one first, unless the block ends well."""
    with ExitStack() as undoing:
        yield Changes(undoing)
        undoing.pop_all()


@dataclass(frozen=True)
class Changes:
    """Changes of files, each with what takes it back. All raise `InputError` when the file cannot be changed."""

    undoing: ExitStack

    def create(self, path: Path, content: bytes) -> None:
        """Write a new file, and the folder it is in. Never overwrites one."""
        with _sentence(path):
            if not path.parent.exists():
                path.parent.mkdir()
                self.undoing.callback(_without_error, path.parent.rmdir)
            with _written_beside(path, content, mode=None) as beside:
                _put_where_nothing_is(beside, path)
                self.undoing.callback(_without_error, path.unlink)

    def replace(self, path: Path, content: bytes, *, instead_of: bytes) -> None:
        """Write `path` anew, which must still hold `instead_of`; it keeps its permissions."""
        with _sentence(path):
            target = path.resolve()
            mode = target.stat().st_mode
            if target.read_bytes() != instead_of:
                raise InputError(one_line(str(path)), "was changed by someone else just now", "try again")
            self.undoing.callback(put_whole, target, instead_of, mode=mode)
            put_whole(target, content, mode=mode)

    def delete(self, path: Path) -> None:
        """Take a file away."""
        with _sentence(path):
            content, mode = path.read_bytes(), path.stat().st_mode
            self.undoing.callback(put_whole, path, content, mode=mode)
            path.unlink()


def put_whole(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Put `content` into the file `path`: written beside it, then renamed. Raises `OSError`."""
    with _written_beside(path, content, mode=mode) as beside:
        beside.replace(path)


@contextmanager
def _written_beside(path: Path, content: bytes, *, mode: int | None) -> Iterator[Path]:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:60]}.")
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        beside.chmod(0o666 & ~_umask() if mode is None else mode & 0o7777)
        yield beside
    finally:
        _surely_removed(beside)


def _surely_removed(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except BaseException:
        path.unlink(missing_ok=True)  # once more: what interrupted us must not leave it behind
        raise


def _put_where_nothing_is(beside: Path, path: Path) -> None:
    try:
        path.hardlink_to(beside)
    except FileExistsError:
        raise
    except OSError:  # a file system without links; nobody else is expected to write just this name just now
        if path.exists():
            raise FileExistsError(17, "File exists") from None
        beside.replace(path)


@contextmanager
def _sentence(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        cause = f"cannot be written ({error.strerror})"
        raise InputError(one_line(str(path)), cause, _NOTHING_CHANGED) from None


def _without_error(undo: Callable[[], None]) -> None:
    with suppress(OSError):
        undo()


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current
