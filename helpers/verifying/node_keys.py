"""A node's private key, read to act as that node: never kept, shown or written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_pem_private_key,
    pkcs12,
)

from helpers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helpers.certificates import Certificate

LARGEST_KEY_FILE = 64 * 1024
PASSWORD_VARIABLE = "ISE_INTUNE_KEY_PASSWORD"  # noqa: S105 — the name of a variable
_NO_KEY = "holds no private key that can be read"
_REMEDY = "give the node's key as PEM, PKCS #8 or PKCS #12: ISE exports it with the certificate, as a .pvk file"


class KeyLocked(InputError):
    """The key is encrypted, and no password was given."""


def read_key(content: bytes, *, name: str, password: str = "") -> RSAPrivateKey:
    """Return the RSA key in a file's content; `name` is what messages call it.

    Raises `KeyLocked` where a password is needed, `InputError` for what cannot be used. No message holds any of it.
    """
    if len(content) > LARGEST_KEY_FILE:
        raise InputError(name, f"is larger than {LARGEST_KEY_FILE // 1024} KiB", _REMEDY)
    secret = password.encode() or None
    key = _loaded(content, secret, name=name)
    if key is None:
        remedy = f"check the password in {PASSWORD_VARIABLE}" if secret else _REMEDY
        raise InputError(name, f"{_NO_KEY} with that password" if secret else _NO_KEY, remedy)
    if not isinstance(key, RSAPrivateKey):
        raise InputError(
            name, "holds a key that is not RSA", "Entra takes RSA only: give the key of the node's certificate"
        )
    return key


def _loaded(content: bytes, secret: bytes | None, *, name: str) -> object:
    """Return whatever key is there, None for none."""
    if b"-----BEGIN " in content:
        return _tried(lambda: load_pem_private_key(content, secret), secret, name=name)
    found = _tried(lambda: load_der_private_key(content, secret), secret, name=name)
    if found is None:
        found = _tried(lambda: pkcs12.load_key_and_certificates(content, secret)[0], secret, name=name)
    return found


def _tried(load: Callable[[], object], secret: bytes | None, *, name: str) -> object:
    try:
        return load()
    except TypeError:
        # cryptography's word for a password that is missing, or that was given for nothing.
        if secret is None:
            raise KeyLocked(name, "is encrypted", f"give its password in {PASSWORD_VARIABLE}") from None
        raise InputError(name, "is not encrypted, and a password was given", f"unset {PASSWORD_VARIABLE}") from None
    except (ValueError, UnsupportedAlgorithm):
        return None


def fitting(key: RSAPrivateKey, certificates: Mapping[str, Certificate]) -> tuple[str, ...]:
    """Return the names of the certificates over this key."""
    numbers = key.public_key().public_numbers()
    return tuple(
        each
        for each, certificate in certificates.items()
        if certificate.rsa_key is not None and certificate.rsa_key.public_numbers() == numbers
    )
