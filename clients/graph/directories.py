"""The directories of many tenants, read at the same time: the one door to this room."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx

from clients.graph.asking import Graph
from clients.graph.audit_log import read_log
from clients.graph.choosing import lists_are_cheaper
from clients.graph.kept import Kept, make_folder
from clients.graph.made_by import read_made_by
from clients.graph.owner_accounts import read_owner_accounts
from clients.graph.pacing import Clock, Pace
from clients.graph.reading import TenantReader
from clients.graph.readings import AuditLog, Log, Reading, SignInLogs
from clients.graph.sign_in import SignIn
from clients.graph.sign_ins import read_sign_in_logs
from clients.graph.statistics import Tally
from clients.graph.steps import Steps
from helpers.errors import IseIntuneError
from helpers.observing.documents import Unread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from clients.graph.made_by import MadeBy
    from clients.graph.objects import Choose
    from clients.graph.readings import Progress, Tenant
    from clients.graph.statistics import Statistics
    from helpers.observing.documents import Documents, Listing

T = TypeVar("T")

_TENANTS_AT_A_TIME = 8
_TIMEOUT = httpx.Timeout(60, connect=15)
_READING, _READING_AGAIN = "reading Entra", "reading again what differs"
_CERTIFICATES, _LOG = "comparing certificates", "reading the audit log"
_SIGN_INS = "reading the sign-in log"


def _say_nothing(_: object) -> None:
    """Show no progress."""


@dataclass(frozen=True)
class Ways:
    """How requests travel and time passes: as they do, unless a test has ways of its own.

    `http` is httpx's transport to Graph, `sign_in` azure-core's to Entra.
    """

    http: httpx.AsyncBaseTransport | None = None
    sign_in: Any = None
    clock: Clock = field(default_factory=Clock)


class Directories:
    """Signs in to tenants, once each, and reads them; use as a context. `environment` has the sign-in's variables.

    `choose` decides between lists and single reads (clients.graph.choosing).
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        progress: Progress = _say_nothing,
        ways: Ways | None = None,
        choose: Choose = lists_are_cheaper,
    ) -> None:
        """Sign in to nothing yet."""
        self._environment = environment
        self._progress = progress
        self._ways = ways or Ways()
        self._choose = choose
        self._tally = Tally()
        self._readers: dict[Tenant, TenantReader] = {}
        self._runner = asyncio.Runner()
        self._http: httpx.AsyncClient | None = None

    def __enter__(self) -> Self:
        self._runner.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self._http is not None:
                self._runner.run(self._http.aclose())
        finally:
            self._runner.close()

    @property
    def statistics(self) -> Statistics:
        """What it cost so far."""
        return self._tally.counted()

    def read(self, wanted: Mapping[Tenant, Collection[str]], *, kept: Path | None = None) -> dict[Tenant, Reading]:
        """Read everything about the applications with these client ids, of all tenants at a time.

        With a folder in `kept` the bytes of certificates too; while they are being read, what was read is kept there.
        Raises `InputError` where that cannot be.
        """
        if kept is not None:
            make_folder(kept)
        deep = None if kept is None else Steps(_CERTIFICATES, self._progress)
        steps = Steps(_READING, self._progress)

        async def one(tenant: Tenant) -> dict[str, Documents]:
            file = None if kept is None else Kept(kept / f"{tenant.id.lower()}.jsonl", self._ways.clock.wall)
            reader = self._reader(tenant)
            return await reader.read([*wanted[tenant]], steps, choose=self._choose, kept=file, deep=deep)

        return self._run(self._each(wanted, one))

    def read_again(
        self, wanted: Mapping[Tenant, Collection[str]], *, deep: bool = False, what: str = _READING_AGAIN
    ) -> dict[Tenant, Reading]:
        """Read the same once more, each application by itself and nothing from lists of all: lists may be older.

        `what` is what progress calls it, for whoever reads so the first time.
        """
        certificates = Steps(_CERTIFICATES, self._progress) if deep else None
        steps = Steps(what, self._progress)

        async def one(tenant: Tenant) -> dict[str, Documents]:
            reader = self._reader(tenant)
            return await reader.read([*wanted[tenant]], steps, choose=None, kept=None, deep=certificates)

        return self._run(self._each(wanted, one))

    def read_audit_log(
        self, tenant: Tenant, *, since: datetime, until: datetime, about: Collection[str] | None = None
    ) -> AuditLog:
        """Read the tenant's audit log of a window (aware moments).

        With `about`, only records in which one of these ids stands are brought: a tenant's log can be large.
        """

        async def log() -> AuditLog:
            try:
                graph = self._reader(tenant).graph
                return await read_log(graph, Steps(_LOG, self._progress), since=since, until=until, about=about)
            except IseIntuneError as error:
                return AuditLog(unread=str(error))

        return self._run(log())

    def read_sign_in_logs(self, tenant: Tenant, client_id: str, *, since: datetime, until: datetime) -> SignInLogs:
        """Read what the tenant knows of one application's sign-ins in a window (aware moments), and of its keys."""

        async def logs() -> SignInLogs:
            try:
                graph, steps = self._reader(tenant).graph, Steps(_SIGN_INS, self._progress)
                return await read_sign_in_logs(graph, steps, client_id, since=since, until=until)
            except IseIntuneError as error:
                return SignInLogs(Log(unread=str(error)), Log(unread=str(error)))

        return self._run(logs())

    def read_made_by(self, tenant: Tenant, identity: str, *, name: str, prefix: str, known: str = "") -> MadeBy:
        """Read the applications that a service principal owns, and those of a name (clients.graph.made_by).

        Raises `IseIntuneError` where any of it cannot be read.
        """

        async def made() -> MadeBy:
            graph = self._reader(tenant).graph
            await graph.token()
            return await read_made_by(graph, identity, name=name, prefix=prefix, known=known)

        return self._run(made())

    def with_owner_accounts(self, tenant: Tenant, documents: Documents) -> Documents:
        """Return documents with what else is to be known of the owners: whether their accounts are enabled."""

        async def accounts() -> Listing:
            try:
                return await read_owner_accounts(self._reader(tenant).graph, documents)
            except IseIntuneError as error:
                return Unread(str(error))

        return replace(documents, owner_accounts=self._run(accounts()))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    async def _each(
        self, wanted: Mapping[Tenant, Collection[str]], one: Callable[[Tenant], Awaitable[dict[str, Documents]]]
    ) -> dict[Tenant, Reading]:
        """Do for each tenant what `one` does; what stops one is its own failure alone."""
        some = asyncio.Semaphore(_TENANTS_AT_A_TIME)

        async def reading(tenant: Tenant) -> Reading:
            async with some:
                try:
                    await self._reader(tenant).graph.token()
                    return Reading(await one(tenant))
                except IseIntuneError as error:
                    return Reading(failure=str(error))

        tenants: Sequence[Tenant] = [*wanted]
        return dict(zip(tenants, await asyncio.gather(*map(reading, tenants)), strict=True))

    def _reader(self, tenant: Tenant) -> TenantReader:
        if tenant not in self._readers:
            sign_in = SignIn(tenant, self._environment, self._ways.sign_in, self._ways.clock.wall)
            clock = self._ways.clock
            pace = Pace(clock, self._tally)
            graph = Graph(self._client(), tenant.cloud, _tokens(sign_in), pace, clock, self._tally)
            self._readers[tenant] = TenantReader(tenant.id, graph)
        return self._readers[tenant]

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(transport=self._ways.http, timeout=_TIMEOUT, follow_redirects=False)
        return self._http


def _tokens(sign_in: SignIn) -> Callable[[], Awaitable[str]]:
    """Return what gives the tenant's token without keeping other tenants waiting: azure-identity blocks."""
    turn = asyncio.Lock()

    async def token() -> str:
        if sign_in.is_signed_in:
            return sign_in.token()
        async with turn:
            return await asyncio.to_thread(sign_in.token)

    return token
