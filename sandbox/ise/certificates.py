"""Certificates as ISE's API shows and exports them.

Field names are those of Cisco's SDK; dates are Java's `Date.toString()`, system certificates carry no subject
alternative names, an export is always a ZIP (domain.md §4 and §9, and public notes on ISE 3.4).
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from cryptography.x509.oid import NameOID

from sandbox.identities import ISE_API_HOST
from sandbox.ise.refusals import IseRefused
from sandbox.keys import rsa_key_at

if TYPE_CHECKING:
    from sandbox.store import Document
    from sandbox.world import World

# ISE derives the name of an exported file from the friendly name: letters and digits, cut off after so many.
_NAME_LENGTH = 28
_DATE = "%a %b %d %H:%M:%S UTC %Y"
# What a trusted certificate is checked against: nothing, as imported. Here ISE writes its switches as words.
_REVOCATION = {
    "enableOCSPValidation": "off",
    "rejectIfNoStatusFromOCSP": "off",
    "rejectIfUnreachableFromOCSP": "off",
    "downloadCRL": "off",
    "enableServerIdentityCheck": "off",
}
_PASSWORD = re.compile(r"[A-Za-z0-9]{8,100}")


def system_certificate(document: Document) -> dict[str, Any]:
    """Return a system certificate as the API lists it."""
    certificate = x509.load_pem_x509_certificate(document["pem"].encode())
    return {
        "id": document["id"],
        "friendlyName": document["friendlyName"],
        **_facts(certificate),
        "usedBy": document["usedBy"],
        "keySize": _key_size(certificate),
        "groupTag": document["groupTag"],
        "selfSigned": certificate.issuer == certificate.subject,
        "portalsUsingTheTag": "",
        "link": link(f"/api/v1/certs/system-certificate/{document['node']}/{document['id']}"),
    }


def trusted_certificate(document: Document) -> dict[str, Any]:
    """Return a trusted certificate as the API lists it: numbers as text, no `selfSigned`."""
    certificate = x509.load_pem_x509_certificate(document["pem"].encode())
    return {
        "id": document["id"],
        "friendlyName": document["friendlyName"],
        "description": document["description"],
        "status": "enabled" if document.get("enabled", True) else "disabled",
        "subject": certificate.subject.rfc4514_string(),
        **_facts(certificate),
        "sha256Fingerprint": document["sha256"],
        "keySize": str(_key_size(certificate)),
        "trustedFor": document["trustedFor"],
        "internalCA": bool(document.get("internalCA")),
        "isReferredInPolicy": False,
        **_REVOCATION,
        "link": link(f"/api/v1/certs/trusted-certificate/{document['id']}"),
    }


def exported(world: World, document: Document, *, password: str | None) -> bytes:
    """Return the ZIP of an export: the certificate, and with a password its private key, encrypted.

    Raises IseRefused for a password that ISE would not take.
    """
    name = re.sub(r"[^A-Za-z0-9]", "", document["friendlyName"])[:_NAME_LENGTH]
    files = {f"{name}.pem": document["pem"].encode()}
    if password is not None:
        if not _PASSWORD.fullmatch(password):
            raise IseRefused(400, "Password must be alphanumeric, of 8 to 100 characters")
        key = rsa_key_at(world.folder / document["key"])
        locked = BestAvailableEncryption(password.encode())
        files[f"{name}.pvk"] = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in files.items():
            archive.writestr(file, content)
    return buffer.getvalue()


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of the DER, lower-case hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def java_date(text: str) -> datetime:
    """Return the time that a list shows; here it is UTC, in a real ISE the node's own zone."""
    return datetime.strptime(text, _DATE).replace(tzinfo=UTC)


def link(path: str, rel: str = "self") -> dict[str, str]:
    """Return a link as the API gives it."""
    return {"rel": rel, "href": f"https://{ISE_API_HOST}{path}", "type": "application/json"}


def _facts(certificate: x509.Certificate) -> dict[str, Any]:
    return {
        "serialNumberDecimalFormat": str(certificate.serial_number),
        "issuedTo": _common_name(certificate.subject),
        "issuedBy": _common_name(certificate.issuer),
        "validFrom": _java_date_of(certificate.not_valid_before_utc),
        "expirationDate": _java_date_of(certificate.not_valid_after_utc),
        "signatureAlgorithm": _signature_algorithm(certificate),
        "sha256Fingerprint": fingerprint(certificate),
    }


def _signature_algorithm(certificate: x509.Certificate) -> str:
    digest = certificate.signature_hash_algorithm
    kind = "RSA" if isinstance(certificate.public_key(), rsa.RSAPublicKey) else "ECDSA"
    return f"{digest.name.upper()}with{kind}" if digest else ""


def _common_name(name: x509.Name) -> str:
    attributes = name.get_attributes_for_oid(NameOID.COMMON_NAME) or list(name)
    return str(attributes[0].value) if attributes else ""


def _key_size(certificate: x509.Certificate) -> int:
    return int(getattr(certificate.public_key(), "key_size", 0))


def _java_date_of(moment: datetime) -> str:
    return moment.strftime(_DATE)
