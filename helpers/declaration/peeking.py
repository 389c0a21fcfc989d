"""A look at files nobody asked for: what cannot be read is empty here, and its own judge says what is wrong with it."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from helpers.declaration.yaml_reading import MAX_BYTES

if TYPE_CHECKING:
    from pathlib import Path

UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def peek(path: Path) -> bytes:
    """Return a file's bytes, one more at most than an environment file may have; none of what cannot be read."""
    try:
        if not path.is_file():  # a pipe would keep us waiting
            return b""
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except (OSError, ValueError):
        return b""
