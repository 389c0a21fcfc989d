"""Go the whole way that ISE goes, and bring each link with its time: connections, tokens, discovery, queries.

Times are of requests over connections that are open already, as ISE's are. Never the bulk query: Intune answers it once
in four hours, and that once is ISE's.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import httpx

from clients import ise_wire
from clients.entra_refusals import SignInRefused
from clients.ise_wire import NotDiscovered
from clients.tls_chain import presented_chain, presented_chains
from helpers.errors import InputError, IseIntuneError, Obstacle, Refused, ServiceError, Unreachable
from helpers.trust_roots import coverage, roots
from helpers.verifying import links
from helpers.verifying.links import Link, Outcome
from helpers.verifying.meanings import (
    COMPLIANCE,
    DISCOVERY,
    NO_SERVICE,
    UNREACHABLE,
    Meaning,
    of_refusal,
    of_status,
    without_consent,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clients.ise_wire import AccessToken, Device, IseNode

T = TypeVar("T")

_TIMEOUT_SECONDS = 10.0
# The fastest counts: one slow answer is not a slow service.
_TIMES = 3
# What Entra says of a certificate that it does not know, or not yet.
NOT_REGISTERED = 700027
_TRUST = UNREACHABLE[Obstacle.TRUST]


class Clock:
    """Time, as it passes and as it is: tests have their own."""

    def monotonic(self) -> float:
        """Return seconds since some beginning."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        time.sleep(seconds)

    def now(self) -> datetime:
        """Return the time of day, aware."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class Patience:
    """How long Entra may take to know a certificate: `waiting` hears the seconds waited so far."""

    seconds: float = 0.0
    every: float = 5.0
    waiting: Callable[[float], None] = lambda _: None


@dataclass(frozen=True)
class Walk:
    """What is walked. `device` is a GUID or a MAC address; without one, nobody's device is asked for.

    `most_milliseconds` is how long a query may take before it is slow.
    """

    node: IseNode
    consent_url: str
    device: str = ""
    most_milliseconds: float = links.NOTICED_MILLISECONDS
    patience: Patience = field(default_factory=Patience)


def walk(wanted: Walk, *, clock: Clock | None = None) -> tuple[Link, ...]:
    """Go the way; through HTTPS_PROXY where that is set. Raises `InputError` for what is no device."""
    device = _query_for(wanted.device)
    with _client() as http:
        return _Walking(wanted, http, clock or Clock(), device).links()


def connections(hosts: tuple[str, ...], *, why_no_more: str) -> tuple[Link, ...]:
    """Return what needs no credential, a connection to each host; and what was not tested, for the reason given."""
    with _client() as http:
        found = tuple(_connection(http, host)[0] for host in hosts)
    rest = (
        links.GRAPH_TOKEN,
        links.GRAPH_ROLES,
        links.DISCOVERY,
        links.INTUNE_TOKEN,
        links.INTUNE_ROLES,
        links.connection(),
        links.SERVICE,
        links.DEVICE,
    )
    return (*found, *(links.not_tested(name, why_no_more) for name in rest))


def check_device(device: str) -> None:
    """Raise `InputError` for what is neither a GUID nor a MAC address."""
    _query_for(device)


def _client() -> httpx.Client:
    return httpx.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=False)


@dataclass(frozen=True)
class _Query:
    """How a device is asked for. `shown` is empty where nobody wants to know about one."""

    ask: Callable[[httpx.Client, str, AccessToken, str], Device | None]
    value: str
    shown: str


def _query_for(device: str) -> _Query:
    if not device:
        return _Query(ise_wire.query_by_guid, str(uuid.uuid4()), "")
    for ask, normal in ((ise_wire.query_by_guid, ise_wire.device_id), (ise_wire.query_by_mac, ise_wire.mac_address)):
        try:
            return _Query(ask, normal(device), normal(device))
        except InputError:
            continue
    raise InputError(device, "is no device", "give its Intune device id (a GUID), or its MAC address")


class _Walking:
    """One walk. What a link needs of those before it is None where that could not be had."""

    def __init__(self, wanted: Walk, http: httpx.Client, clock: Clock, query: _Query) -> None:
        self._wanted, self._http, self._clock, self._query = wanted, http, clock, query
        self._links: list[Link] = []
        self._waited = 0.0
        self._service_link = links.connection()

    def links(self) -> tuple[Link, ...]:
        node, cloud = self._wanted.node, self._wanted.node.cloud
        login = self._connected(cloud.login_host)
        graph_host = self._connected(cloud.graph_host)
        graph = self._token(links.GRAPH_TOKEN, ise_wire.sign_in_to_graph, ready=login)
        self._roles(links.GRAPH_ROLES, graph, links.ROLES_FOR_DISCOVERY, needs=links.GRAPH_TOKEN)
        service = self._discovered(graph, node, ready=graph_host)
        intune = self._token(links.INTUNE_TOKEN, ise_wire.sign_in_to_intune, ready=login)
        self._roles(links.INTUNE_ROLES, intune, (links.ROLE_FOR_QUERIES,), needs=links.INTUNE_TOKEN)
        ready = self._ready(service, intune)
        self._info(ready)
        self._device(ready)
        return tuple(self._links)

    def _ready(self, service: str | None, token: AccessToken | None) -> tuple[str, AccessToken] | None:
        """Return what a query needs, if the compliance service's host can be asked."""
        if service is None:
            self._skip(links.connection(), links.DISCOVERY)
            return None
        host = httpx.URL(service).host
        self._service_link = links.connection(host)
        reached = self._connected(host)
        return (service, token) if reached and token is not None else None

    def _connected(self, host: str) -> bool:
        link, reached = _connection(self._http, host)
        self._links.append(link)
        return reached

    def _token(self, name: str, sign_in: Callable[..., AccessToken], *, ready: bool) -> AccessToken | None:
        if not ready:
            self._skip(name, links.connection(self._wanted.node.cloud.login_host))
            return None
        try:
            token, milliseconds = self._patiently(sign_in)
        except ServiceError as error:
            self._fails(name, error, {})
            return None
        waited = f", known after {self._waited:.0f} s" if self._waited else ""
        self._links.append(links.works(name, f"Entra gives one{waited}", milliseconds))
        return token

    def _patiently(self, sign_in: Callable[..., AccessToken]) -> tuple[AccessToken, float]:
        """Sign in, again and again while Entra does not know a certificate that was registered just now."""
        patience = self._wanted.patience
        while True:
            begun = time.perf_counter()
            try:
                token = sign_in(self._http, self._wanted.node, now=self._clock.now())
            except SignInRefused as refused:
                if refused.code != NOT_REGISTERED or self._waited >= patience.seconds:
                    raise
            else:
                return token, _since(begun)
            self._clock.sleep(patience.every)
            self._waited += patience.every
            patience.waiting(self._waited)

    def _roles(self, name: str, token: AccessToken | None, enough: tuple[str, ...], *, needs: str) -> None:
        if token is None:
            self._skip(name, needs)
            return
        meaning = without_consent(self._wanted.consent_url)
        self._links.append(links.roles_link(name, token.roles, enough, meaning))

    def _discovered(self, token: AccessToken | None, node: IseNode, *, ready: bool) -> str | None:
        if token is None or not ready:
            self._skip(links.DISCOVERY, links.connection(node.cloud.graph_host), links.GRAPH_TOKEN)
            return None
        try:
            service, milliseconds = _timed(lambda: ise_wire.discover(self._http, node, token))
        except ServiceError as error:
            self._fails(links.DISCOVERY, error, DISCOVERY)
            return None
        self._links.append(links.works(links.DISCOVERY, f"leads to {httpx.URL(service).host}", milliseconds))
        return service

    def _info(self, ready: tuple[str, AccessToken] | None) -> None:
        if ready is None:
            self._skip(links.SERVICE, links.DISCOVERY, links.INTUNE_TOKEN, self._service_link)
            return
        info = self._queried(links.SERVICE, lambda: ise_wire.mdm_info(self._http, *ready))
        if info is not None:
            answer, milliseconds = info
            what = f"{answer.product_name or answer.name} answers, API version {answer.api_version}"
            self._links.append(self._timed_link(links.SERVICE, what, milliseconds))

    def _device(self, ready: tuple[str, AccessToken] | None) -> None:
        if ready is None:
            self._skip(links.DEVICE, links.DISCOVERY, links.INTUNE_TOKEN, self._service_link)
            return
        query = self._query
        found = self._queried(links.DEVICE, lambda: query.ask(self._http, *ready, query.value))
        if found is not None:
            device, milliseconds = found
            what = f"{query.shown}: {_verdict(device)}" if query.shown else "Intune answers, about a device nobody has"
            self._links.append(self._timed_link(links.DEVICE, what, milliseconds))

    def _queried(self, name: str, ask: Callable[[], T]) -> tuple[T, float] | None:
        """Ask Intune, once more where it took long; the fastest counts."""
        fastest: tuple[T, float] | None = None
        try:
            for _ in range(_TIMES):
                answer, milliseconds = _timed(ask)
                fastest = (answer, milliseconds if fastest is None else min(milliseconds, fastest[1]))
                if milliseconds <= self._wanted.most_milliseconds:
                    break
        except ServiceError as error:
            self._fails(name, error, COMPLIANCE)
            return None
        return fastest

    def _timed_link(self, name: str, what: str, milliseconds: float) -> Link:
        return links.timed(name, what, milliseconds, most=self._wanted.most_milliseconds)

    def _skip(self, name: str, *needs: str) -> None:
        """Note that a link was not tested, and which one that it needs is in the way."""
        working = {link.name for link in self._links if link.outcome is Outcome.OK}
        lacking = " and ".join(need for need in needs if need not in working)
        self._links.append(links.not_tested(name, f"it needs what is not there: {lacking}"))

    def _fails(self, name: str, error: ServiceError, table: Mapping[int, Meaning]) -> None:
        meaning = meaning_of(error, table, consent_url=self._wanted.consent_url)
        self._links.append(links.broken(name, _said(error), meaning))


