"""State in Azure Storage: the block of a production stack as it is, on Microsoft's own emulator of the service.

Terraform, cdktf and Azurite are real; Entra is the sandbox's, the provider the stand-in.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sandbox.endpoint import find_server
from sandbox.identities import CONSENTING_DEPLOYER
from tests.keeping_blobs import ACCOUNT, AZURITE, CONTAINER, BlobProxy, BlobStorage, blob_storage
from tests.killing_deploys import APPLY, kill_a_deploy
from tests.projects import NAME, Project, project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.skipif(not AZURITE.exists(), reason="Azurite is not installed; `make test-all` does it"),
]

_BLOCK = {"storage_account_name": ACCOUNT, "container_name": CONTAINER}
_BLOB = f"ise-intune/{NAME}.tfstate"


@pytest.fixture
def storage() -> Iterator[BlobStorage]:
    with blob_storage() as storage:
        yield storage


@pytest.fixture
def made(storage: BlobStorage, tmp_path: Path) -> Iterator[Project]:
    """A stack to deploy; its commands reach the storage by its real name."""
    state = {"backend": "azurerm", **_BLOCK}
    with project(tmp_path, "stand-in", CONSENTING_DEPLOYER, state=state) as made:
        endpoint = find_server(made.folder)
        assert endpoint is not None
        trusted = tmp_path / "trusted.pem"
        trusted.write_text(made.folder.ca.read_text(encoding="ascii") + storage.trust, encoding="ascii")
        with BlobProxy(storage, endpoint) as proxy:
            variables = (f"HTTPS_PROXY={proxy.url}", f"https_proxy={proxy.url}", f"SSL_CERT_FILE={trusted}")
            yield replace(made, declared=True, before=("env", *variables, f"ARM_ACCESS_KEY={storage.key}"))


def test_the_production_block_deploys_as_it_is(made: Project, storage: BlobStorage) -> None:
    first = made.run("cdktf", "deploy", NAME, "--auto-approve")
    assert first.returncode == 0, first.stdout + first.stderr
    (stack,) = made.folder.path.rglob(f"stacks/{NAME}/cdk.tf.json")
    configured = json.loads(stack.read_text(encoding="utf-8"))["terraform"]["backend"]
    assert configured == {"azurerm": {**_BLOCK, "key": _BLOB, "use_azuread_auth": True}}
    kept = {each["type"] for each in storage.state(_BLOB)["resources"]}
    assert kept >= {"azuread_application", "azuread_service_principal", "azuread_application_certificate"}
    assert not (made.folder.path / "state").exists()
    again = made.run("cdktf", "deploy", NAME, "--auto-approve")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "No changes" in again.stdout


def test_after_a_kill_the_lease_stays_and_the_message_names_its_holder_and_its_id(made: Project) -> None:
    made.synthesize()
    kill_a_deploy(made, "POST", "/v1.0/servicePrincipals")
    refused = made.terraform(*APPLY, "-lock-timeout=0s")
    assert refused.returncode == 1
    assert "Error acquiring the state lock" in refused.stderr
    assert re.search(r"Who: +\S+@\S+", refused.stderr), refused.stderr
    lock = re.search(r"ID: +([0-9a-f-]{36})", refused.stderr)
    assert lock, refused.stderr
    freed = made.terraform("force-unlock", "-force", lock[1])
    assert freed.returncode == 0, freed.stderr
    again = made.terraform(*APPLY)
    assert "Error acquiring the state lock" not in again.stderr
    assert 'An existing "azuread_application"' in again.stderr
