"""One X.509 certificate and every form in which Entra, Terraform, ISE and people want it."""

from __future__ import annotations

import base64
import hashlib
import uuid
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

# Entra's words for a certificate that verifies client assertions (Microsoft Graph, resource type keyCredential).
KEY_TYPE = "AsymmetricX509Cert"
KEY_USAGE = "Verify"
# The azuread provider's word for `Certificate.pem`.
KEY_ENCODING = "pem"

# Makes this project's key ids its own. Changing it would replace every deployed credential.
_KEY_ID_NAMESPACE = uuid.UUID("6d1f9bd3-6f0c-5f0e-9a52-0d6c1b1f4c7e")
_PEM_COLUMNS = 64
_LONGEST_DISPLAY_NAME = 90  # Microsoft Graph refuses longer ones on a keyCredential


@dataclass(frozen=True)
class Certificate:
    """A certificate, equal to another when every byte of it is. `der` is its DER encoding, complete and exact.

    Made by `read_certificate`, which has checked that all properties below can be read.
    """

    der: bytes

    @cached_property
    def value(self) -> str:
        """The certificate value of the article: base64 of the DER on one line."""
        return base64.b64encode(self.der).decode("ascii")

    @cached_property
    def pem(self) -> str:
        """PEM text as RFC 7468 has it: 64 columns, LF, a final newline."""
        lines = (self.value[start : start + _PEM_COLUMNS] for start in range(0, len(self.value), _PEM_COLUMNS))
        return "\n".join(("-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""))

    @property
    def sha1_hex(self) -> str:
        """SHA-1 of the DER, 40 upper-case hex digits: Entra's *Thumbprint*."""
        return self._sha1.hex().upper()

    @property
    def sha1_base64(self) -> str:
        """SHA-1 of the DER in base64: the manifest's `customKeyIdentifier`."""
        return base64.b64encode(self._sha1).decode("ascii")

    @property
    def sha256_hex(self) -> str:
        """SHA-256 of the DER, 64 upper-case hex digits: `sha256Fingerprint` of ISE's API."""
        return hashlib.sha256(self.der).hexdigest().upper()

    @cached_property
    def public_key_sha256(self) -> str:
        """SHA-256 of the public key (DER of its SubjectPublicKeyInfo), 64 upper-case hex digits.

        The same for every certificate over the same key.
        """
        with quiet_library():
            key = self._x509.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(key).hexdigest().upper()

    @cached_property
    def key_id(self) -> str:
        """The credential's id: UUIDv5 over the DER and every value that would make Terraform replace it.

        A replacement thus never meets the key id of what it replaces, which Entra refuses ("already exists").
        """
        replacing = (KEY_TYPE, KEY_ENCODING, self.start_date, self.end_date, self.der.hex())
        return str(uuid.uuid5(_KEY_ID_NAMESPACE, "\n".join(replacing)))

    @property
    def common_name(self) -> str:
        """The subject's last common name as it is written there; without one the first DNS name, or the subject.

        Raw text from elsewhere: show it through `helpers.plain_text.one_line`.
        """
        return self._facts.common_name

    @cached_property
    def dns_names(self) -> tuple[str, ...]:
        """The DNS names it is for, as they are written there; raw text from elsewhere."""
        with quiet_library():
            return _dns_names(self._x509)

    @property
    def subject(self) -> str:
        """The subject in the form of RFC 4514; raw text from elsewhere."""
        return self._facts.subject

    @property
    def issuer(self) -> str:
        """The issuer in the form of RFC 4514; raw text from elsewhere."""
        return self._facts.issuer

    @property
    def serial_number(self) -> int:
        """The serial number; not positive in certificates that break RFC 5280."""
        return self._facts.serial_number

    @property
    def not_before(self) -> datetime:
        """The first second of its validity, UTC."""
        return self._facts.not_before

    @property
    def not_after(self) -> datetime:
        """The last second of its validity, UTC."""
        return self._facts.not_after

    @property
    def start_date(self) -> str:
        """`not_before` as `YYYY-MM-DDTHH:MM:SSZ`: with fraction or offset Terraform would replace it at every plan."""
        return _zulu(self.not_before)

    @property
    def end_date(self) -> str:
        """`not_after` as `YYYY-MM-DDTHH:MM:SSZ`."""
        return _zulu(self.not_after)

    @property
    def key_algorithm(self) -> str:
        """The dotted object identifier of the key's algorithm; 1.2.840.113549.1.1.1 is RSA."""
        return self._facts.key_algorithm

    @cached_property
    def rsa_key(self) -> RSAPublicKey | None:
        """The public key; None when it is not RSA. Raises `ValueError` when it is broken."""
        with quiet_library():
            try:
                key = self._x509.public_key()
            except UnsupportedAlgorithm:
                return None
        return key if isinstance(key, RSAPublicKey) else None

    @property
    def key_bits(self) -> int:
        """The size of the RSA modulus in bits; 0 when the key is not RSA."""
        return self.rsa_key.key_size if self.rsa_key else 0

    @property
    def signature_hash(self) -> str:
        """The hash its issuer signed, such as `sha256`; the algorithm's dotted identifier when that names none."""
        return self._facts.signature_hash

    @property
    def self_signed(self) -> bool:
        """Whether it names itself as issuer; `self_signature` says whether that is so."""
        return self._facts.self_signed

    @cached_property
    def self_signature(self) -> bool | None:
        """Whether its own key verifies its signature; None when it is not self-signed or that cannot be checked."""
        if not self.self_signed or self.rsa_key is None:
            return None
        with quiet_library():
            try:
                _verify(self._x509, self.rsa_key)
            except (InvalidSignature, ValueError, TypeError):
                return False
            except UnsupportedAlgorithm:
                return None
        return True

    def manifest_entry(self, form: Literal["value", "key"] = "value") -> dict[str, str]:
        """Return the entry for `keyCredentials` in the application's manifest.

        `form` is `value` for the article's manifest (Azure AD Graph), `key` for Microsoft Graph's. `displayName` is
        the common name, as Cisco's guide wants it, cut to the 90 characters that Graph accepts.
        """
        return {
            "customKeyIdentifier": self.sha1_base64,
            "displayName": self.common_name[:_LONGEST_DISPLAY_NAME],
            "endDateTime": self.end_date,
            "keyId": self.key_id,
            "startDateTime": self.start_date,
            "type": KEY_TYPE,
            "usage": KEY_USAGE,
            form: self.value,
        }

    @cached_property
    def _sha1(self) -> bytes:
        return hashlib.sha1(self.der, usedforsecurity=False).digest()

    @cached_property
    def _x509(self) -> x509.Certificate:
        with quiet_library():
            return x509.load_der_x509_certificate(self.der)

    @cached_property
    def _facts(self) -> _Facts:
        with quiet_library():
            return _facts_of(self._x509)


@dataclass(frozen=True)
class _Facts:
    """What the library reads lazily, read at once, so that its warnings are silenced in one place."""

    common_name: str
    subject: str
    issuer: str
    serial_number: int
    not_before: datetime
    not_after: datetime
    key_algorithm: str
    signature_hash: str
    self_signed: bool


@contextmanager
def quiet_library() -> Iterator[None]:
    """Keep the library's warnings about odd certificates off stderr: what matters of it is said as a remark."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _facts_of(certificate: x509.Certificate) -> _Facts:
    return _Facts(
        common_name=_common_name(certificate),
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        serial_number=certificate.serial_number,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        key_algorithm=certificate.public_key_algorithm_oid.dotted_string,
        signature_hash=_signature_hash(certificate),
        self_signed=certificate.subject == certificate.issuer,
    )


def _common_name(certificate: x509.Certificate) -> str:
    # The last one is the most specific (RFC 6125, section 2.3.1), and what OpenSSL and Java take.
    for attribute in reversed(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)):
        if isinstance(attribute.value, str) and attribute.value:
            return attribute.value
    return next(iter(_dns_names(certificate)), "") or certificate.subject.rfc4514_string() or "(no name)"


def _dns_names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except Exception:  # noqa: BLE001 — a missing, broken or repeated extension only costs us a name to show
        return ()
    return tuple(names.get_values_for_type(x509.DNSName))


def _signature_hash(certificate: x509.Certificate) -> str:
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        algorithm = None
    return algorithm.name if algorithm else certificate.signature_algorithm_oid.dotted_string


def _verify(certificate: x509.Certificate, key: RSAPublicKey) -> None:
    # Not verify_directly_issued_by, which has no SHA-1: such a certificate is weak, but not one that lies.
    scheme, algorithm = certificate.signature_algorithm_parameters, certificate.signature_hash_algorithm
    if not isinstance(scheme, AsymmetricPadding) or algorithm is None:
        raise InvalidSignature
    key.verify(certificate.signature, certificate.tbs_certificate_bytes, scheme, algorithm)


def _zulu(moment: datetime) -> str:
    # Not strftime: it writes years before 1000 with fewer than four digits on some systems.
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
