"""The life of a certificate, in what Terraform would do: a renewal is two deploys, and touches one node alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.identities import DEPLOYER, TENANTS
from tests.declaring import write_environment
from tests.projects import NAME, Planned, Project, planned, project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e

NODES = {f"psn-0{number}": f"certificates/psn-0{number}.pem" for number in (1, 2, 3)}
SUCCESSOR = {"file": "certificates/psn-01-2027.pem", "nodes": ["psn-01"]}
CERTIFICATE = "azuread_application_certificate.certificate-"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Project]:
    """Three nodes, deployed."""
    with project(tmp_path, "stand-in", DEPLOYER, certificates=NODES) as deployed:
        deployed.synthesize()
        apply(deployed)
        yield deployed


def apply(made: Project) -> None:
    done = made.terraform("apply", "-auto-approve", "-no-color", "-input=false")
    assert done.returncode == 0, done.stderr


def declare(made: Project, certificates: dict[str, object]) -> None:
    write_environment(
        made.environments, NAME, tenant_id=TENANTS[0].id, deployer=DEPLOYER.object_id, certificates=certificates
    )


def test_a_renewal_first_only_adds_then_only_removes_and_a_rename_moves(made: Project) -> None:
    declare(made, {**NODES, "psn-01-2027": SUCCESSOR})
    assert planned(made) == Planned(created=(f"{CERTIFICATE}psn-01-2027",), deleted=(), changed=(), moved=())
    apply(made)
    kept = {name: file for name, file in NODES.items() if name != "psn-01"}
    declare(made, {**kept, "psn-01-2027": SUCCESSOR})
    assert planned(made) == Planned(created=(), deleted=(f"{CERTIFICATE}psn-01",), changed=(), moved=())
    apply(made)
    declare(made, {**kept, "psn-01": {**SUCCESSOR, "formerly": "psn-01-2027"}})
    assert planned(made) == Planned(
        created=(), deleted=(), changed=(), moved=((f"{CERTIFICATE}psn-01-2027", f"{CERTIFICATE}psn-01"),)
    )
    apply(made)
    again = made.terraform("plan", "-detailed-exitcode", "-no-color", "-input=false")
    assert again.returncode == 0, again.stdout
