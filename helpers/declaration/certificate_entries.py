"""The certificates a file names: each found below its folder, readable, wanted, and there only once."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from helpers.certificates.files import DOES_NOT_EXIST, read_certificate_file
from helpers.declaration.adopted import adopted_certificate
from helpers.declaration.declaration import CertificateEntry
from helpers.errors import InputError
from helpers.terms import Revoked
from helpers.terraform_text import CDKTF_MARKER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from helpers.certificates.certificate import Certificate
    from helpers.declaration.file_schema import CertificateBlock, RevokedBlock
    from helpers.declaration.mistakes import Complaints

_SHOWN = 200
_DRIVE = re.compile(r"[A-Za-z]:")


def judge_certificates(
    blocks: Mapping[str, CertificateBlock],
    complaints: Complaints,
    *,
    environment: str,
    folder: Path,
    revoked: Mapping[str, str],
    coming: Mapping[str, Certificate] | None = None,
) -> Iterator[CertificateEntry]:
    """Yield the entries of `environment` whose certificates can be used, and complain of the others.

    `revoked` are the reasons against certificates and keys, by SHA-256 of either in upper-case hex; `coming` are
    certificates whose files are about to be written, by path as written.
    """
    by_certificate: dict[str, str] = {}
    by_name: dict[str, str] = {}
    by_key_id: dict[str, CertificateEntry] = {}
    for name, block in blocks.items():
        path = ("certificates", name)
        if complaints.refused((*path, "file")):
            continue
        other = by_name.setdefault(name.lower(), name)
        if other != name:
            complaints.about(path, f"is `{other}` but for capitals", "give it a name that people can tell apart")
        try:
            certificate = (coming or {}).get(block.file) or read_named_certificate(folder, block.file)
        except InputError as error:
            bring = f"check the path; `ise-intune certificate add {environment} {name} FILE` puts it there"
            remedy = bring if error.cause == DOES_NOT_EXIST else error.remedy
            complaints.about(path, f"{error.subject}: {error.cause}", remedy)
            continue
        _judge_names(certificate, complaints, name=name, file=block.file)
        _judge_wanted(certificate, complaints, name=name, block=block, reasons=revoked, by_certificate=by_certificate)
        if block.formerly in blocks:
            remedy = f"take `formerly` out of `{name}`, or `{block.formerly}` away"
            complaints.about((*path, "formerly"), f"names `{block.formerly}`, which is an entry itself", remedy)
        nodes = tuple(sorted(set(block.nodes)))
        was_there = adopted_certificate(block.adopted) if block.adopted else None
        entry = CertificateEntry(name, block.file, nodes, certificate, block.formerly or "", was_there)
        _judge_adopted(entry, complaints, by_key_id=by_key_id)
        yield entry


def _judge_adopted(entry: CertificateEntry, complaints: Complaints, *, by_key_id: dict[str, CertificateEntry]) -> None:
    """Complain of a file that is not what stands under the pinned key id: Terraform would never put it there."""
    if entry.adopted and entry.adopted.sha256 != entry.certificate.sha256_hex:
        cause = (
            f"{_cut(entry.file)} is another certificate than the one adopted under key id {entry.key_id}:"
            " Terraform would silently ignore it"
        )
        remedy = f"put the old file back, and add this one as an entry of its own beside `{entry.name}`"
        complaints.about(("certificates", entry.name), cause, remedy)
    other = by_key_id.setdefault(entry.key_id, entry)
    if other.certificate != entry.certificate:
        remedy = "each credential has a key id of its own: copy it from Entra"
        complaints.about(("certificates", entry.name, "adopted"), f"has the key id of `{other.name}`", remedy)


def revocations(blocks: Iterable[RevokedBlock]) -> Iterator[Revoked]:
    """Yield what is revoked, fingerprints in upper-case hex."""
    for block in blocks:
        key = _hex(block.public_key_sha256 or "")
        yield Revoked(_hex(block.sha256), block.common_name, block.reason, block.date, public_key_sha256=key)


def reasons_of(revoked: Iterable[Revoked]) -> dict[str, str]:
    """Return the reason against each certificate and each key, by its SHA-256; the first one given for it."""
    reasons: dict[str, str] = {}
    for each in revoked:
        for fingerprint in filter(None, (each.sha256, each.public_key_sha256)):
            reasons.setdefault(fingerprint, each.reason)
    return reasons


def _hex(fingerprint: str) -> str:
    return fingerprint.replace(":", "").upper()


def _judge_names(certificate: Certificate, complaints: Complaints, *, name: str, file: str) -> None:
    """Complain of a name in it that the stack's outputs would carry and CDKTF would not take for text."""
    if CDKTF_MARKER in certificate.common_name or CDKTF_MARKER in certificate.subject:
        cause = f"{_cut(file)}: its name holds `{CDKTF_MARKER}`, a marker of CDKTF's own"
        complaints.about(("certificates", name), cause, "issue the node a certificate with another name")


def _judge_wanted(
    certificate: Certificate,
    complaints: Complaints,
    *,
    name: str,
    block: CertificateBlock,
    reasons: Mapping[str, str],
    by_certificate: dict[str, str],
) -> None:
    path, fingerprint, key = ("certificates", name), certificate.sha256_hex, certificate.public_key_sha256
    if fingerprint in reasons:
        remedy = "take this entry out; the node needs a new certificate with a new key"
        complaints.about(path, f"{block.file} is revoked ({reasons[fingerprint]})", remedy)
    elif key in reasons:
        remedy = "take this entry out, and make a new key in ISE"
        complaints.about(path, f"{block.file}: its key is revoked: {reasons[key]}", remedy)
    other = by_certificate.setdefault(fingerprint, name)
    if other != name:
        nodes = ", ".join(block.nodes)
        remedy = f"keep one entry and list the nodes of both there: `{{file: {block.file}, nodes: [{nodes}, …]}}`"
        complaints.about(path, f"is the same certificate as `{other}`", remedy)


def read_named_certificate(folder: Path, written: str) -> Certificate:
    """Return the certificate in the file that an environment file of `folder` names so. Raises `InputError`."""
    return read_certificate_file(_inside(folder, written), name=_cut(written))


def _cut(written: str) -> str:
    return written if len(written) <= _SHOWN else f"{written[: _SHOWN - 1]}…"


def _inside(folder: Path, written: str) -> Path:
    """Return the path a file names, if it stays below `folder` whatever links it follows. Raises `InputError`."""
    relative = PurePosixPath(written)
    if relative.is_absolute() or ".." in relative.parts or "\\" in written or _DRIVE.match(written):
        cause = "is not a path below the environments' folder"
        raise InputError(_cut(written), cause, "put the file below that folder and write its path with / from there")
    path = folder / relative
    try:
        # Resolving looks at every folder from the root on: only where there is a link is it worth that.
        inside = not _has_link(folder, relative) or path.resolve(strict=True).is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name no file system takes
        raise InputError(_cut(written), "is a path that leads nowhere", "put the file itself there") from None
    if not inside:
        raise InputError(_cut(written), "leads out of the environments' folder by a link", "put the file itself there")
    return path


def _has_link(folder: Path, relative: PurePosixPath) -> bool:
    below = (folder.joinpath(*relative.parts[:length]) for length in range(1, len(relative.parts) + 1))
    return any(path.is_symlink() for path in below)
