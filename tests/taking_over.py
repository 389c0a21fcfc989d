"""Environments whose application was there before, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.certificates.files import read_certificate_file
from tests.declaring import declare, write_certificate

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.certificates.certificate import Certificate
    from helpers.declaration.declaration import Declaration

APPLICATION = "aaaaaaaa-1111-4222-8333-444444444444"
PRINCIPAL = "bbbbbbbb-1111-4222-8333-444444444444"
KEY_ID = "cccccccc-1111-4222-8333-444444444444"
API = "dddddddd-1111-4222-8333-444444444444"
FILE = "certificates/psn-01.pem"


def sha256(folder: Path, file: str = FILE) -> str:
    return certificate_of(folder, file).sha256_hex


def certificate_of(folder: Path, file: str) -> Certificate:
    return read_certificate_file(write_certificate(folder, file), name=file)


def entry(folder: Path, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 — any plain value
    """Return an adopted entry of psn-01."""
    pinned = {"key_id": KEY_ID, "sha256": sha256(folder), **changes}
    return {"file": FILE, "nodes": ["psn-01"], "adopted": pinned}


def taken_over(folder: Path, *, block: dict[str, Any] | None = None, **changes: Any) -> Declaration:  # noqa: ANN401 — any plain value
    """Return an environment whose application and certificate were there before."""
    adopted = {"application": APPLICATION, "service_principal": PRINCIPAL, **(block or {})}
    certificates = changes.pop("certificates", None) or {"psn-01": entry(folder)}
    return declare(folder, adopted=adopted, certificates=certificates, **changes)
