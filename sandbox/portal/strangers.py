"""Certificates of nobody this project knows, made when somebody adds one."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from sandbox.store import Document

_VALID = timedelta(days=365)
_LONGEST_NAME = 64


def new_entry(name: str, *, start: str, usage: str = "Verify") -> Document:
    """Return a key credential to send, of a certificate that is valid for a year from `start`."""
    begins = datetime.fromisoformat(start)
    return entry_of(name, begins, begins + _VALID, usage=usage)


def entry_of(name: str, start: datetime, end: datetime, *, usage: str = "Verify") -> Document:
    """Return a key credential to send, of a new certificate with these dates."""
    return {
        "type": "AsymmetricX509Cert",
        "usage": usage,
        "displayName": name,
        "key": base64.b64encode(_certificate(name, start, end)).decode(),
    }


def _certificate(common_name: str, start: datetime, end: datetime) -> bytes:
    """Return the DER of a self-signed certificate; every call makes another."""
    # RFC 5280, appendix A.1: no longer than this.
    called = common_name.removeprefix("CN=")[:_LONGEST_NAME] or "nobody"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(_key().public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(start).not_valid_after(end)
    return builder.sign(_key(), hashes.SHA256()).public_bytes(Encoding.DER)


@cache
def _key() -> rsa.RSAPrivateKey:
    # One for all of them: it takes long to make, and nobody ever signs in with it.
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
