"""Where the stand-in may run: in a sandbox of this machine, nowhere else.

A real tenant must never meet it, so it cannot reach one: its only way out is a proxy on loopback, and its only trust
is the certificate authority that the sandbox made for itself.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER_VARIABLE = "ISE_INTUNE_SANDBOX"
AUTHORITY_FILE = "ca.pem"
_REMEDY = "this azuread provider is a stand-in for the sandbox: start the command with `ise-intune sandbox run --`"


class OutsideSandboxError(Exception):
    """The stand-in was started where it must not run; the message says what is missing."""


@dataclass(frozen=True)
class Surroundings:
    """The sandbox around this process: its certificate authority (a PEM file) and its proxy's loopback address."""

    authority: Path
    proxy_host: str
    proxy_port: int


def find_sandbox(environment: Mapping[str, str]) -> Surroundings:
    """Return the sandbox that the environment names, or raise OutsideSandboxError."""
    folder = environment.get(FOLDER_VARIABLE, "")
    if not folder:
        raise OutsideSandboxError(f"{FOLDER_VARIABLE} is not set; {_REMEDY}")
    authority = Path(folder) / AUTHORITY_FILE
    if not authority.is_file():
        raise OutsideSandboxError(f"{FOLDER_VARIABLE} names a folder without {AUTHORITY_FILE}; {_REMEDY}")
    host, port = _loopback_proxy(environment.get("HTTPS_PROXY") or environment.get("https_proxy") or "")
    return Surroundings(authority, host, port)


def _loopback_proxy(address: str) -> tuple[str, int]:
    """Return host and port of a proxy at a literal loopback address: a name could be made to point elsewhere."""
    try:
        parts = urlsplit(address)
        if parts.scheme == "http" and parts.port and ipaddress.ip_address(parts.hostname or "").is_loopback:
            return str(parts.hostname), parts.port
    except ValueError:
        pass
    raise OutsideSandboxError(f"HTTPS_PROXY is not http://127.0.0.1 with a port; {_REMEDY}")
