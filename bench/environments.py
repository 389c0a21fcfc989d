"""Environments to measure with: as many as asked for, two nodes each, all presenting the example's certificates."""

from __future__ import annotations

import shutil
from pathlib import Path

from helpers.declaration.template import NewEnvironment, environment_text

_EXAMPLES = Path(__file__).resolve().parent.parent / "environments" / "certificates"
_TENANT = "11111111-2222-3333-4444-555555555555"
_DEPLOYER = "66666666-7777-8888-9999-000000000000"


def write_environments(folder: Path, count: int) -> None:
    """Write `count` environment files below `folder`, which must not exist."""
    certificates = folder / "certificates"
    certificates.mkdir(parents=True)
    nodes = {node: f"certificates/example-{node}.pem" for node in ("psn-01", "psn-02")}
    for file in nodes.values():
        shutil.copy(_EXAMPLES / Path(file).name, certificates)
    for number in range(count):
        name = f"environment-{number}"
        new = NewEnvironment(
            name=name,
            tenant_id=_TENANT,
            deployer=_DEPLOYER,
            display_name=f"Cisco ISE {number}",
            certificates=nodes,
        )
        (folder / f"{name}.yaml").write_text(environment_text(new), encoding="utf-8")
