"""The life of a certificate, in what Terraform would do: a renewal is two deploys, and touches one node alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.main import main
from sandbox.identities import DEPLOYER
from tests.making_certificates import make_certificate, rsa_key, to_pem, to_zip
from tests.projects import NAME, Planned, Project, planned, project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e

NODES = {f"psn-0{number}": f"certificates/psn-0{number}.pem" for number in (1, 2, 3)}
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


def certificate(made: Project, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    """Do what a person does: `ise-intune certificate …`."""
    monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(made.environments))
    assert main(["--quiet", "certificate", *arguments]) == 0


def test_a_renewal_first_only_adds_then_only_removes_and_a_rename_moves(
    made: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step is one command and one deploy, and leaves the other nodes' credentials alone."""
    export = tmp_path / "export.zip"
    export.write_bytes(to_zip({"Defaultselfsignedserver.pem": to_pem(make_certificate("psn-01", key=rsa_key("new")))}))
    certificate(made, monkeypatch, "add", NAME, "psn-01-2027", str(export), "--node", "psn-01")
    assert planned(made) == Planned(created=(f"{CERTIFICATE}psn-01-2027",), deleted=(), changed=(), moved=())
    apply(made)
    certificate(made, monkeypatch, "remove", NAME, "psn-01")
    assert planned(made) == Planned(created=(), deleted=(f"{CERTIFICATE}psn-01",), changed=(), moved=())
    apply(made)
    certificate(made, monkeypatch, "rename", NAME, "psn-01-2027", "psn-01")
    assert planned(made) == Planned(
        created=(), deleted=(), changed=(), moved=((f"{CERTIFICATE}psn-01-2027", f"{CERTIFICATE}psn-01"),)
    )
    apply(made)
    again = made.terraform("plan", "-detailed-exitcode", "-no-color", "-input=false")
    assert again.returncode == 0, again.stdout
