"""Let one set-up at a time change a project's folder."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def alone(folder: Path, tell: Callable[[str], None]) -> Iterator[int]:
    """Hold the folder itself as the lock, so that no lock file is left or deleted under somebody; yield its descriptor.

    The lock lasts until the last process that inherited the descriptor has ended: a pip whose parent was killed
    still keeps others out.
    """
    # Windows has no such module, and is told so before it comes to this.
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("set-up: another one is at work in this folder; waiting for it")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)
