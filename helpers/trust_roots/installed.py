"""What an ISE deployment trusts, as its API lists it or as PEM files show it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from helpers.certificates.reading import read_certificates
from helpers.errors import InputError, PrivateKeyFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.certificates.certificate import Certificate

# ISE's whole store of trusted certificates, in JSON or PEM, and then some.
LARGEST_INPUT = 4 * 1024 * 1024
_REMEDY = "give what GET /api/v1/certs/trusted-certificate answers, or PEM files of the trusted certificates"
_SHA256 = re.compile(r"[0-9A-F]{64}")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Java's Date.toString(), as ISE writes it: `Fri Jan 15 12:00:00 UTC 2038`. The zone is the node's own.
_JAVA_DATE = re.compile(r"\w{3} (\w{3}) (\d{2}) (\d{2}):(\d{2}):(\d{2}) (\S+) (\d{4})", re.ASCII)
_NOTHING = "Unknown"  # ISE's word for a certificate that is trusted for nothing


@dataclass(frozen=True)
class Installed:
    """A certificate that a deployment trusts. `name` is ISE's friendly name, or the common name; text from elsewhere.

    `sha256` is upper-case hex. `not_after` is None where nobody can tell, `trusted_for` and `enabled` where it was read
    from a certificate, which does not carry them. `trusted_for` holds ISE's words: Infrastructure, Endpoints,
    AdminAuth, Cisco Services.
    """

    name: str
    sha256: str
    not_after: datetime | None
    trusted_for: frozenset[str] | None = None
    enabled: bool | None = None


@dataclass(frozen=True)
class Listed:
    """Certificates of a deployment; `complete` is false where it is one page of a longer list."""

    installed: tuple[Installed, ...]
    complete: bool = True


def read_installed(content: bytes, *, name: str) -> Listed:
    """Read JSON as ISE's API answers it, or PEM, DER and the like; `name` says in messages where it came from.

    Raises `InputError` for anything else, `PrivateKeyFound` where a private key is in it.
    """
    if len(content) > LARGEST_INPUT:
        raise InputError(name, f"is larger than {LARGEST_INPUT // 1024} KiB", _REMEDY)
    document = _json(content)
    if document is not None:
        return from_api(document, name=name)
    try:
        found = read_certificates(content, name=name, largest=LARGEST_INPUT)
    except PrivateKeyFound:
        raise
    except InputError as error:
        raise InputError(error.subject, error.cause, _REMEDY) from None
    return Listed(tuple(map(of_certificate, found)))


def from_api(document: object, *, name: str) -> Listed:
    """Read an answer of `GET /api/v1/certs/trusted-certificate`, or the list in it. Raises `InputError`."""
    entries = document.get("response") if isinstance(document, dict) else document
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(name, "is JSON, but no list of trusted certificates", _REMEDY)
    complete = not (isinstance(document, dict) and document.get("nextPage"))
    return Listed(tuple(from_entry(entry, name=name) for entry in entries), complete)


def from_entry(entry: Mapping[str, Any], *, name: str) -> Installed:
    """Read one certificate as ISE's API lists it. Raises `InputError`."""
    sha256 = str(entry.get("sha256Fingerprint") or "").replace(":", "").upper()
    if not _SHA256.fullmatch(sha256):
        raise InputError(name, "lists a certificate without its sha256Fingerprint", _REMEDY)
    words = {word.strip() for word in str(entry.get("trustedFor") or "").split(",")}
    status = str(entry.get("status") or "").lower()
    return Installed(
        name=str(entry.get("friendlyName") or entry.get("issuedTo") or sha256),
        sha256=sha256,
        not_after=_moment(str(entry.get("expirationDate") or "")),
        trusted_for=frozenset(words - {"", _NOTHING}) if "trustedFor" in entry else None,
        enabled=status == "enabled" if status else None,
    )


def of_certificate(certificate: Certificate) -> Installed:
    """Return a certificate as one that is installed, its trust settings unknown."""
    return Installed(certificate.common_name, certificate.sha256_hex, certificate.not_after)


def _json(content: bytes) -> object:
    """Return JSON as it was parsed; None for what does not even begin like it."""
    if not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return None
    try:
        parsed: object = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return parsed


def _moment(written: str) -> datetime | None:
    """Return a date of ISE's; None for one in a zone whose letters do not say which it is, or of another form."""
    match = _JAVA_DATE.fullmatch(written)
    if match is None or match[1] not in _MONTHS or match[6] not in {"UTC", "GMT", "Z"}:
        return None
    day, hour, minute, second = (int(match[at]) for at in range(2, 6))
    try:
        return datetime(int(match[7]), _MONTHS.index(match[1]) + 1, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
