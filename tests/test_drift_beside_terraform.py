"""What `terraform plan` says of each change behind its back, measured with the unmodified azuread provider.

`AZUREAD_PROVIDER_MIRROR=… python -m tests.test_drift_beside_terraform` writes it down.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from helpers.comparing import Surface, compare, without_ids
from helpers.declaration.environments import read_environment
from helpers.model import PermissionType
from helpers.observing import observe
from helpers.permissions import MICROSOFT_GRAPH, find_api
from sandbox.graph.app_role_assignments import new_assignment
from sandbox.identities import CONSENTING_DEPLOYER, TENANTS
from sandbox.portal import CHANGES, Desk, make_change
from sandbox.session import Wishes, entered
from sandbox.store import Store
from sandbox.world import World
from tests.behind_terraform import DECLARED, GOLDEN, recorded, verdict
from tests.projects import MIRROR, NAME, project
from tests.reading_graph import Passing, Sandboxed
from tests.sandboxes import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.declaration.declaration import Declaration
    from sandbox.folder import SandboxFolder
    from sandbox.portal import Change

TENANT = TENANTS[0].id
_WISHES = Wishes("mirror", CONSENTING_DEPLOYER.name, TENANT)
_PATIENCE = 300
_OF_THE_PROJECT = ("tenant_id", "deployer")


def measured(folder: Path) -> dict[str, Any]:
    """Deploy once; return what a plan says of each change, and where another deploy puts right what it sees.

    `folder` is empty.
    """
    _let_grant_delegated_permissions(folder / "sandbox")
    declared = {key: value for key, value in DECLARED.items() if key not in _OF_THE_PROJECT}
    with project(folder, "mirror", CONSENTING_DEPLOYER, **declared) as made:
        made.synthesize()
        applied = made.terraform("apply", "-auto-approve", "-no-color", "-input=false")
        assert applied.returncode == 0, applied.stderr
        client_id = str(made.outputs()["client_id"])
        versions = json.loads(made.terraform("version", "-json").stdout)
    deployed = _Deployed(made.folder, read_environment(made.environments / f"{NAME}.yaml"), client_id)
    verdicts = dict(deployed.verdicts())
    return {
        "terraform": versions["terraform_version"],
        "azuread": versions["provider_selections"]["registry.terraform.io/hashicorp/azuread"],
        "verdicts": {name: verdict for name, (verdict, _) in verdicts.items()},
        "put_right": [name for name, (_, put_right) in verdicts.items() if put_right],
    }


@dataclass(frozen=True)
class _Deployed:
    """A sandbox that nobody serves, as a deploy left it."""

    folder: SandboxFolder
    declaration: Declaration
    client_id: str

    def verdicts(self) -> Iterator[tuple[str, tuple[str, bool]]]:
        """Yield what a plan says of each change, and whether a deploy leaves nothing of it."""
        assert self._terraform("plan", "-detailed-exitcode") == 0, "nothing was changed yet"
        assert self._has_not_drifted()
        files = [self.folder.store, self.folder.path / "state" / f"{NAME}.tfstate"]
        kept = {file: file.read_bytes() for file in files}
        for change in CHANGES:
            for file, content in kept.items():
                file.write_bytes(content)
            self._make(change)
            said = verdict(change, self._terraform("plan", "-detailed-exitcode"))
            yield change.name, (said, said == "seen" and self._is_put_right())

    def _make(self, change: Change) -> None:
        with closing(Store(self.folder.store)) as store:
            make_change(change, Desk(World(self.folder.path, store), TENANT, self.client_id))

    def _is_put_right(self) -> bool:
        return self._terraform("apply", "-auto-approve") == 0 and self._has_not_drifted()

    def _has_not_drifted(self) -> bool:
        with closing(Store(self.folder.store)) as store:
            sandbox = Sandboxed(World(self.folder.path, store), Passing(), self.folder.path)
            there = observe(sandbox.read(self.client_id)[self.client_id]).integration
        found = without_ids(compare(self.declaration.integration, there))
        return all(each.surface is Surface.CERTIFICATE_BYTES for each in found)

    def _terraform(self, *arguments: str) -> int:
        with entered(self.folder, _WISHES, cache=self.folder.path / "cache", say=lambda _: None) as variables:
            done = subprocess.run(
                ["terraform", *arguments, "-no-color", "-input=false", "-lock=false"],
                cwd=Path(variables["CDKTF_OUTDIR"]) / "stacks" / NAME,
                env=variables,
                capture_output=True,
                text=True,
                timeout=_PATIENCE,
                check=False,
            )
        return done.returncode


def _let_grant_delegated_permissions(path: Path) -> None:
    """Make a sandbox in which the pipeline may do what consent as code to delegated permissions takes."""
    with served(path) as (folder, _):
        pass
    with closing(Store(folder.store)) as store:
        api = find_api(MICROSOFT_GRAPH)
        pipeline = store.get(TENANT, "servicePrincipal", CONSENTING_DEPLOYER.object_id) or {}
        (graph,) = store.where(TENANT, "servicePrincipal", "appId", api.app_id)
        role = api.permissions[PermissionType.APPLICATION, "DelegatedPermissionGrant.ReadWrite.All"]
        granted = new_assignment(pipeline, graph, role, created=pipeline["createdDateTime"])
        store.put(TENANT, "appRoleAssignment", granted["id"], granted)


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.skipif(not MIRROR, reason="AZUREAD_PROVIDER_MIRROR names no mirror of the unmodified azuread provider")
def test_a_plan_says_of_each_change_what_is_on_record(tmp_path: Path) -> None:
    on_record = recorded()
    found = measured(tmp_path)
    assert found["verdicts"] == on_record["verdicts"]
    assert found["put_right"] == on_record["put_right"]


def test_every_change_is_on_record() -> None:
    assert list(recorded()["verdicts"]) == [change.name for change in CHANGES]


if __name__ == "__main__":
    os.environ.setdefault("CHECKPOINT_DISABLE", "1")
    with tempfile.TemporaryDirectory() as temporary:
        GOLDEN.write_text(json.dumps(measured(Path(temporary)), indent=2) + "\n", encoding="utf-8")
