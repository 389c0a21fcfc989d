"""An ISE node that speaks to the sandbox, with all it has said; and services that answer as they should not."""

from __future__ import annotations

import json
import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import httpx
import jwt

from clients import ise_wire
from clients.ise_wire import AccessToken, IseNode
from helpers.certificates import read_certificate
from helpers.clouds import CLOUDS
from sandbox.identities import COMPLIANCE_HOSTS, COMPLIANCE_PATH, TENANTS
from sandbox.intune import application as intune
from sandbox.intune.devices import COMPLIANT_MAC, seed_devices
from tests.a_tenant import a_signer
from tests.asking_graph import Graph, filled_world
from tests.in_process import InProcess, Served
from tests.registering import register
from tests.sandboxes import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest

    from sandbox.identities import SandboxTenant
    from sandbox.world import World

SIGNER = a_signer()
TENANT = TENANTS[0]
LOGIN = f"https://login.microsoftonline.com/{TENANT.id}"
SERVICE = f"https://{COMPLIANCE_HOSTS['global']}{COMPLIANCE_PATH}"
NAMESPACE = "http://schemas.datacontract.org/2004/07/Microsoft.Intune.ResourceAccess.ComplianceRetrievalService.Model"
CLIENT = "22222222-2222-3333-4444-000000000001"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Ise:
    """A node that speaks, and all it has said."""

    web: httpx.Client
    node: IseNode
    said: list[httpx.Request] = field(default_factory=list)

    def tokens(self) -> tuple[AccessToken, AccessToken]:
        """Sign in to Graph, then to Intune."""
        graph = ise_wire.sign_in_to_graph(self.web, self.node, now=now())
        return graph, ise_wire.sign_in_to_intune(self.web, self.node, now=now())

    @property
    def last(self) -> httpx.Request:
        """What it said last."""
        return self.said[-1]

    @property
    def last_form(self) -> list[tuple[str, str]]:
        """The fields of the form it sent last, in order."""
        return parse_qsl(self.last.content.decode(), strict_parsing=True)


def a_node(client_id: str = CLIENT, tenant: SandboxTenant = TENANT) -> IseNode:
    certificate = read_certificate(SIGNER.der, name="psn-01")
    return IseNode(CLOUDS[tenant.cloud], tenant.id, client_id, certificate, SIGNER.key)


def world_with_devices(folder: Path, factory: pytest.TempPathFactory) -> World:
    """Return a sandbox as it begins, on today's date."""
    world = filled_world(folder, factory, now=now)
    seed_devices(world)
    return world


def services_of(world: World) -> InProcess:
    """Return all that ISE asks, of every cloud, below the real host names."""
    served = intune(world)
    compliance = {host: Served(served, cloud) for cloud, host in COMPLIANCE_HOSTS.items()}
    return InProcess({**Graph(world).services.hosts, **compliance})


def an_ise(world: World, tenant: SandboxTenant = TENANT, **options: Any) -> Ise:  # noqa: ANN401
    """Register a node's certificate, as a deploy does, and return the node; `options` are those of `register`."""
    services = services_of(world)
    said: list[httpx.Request] = []
    client_id = register(services.client(), world.folder, SIGNER, tenant=tenant, **options)
    return Ise(services.client(event_hooks={"request": [said.append]}), a_node(client_id, tenant), said)


@contextmanager
def running_ise(path: Path) -> Iterator[Ise]:
    """Give a node on the other side of a socket, TLS and the proxy of a sandbox at `path`."""
    with served(path) as (folder, endpoint):
        trust = ssl.create_default_context(cafile=str(folder.ca))
        with httpx.Client(proxy=endpoint.proxy_url, verify=trust, trust_env=False) as web:
            yield Ise(web, a_node(register(web, folder.path, SIGNER)))


TOKEN = AccessToken(jwt.encode({"roles": []}, "a key of no use to anyone, long enough", algorithm="HS256"), ())


def answering(content: bytes | str = b"", status: int = 200, *, encoding: str = "identity") -> httpx.Client:
    """Return a client that gets this answer to whatever it asks."""
    shown = content.encode() if isinstance(content, str) else content
    headers = {"content-encoding": encoding}
    answer = httpx.MockTransport(lambda _: httpx.Response(status, stream=httpx.ByteStream(shown), headers=headers))
    return httpx.Client(transport=answer)


def failing(error: Exception) -> httpx.Client:
    """Return a client for which whatever it asks fails so."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    return httpx.Client(transport=httpx.MockTransport(fail))


def refused_by_entra(code: int, text: str = "Something happened.") -> str:
    """Return the JSON of a refusal, as Entra writes it."""
    description = f"AADSTS{code}: {text}\r\nTrace ID: 1\r\nCorrelation ID: 2\r\nTimestamp: 3"
    return json.dumps({"error": "invalid_client", "error_description": description, "error_codes": [code]})


# Every link of the chain, by what it is called in messages.
LINKS: dict[str, Callable[[httpx.Client], object]] = {
    "Entra": lambda web: ise_wire.sign_in_to_graph(web, a_node(), now=now()),
    "Microsoft Graph": lambda web: ise_wire.discover(web, a_node(), TOKEN),
    "Intune": lambda web: ise_wire.query_by_mac(web, SERVICE, TOKEN, COMPLIANT_MAC),
}
