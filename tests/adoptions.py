"""`ise-intune adopt` before a sandbox without a socket, with applications as people once made them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from cli.adopt import adopting
from clients.graph import Directories
from helpers.adopting.keys import found_keys
from helpers.adopting.taking import Taken, Wishes, take
from helpers.declaration.environments import judge_environment
from helpers.declaration.template import NewEnvironment, environment_text
from helpers.observing import observe
from sandbox.identities import AUDITOR, CONSENTING_DEPLOYER, TENANTS, Pipeline
from sandbox.orders import Registration
from sandbox.portal import Desk
from sandbox.portal.registering import register
from sandbox.world import utc_now
from tests.asking_graph import filled_world
from tests.commanding import say
from tests.reading_graph import HERE, Passing, Sandboxed, documents_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from helpers.declaration.declaration import Declaration
    from helpers.observing import Observed
    from tests.commanding import Said

NAME = "production"
DEPLOYER = CONSENTING_DEPLOYER.object_id
TENANT = TENANTS[0].id
_SIGN_IN = ("ARM_", "AZURE_")


@dataclass(frozen=True)
class Adoption:
    """A sandbox with one application in it that nobody declared."""

    sandbox: Sandboxed
    folder: Path
    client_id: str
    shown: list[str] = field(default_factory=list)

    @property
    def environments(self) -> Path:
        """Where the file goes."""
        return self.folder / "environments"

    @property
    def file(self) -> Path:
        """The environment file."""
        return self.environments / f"{NAME}.yaml"

    @property
    def desk(self) -> Desk:
        """The administrator's desk with the application on it."""
        return Desk(self.sandbox.world, TENANT, self.client_id)

    def observed(self, pipeline: Pipeline = AUDITOR) -> Observed:
        """Return what Graph shows of it, bytes included."""
        with self.sandbox.directories(variables=self.sandbox.variables(pipeline)) as directories:
            reading = directories.read_again({HERE: [self.client_id]}, deep=True)[HERE]
        return observe(documents_of(reading)[self.client_id])

    def enter(self, monkeypatch: pytest.MonkeyPatch, *, pipeline: Pipeline = AUDITOR) -> None:
        """Let the command line come to this sandbox, and plan nothing."""
        for name in os.environ:
            if name.startswith(_SIGN_IN):
                monkeypatch.delenv(name)
        for name, value in self.sandbox.variables(pipeline).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(self.environments))
        monkeypatch.delenv("ISE_INTUNE_STACKS", raising=False)
        monkeypatch.setattr(adopting, "Directories", partial(Directories, ways=self.sandbox.ways))
        monkeypatch.setattr(adopting, "check", lambda _settings, declaration: self._planned(declaration))

    def _planned(self, declaration: Declaration) -> int:
        self.shown.append(declaration.name)
        return 0

    def adopt(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
        """Run the verb."""
        known = ("--tenant", TENANT, "--name", NAME, "--deployer", DEPLOYER)
        return say(capsys, "--root", str(self.folder), "adopt", self.client_id, *known, *arguments)


def an_adoption(folder: Path, factory: pytest.TempPathFactory, shape: str, *, owns: bool = True) -> Adoption:
    """Return a sandbox with an application of a shape; the pipeline owns it, or not."""
    world = filled_world(folder, factory, now=utc_now)
    world.conditions.set(world.conditions.limits.without_quotas())
    made = register(world, Registration(shape, TENANT, deployer=DEPLOYER, deployer_owns=owns))
    return Adoption(Sandboxed(world, Passing(), folder), folder, made.client_id)


def wishes(**changes: object) -> Wishes:
    """Return what a person says, with changes."""
    said: dict[str, object] = {"nodes": {}, "left": frozenset(), "today": datetime.now(UTC).date(), **changes}
    return Wishes(name=NAME, deployer=DEPLOYER, **said)  # type: ignore[arg-type]


def taken_from(observed: Observed, said: Wishes) -> Taken:
    """Return what goes into the file."""
    return take(observed, found_keys(observed, revoked={}), said)


def declared_as(taken: Taken, file: Path, *, admin_consent: str = "manual") -> Declaration:
    """Return what the file that is written of it declares."""
    text = environment_text(
        NewEnvironment(
            name=NAME,
            tenant_id=TENANT,
            deployer=DEPLOYER,
            display_name=taken.display_name,
            certificates={},
            profile=taken.profile,
            admin_consent=admin_consent,
            found=taken.found,
        )
    )
    return judge_environment(text.encode(), file, coming={each.file: each.certificate for each in taken.keys})
