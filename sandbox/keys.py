"""The private keys that a sandbox makes for itself: one file each in its folder, readable by its owner alone."""

from __future__ import annotations

import base64
import hashlib
import os
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from pathlib import Path


def rsa_key_at(path: Path) -> rsa.RSAPrivateKey:
    """Return the RSA 2048 key kept at `path`, made on first use."""
    if not path.exists():
        write_secret(path, _new_rsa_key())
    return _parse(path.read_bytes())


def write_secret(path: Path, content: bytes) -> None:
    """Write a new file (mode 0600) in a folder of mode 0700 made where missing."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def published_key(key: rsa.RSAPrivateKey) -> dict[str, str]:
    """Return the public half as a JSON Web Key (RFC 7517), named by the hash of its DER."""
    public = key.public_key()
    numbers = public.public_numbers()
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": _base64url(hashlib.sha256(der).digest()[:20]),
        "n": _base64url_number(numbers.n),
        "e": _base64url_number(numbers.e),
    }


def _new_rsa_key() -> bytes:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


# By content rather than by path: a sandbox that was reset has another key at the same place.
@lru_cache(maxsize=32)
def _parse(pem: bytes) -> rsa.RSAPrivateKey:
    # It was made here, so the check of its numbers, which takes longer than all the rest of a start, is left out.
    key = serialization.load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        message = "the sandbox keeps RSA keys only"
        raise TypeError(message)
    return key


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _base64url_number(number: int) -> str:
    return _base64url(number.to_bytes((number.bit_length() + 7) // 8))
