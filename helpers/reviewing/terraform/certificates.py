"""Certificates as the azuread provider is given them, each distinct text read once."""

from __future__ import annotations

from helpers.certificates import Certificate, read_certificate
from helpers.errors import InputError


class CertificatesRead:
    """Remembers what was read: an unchanged certificate is there before and after, and nodes share some."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, str], Certificate | str] = {}

    def read(self, value: str, encoding: str) -> Certificate | str:
        """Return the certificate that `value` is, or why it cannot be read."""
        key = (value, encoding)
        if key not in self._read:
            self._read[key] = _read(value, encoding)
        return self._read[key]


def _read(value: str, encoding: str) -> Certificate | str:
    """`encoding` is a word of the provider: pem, base64 (of DER) or hex (of DER)."""
    try:
        content = bytes.fromhex(value) if encoding == "hex" else value.encode()
        return read_certificate(content, name="certificate")
    except InputError as error:
        return error.cause
    except ValueError:
        return "is not text of its encoding"
