"""Environment files for tests: one that declares everything, changed where a test cares."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import yaml

from helpers.declaration.environments import read_environment
from tests.making_certificates import make_certificate, rsa_key, to_pem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from helpers.declaration.declaration import Declaration

TENANT = "11111111-2222-3333-4444-555555555555"
DEPLOYER = "66666666-7777-8888-9999-000000000000"
OWNER = "00000000-aaaa-bbbb-cccc-dddddddddddd"

MINIMAL: Mapping[str, Any] = {
    "schema": 1,
    "tenant_id": TENANT,
    "deployer": DEPLOYER,
    "application": {"display_name": "Cisco ISE"},
    "ise": {"release": "3.3", "patch": 4},
    "certificates": {"psn-01": "certificates/psn-01.pem"},
    "state": {"backend": "azurerm", "storage_account_name": "state", "container_name": "ise-intune"},
}


def write_environment(folder: Path, name: str = "production", /, **changes: Any) -> Path:  # noqa: ANN401 — any plain value
    """Write `<folder>/<name>.yaml`: the minimal file with top-level keys changed, or left out where None.

    Certificate files it names are made where they are missing, each with a key of its own.
    """
    document = {**deepcopy(dict(MINIMAL)), **changes}
    document = {key: value for key, value in document.items() if value is not None}
    for entry in (document.get("certificates") or {}).values():
        write_certificate(folder, entry if isinstance(entry, str) else entry["file"])
    path = folder / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def write_certificate(folder: Path, file: str) -> Path:
    """Make a certificate named after `file` unless it is there."""
    path = folder / file
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(to_pem(make_certificate(f"{path.stem}.example.net", key=rsa_key(path.stem))))
    return path


def declare(folder: Path, name: str = "production", /, **changes: Any) -> Declaration:  # noqa: ANN401 — any plain value
    """Write an environment file as `write_environment` does, and read it."""
    return read_environment(write_environment(folder, name, **changes))
