"""A filled sandbox and callers of its Microsoft Graph, with the tokens of its Entra."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from helpers.clouds import CLOUDS
from sandbox.entra import application as entra
from sandbox.entra.tokens import issue_access_token
from sandbox.graph import application as graph
from sandbox.identities import TENANTS
from sandbox.seed import seed
from sandbox.store import Store
from sandbox.world import World
from tests.in_process import InProcess, Served

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx
    import pytest

NOW = datetime(2027, 1, 15, 12, 0, tzinfo=UTC)
TENANT = TENANTS[0].id
CALLER_ID = "5a9d0000-00f1-4000-8000-0000000000a1"
CALLER_APP_ID = "5a9d0000-00f1-4000-8000-0000000000c1"
EVERYTHING = (
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "Directory.ReadWrite.All",
)
GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
INTUNE_API_APP_ID = "c161e42e-d4df-4a3d-9b42-e7a3c31f59d4"
INTUNE_APP_ID = "0000000a-0000-0000-c000-000000000000"


def filled_world(folder: Path, factory: pytest.TempPathFactory, *, now: Callable[[], datetime] = lambda: NOW) -> World:
    """Return a sandbox as it begins. Its keys and its filling, which take long to make, are those of the test run."""
    keys = factory.getbasetemp() / "keys-of-sandboxes"
    keys.mkdir(mode=0o700, exist_ok=True)
    # Filling writes the time down: where the clock runs, it is anew each minute.
    filling = keys / f"filled-{now():%Y%m%d%H%M}.sqlite"
    if not filling.exists():
        _fill(World(keys, Store(filling), now=now))
    shutil.copyfile(filling, folder / "world.sqlite")
    return World(keys, Store(folder / "world.sqlite"), now=now)


def _fill(world: World) -> None:
    seed(world)
    world.store.close()


class Clock:
    """A time of day that stands still until it is told to go on."""

    def __init__(self) -> None:
        """Begin at `NOW`."""
        self._now = NOW

    def __call__(self) -> datetime:
        """Return the time."""
        return self._now

    def go_on(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self._now += timedelta(seconds=seconds)


@lru_cache(maxsize=4)
def _services(world: World) -> InProcess:
    served, login = graph(world), entra(world)
    graphs = {cloud.graph_host: Served(served, cloud.name) for cloud in CLOUDS.values()}
    # Of the two clouds that share a login host the first answers, as the sandbox has it.
    logins = {cloud.login_host: Served(login, cloud.name) for cloud in reversed([*CLOUDS.values()])}
    return InProcess({**graphs, **logins})


@dataclass(frozen=True)
class Graph:
    """The Graph of one cloud, asked by one caller. Paths begin with the version; answers are httpx's."""

    world: World
    roles: tuple[str, ...] = EVERYTHING
    object_id: str = CALLER_ID
    app_id: str = CALLER_APP_ID
    tenant_id: str = TENANT
    cloud: str = "global"
    token: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def services(self) -> InProcess:
        """Graph and Entra of every cloud, below their real host names."""
        return _services(self.world)

    @cached_property
    def _bearer(self) -> str:
        return self.token or issue_access_token(
            self.world,
            tenant_id=self.tenant_id,
            audience=CLOUDS[self.cloud].graph,
            app_id=self.app_id,
            object_id=self.object_id,
            roles=self.roles,
        )

    def at(self, moment: datetime) -> Graph:
        """Return the same Graph at another time of day."""
        return replace(self, world=replace(self.world, now=lambda: moment))

    def ask(self, method: str, path: str, body: object = None, **query: str) -> httpx.Response:
        """Ask for a path such as `/v1.0/applications`; `query` names are without their dollar."""
        return self.services.ask(
            method,
            CLOUDS[self.cloud].graph + path,
            headers={"Authorization": f"Bearer {self._bearer}", **self.headers},
            params={f"${name}": value for name, value in query.items()} or None,
            **({} if body is None else {"json": body}),
        )

    def get(self, path: str, **query: str) -> Any:  # noqa: ANN401 — any JSON
        """Return what is at a path; an answer other than 200 fails the test with its text."""
        answer = self.ask("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def values(self, path: str, **query: str) -> list[Any]:
        """Return the values of a list's first page."""
        values: list[Any] = self.get(path, **query)["value"]
        return values

    def make(self, path: str, **body: object) -> Any:  # noqa: ANN401
        """Return what was made at a path."""
        answer = self.ask("POST", path, body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def change(self, path: str, **body: object) -> None:
        """Change what is at a path."""
        answer = self.ask("PATCH", path, body)
        assert answer.status_code == 204, answer.text

    def delete(self, path: str) -> None:
        """Delete what is at a path."""
        answer = self.ask("DELETE", path)
        assert answer.status_code == 204, answer.text

    def refusal(self, method: str, path: str, body: object = None, **query: str) -> tuple[int, str]:
        """Return the status and error code of an answer that must be a refusal."""
        answer = self.ask(method, path, body, **query)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()["error"]["code"]

    def batch(self, *requests: object, version: str = "v1.0") -> dict[str, Any]:
        """Return the answers to a batch by id."""
        answer = self.ask("POST", f"/{version}/$batch", {"requests": requests})
        assert answer.status_code == 200, answer.text
        return {one["id"]: one for one in answer.json()["responses"]}

    def principal_id(self, app_id: str) -> str:
        """Return the object id of a service principal."""
        return str(self.get(f"/v1.0/servicePrincipals(appId='{app_id}')", select="id")["id"])
