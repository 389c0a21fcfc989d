"""A look at files nobody asked for: what cannot be read is empty here, and its own judge says what is wrong with it."""

from __future__ import annotations

import codecs
from stat import S_ISREG
from typing import TYPE_CHECKING

from helpers.declaration.yaml_reading import MAX_BYTES

if TYPE_CHECKING:
    from pathlib import Path

UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def peek(path: Path) -> bytes:
    """Return a file's bytes, one more at most than an environment file may have; none of what cannot be read."""
    try:
        there = path.stat()
        if not S_ISREG(there.st_mode):  # a pipe would keep us waiting
            return b""
        with path.open("rb", buffering=0) as stream:
            # No more than there is: room for the largest file, made for each of a thousand, costs more than reading.
            return stream.read(min(there.st_size, MAX_BYTES) + 1) or b""
    except (OSError, ValueError):
        return b""
