"""Reading a certificate's file, in bounds and without waiting for what is no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.certificates.reading import LARGEST_INPUT, read_certificate
from helpers.errors import InputError
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.certificates.certificate import Certificate

# The cause of an error about a file that may still come.
DOES_NOT_EXIST = "does not exist"


def read_certificate_file(path: Path, *, name: str | None = None) -> Certificate:
    """Return the certificate in the file `path`, called `name` in messages (its path by default).

    Raises `InputError` when the file cannot be read, and what `read_certificate` raises.
    """
    name = one_line(str(path) if name is None else name)
    return read_certificate(_content_of(path, name=name), name=name)


def _content_of(path: Path, *, name: str) -> bytes:
    try:
        if path.is_dir():
            raise InputError(name, "is a directory", "name the file in it")
        if path.exists() and not path.is_file():
            raise InputError(name, "is a pipe or a device, not a file", "give it on standard input, as -")
        with path.open("rb") as stream:
            return stream.read(LARGEST_INPUT + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(name, DOES_NOT_EXIST, "check the path") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it has no valid name"
        raise InputError(name, f"cannot be read ({reason})", "check the path and its permissions") from None
