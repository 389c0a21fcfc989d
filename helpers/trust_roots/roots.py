"""Which roots ISE needs, each known by its fingerprint and taken from `certifi`. Facts: domain.md §8."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

import certifi

from helpers.certificates.certificate import Certificate
from helpers.certificates.texts import pem_blocks
from helpers.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Purpose(StrEnum):
    """How much a root is needed: without a *must* ISE cannot connect today; Microsoft may move to others any day."""

    MUST = "must"
    RECOMMENDED = "recommended"


@dataclass(frozen=True)
class Root:
    """A root that ISE shall trust. `sha256` is the fingerprint of its DER in upper-case hex."""

    name: str
    purpose: Purpose
    sha256: str
    certificate: Certificate


@dataclass(frozen=True)
class FormerRoot:
    """A root that Microsoft's services stood below. `until` says what became of it; fingerprints in upper-case hex."""

    name: str
    sha1: str
    sha256: str
    until: str
    expired: bool


# Name, purpose, SHA-256 of the DER.
_WANTED = (
    (
        "DigiCert Global Root G2",
        Purpose.MUST,
        "CB3CCBB76031E5E0138F8DD39A23F9DE47FFC35E43C1144CEA27D46A5AB1CB5F",
    ),
    (
        "DigiCert Global Root G3",
        Purpose.RECOMMENDED,
        "31AD6648F8104138C738F39EA4320133393E3A18CC02296EF97C2AC9EF6731D0",
    ),
    (
        "Microsoft RSA Root Certificate Authority 2017",
        Purpose.RECOMMENDED,
        "C741F70F4B2A8D88BF2E71C14122EF53EF10EBA0CFA5E64CFA20F418853073E0",
    ),
    (
        "Microsoft ECC Root Certificate Authority 2017",
        Purpose.RECOMMENDED,
        "358DF39D764AF9E1B766E9C972DF352EE15CFAC227AF6AD1D70E8E4A6EDCBA02",
    ),
)
FORMER_ROOTS = (
    FormerRoot(
        "DigiCert Global Root CA",
        sha1="A8985D3A65E5E5C4B2D7D66D40C6DD2FB19C5436",
        sha256="4348A0E9444C78CB265E058D5E8944B4D84F9662BD26DB257F8934A443C70161",
        until="Microsoft's services have been leaving it since January 2026; it expires on 2031-11-10",
        expired=False,
    ),
    FormerRoot(
        "Baltimore CyberTrust Root",
        sha1="D4DE20D05E66FC53FE1A50882C78DB2852CAE474",
        sha256="16AF57A9F676B0AB126095AA5EBADEF22AB31119D644AC95CD4B93DBF3F26AEB",
        until="expired on 2025-05-12: remove it",
        expired=True,
    ),
)


@cache
def roots() -> tuple[Root, ...]:
    """Return the roots that ISE shall trust, the one it must have first.

    Raises `SetupError` where `certifi` lacks one: another would be trusted in its place, or none.
    """
    public = public_roots()
    for name, _, sha256 in _WANTED:
        if sha256 not in public:
            raise SetupError(
                f"certifi {certifi.__version__}: does not hold {name} (SHA-256 {sha256}); `make setup` installs the"
                " version that the lock names, and the root itself is on its issuer's page of roots"
            )
    return tuple(Root(name, purpose, sha256, Certificate(public[sha256])) for name, purpose, sha256 in _WANTED)


@cache
def public_roots() -> Mapping[str, bytes]:
    """Return every public root that `certifi` holds: its DER by SHA-256 in upper-case hex."""
    import base64

    ders = [base64.b64decode(body) for _, body in pem_blocks(certifi.contents(), name="certifi")]
    return {hashlib.sha256(der).hexdigest().upper(): der for der in ders}


def bundle(wanted: Iterable[Root]) -> str:
    """Return roots as one PEM file, each below a comment that names it."""
    return "".join(f"# {root.name}\n# SHA-256 {root.sha256}\n{root.certificate.pem}" for root in wanted)
