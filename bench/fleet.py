"""A tenant of the sandbox full of applications as deploys leave them, without the deploys: files, outputs, memory.

That what is there is what a deploy leaves, `bench/beside_plans.py` lets the real provider say.
"""

from __future__ import annotations

import io
from contextlib import ExitStack, closing, contextmanager, redirect_stderr
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from bench.environments import write_fleet
from helpers.declaration.environments import read_environments
from sandbox import services
from sandbox.audit.actors import an_application, in_the_portal
from sandbox.audit.recording import recorded
from sandbox.control import Control
from sandbox.directory import Directory
from sandbox.faults import Fault
from sandbox.folder import open_folder
from sandbox.identities import ADMINISTRATOR_ID, AUDITOR, DEPLOYER, TENANTS
from sandbox.limits import Limits
from sandbox.session import Wishes, entered
from sandbox.store import Store
from sandbox.world import World
from tests.deployments import deployed, outputs_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from helpers.declaration.declaration import Declaration
    from sandbox.folder import SandboxFolder
    from sandbox.identities import Pipeline
    from sandbox.provider_choice import Choice
    from tests.deployments import Deployment

TENANT = TENANTS[0]
# Added to each answer that goes over the wire: about what a client in the same region waits for Graph.
DELAY_SECONDS = 0.02


@dataclass(frozen=True)
class Fleet:
    """Environments in a folder, with the outputs of their deploys and a sandbox that has what they made."""

    folder: Path

    @property
    def environments(self) -> Path:
        """The folder of the environments' files."""
        return self.folder / "environments"

    @property
    def outputs(self) -> Path:
        """The file with every deploy's outputs."""
        return self.folder / "outputs.json"

    @property
    def sandbox(self) -> SandboxFolder:
        """The sandbox."""
        return open_folder(self.folder / "sandbox")

    def declare(self, count: int) -> list[Declaration]:
        """Write `count` environment files, and return what they declare."""
        write_fleet(self.environments, count, tenant_id=TENANT.id, deployer=DEPLOYER.object_id)
        return read_environments(self.environments)

    def fill(self, declarations: list[Declaration], *, drifted: bool = False) -> list[Deployment]:
        """Leave in a sandbox that nobody serves what deploys leave; with `drifted`, each with a client secret since."""
        with closing(Store(self.sandbox.store)) as store:
            world = World(self.sandbox.path, store)
            services.fill(world)
            deployments = deploy_all(world, declarations)
            if drifted:
                add_secrets(world, deployments)
        self.outputs.write_text(outputs_file(deployments), encoding="utf-8")
        return deployments

    @contextmanager
    def entered(self, pipeline: Pipeline = AUDITOR, *, provider: Choice = "stand-in") -> Iterator[dict[str, str]]:
        """Serve the sandbox, and give the environment of a command in it; every answer comes late, no quota ends."""
        wishes = Wishes(provider, pipeline.name, TENANT.id)
        with ExitStack() as stack:
            # It says which provider runs, on every entering.
            with redirect_stderr(io.StringIO()):
                serving = entered(self.sandbox, wishes, cache=self.folder / "providers", say=print)
                environment = stack.enter_context(serving)
            with Control(self.sandbox) as control:
                control.set_limits(Limits().without_quotas())
                control.set_fault(Fault(count=None, delay=DELAY_SECONDS))
            yield {**environment, "ISE_INTUNE_ENVIRONMENTS": str(self.environments)}


def deploy_all(world: World, declarations: list[Declaration]) -> list[Deployment]:
    """Leave what deploys leave, in the audit log too."""
    deployments = []
    directory = Directory(world.store, TENANT.id, TENANT.cloud)
    for declaration in declarations:
        with recorded(world, directory, an_application(directory, DEPLOYER.client_id, DEPLOYER.object_id, "")):
            deployments.append(deployed(world, declaration))
    return deployments


def add_secrets(world: World, deployments: list[Deployment]) -> None:
    """Give each application a client secret, as somebody in the portal would."""
    directory = Directory(world.store, TENANT.id, TENANT.cloud)
    for each in deployments:
        with recorded(world, directory, in_the_portal(directory, ADMINISTRATOR_ID)):
            there = world.store.get(TENANT.id, "application", each.application) or {}
            changed = {**there, "passwordCredentials": [_secret(world)]}
            world.store.put(TENANT.id, "application", each.application, changed)


def _secret(world: World) -> dict[str, Any]:
    return {
        "customKeyIdentifier": None,
        "displayName": "by hand",
        "endDateTime": f"{world.now() + timedelta(days=180):%Y-%m-%dT%H:%M:%SZ}",
        "hint": "abc",
        "keyId": str(uuid4()),
        "secretText": "nobody signs in with this",
        "startDateTime": f"{world.now():%Y-%m-%dT%H:%M:%SZ}",
    }
