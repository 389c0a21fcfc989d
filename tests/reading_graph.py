"""`clients.graph` before a sandbox without a socket: time that passes when somebody waits, and a record of requests."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import httpx
import requests
from azure.core.pipeline.transport import RequestsTransport

from clients.graph import Directories, Tenant
from clients.graph.directories import Ways
from clients.graph.pacing import Clock
from helpers.clouds import CLOUDS
from sandbox.dispatch import Dispatcher
from sandbox.entra import application as entra
from sandbox.entra.signing import signing_key
from sandbox.faults import Faults
from sandbox.graph import application as graph
from sandbox.identities import AUDITOR, TENANTS, Pipeline
from sandbox.requests_seen import RequestLog
from tests.asking_graph import NOW, Graph, filled_world
from tests.asking_graph import Clock as Day
from tests.in_process import InProcess, Served

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from clients.graph import Reading, Step
    from clients.graph.objects import Choose
    from helpers.observing import Document, Documents
    from sandbox.requests_seen import SeenRequest
    from sandbox.world import World

HERE = Tenant(TENANTS[0].id, CLOUDS[TENANTS[0].cloud])
GRAPH_HOST = HERE.cloud.graph_host


def alone(*_: int) -> bool:
    """Choose to read each application alone."""
    return False


def in_lists(*_: int) -> bool:
    """Choose to read lists of all."""
    return True


@dataclass
class Passing:
    """Time that passes only while somebody waits. `waits` are the seconds of each wait."""

    day: Day = field(default_factory=Day)
    waits: list[float] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        """What clients are given for time."""
        return Clock(self.passed, lambda: time.time() + self.passed(), self.sleep)

    def passed(self) -> float:
        """Return the seconds since the beginning."""
        return (self.day() - NOW).total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.waits.append(seconds)
        self.day.go_on(seconds)


@dataclass(frozen=True)
class Sandboxed:
    """A world with its Graph and Entra, and clients that read it."""

    world: World
    time: Passing
    folder: Path
    faults: Faults = field(default_factory=Faults)

    @cached_property
    def graph(self) -> Graph:
        """The Graph for whoever may do anything."""
        return Graph(self.world)

    @cached_property
    def log(self) -> RequestLog:
        """What Graph was asked."""
        return RequestLog(self.folder / "requests.log")

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """Graph, with the record and the faults before it."""
        return Dispatcher(
            {"graph": graph(self.world)}, log=self.log, faults=self.faults, errors_log=self.folder / "errors.log"
        )

    @property
    def ways(self) -> Ways:
        """How clients get here."""
        login = entra(self.world)
        hosts = {cloud.login_host: Served(login, cloud.name) for cloud in reversed([*CLOUDS.values()])}
        session = InProcess(hosts).below(requests.Session())
        return Ways(
            http=httpx.ASGITransport(self.dispatcher),
            sign_in=RequestsTransport(session=session, session_owner=False),
            clock=self.time.clock,
        )

    def variables(self, pipeline: Pipeline = AUDITOR) -> dict[str, str]:
        """Return what a pipeline signs in with."""
        secrets = json.loads((self.world.folder / "deployers.json").read_text())
        return {"ARM_CLIENT_ID": pipeline.client_id, "ARM_CLIENT_SECRET": secrets[pipeline.client_id]}

    def directories(
        self,
        *,
        choose: Choose = alone,
        variables: dict[str, str] | None = None,
        progress: Callable[[Step], None] = lambda _: None,
    ) -> Directories:
        """Return the clients."""
        return Directories(variables or self.variables(), ways=self.ways, choose=choose, progress=progress)

    def read(self, *client_ids: str, choose: Choose = alone, kept: Path | None = None) -> dict[str, Documents]:
        """Return what is read of these applications; a tenant that cannot be read fails the test."""
        with self.directories(choose=choose) as directories:
            return documents_of(directories.read({HERE: client_ids}, kept=kept)[HERE])

    @property
    def seen(self) -> list[SeenRequest]:
        """What was asked so far, those inside batches too."""
        return self.log.after(0)

    @property
    def round_trips(self) -> int:
        """How often somebody asked."""
        return sum(request.batch is None for request in self.seen)

    def paths(self) -> Counter[str]:
        """Return how often each path was asked for."""
        return Counter(request.path for request in self.seen if not request.path.endswith("$batch"))


def a_sandbox(folder: Path, factory: pytest.TempPathFactory) -> Sandboxed:
    """Return a sandbox as it begins."""
    passing = Passing()
    sandbox = Sandboxed(filled_world(folder, factory, now=passing.day), passing, folder)
    # Clients sign in to several tenants at a time, each in a thread; the key that signs is made on its first use.
    signing_key(sandbox.world)
    return sandbox


def documents_of(reading: Reading) -> dict[str, Documents]:
    """Return what was read of a tenant."""
    assert reading.failure == ""
    return dict(reading.documents)


def register(sandbox: Sandboxed, **properties: Any) -> Document:  # noqa: ANN401 — any JSON
    """Make an application with its service principal; return the application."""
    made: Document = sandbox.graph.make("/v1.0/applications", **{"displayName": "ISE", **properties})
    sandbox.graph.make("/v1.0/servicePrincipals", appId=made["appId"])
    return made
