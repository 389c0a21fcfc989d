"""Which ISE nodes present a certificate: what a person says, else the one host name in it, else nobody knows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.certificates import Certificate

_ENTRY_START = re.compile(r"[A-Za-z]")
_NO_ENTRY = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST_ENTRY = 63
# Longer than this, names of several nodes are no name for an entry.
_LONGEST_LIST = 40
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
_LONGEST_HOST = 253
_ADDRESS = re.compile(r"[0-9.]+")


@dataclass(frozen=True)
class Presenting:
    """The nodes of one certificate, by host name; `guessed_from` is the name in it that says so, else empty."""

    nodes: tuple[str, ...]
    guessed_from: str = ""


def nodes_of(key_id: str, certificate: Certificate, stated: Mapping[str, tuple[str, ...]]) -> Presenting | None:
    """Return who presents a certificate; None where nobody can tell.

    `stated` is by key id or thumbprint (SHA-1 in hex), in lower case, and wins.
    """
    told = stated.get(key_id.lower()) or stated.get(certificate.sha1_hex.lower())
    if told:
        return Presenting(told)
    names = [certificate.common_name.lower(), *(name.lower() for name in certificate.dns_names)]
    hosts = [name for name in names if _is_host(name)]
    # A name without a domain may be anybody's, and one with a star everybody's.
    whole = next((host for host in hosts if "." in host), "")
    if not whole or any("*" in name for name in names) or len({host.partition(".")[0] for host in hosts}) != 1:
        return None
    return Presenting((whole.partition(".")[0],), guessed_from=whole)


def _is_host(name: str) -> bool:
    return len(name) <= _LONGEST_HOST and bool(_HOST.fullmatch(name)) and not _ADDRESS.fullmatch(name)


def entry_name(nodes: tuple[str, ...], year: int, taken: set[str]) -> str:
    """Return a name for an entry that none of `taken` (lower case) has: that of its node, then with the year it ends.

    Whatever the nodes are called, it is one that an environment file and a file system take.
    """
    joined = "-".join(nodes)
    base = _NO_ENTRY.sub("-", joined if len(joined) <= _LONGEST_LIST else f"{nodes[0]}-and-more").strip("-")
    if not _ENTRY_START.match(base):
        base = f"node-{base}".rstrip("-")
    base = base[: _LONGEST_ENTRY - len("-9999-999")]
    names = (base, f"{base}-{year:04d}", *(f"{base}-{year:04d}-{number}" for number in range(2, 1000)))
    return next(name for name in names if name.lower() not in taken)
