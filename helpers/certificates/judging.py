"""Whether a structure is a certificate, and whether Entra can take its key. No clock: an expired one may still pass."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from helpers.certificates.certificate import Certificate, quiet_library
from helpers.errors import InputError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

# Entra takes RSA keys of 2048 bits or more; OpenSSL, and so everything built on it, none above 16384.
SMALLEST_KEY = 2048
LARGEST_KEY = 16384

_RSA = "1.2.840.113549.1.1.1"
_ALGORITHMS = {
    "1.2.840.113549.1.1.10": "an RSA key bound to PSS signatures",
    "1.2.840.10045.2.1": "an elliptic curve key",
    "1.2.840.10040.4.1": "a DSA key",
    "1.3.101.112": "an Ed25519 key",
    "1.3.101.113": "an Ed448 key",
}
_SMALL_PRIMES = math.prod((3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97))

_EXPORT_AGAIN = 'export the node\'s certificate again in ISE with "Export Certificate Only"'
_MAKE_RSA = "generate a certificate with an RSA key of 2048 bits or more in ISE: Entra takes no other"


def recognized(der: bytes, *, name: str) -> Certificate:
    """Return `der` as a certificate all of whose facts can be read; raises `InputError` for anything else."""
    certificate = Certificate(der)
    try:
        _ = (certificate.common_name, certificate.start_date)
    except Exception:  # noqa: BLE001 — it raises what its parsers raise, and the reason is found out below
        raise InputError(name, _what_else(der), _EXPORT_AGAIN) from None
    return certificate


def usable(certificate: Certificate, *, name: str) -> Certificate:
    """Return `certificate` if Entra can take it at some time; raises `InputError` with the reason if it cannot."""
    if certificate.key_algorithm != _RSA:
        kind = _ALGORITHMS.get(certificate.key_algorithm, f"a key of algorithm {certificate.key_algorithm}")
        raise InputError(name, f"is a certificate for {kind}", _MAKE_RSA)
    try:
        key = certificate.rsa_key
    except ValueError:
        key = None
    if key is not None and not SMALLEST_KEY <= key.key_size <= LARGEST_KEY:
        raise InputError(name, f"is a certificate for an RSA key of {key.key_size} bits", _MAKE_RSA)
    if key is None or not _is_sound(key):
        raise InputError(name, "is a certificate whose RSA key is broken", _EXPORT_AGAIN)
    if certificate.not_after < certificate.not_before:
        raise InputError(name, "is a certificate that ends before it begins", "generate it again in ISE")
    return certificate


def _is_sound(key: RSAPublicKey) -> bool:
    """Say whether the numbers can be an RSA key at all: an altered modulus mostly has a small divisor."""
    numbers = key.public_numbers()
    return numbers.e % 2 == 1 and numbers.e > 1 and numbers.n % 2 == 1 and math.gcd(numbers.n, _SMALL_PRIMES) == 1


def _what_else(der: bytes) -> str:
    from cryptography import x509

    for load, kind in (
        (x509.load_der_x509_csr, "a certificate signing request (CSR)"),
        (x509.load_der_x509_crl, "a certificate revocation list (CRL)"),
    ):
        try:
            with quiet_library():
                load(der)
        except Exception:  # noqa: BLE001, S112 — not that either
            continue
        return f"is {kind}, not a certificate"
    return "is no certificate, or one that is broken"
