"""Certificates to measure with, as many as asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


def make_certificates(count: int, *, since: datetime) -> Iterator[str]:
    """Yield distinct certificates in PEM, a year valid, all with one key: keys take longer than what is measured."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for number in range(count):
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"psn-{number}.example.net")])
        made = (
            x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=key.public_key())
            .serial_number(number + 1)
            .not_valid_before(since)
            .not_valid_after(since + timedelta(days=365))
            .sign(key, hashes.SHA256())
        )
        yield made.public_bytes(Encoding.PEM).decode()
