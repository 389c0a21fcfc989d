"""ISE's nodes and the certificates they made for themselves.

A document of kind `systemCertificate`, under the tenant `""`: {id, node, friendlyName, usedBy, groupTag, pem, key}.
`node` is the node's full name, `key` the file of its private key below the sandbox's folder.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from sandbox.identities import ISE_API_HOST, ISE_NODES
from sandbox.keys import rsa_key_at, write_secret

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import rsa

    from sandbox.store import Document, Store
    from sandbox.world import World

# What ISE gives a certificate that it makes itself.
_LIFETIME = timedelta(days=730)
_NAMESPACE = uuid.UUID("5a9d0000-0000-5000-8000-0000000015e0")


@dataclass(frozen=True)
class _Purpose:
    """One certificate that every node has: ISE's name for it, and the words ISE has for what uses it."""

    friendly_name: str
    used_by: str
    file: str


# The Admin certificate is the one that signs in to Entra; the other is there so that picking it matters. ISE lists the
# uses of one certificate in one string.
_PURPOSES = (
    _Purpose("EAP certificate of {short}", "EAP Authentication", "{node}.eap"),
    _Purpose("Default self-signed server certificate", "Admin, Portal, RADIUS DTLS", "{node}"),
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


def _make(world: World, node: str, purpose: _Purpose, identifier: str) -> Document:
    file = purpose.file.format(node=node)
    key = rsa_key_at(world.folder / "nodes" / f"{file}.key")
    pem = _self_signed(key, node, world.now())
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
        "key": f"nodes/{file}.key",
    }


def _self_signed(key: rsa.RSAPrivateKey, node: str, now: datetime) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, node)])
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now.replace(microsecond=0))
        .not_valid_after(now.replace(microsecond=0) + _LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(node)]), critical=False)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
