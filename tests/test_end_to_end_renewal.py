"""The life of a certificate, in what Terraform would do: a renewal is two deploys, and touches one node alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.main import main
from sandbox.identities import DEPLOYER
from tests.making_certificates import make_certificate, rsa_key, to_pem, to_zip
from tests.projects import NAME, Applied, Project, deploy, project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e

NODES = {f"psn-0{number}": f"certificates/psn-0{number}.pem" for number in (1, 2, 3)}
CERTIFICATE = "azuread_application_certificate.certificate-"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Project]:
    """Three nodes, to be deployed by who may make only what it owns: that is enough where consent is by hand."""
    by_hand = {"admin_consent": "manual"}
    with project(tmp_path, "stand-in", DEPLOYER, certificates=NODES, permissions=by_hand) as declared:
        declared.synthesize()
        yield declared


def certificate(made: Project, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    """Do what a person does: `ise-intune certificate …`."""
    monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(made.environments))
    assert main(["--quiet", "certificate", *arguments]) == 0


def test_a_renewal_first_only_adds_then_only_removes_and_a_rename_moves(
    made: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step is one command and one deploy, and leaves the other nodes' credentials alone."""
    first = deploy(made)
    assert {address for address in first.created if address.startswith(CERTIFICATE)} == {
        f"{CERTIFICATE}{node}" for node in NODES
    }
    export = tmp_path / "export.zip"
    export.write_bytes(to_zip({"Defaultselfsignedserver.pem": to_pem(make_certificate("psn-01", key=rsa_key("new")))}))
    certificate(made, monkeypatch, "add", NAME, "psn-01-2027", str(export), "--node", "psn-01")
    assert deploy(made) == Applied(created=(f"{CERTIFICATE}psn-01-2027",))
    certificate(made, monkeypatch, "remove", NAME, "psn-01")
    assert deploy(made) == Applied(deleted=(f"{CERTIFICATE}psn-01",))
    certificate(made, monkeypatch, "rename", NAME, "psn-01-2027", "psn-01")
    assert deploy(made) == Applied(moved=((f"{CERTIFICATE}psn-01-2027", f"{CERTIFICATE}psn-01"),))
    assert deploy(made) == Applied()
    destroyed = made.terraform("destroy", "-auto-approve", "-no-color", "-input=false")
    assert destroyed.returncode == 0, destroyed.stderr
