"""Revoked certificates: what one file of an environments' folder says is compromised, none may take back.

All files of the folder are looked at, however few were asked for, so most are told apart by their bytes alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from helpers.declaration.certificate_entries import reasons_of, revocations
from helpers.declaration.file_schema import RevokedBlock
from helpers.declaration.locations import Locations
from helpers.declaration.mistakes import Complaints
from helpers.declaration.peeking import UTF16_MARKS, peek
from helpers.declaration.texts import judge_texts
from helpers.declaration.yaml_reading import read_yaml
from helpers.errors import DeclarationErrors
from helpers.plain_text import one_line
from helpers.terms import Revoked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from pathlib import Path

    from helpers.certificates.certificate import Certificate

_LONGEST_NAME = 200


def revocation_of(certificate: Certificate, *, reason: str, date: date) -> Revoked:
    """Return what to write down about a certificate that must not come back."""
    name, key = _writable_name(certificate), certificate.public_key_sha256
    return Revoked(certificate.sha256_hex, name, reason, date, public_key_sha256=key)


def revoked_in(paths: Iterable[Path]) -> dict[str, str]:
    """Return why each certificate and key that any of these files revokes is revoked, by its SHA-256 in hex.

    A file that cannot be read revokes nothing here; whoever judges that one says what is wrong with it.
    """
    reasons: dict[str, str] = {}
    for path in paths:
        for fingerprint, reason in _reasons_in(peek(path), str(path)).items():
            reasons.setdefault(fingerprint, f"{reason}; {path.name} says so")
    return reasons


def fingerprints_in(content: bytes, file: str) -> frozenset[str]:
    """Return the SHA-256 of every certificate and key that an environment file revokes; none of what is unreadable."""
    return frozenset(_reasons_in(content, file))


def _writable_name(certificate: Certificate) -> str:
    """Return its common name, unless that is no text for an environment file: whoever made it chose it freely."""
    name = one_line(certificate.common_name[:_LONGEST_NAME]).strip()
    complaints = Complaints(Locations("", {}))
    judge_texts(name, complaints)
    try:
        complaints.raise_any()
    except DeclarationErrors:
        name = ""
    return name or f"(SHA-1 {certificate.sha1_hex})"


def _reasons_in(content: bytes, file: str) -> dict[str, str]:
    return reasons_of(revocations(_blocks(content, file)))


def _blocks(content: bytes, file: str) -> Iterator[RevokedBlock]:
    if not _may_revoke(content):
        return
    try:
        listed = read_yaml(content, file=file).values.get("revoked")
    except DeclarationErrors:
        return
    for item in listed if isinstance(listed, list) else []:
        try:
            yield RevokedBlock.model_validate(item)
        except ValidationError:
            continue


def _may_revoke(content: bytes) -> bool:
    """Say whether a file can hold the key of a fingerprint: in its letters, or in what stands for letters."""
    return b"sha256" in content or b"\\" in content or content.startswith(UTF16_MARKS)