def meaning_of(error: IseIntuneError, table: Mapping[int, Meaning], *, consent_url: str = "") -> Meaning:
    """Return what a failure means; `table` is the service's own, by HTTP status."""
    match error:
        case SignInRefused():
            return of_refusal(error.code, error.status, error.cause, consent_url=consent_url)
        case Refused():
            return of_status(table, error.status)
        case Unreachable():
            return UNREACHABLE[error.obstacle]
        case NotDiscovered():
            return NO_SERVICE
    return of_status({}, httpx.codes.OK)


def _connection(http: httpx.Client, host: str) -> tuple[Link, bool]:
    """Return the link to a host, and whether it can be asked. What it presents is said where it is not trusted."""
    name = links.connection(host)
    begun = time.perf_counter()
    try:
        chain = presented_chain(http, host)
    except ServiceError as error:
        meaning = meaning_of(error, {})
        return links.broken(
            name, f"{error.cause}{_presents(host)}" if meaning is _TRUST else error.cause, meaning
        ), False
    below = coverage(chain, roots(), datetime.now(UTC)).below
    return links.works(name, f"reached, and trusted here{f'; below {below}' if below else ''}", _since(begun)), True


def _presents(host: str) -> str:
    """Say what a host presents that is not trusted; nothing where even that cannot be read."""
    chains, _ = presented_chains([host])
    if not chains:
        return ""
    covered = coverage(chains[0], roots(), datetime.now(UTC))
    return f"; it presents {' < '.join(covered.presented)}, below {covered.below}" if covered.presented else ""


def _verdict(device: Device | None) -> str:
    if device is None:
        return "not known to Intune: ISE denies, or redirects to enrolment"
    if not device.registered:
        return "known to Intune, and not registered"
    return {None: "Intune does not say whether it is compliant", True: "compliant", False: "not compliant"}[
        device.compliant
    ]


def _said(error: ServiceError) -> str:
    return f"{error.service} {error.cause}" if isinstance(error, Refused) else error.cause


def _timed(ask: Callable[[], T]) -> tuple[T, float]:
    begun = time.perf_counter()
    return ask(), _since(begun)


def _since(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000
