"""Reading ZIP archives in bounds: no declared size, name or count is believed, and nothing is ever written."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from helpers.errors import InputError
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_MEMBERS = 100
_READ_AHEAD = 8192  # more than zipfile unpacks at once beyond what was asked for
_LOCAL_HEADER = b"PK\x03\x04"
_LONGEST_NAME = 80  # characters of a member's name in a message
_ENCRYPTED = 0x1  # bit 0 of the general purpose flag (APPNOTE.TXT, section 4.4.4)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the only ones that zipfile unpacks in bounds
_LITTER = {".ds_store", "thumbs.db", "desktop.ini"}
_GIVE_ALONE = "unpack it and give the certificate alone"
_EXPORT_AGAIN = "export it again, or unpack it and give the certificate alone"


def members(archive: bytes, *, name: str, budget: int) -> Iterator[tuple[str, bytes, bool]]:
    """Yield each file of a ZIP: its name, ready to be shown, its content, and whether it is litter of a desktop.

    `budget` is the most bytes that all contents may have together. Raises `InputError` naming `name` for an archive
    that is encrypted, broken, too big once unpacked, or has too many members.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            files = [member for member in opened.infolist() if not member.is_dir()]
            _require_few(files, name=name)
            _require_all_listed(archive, opened, name=name)
            left = budget
            for member in files:
                content = _unpacked(opened, member, name=name, budget=left)
                left -= len(content)
                _require_room(left, budget, name=name)
                yield _shown(member.filename), content, _is_litter(member.filename)
    except InputError:
        raise
    except Exception as error:  # zipfile lets at least seven kinds through for archives that are broken
        raise InputError(name, "is a broken ZIP archive", _EXPORT_AGAIN) from error


def _require_few(files: list[zipfile.ZipInfo], *, name: str) -> None:
    if len(files) > MOST_MEMBERS:
        cause = f"holds {len(files)} files, more than the {MOST_MEMBERS} that are looked at"
        raise InputError(name, cause, _EXPORT_AGAIN)


def _require_room(left: int, budget: int, *, name: str) -> None:
    if left < 0:
        raise InputError(name, f"unpacks to more than {budget // 1024} KiB", _GIVE_ALONE)


def _require_all_listed(archive: bytes, opened: zipfile.ZipFile, *, name: str) -> None:
    # A file that the directory leaves out is never unpacked, so it could carry a private key unseen. An archive inside
    # the archive looks the same, and is no certificate either.
    if archive.count(_LOCAL_HEADER) > len(opened.infolist()):
        raise InputError(
            name, "is a ZIP archive that holds another, or files its directory does not list", _EXPORT_AGAIN
        )


def _unpacked(opened: zipfile.ZipFile, member: zipfile.ZipInfo, *, name: str, budget: int) -> bytes:
    """Return the member's content, or one byte more than `budget` of it."""
    if member.flag_bits & _ENCRYPTED:
        raise InputError(name, "is an encrypted ZIP archive", _GIVE_ALONE)
    if member.compress_type not in _METHODS:
        cause = f"packs a file with method {member.compress_type}, which cannot be unpacked safely"
        raise InputError(name, cause, _GIVE_ALONE)
    member.file_size = budget + _READ_AHEAD  # the declared size would hide whatever is packed beyond it
    with opened.open(member) as stream:
        return stream.read(budget + 1)


def _is_litter(filename: str) -> bool:
    parts = filename.replace("\\", "/").split("/")
    return "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1].lower() in _LITTER


def _shown(filename: str) -> str:
    shown = one_line(filename[: _LONGEST_NAME + 1])
    return shown if len(shown) <= _LONGEST_NAME else shown[: _LONGEST_NAME - 3] + "..."
