"""`ise-intune drift` before a sandbox without a socket, with environments as their deploys left them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from cli.drift import watching
from clients.graph import Directories
from sandbox.identities import AUDITOR, DEPLOYER, TENANTS
from sandbox.world import utc_now
from tests.asking_graph import filled_world
from tests.commanding import say
from tests.declaring import declare
from tests.deployments import Deployment, deployed, outputs_file
from tests.reading_graph import Passing, Sandboxed, alone

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from clients.graph.objects import Choose
    from sandbox.identities import Pipeline
    from tests.commanding import Said

NAME = "production"
_SIGN_IN = ("ARM_", "AZURE_")


@dataclass(frozen=True)
class Fleet:
    """A sandbox, the environments' files and the outputs of their deploys."""

    sandbox: Sandboxed
    folder: Path
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
        known = {"tenant_id": TENANTS[0].id, "deployer": DEPLOYER.object_id}
        done = deployed(self.sandbox.world, declare(self.environments, name, **{**known, **changes}))
        self.deployments[name] = done
        self.outputs.write_text(outputs_file(self.deployments.values()), encoding="utf-8")
        return done

    def enter(self, monkeypatch: pytest.MonkeyPatch, *, pipeline: Pipeline = AUDITOR, choose: Choose = alone) -> None:
        """Let the command line find this fleet, and come to its sandbox signed in as a pipeline."""
        monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(self.environments))
        for name, value in self.sandbox.variables(pipeline).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(watching, "Directories", partial(Directories, ways=self.sandbox.ways, choose=choose))

    def drift(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
        """Run the verb with the outputs of all deploys, without waiting for anything to settle."""
        return say(capsys, "drift", "--outputs", str(self.outputs), "--settle", "0", *arguments)


def a_fleet(folder: Path, factory: pytest.TempPathFactory) -> Fleet:
    """Return a sandbox in which it is now, without quotas, before any deploy."""
    sandbox = Sandboxed(filled_world(folder, factory, now=utc_now), Passing(), folder)
    sandbox.world.conditions.set(sandbox.world.conditions.limits.without_quotas())
    return Fleet(sandbox, folder)
