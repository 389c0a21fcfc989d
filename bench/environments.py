"""Environments to measure with: as many as asked for, two nodes each, all presenting the example's certificates."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bench.certificates import make_certificates
from helpers.certificates import Certificate, read_certificate_file
from helpers.declaration.template import NewEnvironment, environment_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXAMPLES = Path(__file__).resolve().parent.parent / "environments" / "certificates"
_TENANT = "11111111-2222-3333-4444-555555555555"
_DEPLOYER = "66666666-7777-8888-9999-000000000000"


# An environment file holds at most this many.
ENTRIES = 200


def write_certificates(folder: Path, count: int) -> None:
    """Write `count` certificates, a multiple of 200, below `folder`, which must not exist, and environments for them.

    They differ in their serial number alone, so that only their self-signatures are false, which nobody asks for.
    """
    original = read_certificate_file(_EXAMPLES / "example-psn-01.pem")
    (folder / "certificates").mkdir(parents=True)
    for first in range(0, count, ENTRIES):
        name = f"environment-{first // ENTRIES}"
        entries = {f"psn-{number}": f"certificates/{name}-psn-{number}.pem" for number in range(ENTRIES)}
        for number, file in enumerate(entries.values()):
            (folder / file).write_text(_numbered(original, first + number), encoding="ascii")
        _write(folder, name, entries)


def _numbered(original: Certificate, number: int) -> str:
    """Return PEM of `original` under another serial number of the same length."""
    serial = original.serial_number.to_bytes((original.serial_number.bit_length() + 7) // 8)
    return Certificate(original.der.replace(serial, serial[:-4] + number.to_bytes(4), 1)).pem


def write_fleet(folder: Path, count: int, *, tenant_id: str, deployer: str) -> None:
    """Write `count` environment files below `folder`, which must not exist, each with two certificates of its own.

    `deployer` is the object id of the pipeline's service principal. Nothing is to be said against any of it.
    """
    (folder / "certificates").mkdir(parents=True)
    pems = [make_certificates(count, since=_yesterday()) for _ in range(2)]
    for number in range(count):
        name = f"environment-{number:04}"
        entries = {f"psn-{node + 1:02}": f"certificates/{name}-{node}.pem" for node in range(len(pems))}
        for certificates, file in zip(pems, entries.values(), strict=True):
            (folder / file).write_text(next(certificates), encoding="ascii")
        _write(folder, name, entries, tenant_id=tenant_id, deployer=deployer)


def _yesterday() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)


def write_environments(folder: Path, count: int) -> None:
    """Write `count` environment files below `folder`, which must not exist."""
    certificates = folder / "certificates"
    certificates.mkdir(parents=True)
    nodes = {node: f"certificates/example-{node}.pem" for node in ("psn-01", "psn-02")}
    for file in nodes.values():
        shutil.copy(_EXAMPLES / Path(file).name, certificates)
    for number in range(count):
        name = f"environment-{number}"
        _write(folder, name, nodes)


def _write(
    folder: Path, name: str, certificates: Mapping[str, str], *, tenant_id: str = _TENANT, deployer: str = _DEPLOYER
) -> None:
    new = NewEnvironment(
        name=name,
        tenant_id=tenant_id,
        deployer=deployer,
        display_name=f"Cisco ISE {name}",
        certificates=certificates,
    )
    (folder / f"{name}.yaml").write_text(environment_text(new), encoding="utf-8")


def change_first(folder: Path) -> None:
    """Let the first environment of `folder` ask for a permission more."""
    path = folder / "environment-0.yaml"
    asked = "{api: Microsoft Graph, permission: Directory.Read.All, type: application, reason: measured}"
    path.write_text(path.read_text(encoding="utf-8").replace("  extra: []", f"  extra: [{asked}]"), encoding="utf-8")
