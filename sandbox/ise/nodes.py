"""ISE's nodes and the certificates they made for themselves.

A document of kind `systemCertificate`, under the tenant `""`: {id, node, friendlyName, usedBy, groupTag, pem, key}.
`node` is the node's full name, `key` the file of its private key below the sandbox's folder.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from sandbox.identities import ISE_API_HOST, ISE_NODES
from sandbox.keys import rsa_key_at, write_secret

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sandbox.store import Document, Store
    from sandbox.world import World

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Digest: TypeAlias = SHA256 | SHA384 | SHA512

# What ISE gives a certificate that it makes itself.
_LIFETIME = timedelta(days=730)
_NAMESPACE = uuid.UUID("5a9d0000-0000-5000-8000-0000000015e0")


@dataclass(frozen=True)
class _Purpose:
    """One certificate that a node has: ISE's name for it, the words ISE has for what uses it, its key's file."""

    friendly_name: str
    used_by: str
    file: str
    key: str
    primary_only: bool = False


# The Admin certificate is the one that signs in to Entra; the others are there so that picking it matters, and one is
# named so that picking it by its name is wrong. ISE lists the uses of one certificate in one string, in these words
# (read on ISE 3.4). Only the Admin one needs a key of its own: making keys takes long.
_PURPOSES = (
    _Purpose("EAP certificate of {short}", "EAP Authentication", "{node}.eap", "{node}.eap"),
    _Purpose("Admin certificate of {short} until last year", "Not in use", "{node}.former", "{node}.eap"),
    _Purpose("Default self-signed server certificate", "Admin, Portal, RADIUS DTLS", "{node}", "{node}"),
    _Purpose("ISE Messaging Service of {short}", "ISE Messaging Service", "{node}.ims", "{node}.eap"),
    _Purpose("Default self-signed saml server certificate", "SAML", "{node}.saml", "{node}.eap", primary_only=True),
)


def admin_key_path(folder: Path, node: str) -> Path:
    """Return where the private key of a node's Admin certificate is: with it one can act as that node."""
    return folder / "nodes" / f"{node}.key"


def admin_certificate_path(folder: Path, node: str) -> Path:
    """Return where the node's Admin certificate is (PEM), as ISE exports it."""
    return folder / "nodes" / f"{node}.pem"


def seed_nodes(world: World) -> None:
    """Let every node make its certificates, where it has none yet."""
    for node in ISE_NODES:
        for purpose in _PURPOSES:
            if purpose.primary_only and node != ISE_API_HOST:
                continue
            identifier = str(uuid.uuid5(_NAMESPACE, purpose.file.format(node=node)))
            if world.store.get("", "systemCertificate", identifier) is None:
                world.store.put("", "systemCertificate", identifier, _make(world, node, purpose, identifier))


def short_name(node: str) -> str:
    """Return what ISE calls a node in its own lists: the name without its domain."""
    return node.partition(".")[0]


def node_named(name: str) -> str | None:
    """Return the full name of the node that is called so, shortly or fully."""
    wanted = name.lower()
    return next((node for node in ISE_NODES if wanted in {node, short_name(node)}), None)


def node_documents() -> list[Document]:
    """Return the deployment as `GET /api/v1/deployment/node` lists it."""
    return [
        {
            "hostname": short_name(node),
            "fqdn": node,
            "ipAddress": "127.0.0.1",
            "roles": ["PrimaryAdmin", "PrimaryMonitoring"] if node == ISE_API_HOST else [],
            "services": ["Session", "Profiler"],
            "nodeStatus": "Connected",
        }
        for node in ISE_NODES
    ]


def system_certificates(store: Store, node: str) -> list[Document]:
    """Return the certificates of a node."""
    return store.where("", "systemCertificate", "node", node)


def admin_certificate(store: Store, node: str) -> Document:
    """Return the certificate that a node signs in to Entra with."""
    return next(each for each in system_certificates(store, node) if "Admin" in each["usedBy"].split(", "))


def _make(world: World, node: str, purpose: _Purpose, identifier: str) -> Document:
    file, key_file = purpose.file.format(node=node), f"nodes/{purpose.key.format(node=node)}.key"
    pem = self_signed(rsa_key_at(world.folder / key_file), node, now=world.now())
    path = world.folder / "nodes" / f"{file}.pem"
    path.unlink(missing_ok=True)
    write_secret(path, pem)
    return {
        "id": identifier,
        "node": node,
        "friendlyName": purpose.friendly_name.format(short=short_name(node)),
        "usedBy": purpose.used_by,
        "groupTag": "Default Portal Certificate Group" if "Portal" in purpose.used_by else "",
        "pem": pem.decode(),
        "key": key_file,
    }


def self_signed(
    key: PrivateKey, name: str, *, now: datetime, lifetime: timedelta = _LIFETIME, digest: Digest | None = None
) -> bytes:
    """Return a certificate (PEM) for a host name over its own key, as ISE makes them."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now.replace(microsecond=0))
        .not_valid_after(now.replace(microsecond=0) + lifetime)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    )
    return builder.sign(key, digest or SHA256()).public_bytes(Encoding.PEM)
