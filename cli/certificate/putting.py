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


_ANOTHER_NAME = "choose another name for the entry"


def put_certificate(
    folder: Path,
    certificate: Certificate,
    written: str,
    changes: Changes,
    *,
    over: bool = False,
    remedy: str = _ANOTHER_NAME,
) -> None:
    """Write the public certificate alone to the path `written`, from the environments' `folder` on.

    What an attempt that was killed left there is used; anything else there raises `InputError` with `remedy`, unless
    it is a file that may be written `over`.
    """
    path = folder / PurePosixPath(written)
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        stay = "make it a folder of its own: certificates stay below the environments' folder"
        raise InputError(str(path.parent), "leads out of the environments' folder by a link", stay)
    content = certificate.pem.encode("ascii")
    if path.is_symlink():
        raise InputError(str(path), "is a link", "take it away: a certificate is a file of its own")
    if not path.exists():
        changes.create(path, content)
    elif _holds(path, certificate):
        return
    elif over and path.is_file():
        changes.replace(path, content, instead_of=path.read_bytes())
    else:
        raise InputError(str(path), "is there already and holds something else", remedy)


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
