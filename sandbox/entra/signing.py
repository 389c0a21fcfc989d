"""The key that Entra signs tokens with, and what it publishes of it."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization

from sandbox.keys import rsa_key_at

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from sandbox.world import World


def signing_key(world: World) -> rsa.RSAPrivateKey:
    """Return the key of this sandbox, kept in its folder."""
    return rsa_key_at(world.folder / "entra.key")


def key_id(world: World) -> str:
    """Return the name of the key, as in the `kid` of a token."""
    return published_key(signing_key(world))["kid"]


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


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _base64url_number(number: int) -> str:
    return _base64url(number.to_bytes((number.bit_length() + 7) // 8))
