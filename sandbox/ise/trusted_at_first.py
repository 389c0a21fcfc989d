"""What the sandbox's ISE trusts before anybody looks after it: too much of one root, too little of another.

Roots that `certifi` holds are the real ones. Those it has dropped are imitated: name, dates and fingerprint are listed
as they are, the bytes below them are the sandbox's own.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from helpers.certificates.certificate import Certificate
from helpers.trust_roots import FORMER_ROOTS, roots
from sandbox.identities import ISE_API_HOST
from sandbox.ise.certificates import fingerprint
from sandbox.keys import rsa_key_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.store import Document
    from sandbox.world import World

_NAMESPACE = uuid.UUID("5a9d0000-0000-5000-8000-0000000015e1")
_EVERYTHING = "Infrastructure,Endpoints,AdminAuth"
_THERE = "DigiCert Global Root G2"


@dataclass(frozen=True)
class _Imitated:
    """A root of the past. Dates: the certificate's own."""

    name: str
    since: datetime
    until: datetime
    trusted_for: str


_IMITATED = (
    _Imitated(
        "Baltimore CyberTrust Root",
        datetime(2000, 5, 12, 18, 46, tzinfo=UTC),
        datetime(2025, 5, 12, 23, 59, tzinfo=UTC),
        "Infrastructure,Endpoints",
    ),
    _Imitated(
        "DigiCert Global Root CA",
        datetime(2006, 11, 10, tzinfo=UTC),
        datetime(2031, 11, 10, tzinfo=UTC),
        _EVERYTHING,
    ),
)


def seed_trusted(world: World) -> None:
    """Put them into the store, where they are not yet."""
    for document in _documents(world):
        if world.store.get("", "trustedCertificate", document["id"]) is None:
            world.store.put("", "trustedCertificate", document["id"], document)


def _documents(world: World) -> Iterator[Document]:
    root = next(root for root in roots() if root.name == _THERE)
    yield _document(root.name, root.certificate.pem, root.sha256, "Infrastructure,Endpoints,Cisco Services")
    known = {former.name: former.sha256 for former in FORMER_ROOTS}
    for former in _IMITATED:
        pem = _root(world, former.name, former.since, former.until)
        yield _document(former.name, pem, known[former.name], former.trusted_for)
    # What a company's devices are known by, and ISE's own: trusted for devices, as they must be.
    begun = world.now().replace(microsecond=0)
    for name, internal in (("Contoso Device CA", False), ("Certificate Services Root CA - pan", True)):
        pem = _root(world, name, begun, begun + timedelta(days=3650))
        sha256 = fingerprint(x509.load_pem_x509_certificate(pem.encode()))
        yield {**_document(name, pem, sha256, "Infrastructure,Endpoints"), "internalCA": internal}


def _document(name: str, pem: str, sha256: str, trusted_for: str) -> Document:
    return {
        "id": str(uuid.uuid5(_NAMESPACE, name)),
        "friendlyName": name,
        "description": "",
        "trustedFor": trusted_for,
        "pem": pem,
        "sha256": sha256.lower(),
    }


def _root(world: World, name: str, since: datetime, until: datetime) -> str:
    # Any key does that the sandbox has already: nothing is ever signed with it below these names.
    key = rsa_key_at(world.folder / "nodes" / f"{ISE_API_HOST}.eap.key")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    return Certificate(builder.sign(key, SHA256()).public_bytes(Encoding.DER)).pem
