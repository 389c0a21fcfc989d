"""MSAL, unmodified, against the running sandbox: real host names, TLS, the proxy, the whole chain that ISE goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import msal  # type: ignore[import-untyped]
import pytest

from sandbox.identities import DEPLOYER, TENANTS
from sandbox.intune.devices import COMPLIANT_MAC
from tests.a_tenant import a_signer
from tests.registering import register
from tests.sandboxes import lead_into, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.endpoint import Endpoint
    from sandbox.folder import SandboxFolder

TENANT = TENANTS[0].id
LOGIN = "https://login.microsoftonline.com"
GRAPH = "https://graph.microsoft.com"
NODE = a_signer()


@dataclass(frozen=True)
class Running:
    """A running sandbox and a person's way to it."""

    folder: SandboxFolder
    endpoint: Endpoint

    @property
    def web(self) -> httpx.Client:
        """Return a client that goes through the proxy and trusts the sandbox's authority."""
        return httpx.Client(proxy=self.endpoint.proxy_url, verify=_trusting(self.folder.ca), trust_env=False)

    def token(self, client_id: str, credential: object, scope: str) -> dict[str, Any]:
        """Return what MSAL brings back; it is told the tenant alone."""
        application = msal.ConfidentialClientApplication(
            client_id,
            client_credential=credential,
            authority=f"{LOGIN}/{TENANT}",
        )
        answer: dict[str, Any] = application.acquire_token_for_client([scope])
        return answer


def _trusting(ca: Path) -> Any:  # noqa: ANN401 — an SSL context
    import ssl

    return ssl.create_default_context(cafile=str(ca))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with (
        served(tmp_path_factory.mktemp("referees") / "sandbox") as (folder, endpoint),
        pytest.MonkeyPatch.context() as environment,
    ):
        lead_into(environment, folder, endpoint)
        yield Running(folder, endpoint)


@pytest.fixture(scope="module")
def client_id(running: Running) -> str:
    """Register an application with a node's certificate, as a deploy does, and consent to what it asks for."""
    with running.web as web:
        return register(web, running.folder.path, NODE)


def node_credential() -> dict[str, str]:
    return {"private_key": NODE.key_pem, "public_certificate": NODE.pem}


def test_a_nodes_certificate_opens_the_whole_chain(running: Running, client_id: str) -> None:
    graph = running.token(client_id, node_credential(), f"{GRAPH}/.default")["access_token"]
    intune = running.token(client_id, node_credential(), "https://api.manage.microsoft.com//.default")
    with running.web as web:
        discovery = f"{GRAPH}//v1.0/servicePrincipals/appId=0000000a-0000-0000-c000-000000000000/endpoints"
        found = web.get(discovery, headers={"Authorization": f"Bearer {graph}"}).raise_for_status().json()["value"]
        (uri,) = [entry["uri"] for entry in found if entry["providerName"] == "ComplianceRetrievalService"]
        query = {"paging": "0", "querycriteria": "macaddress", "value": COMPLIANT_MAC, "filter": "all"}
        headers = {"Authorization": f"Bearer {intune['access_token']}", "Accept": "application/xml"}
        answer = web.get(f"{uri}/cisco/devices/", params=query, headers=headers).raise_for_status()
    assert "<status>true</status>" in answer.text


def test_a_certificate_that_is_not_registered_is_refused(running: Running) -> None:
    answer = running.token(DEPLOYER.client_id, node_credential(), f"{GRAPH}/.default")
    assert answer["error_codes"] == [700027]
