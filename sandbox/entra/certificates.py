"""Is a client assertion signed by a certificate that the application has registered, and is its time now?"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.entra.refusals import Refused

if TYPE_CHECKING:
    from sandbox.entra.assertions import Assertion
    from sandbox.entra.sign_in import Client

# Algorithms Microsoft documents for certificate assertions; ISE sends RS256, MSAL PS256.
_ALGORITHMS = ("RS256", "PS256")
_NOT_REGISTERED = "The certificate with identifier used to sign the client assertion is not registered on application."
_BAD_SIGNATURE = "Client assertion failed signature validation."
_EXPIRED = "Client assertion contains an invalid signature."


@dataclass(frozen=True)
class _RegisteredKey:
    certificate: x509.Certificate
    start: datetime
    end: datetime


def check_signature(assertion: Assertion, client: Client, *, now: datetime) -> None:
    """Refuse an assertion that no registered, currently valid certificate of the client has signed."""
    if assertion.algorithm not in _ALGORITHMS:
        raise Refused(50027, reason=f"Algorithm '{assertion.algorithm}' is not supported.")
    thumbprint, algorithm = _thumbprint(assertion)
    key = _registered_key(client, thumbprint, algorithm)
    if key is None:
        raise _invalid_key(client, thumbprint, what=_NOT_REGISTERED, reason="The key was not found.")
    _check_dates(client, key, thumbprint, now)
    public_key = key.certificate.public_key()
    if not isinstance(public_key, rsa.RSAPublicKey) or not assertion.is_signed_by(public_key):
        reason = "The key was found, but use of the key to verify the signature failed."
        raise _invalid_key(client, thumbprint, what=_BAD_SIGNATURE, reason=reason, found=key)


def _thumbprint(assertion: Assertion) -> tuple[bytes, hashes.HashAlgorithm]:
    for name, algorithm in (("x5t#S256", hashes.SHA256()), ("x5t", hashes.SHA1())):  # noqa: S303 — a name, not a proof
        value = assertion.header.get(name)
        if isinstance(value, str):
            return _decode_either_way(value), algorithm
    raise Refused(50027, reason="No certificate thumbprint specified in token header.")


def _decode_either_way(text: str) -> bytes:
    """Decode base64url, as RFC 7515 has it, or plain base64, as ISE sends it; padded or not."""
    translated = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(translated + "=" * (-len(translated) % 4), validate=True)
    except binascii.Error as error:
        raise Refused(50027, reason="The certificate thumbprint in the token header is malformed.") from error


def _registered_key(client: Client, thumbprint: bytes, algorithm: hashes.HashAlgorithm) -> _RegisteredKey | None:
    for credential in client.credentials("keyCredentials"):
        if not credential.get("key") or credential.get("usage", "Verify") != "Verify":
            continue
        certificate = _certificate(credential["key"])
        if certificate is not None and certificate.fingerprint(algorithm) == thumbprint:
            client.proof.credential = credential
            return _RegisteredKey(
                certificate,
                _instant(credential.get("startDateTime")) or certificate.not_valid_before_utc,
                _instant(credential.get("endDateTime")) or certificate.not_valid_after_utc,
            )
    return None


def _check_dates(client: Client, key: _RegisteredKey, thumbprint: bytes, now: datetime) -> None:
    """Tell a credential that has ended (700027) from a certificate whose time is not now (1000502)."""
    if key.end <= now:
        raise _invalid_key(client, thumbprint, what=_EXPIRED, reason="The key used is expired.", found=key)
    start = max(key.start, key.certificate.not_valid_before_utc)
    end = min(key.end, key.certificate.not_valid_after_utc)
    if not start <= now < end:
        raise Refused(
            1000502,
            now=f"{now:%Y-%m-%dT%H:%M:%SZ}",
            start=f"{start:%Y-%m-%dT%H:%M:%SZ}",
            end=f"{end:%Y-%m-%dT%H:%M:%SZ}",
        )


def _invalid_key(
    client: Client, thumbprint: bytes, *, what: str, reason: str, found: _RegisteredKey | None = None
) -> Refused:
    dates = f", Found key 'Start={found.start:%m/%d/%Y %H:%M:%S}, End={found.end:%m/%d/%Y %H:%M:%S}'" if found else ""
    return Refused(
        700027, what=what, reason=reason, thumbprint=thumbprint.hex().upper(), found=dates, app=client.app_id
    )


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


@lru_cache(maxsize=256)
def _certificate(key: str) -> x509.Certificate | None:
    """Return the certificate of a stored key: base64 of DER, or of PEM text as the provider sends it."""
    try:
        content = base64.b64decode(key)
        if content.lstrip().startswith(b"-----BEGIN"):
            return x509.load_pem_x509_certificate(content)
        return x509.load_der_x509_certificate(content)
    except ValueError:
        return None
