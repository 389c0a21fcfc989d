"""`ise-intune drift` before a sandbox without a socket, with environments as their deploys left them."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from cli.drift import watching
from clients.graph import Directories, objects
from helpers.model import PermissionType
from helpers.permissions import MICROSOFT_GRAPH, find_api
from sandbox.identities import AUDITOR, DEPLOYER, TENANTS
from sandbox.world import utc_now
from tests.a_tenant import a_signer
from tests.asking_graph import filled_world
from tests.commanding import say
from tests.declaring import declare
from tests.deployed_in_graph import reference
from tests.deployments import Deployment, deployed, outputs_file
from tests.reading_graph import Passing, Sandboxed, alone

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from clients.graph.objects import Choose
    from sandbox.store import Document
    from tests.commanding import Said

NAME = "production"
_KNOWN = {"tenant_id": TENANTS[0].id, "deployer": DEPLOYER.object_id}
_SIGN_IN = ("ARM_", "AZURE_")


@dataclass(frozen=True)
class Fleet:
    """A sandbox, the environments' files and the outputs of their deploys."""

    sandbox: Sandboxed
    folder: Path
    day: Day
    deployments: dict[str, Deployment] = field(default_factory=dict)

    @property
    def environments(self) -> Path:
        """The folder of the environments' files."""
        return self.folder / "environments"

    @property
    def outputs(self) -> Path:
        """The file that holds every deploy's outputs."""
        return self.folder / "outputs.json"

    def deploy(self, name: str = NAME, /, **changes: Any) -> Deployment:  # noqa: ANN401 — any plain value
        """Write an environment file, and leave what its deploy leaves."""
        done = deployed(self.sandbox.world, declare(self.environments, name, **{**_KNOWN, **changes}))
        self.deployments[name] = done
        self.outputs.write_text(outputs_file(self.deployments.values()), encoding="utf-8")
        return done

    def declare_anew(self, name: str = NAME, /, **changes: Any) -> None:  # noqa: ANN401 — any plain value
        """Write an environment file, and deploy nothing."""
        declare(self.environments, name, **{**_KNOWN, **changes})

    def enter(self, monkeypatch: pytest.MonkeyPatch, *, choose: Choose = alone) -> None:
        """Let the command line find this fleet, and come to its sandbox signed in as the auditor."""
        for name in os.environ:
            if name.startswith(_SIGN_IN):
                monkeypatch.delenv(name)
        for name, value in self.sandbox.variables(AUDITOR).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(self.environments))
        monkeypatch.delenv("ISE_INTUNE_STACKS", raising=False)
        # A test of lists need not make more applications than are read alone.
        monkeypatch.setattr(objects, "FEW", 0)
        monkeypatch.setattr(watching, "Directories", partial(Directories, ways=self.sandbox.ways, choose=choose))

    def drift(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
        """Run the verb with the outputs of all deploys, without waiting for anything to settle."""
        return say(
            capsys, "--root", str(self.folder), "drift", "--outputs", str(self.outputs), "--settle", "0", *arguments
        )

    def add_owner(self, owner: str) -> None:
        """Let somebody add an owner to the application."""
        answer = self.sandbox.graph.ask("POST", f"{self._application}/owners/$ref", reference(owner))
        assert answer.status_code == 204, answer.text

    def remove_owner(self, owner: str) -> None:
        """Let somebody take an owner away."""
        self.sandbox.graph.delete(f"{self._application}/owners/{owner}/$ref")

    def rename(self, name: str) -> None:
        """Let somebody call the application something else."""
        self.sandbox.graph.change(self._application, displayName=name)

    def swap_bytes(self) -> None:
        """Put another certificate in the place of the first one, under its key id."""
        document = self._store_document("application", self.deployments[NAME].application)
        other = base64.b64encode(a_signer("another").der).decode()
        first, *others = document["keyCredentials"]
        self._put("application", {**document, "keyCredentials": [{**first, "key": other}, *others]})

    def may(self, *roles: str) -> None:
        """Leave the auditor these permissions of Microsoft Graph alone."""
        store, graph = self.sandbox.world.store, find_api(MICROSOFT_GRAPH)
        kept = {graph.permissions[PermissionType.APPLICATION, role] for role in roles}
        for assignment in store.where(TENANTS[0].id, "appRoleAssignment", "principalId", AUDITOR.object_id):
            if assignment["appRoleId"] not in kept:
                store.delete(TENANTS[0].id, "appRoleAssignment", assignment["id"])

    def forget_secret(self, tenant_id: str) -> None:
        """Let a tenant take another secret of the auditor's than the one there is."""
        auditor = self.sandbox.world.store.where(tenant_id, "application", "appId", AUDITOR.client_id)[0]
        secrets = [{**each, "secretText": "another"} for each in auditor["passwordCredentials"]]
        self.sandbox.world.store.put(
            tenant_id, "application", auditor["id"], {**auditor, "passwordCredentials": secrets}
        )

    def lag(self, **limits: Any) -> None:  # noqa: ANN401 — a limit's own value
        """Let reads miss a change that is made from now on: each address once, unless told otherwise."""
        conditions = self.sandbox.world.conditions
        conditions.set(replace(conditions.limits, **(limits or {"lag_objects": 1, "lag_lists": 1})))

    @property
    def _application(self) -> str:
        return f"/v1.0/applications/{self.deployments[NAME].application}"

    def _store_document(self, kind: str, identifier: str) -> Document:
        document = self.sandbox.world.store.get(TENANTS[0].id, kind, identifier)
        assert document is not None
        return document

    def _put(self, kind: str, document: Document) -> None:
        self.sandbox.world.store.put(TENANTS[0].id, kind, document["id"], document)


@dataclass(eq=False)
class Day:
    """The time of day, or later."""

    later: timedelta = timedelta()

    def __call__(self) -> datetime:
        """Return the time."""
        return utc_now() + self.later

    def go_on(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        self.later += timedelta(seconds=seconds)


def entered(folder: Path, factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """Return a sandbox with one environment deployed; the command line, which is in its folder, finds both."""
    fleet = a_fleet(folder, factory)
    fleet.deploy()
    fleet.enter(monkeypatch)
    monkeypatch.chdir(folder)
    return fleet


def a_fleet(folder: Path, factory: pytest.TempPathFactory) -> Fleet:
    """Return a sandbox in which it is now, without quotas, before any deploy."""
    day = Day()
    sandbox = Sandboxed(filled_world(folder, factory, now=day), Passing(), folder)
    sandbox.world.conditions.set(sandbox.world.conditions.limits.without_quotas())
    return Fleet(sandbox, folder, day)
