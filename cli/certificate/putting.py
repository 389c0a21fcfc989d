"""A certificate put beside an environment, and what is to be said of it: shared by whatever brings one in."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from cli.results import complain
from helpers.certificates import read_certificate_file, remarks
from helpers.declaration.adding import of_same_key
from helpers.errors import InputError
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from cli.replacing import Changes
    from helpers.certificates import Remark
    from helpers.certificates.certificate import Certificate
    from helpers.declaration.declaration import Declaration


def put_certificate(folder: Path, certificate: Certificate, written: str, changes: Changes) -> None:
    """Write the public certificate alone to the path `written`, from the environments' `folder` on.

    What an attempt that was killed left there is used; anything else there raises `InputError`.
    """
    path = folder / PurePosixPath(written)
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        remedy = "make it a folder of its own: certificates stay below the environments' folder"
        raise InputError(str(path.parent), "leads out of the environments' folder by a link", remedy)
    if not path.exists() and not path.is_symlink():
        changes.create(path, certificate.pem.encode("ascii"))
    elif not _holds(path, certificate):
        raise InputError(str(path), "is there already and holds something else", "choose another name for the entry")


def say_remarks(certificate: Certificate, now: datetime, *, source: str) -> Sequence[Remark]:
    """Say what there is to say about a certificate at `now`, called `source`, and return it."""
    told = remarks(certificate, now)
    for remark in told:
        complain(f"{remark.severity}: {one_line(source)}: {remark.what}; {remark.remedy}")
    return told


def say_same_key(declaration: Declaration, certificate: Certificate, *, source: str) -> None:
    """Warn of a renewal over the key of an entry that the environment had before."""
    same = [entry.name for entry in of_same_key(declaration, certificate)]
    if same:
        complain(
            f"warning: {one_line(source)}: has the same key as {' and '.join(same)}; a renewal should have a new key: "
            "generate a new certificate in ISE"
        )


def _holds(path: Path, certificate: Certificate) -> bool:
    """Say whether a file is what an earlier attempt would have left."""
    try:
        return read_certificate_file(path) == certificate
    except InputError:
        return False
