"""A certificate from where a command line says: a file, or standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.certificates import LARGEST_INPUT, read_certificate, read_certificate_file

if TYPE_CHECKING:
    from helpers.certificates.certificate import Certificate

_STANDARD_INPUT = "-"


def read_input(file: str) -> tuple[str, Certificate]:
    """Return what to call `file` in messages, and its certificate. Raises `InputError`."""
    if file != _STANDARD_INPUT:
        return file, read_certificate_file(Path(file))
    content = sys.stdin.buffer.read(LARGEST_INPUT + 1) if sys.stdin else b""
    return "standard input", read_certificate(content, name="standard input")
