"""ISE's store of trusted certificates: which roots it has, and how one is added.

A document of kind `trustedCertificate`, under the tenant `""`: {id, friendlyName, description, trustedFor, pem,
sha256}, and
where they are not as an import makes them `enabled` and `internalCA`.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sandbox.ise.certificates import fingerprint
from sandbox.ise.refusals import IseRefused

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.store import Document, Store

# Absent is not false: ISE refuses an import that leaves one of these out.
_REQUIRED = ("allowBasicConstraintCAFalse", "allowOutOfDateCert", "allowSHA1Certificates", "data")
# What an import asks for, and the words by which a list says it.
_TRUST = {
    "trustForIseAuth": "Infrastructure",
    "trustForClientAuth": "Endpoints",
    "trustForCiscoServicesAuth": "Cisco Services",
    "trustForCertificateBasedAdminAuth": "AdminAuth",
}
_DUPLICATE = (
    "Certificates are having same subject, same serial number and they are binary equal. Hence skipping the replace"
)


def import_trusted(store: Store, request: dict[str, Any], *, now: datetime) -> Document:
    """Add a certificate to the store and return its document; raise IseRefused (400, or 409 for one that is there)."""
    for name in _REQUIRED:
        if request.get(name) is None:
            raise IseRefused(400, f"{name}, must not be null")
    # ISE takes a comma for an attack, in a description alone.
    if "," in (request.get("description") or ""):
        raise IseRefused(400, "Security Check Failed")
    _check_trust(request)
    certificate = _parse(request["data"])
    sha256 = fingerprint(certificate)
    if store.where("", "trustedCertificate", "sha256", sha256):
        raise IseRefused(409, _DUPLICATE)
    _check_allowed(certificate, request, now)
    trust = ",".join(word for flag, word in _TRUST.items() if request.get(flag))
    document = {
        "id": str(uuid.uuid4()),
        "friendlyName": request.get("name") or certificate.subject.rfc4514_string(),
        "description": request.get("description") or "",
        "trustedFor": trust or "Unknown",
        "pem": certificate.public_bytes(Encoding.PEM).decode(),
        "sha256": sha256,
    }
    store.put("", "trustedCertificate", document["id"], document)
    return document


def _check_trust(request: dict[str, Any]) -> None:
    """Hold to what Cisco's description says of the switches: each leans on the one before."""
    ise, client, admin = (
        request.get(name) for name in ("trustForIseAuth", "trustForClientAuth", "trustForCertificateBasedAdminAuth")
    )
    if (client and not ise) or (admin and not (ise and client)):
        raise IseRefused(400, "Trust for client authentication needs trust within ISE and trust for admins needs both")


def _parse(data: object) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(str(data).encode())
    except ValueError as error:
        raise IseRefused(400, "Failed to parse the certificate: PEM is expected in data") from error


def _check_allowed(certificate: x509.Certificate, request: dict[str, Any], now: datetime) -> None:
    current = certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc
    if not current and not request["allowOutOfDateCert"]:
        raise IseRefused(400, "The certificate is out of date")
    if not _is_authority(certificate) and not request["allowBasicConstraintCAFalse"]:
        raise IseRefused(400, "The certificate's basic constraints do not say CA")
    digest = certificate.signature_hash_algorithm
    if digest is not None and digest.name == "sha1" and not request["allowSHA1Certificates"]:
        raise IseRefused(400, "The certificate is signed with SHA-1")


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
