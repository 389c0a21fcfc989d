"""What a deep look has read when it is interrupted: a file per tenant, so that the next one goes on from there.

A line for each application, added as soon as it is read: its client id, when, which key credentials it had, and their
certificates, which are public. A line is good for a day, and for exactly the key credentials that the normal pass has
just seen (ids, dates, kinds). Once a look ends with nothing left to read, its file is gone: every look reads anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from helpers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from helpers.observing.documents import Document

_VALID_SECONDS = 24 * 60 * 60
_CERTIFICATE = "AsymmetricX509Cert"
_VERSION = 1
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
# Some thousand applications with a dozen certificates each.
_MOST_BYTES = 128 * 1024 * 1024


@dataclass
class Kept:
    """The file of one tenant; `wall` gives the seconds since 1970."""

    path: Path
    wall: Callable[[], float]
    _known: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read what is there; what cannot be understood, or is not ours alone, is not there."""
        for line in _lines_of_ours(self.path):
            with suppress(ValueError, RecursionError):
                entry = json.loads(line)
                if isinstance(entry, dict) and entry.get("version") == _VERSION:
                    self._known[str(entry.get("client_id"))] = entry

    def of(self, client_id: str, shown: list[Document]) -> list[Document] | None:
        """Return an application's key credentials with their certificates, None where they must be read.

        `shown` are the key credentials as the normal pass saw them.
        """
        entry = self._known.get(client_id)
        if entry is None or entry.get("credentials") != _digest(shown) or not self._is_fresh(entry.get("read")):
            return None
        keys = entry.get("keys")
        if not isinstance(keys, dict) or not all(isinstance(keys.get(str(each.get("keyId"))), str) for each in shown):
            return None
        return [{**each, "key": keys[str(each.get("keyId"))]} for each in shown]

    def add(self, client_id: str, shown: list[Document], read: list[Document]) -> None:
        """Keep what was read of an application, where all of it are certificates with their bytes."""
        keys = {str(each.get("keyId")): each.get("key") for each in read if each.get("type") == _CERTIFICATE}
        if len(keys) != len(read) or not all(isinstance(key, str) for key in keys.values()):
            return
        entry = {
            "version": _VERSION,
            "client_id": client_id,
            "read": self.wall(),
            "credentials": _digest(shown),
            "keys": keys,
        }
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
        except OSError as error:
            raise _cannot_write(self.path, error) from None

    def forget(self) -> None:
        """Remove the file: everything was read."""
        self.path.unlink(missing_ok=True)

    def _is_fresh(self, read: object) -> bool:
        # Not from the future either: the clock was set back.
        return isinstance(read, int | float) and 0 <= self.wall() - read < _VALID_SECONDS


def _lines_of_ours(path: Path) -> list[str]:
    """Return the lines of a file that nobody else can have written or laid there, as a checkout or a link would."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, encoding="utf-8") as file:
            about = os.fstat(descriptor)
            is_ours = stat.S_ISREG(about.st_mode) and about.st_uid == os.getuid() and not about.st_mode & _OTHERS
            return file.read().splitlines() if is_ours and about.st_size <= _MOST_BYTES else []
    except (OSError, UnicodeDecodeError):
        return []


def make_folder(path: Path) -> None:
    """Make the folder of these files. Raises `InputError`."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(path, error) from None


def _cannot_write(path: Path, error: OSError) -> InputError:
    remedy = "choose a folder that can be written to, or look without the bytes of certificates"
    return InputError(str(path), f"cannot be written ({error.strerror})", remedy)


def _digest(shown: list[Document]) -> str:
    names = ("keyId", "customKeyIdentifier", "startDateTime", "endDateTime", "type", "usage")
    told = sorted(json.dumps([each.get(name) for name in names]) for each in shown)
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
