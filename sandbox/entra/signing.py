"""The key that Entra signs tokens with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox.keys import published_key, rsa_key_at

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from sandbox.world import World


def signing_key(world: World) -> rsa.RSAPrivateKey:
    """Return the key of this sandbox, kept in its folder."""
    return rsa_key_at(world.folder / "entra.key")


def key_id(world: World) -> str:
    """Return the name of the key, as in the `kid` of a token."""
    return published_key(signing_key(world))["kid"]


def public_pem(world: World) -> bytes:
    """Return the key's public half, as PEM."""
    return signing_key(world).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
