"""What an operation is given and what it gives back; everything about HTTP stays in `app`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from helpers.clouds import CLOUDS
from helpers.moments import second

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helpers.clouds import Cloud
    from sandbox.directory import Directory
    from sandbox.graph.authorization import Caller
    from sandbox.store import Document, Store
    from sandbox.world import World


@dataclass(frozen=True)
class Call:
    """One authenticated request. `path` holds the ids of its path by name, `version` is v1.0 or beta.

    `eventual` says that it asked for the index that may be behind (`ConsistencyLevel: eventual`).
    """

    world: World
    directory: Directory
    caller: Caller
    version: str
    url_path: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Document
    user_agent: str = ""
    eventual: bool = False

    @property
    def store(self) -> Store:
        """The sandbox's memory."""
        return self.world.store

    @property
    def tenant_id(self) -> str:
        """The tenant the caller signed in to: the only one there is for it."""
        return self.directory.tenant_id

    @property
    def cloud(self) -> Cloud:
        """The cloud the request was sent to."""
        return CLOUDS[self.directory.cloud]

    def context(self, entity: str) -> str:
        """Return an `@odata.context`."""
        return f"{self.cloud.graph}/{self.version}/$metadata#{entity}"

    def timestamp(self) -> str:
        """Return the time, as Graph writes it."""
        return second(self.world.now())


@dataclass(frozen=True)
class Reply:
    """What goes back: JSON, or text, or without either a bare status."""

    status: int = 204
    content: Document | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None


@dataclass(frozen=True)
class Operation:
    """One method of one path. `subject` finds the object whose ownership may matter (see `authorization.Rule`).

    `options` are the query options it understands besides those that all do (`odata.check_options`).
    """

    method: str
    path: str
    run: Callable[[Call], Reply]
    subject: Callable[[Call], Document] | None = None
    options: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its row in `authorization.RULES`."""
        return f"{self.method} {self.path}"

    @property
    def reads_one(self) -> bool:
        """Whether it reads one object by itself, and not a list of any kind."""
        return self.method == "GET" and self.path.endswith("}")
