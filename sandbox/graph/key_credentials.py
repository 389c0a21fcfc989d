"""The rules of `keyCredentials`: what a PATCH may add, must repeat unchanged, and takes away by leaving it out.

Measured and collected in provider.md §2 and domain.md §4. Stored entries hold `key` as base64 of the DER, whatever
form it was sent in.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from helpers.moments import second
from sandbox.graph.documents import new_id
from sandbox.graph.errors import GraphError, bad_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.store import Document

_TYPE = "AsymmetricX509Cert"
_USAGES = ("Verify", "Encrypt", "Sign")
_SMALLEST_KEY = 2048
_LONGEST_NAME = 90
_PEM_BEGIN, _PEM_END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"


def updated(stored: Sequence[Document], sent: object) -> list[Document]:
    """Return the entries after a request that sent `sent`, in the order sent; raise Graph's 400 for a bad one."""
    if not isinstance(sent, list) or not all(isinstance(entry, dict) for entry in sent):
        raise bad_request("Invalid value specified for property 'keyCredentials' of resource 'Application'.")
    present = {str(entry["keyId"]).lower(): entry for entry in stored}
    result: list[Document] = []
    for entry in sent:
        identifier = str(entry.get("keyId") or new_id()).lower()
        if any(identifier == earlier["keyId"].lower() for earlier in result):
            raise bad_request(f"A credential with KeyId '{identifier}' already exists.")
        old = present.get(identifier)
        result.append(_added(entry, identifier) if old is None else _repeated(entry, old))
    return result


def shown(entry: Document, *, with_key: bool) -> Document:
    """Return an entry as Graph shows it: the certificate itself only where it was asked for."""
    return entry if with_key else {**entry, "key": None}


def der_of(entry: Document) -> bytes:
    """Return the certificate of a stored entry."""
    return base64.b64decode(entry["key"])


def _repeated(entry: Document, old: Document) -> Document:
    """Return the stored entry, if the one sent says nothing else."""
    for name, value in entry.items():
        if "@" in name or value is None or _same(name, value, old):
            continue
        raise bad_request(f"Update to existing credential with KeyId '{old['keyId']}' is not allowed.")
    return old


def _same(name: str, value: object, old: Document) -> bool:
    if name == "key":
        return _der(value) == der_of(old)
    if name in ("startDateTime", "endDateTime"):
        return _instant(name, value) == _instant(name, old[name])
    if name in ("keyId", "customKeyIdentifier"):
        return str(value).lower() == str(old[name]).lower()
    return bool(value == old.get(name)) or (name == "type" and not value)


def _added(entry: Document, identifier: str) -> Document:
    if entry.get("key") is None:
        raise bad_request(f"New key credential with KeyId '{identifier}' must have a value for property 'key'.")
    certificate = _Certificate.read(entry["key"])
    start, end = _validity(entry, certificate)
    # The provider sends an empty type where the declaration has none (provider.md §3).
    kind, usage = entry.get("type") or _TYPE, entry.get("usage") or "Verify"
    if kind != _TYPE or usage not in _USAGES:
        raise bad_request(f"Key credential type '{kind}' with usage '{usage}' is not supported.")
    name = entry.get("displayName") or certificate.subject[:_LONGEST_NAME]
    if len(name) > _LONGEST_NAME:
        raise bad_request(f"The displayName of a key credential is limited to {_LONGEST_NAME} characters.")
    return {
        "customKeyIdentifier": entry.get("customKeyIdentifier") or certificate.thumbprint,
        "displayName": name,
        "endDateTime": second(end),
        "key": base64.b64encode(certificate.der).decode(),
        "keyId": identifier,
        "startDateTime": second(start),
        "type": kind,
        "usage": usage,
    }


def _validity(entry: Document, certificate: _Certificate) -> tuple[datetime, datetime]:
    start = _instant("startDateTime", entry.get("startDateTime")) or certificate.not_before
    end = _instant("endDateTime", entry.get("endDateTime")) or certificate.not_after
    if start < certificate.not_before:
        raise bad_request("Key credential start date is invalid.", code="KeyCredentialsInvalidStartDate")
    if end > certificate.not_after or end <= start:
        raise bad_request("Key credential end date is invalid.", code="KeyCredentialsInvalidEndDate")
    return start, end


@dataclass(frozen=True)
class _Certificate:
    """What Graph takes from a certificate. `thumbprint` is SHA-1 of the DER in upper-case hex."""

    der: bytes
    subject: str
    thumbprint: str
    not_before: datetime
    not_after: datetime

    @classmethod
    def read(cls, key: object) -> _Certificate:
        """Read base64 of a certificate; raise Graph's 400 for anything but an RSA one of a decent size."""
        try:
            certificate = x509.load_der_x509_certificate(_der(key))
            public_key = certificate.public_key()
        except ValueError as error:
            raise _not_a_certificate() from error
        if not isinstance(public_key, rsa.RSAPublicKey) or public_key.key_size < _SMALLEST_KEY:
            raise bad_request("Key credential must be an X.509 certificate with an RSA key of 2048 bits or more.")
        return cls(
            der=certificate.public_bytes(serialization.Encoding.DER),
            subject=certificate.subject.rfc4514_string(),
            # Entra names a certificate by its SHA-1; nothing is proven with it.
            thumbprint=certificate.fingerprint(hashes.SHA1()).hex().upper(),  # noqa: S303
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
        )


def _der(key: object) -> bytes:
    """Return the DER in `key`: base64 of DER, as portal and scripts send, or of PEM text, as the provider does."""
    try:
        sent = base64.b64decode(str(key), validate=True)
        content = sent.strip()
        if not content.startswith(b"-----"):
            return sent  # DER may well end in a byte that is white space in a text
        # Nothing else may stand beside the certificate, least of all its private key.
        if not content.startswith(_PEM_BEGIN) or not content.endswith(_PEM_END) or content.count(b"-----BEGIN ") != 1:
            raise _not_a_certificate()
        body = content.removeprefix(_PEM_BEGIN).removesuffix(_PEM_END)
        return base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error as error:
        raise _not_a_certificate() from error


def _not_a_certificate() -> GraphError:
    return bad_request("The value of the key credential is not a valid certificate.", code="KeyCredentialsInvalidKey")


def _instant(name: str, value: object) -> datetime | None:
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        raise bad_request(f"Invalid value specified for property '{name}' of a key credential.") from None
    return instant.replace(microsecond=0) if instant.tzinfo else instant.replace(tzinfo=UTC, microsecond=0)
