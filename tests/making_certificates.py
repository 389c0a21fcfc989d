"""Every certificate, key and archive that tests need, made at run time: none is ever committed.

RSA keys take a tenth of a second each, so `rsa_key` makes each one once and keeps it in the project's cache. What the
library refuses to make (a SHA-1 signature, a broken key) is put together from DER here.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    pkcs7,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from helpers.certificates.der import element_at, first_children
from sandbox.folder import write_private

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

NODE_NAME = "psn-01.example.net"
_KEYS = Path(__file__).resolve().parent.parent / ".cache" / "keys-of-tests"
PASSPHRASE = b"made at run time"

RSA_ENCRYPTION = bytes.fromhex("300d06092a864886f70d0101010500")
RSASSA_PSS = bytes.fromhex("300b06092a864886f70d01010a")
SHA1_WITH_RSA = bytes.fromhex("300d06092a864886f70d0101050500")

# Where things stand in a TBSCertificate of version 3 (RFC 5280, section 4.1).
SERIAL_NUMBER, SIGNATURE, VALIDITY, PUBLIC_KEY = 1, 2, 4, 6


@cache
def rsa_key(label: str = "node", bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return the RSA key called `label`. Making one takes longer than most tests, so it is kept for the next run."""
    assert label
    kept = _KEYS / f"{hashlib.sha256(label.encode()).hexdigest()}-{bits}.pem"
    if not kept.exists():
        made = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        write_private(kept, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
    key = load_pem_private_key(kept.read_bytes(), password=None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    """Return an elliptic curve key, the same one for the life of this process."""
    return ec.generate_private_key(ec.SECP256R1())


def make_certificate(
    common_name: str | None = NODE_NAME,
    *,
    key: CertificateIssuerPrivateKeyTypes | None = None,
    issuer: str | None = None,
    issuer_key: CertificateIssuerPrivateKeyTypes | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    dns_names: Sequence[str] = (),
    serial_number: int | None = None,
) -> bytes:
    """Return the DER of a certificate, self-signed unless an issuer is named; valid for a year from yesterday."""
    key = key or rsa_key()
    start = not_before or datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(common_name))
        .issuer_name(name_of(issuer) if issuer else name_of(common_name))
        .public_key(key.public_key())
        .serial_number(serial_number or x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(not_after or start + timedelta(days=365))
    )
    if dns_names:
        names = x509.SubjectAlternativeName([x509.DNSName(name) for name in dns_names])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(issuer_key or key, signing_hash(issuer_key or key)).public_bytes(Encoding.DER)


def name_of(common_name: str | None) -> x509.Name:
    """Return a subject with that common name, or with an organization alone."""
    if common_name is None:
        return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example")])
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def signing_hash(key: CertificateIssuerPrivateKeyTypes) -> hashes.SHA256 | None:
    """Return the hash to sign with; Edwards curves choose their own."""
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def tlv(tag: int, *contents: bytes) -> bytes:
    """Return one DER element."""
    content = b"".join(contents)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def altered(
    der: bytes, parts: Mapping[int, bytes], *, key: rsa.RSAPrivateKey | None = None, sha1: bool = False
) -> bytes:
    """Return `der` with parts of its TBSCertificate replaced, by position, and signed again by `key`."""
    outer = element_at(der, 0)
    assert outer is not None
    body = element_at(der, outer.start)
    assert body is not None
    elements, start = [], body.start
    for child in first_children(der, body, 20):
        elements.append(der[start : child.end])
        start = child.end
    for position, replacement in ({SIGNATURE: SHA1_WITH_RSA} if sha1 else {} | dict(parts)).items():
        elements[position] = replacement
    to_be_signed = tlv(0x30, *elements)
    algorithm = hashes.SHA1() if sha1 else hashes.SHA256()  # noqa: S303 — the certificate under test is weak
    signature = (key or rsa_key()).sign(to_be_signed, padding.PKCS1v15(), algorithm)
    return tlv(0x30, to_be_signed, elements[SIGNATURE], tlv(0x03, b"\0", signature))


def public_key_of(modulus: int, exponent: int = 65537, *, algorithm: bytes = RSA_ENCRYPTION) -> bytes:
    """Return a SubjectPublicKeyInfo of RSA numbers, sound or not."""
    numbers = tlv(0x30, _integer(modulus), _integer(exponent))
    return tlv(0x30, algorithm, tlv(0x03, b"\0", numbers))


def _integer(number: int) -> bytes:
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def to_pem(der: bytes, label: str = "CERTIFICATE", *, newline: str = "\n") -> bytes:
    """Return PEM of `der` with 64 columns."""
    encoded = base64.b64encode(der).decode()
    lines = [encoded[start : start + 64] for start in range(0, len(encoded), 64)]
    return newline.join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def to_zip(files: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP of `files`, by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def to_manifest_entry(der: bytes, *, member: str = "value") -> dict[str, object]:
    """Return a keyCredentials entry as the portal shows it."""
    return {"customKeyIdentifier": "x", "type": "AsymmetricX509Cert", member: base64.b64encode(der).decode()}


def make_request() -> bytes:
    """Return the DER of a certificate signing request."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(name_of(NODE_NAME))
    return builder.sign(rsa_key(), hashes.SHA256()).public_bytes(Encoding.DER)


def make_revocation_list() -> bytes:
    """Return the DER of a CRL."""
    now = datetime.now(UTC)
    builder = x509.CertificateRevocationListBuilder().issuer_name(name_of("ca")).last_update(now)
    return builder.next_update(now + timedelta(days=1)).sign(rsa_key(), hashes.SHA256()).public_bytes(Encoding.DER)


def make_public_key(
    *, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo, encoding: Encoding = Encoding.DER
) -> bytes:
    """Return the node's public key alone."""
    return rsa_key().public_key().public_bytes(encoding, form)


def make_pkcs7(*ders: bytes) -> bytes:
    """Return a .p7b (DER) of certificates."""
    certificates = [x509.load_der_x509_certificate(der) for der in ders]
    return pkcs7.serialize_certificates(certificates, Encoding.DER)


@cache
def private_keys() -> dict[str, bytes]:
    """Return one private key in each form that a file can hold, by the form's name."""
    key, elliptic, edwards = rsa_key(), ec_key(), ed25519.Ed25519PrivateKey.generate()
    locked = serialization.BestAvailableEncryption(PASSPHRASE)
    pem, der, plain = Encoding.PEM, Encoding.DER, NoEncryption()
    pkcs8, traditional = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL
    certificate = x509.load_der_x509_certificate(make_certificate())
    return {
        "pkcs8-pem": key.private_bytes(pem, pkcs8, plain),
        "pkcs8-der": key.private_bytes(der, pkcs8, plain),
        "pkcs8-encrypted-pem": key.private_bytes(pem, pkcs8, locked),
        "pkcs8-encrypted-der": key.private_bytes(der, pkcs8, locked),
        "pkcs1-pem": key.private_bytes(pem, traditional, plain),
        "pkcs1-der": key.private_bytes(der, traditional, plain),
        "pkcs1-encrypted-pem": key.private_bytes(pem, traditional, locked),
        "pkcs1-4096-der": rsa_key("large", 4096).private_bytes(der, traditional, plain),
        "ec-pem": elliptic.private_bytes(pem, traditional, plain),
        "ec-der": elliptic.private_bytes(der, traditional, plain),
        "ec-pkcs8-der": elliptic.private_bytes(der, pkcs8, plain),
        "ed25519-der": edwards.private_bytes(der, pkcs8, plain),
        "ed25519-pem": edwards.private_bytes(pem, pkcs8, plain),
        "openssh": key.private_bytes(pem, PrivateFormat.OpenSSH, plain),
        "pkcs12": pkcs12.serialize_key_and_certificates(b"node", key, certificate, None, locked),
        "pkcs12-open": pkcs12.serialize_key_and_certificates(b"node", key, certificate, None, plain),
        "putty": b"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nPrivate-Lines: 1\nAAAAgQ==\n",
        "pvk": bytes.fromhex("1ef1b5b0000000000100000000000000000000009404000007020000002400005253413200080000"),
        "java-keystore": bytes.fromhex("feedfeed0000000200000001") + b"node" * 20,
        "jwk": json.dumps({"kty": "RSA", "n": "AQAB" * 80, "e": "AQAB", "d": "AQAB" * 80}).encode(),
        "xml": b"<RSAKeyValue><Modulus>AQAB</Modulus><D>AQAB</D></RSAKeyValue>",
        "openssl-text": b"RSA Private-Key: (2048 bit)\nprivateExponent:\n    00:aa:bb:cc:dd:ee\n",
    }
