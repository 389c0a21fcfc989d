"""The certificates the sandbox shows: a certificate authority of its own and one leaf with every name it serves."""

from __future__ import annotations

import json
import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.folder import write_private

if TYPE_CHECKING:
    from collections.abc import Iterable

    import trustme

    from sandbox.folder import SandboxFolder

# Browsers and Go's own verifier refuse leaves that live longer than 398 days.
_LIFETIME = timedelta(days=390)
_RENEW_BEFORE = timedelta(days=30)


def server_context(folder: SandboxFolder, hosts: Iterable[str], *, now: datetime) -> ssl.SSLContext:
    """Return what the services present: a leaf for exactly these hosts, made or renewed where needed."""
    names = sorted(hosts)
    leaf = folder.path / "leaf.pem"
    if not _is_fresh(folder, names, now):
        _issue(folder, names, now)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _is_fresh(folder: SandboxFolder, names: list[str], now: datetime) -> bool:
    # What the leaf holds is noted beside it: reading it out of the certificate would load a library at every start.
    try:
        note = json.loads((folder.path / "leaf.json").read_text(encoding="utf-8"))
        expires = datetime.fromisoformat(note["not_after"])
    except (OSError, ValueError, KeyError):
        return False
    there = folder.ca.exists() and (folder.path / "leaf.pem").exists()
    return there and note["hosts"] == names and now + _RENEW_BEFORE < expires


def _issue(folder: SandboxFolder, names: list[str], now: datetime) -> None:
    authority = _authority(folder)
    not_after = now + _LIFETIME
    # A day back: a clock that was corrected must not make the sandbox's own certificate one of the future.
    leaf = authority.issue_cert(*names, not_before=_naive(now - timedelta(days=1)), not_after=_naive(not_after))
    write_private(folder.path / "leaf.pem", leaf.private_key_and_cert_chain_pem.bytes().decode())
    note = {"hosts": names, "not_after": not_after.isoformat()}
    write_private(folder.path / "leaf.json", json.dumps(note))


def _authority(folder: SandboxFolder) -> trustme.CA:
    import trustme

    key = folder.path / "ca-key.pem"
    if folder.ca.exists() and key.exists():
        return trustme.CA.from_pem(folder.ca.read_bytes(), key.read_bytes())
    authority = trustme.CA(organization_name="ise-intune sandbox", organization_unit_name="trusted by nothing else")
    write_private(key, authority.private_key_pem.bytes().decode())
    write_private(folder.ca, authority.cert_pem.bytes().decode())
    return authority


def _naive(time: datetime) -> datetime:
    # trustme hands its dates to `cryptography`, where a time without zone is UTC.
    return time.astimezone(UTC).replace(tzinfo=None)
