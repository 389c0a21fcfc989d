"""A self-signed certificate that a node makes for itself: the first half of a renewal in ISE.

Fields, values and what a role does to the certificate that had it: Cisco's OpenAPI description of
`generate-selfsigned-certificate`. A real node restarts when its Admin certificate changes; here nobody waits for it.
"""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sandbox.ise.nodes import admin_certificate_path, admin_key_path, node_named, self_signed, system_certificates
from sandbox.ise.refusals import IseRefused
from sandbox.keys import write_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.ise.nodes import Digest, PrivateKey
    from sandbox.store import Document
    from sandbox.world import World

_REQUIRED = (
    "allowExtendedValidity",
    "allowPortalTagTransferForSameSubject",
    "allowReplacementOfCertificates",
    "allowReplacementOfPortalGroupTag",
    "allowRoleTransferForSameSubject",
    "allowSanDnsBadName",
    "allowSanDnsNonResolvable",
    "digestType",
    "expirationTTL",
    "expirationTTLUnit",
    "hostName",
    "keyLength",
    "keyType",
)
_DIGESTS: Mapping[str, Digest] = {
    "SHA-256": hashes.SHA256(),
    "SHA-384": hashes.SHA384(),
    "SHA-512": hashes.SHA512(),
}
_DAYS = {"days": 1, "weeks": 7, "months": 30, "years": 365}
_LONGEST_TRUSTED = timedelta(days=398)  # beyond it browsers distrust a certificate, and ISE wants to be told twice
_CURVES: Mapping[str, ec.EllipticCurve] = {"256": ec.SECP256R1(), "384": ec.SECP384R1(), "521": ec.SECP521R1()}
# Below 1024 bits the library makes no key: ISE's 512 is beyond this sandbox.
_RSA_LENGTHS = ("1024", "2048", "4096")
# What a request asks for, and the words by which a list says it.
_ROLES = {
    "admin": "Admin",
    "eap": "EAP Authentication",
    "portal": "Portal",
    "radius": "RADIUS DTLS",
    "pxgrid": "pxGrid",
    "saml": "SAML",
}
_NOT_IN_USE = "Not in use"
_DEFAULT_NAME = "Self-signed certificate"


def generate(world: World, request: dict[str, Any]) -> Document:
    """Make the certificate a request asks for, give it its roles, and return its document. Raises IseRefused."""
    for name in _REQUIRED:
        if request.get(name) is None:
            raise IseRefused(400, f"{name}, must not be null")
    node = node_named(str(request["hostName"]))
    if node is None:
        raise IseRefused(400, f"{request['hostName']} is no node of this deployment")
    roles = _roles(request)
    key, lifetime, digest = _key(request), _lifetime(request), _digest(request)
    name = str(request.get("subjectCommonName") or "$FQDN$").replace("$FQDN$", node)
    pem = self_signed(key, name, now=world.now(), lifetime=lifetime, digest=digest)
    return _installed(world, node, request, roles=roles, key=key, pem=pem)


def _roles(request: dict[str, Any]) -> list[str]:
    roles = [word for flag, word in _ROLES.items() if request.get(flag)]
    if "SAML" in roles and len(roles) > 1:
        raise IseRefused(400, "Import failed as SAML certificate cannot be used with any other role")
    if "Portal" in roles and not request.get("portalGroupTag"):
        raise IseRefused(400, "portalGroupTag, must not be null")
    return roles


def _key(request: dict[str, Any]) -> PrivateKey:
    kind, length = str(request["keyType"]), str(request["keyLength"])
    if kind == "RSA" and length in _RSA_LENGTHS:
        return rsa.generate_private_key(public_exponent=65537, key_size=int(length))
    if kind == "ECDSA" and length in _CURVES:
        return ec.generate_private_key(_CURVES[length])
    raise IseRefused(400, f"keyType {kind} with keyLength {length} is not supported")


def _lifetime(request: dict[str, Any]) -> timedelta:
    ttl, unit = request["expirationTTL"], request["expirationTTLUnit"]
    if not isinstance(ttl, int) or ttl < 1 or unit not in _DAYS:
        raise IseRefused(400, "expirationTTL is a whole number of days, weeks, months or years")
    lifetime = timedelta(days=ttl * _DAYS[unit])
    if lifetime > _LONGEST_TRUSTED and not request["allowExtendedValidity"]:
        raise IseRefused(400, "The certificate's validity is greater than 398 days")
    return lifetime


def _digest(request: dict[str, Any]) -> Digest:
    if request["digestType"] not in _DIGESTS:
        raise IseRefused(400, f"digestType is one of {' '.join(_DIGESTS)}")
    return _DIGESTS[request["digestType"]]


def _installed(
    world: World, node: str, request: dict[str, Any], *, roles: list[str], key: PrivateKey, pem: bytes
) -> Document:
    identifier = str(uuid.uuid4())
    for document in list(_losing(world, node, roles)):
        world.store.put("", "systemCertificate", document["id"], document)
    key_file = f"nodes/{node}.{identifier}.key"
    write_secret(world.folder / key_file, _private(key))
    document = {
        "id": identifier,
        "node": node,
        "friendlyName": str(request.get("name") or _DEFAULT_NAME),
        "usedBy": ", ".join(roles) or _NOT_IN_USE,
        "groupTag": str(request.get("portalGroupTag") or "") if "Portal" in roles else "",
        "pem": pem.decode(),
        "key": key_file,
    }
    world.store.put("", "systemCertificate", identifier, document)
    if "Admin" in roles:
        _put_in_front(world, node, pem, _private(key))
    return document


def _losing(world: World, node: str, roles: list[str]) -> Iterator[Document]:
    """Yield those certificates of a node that had a role which another takes now, without it."""
    for document in system_certificates(world.store, node):
        had = [word for word in re.split(r",\s*", document["usedBy"]) if word]
        kept = [word for word in had if word not in roles]
        if kept != had:
            tag = document["groupTag"] if "Portal" in kept else ""
            yield {**document, "usedBy": ", ".join(kept) or _NOT_IN_USE, "groupTag": tag}


def _put_in_front(world: World, node: str, pem: bytes, private: bytes) -> None:
    """Keep the files by which one acts as a node those of the certificate it uses as Admin now."""
    former = f"nodes/{node}.{uuid.uuid4()}.key"
    for document in system_certificates(world.store, node):
        if world.folder / document["key"] == admin_key_path(world.folder, node):
            world.store.put("", "systemCertificate", document["id"], {**document, "key": former})
    admin_key_path(world.folder, node).replace(world.folder / former)
    admin_certificate_path(world.folder, node).unlink()
    write_secret(admin_key_path(world.folder, node), private)
    write_secret(admin_certificate_path(world.folder, node), pem)


def _private(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
