"""`ise-intune verify` against a sandbox that is served: real sockets, TLS and proxy, and one deployed environment."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest import mock

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sandbox import services
from sandbox.control import Control
from sandbox.identities import DEPLOYER, TENANTS
from tests.commanding import say
from tests.declaring import declare
from tests.deployments import deployed, outputs_file
from tests.making_certificates import rsa_key
from tests.sandboxes import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from sandbox.endpoint import Endpoint
    from sandbox.folder import SandboxFolder
    from sandbox.identities import Pipeline
    from sandbox.store import Document
    from sandbox.world import World
    from tests.commanding import Said
    from tests.deployments import Deployment

NAME = "production"
NODES = {"psn-01": "certificates/psn-01.pem", "psn-02": "certificates/psn-02.pem"}
TENANT = TENANTS[0].id
_CONSENTED = ("appRoleAssignment", "principalId")


@dataclass(frozen=True)
class Served:
    """A running sandbox, its memory, and its admin routes."""

    folder: SandboxFolder
    endpoint: Endpoint
    world: World
    control: Control


@dataclass(frozen=True)
class Chain:
    """The environment `production`, deployed to a running sandbox; `place` is the project's folder."""

    sandbox: Served
    place: Path
    deployment: Deployment

    @property
    def outputs(self) -> Path:
        """The file of outputs."""
        return self.place / "outputs.json"

    @property
    def notes(self) -> list[Path]:
        """The notes of probes that may be left."""
        return sorted((self.place / ".cache" / "verify").glob("*.json"))

    def verify(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
        """Run the verb with the outputs of the deploy."""
        return say(capsys, "--root", str(self.place), "verify", NAME, "--outputs", str(self.outputs), *arguments)

    def verified(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
        """Run the verb for JSON."""
        return self.verify(capsys, "--format", "json", *arguments)

    def key(self, label: str = "psn-01") -> str:
        """Write a key to a file, and return its path."""
        path = self.place / f"{label}.key"
        path.write_bytes(rsa_key(label).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return str(path)

    @property
    def application(self) -> Document:
        """The application, as the sandbox keeps it."""
        found = self.sandbox.world.store.get(TENANT, "application", self.deployment.application)
        assert found is not None
        return found

    @property
    def key_ids(self) -> list[str]:
        """The ids of its certificates."""
        return [entry["keyId"] for entry in self.application["keyCredentials"]]

    def change(self, kind: str, identifier: str, **changes: Any) -> None:  # noqa: ANN401 — any JSON
        """Set properties of something in the directory."""
        document = self.sandbox.world.store.get(TENANT, kind, identifier)
        assert document is not None
        self.sandbox.world.store.put(TENANT, kind, identifier, {**document, **changes})

    def change_application(self, **changes: Any) -> None:  # noqa: ANN401 — any JSON
        """Set properties of the application."""
        self.change("application", self.deployment.application, **changes)

    def principal(self, app_id: str) -> Document:
        """Return a service principal."""
        return self.sandbox.world.store.where(TENANT, "servicePrincipal", "appId", app_id)[0]

    def withdraw_consent(self) -> None:
        """Take every application permission away that was granted to ISE's application."""
        store = self.sandbox.world.store
        kind, key = _CONSENTED
        for grant in store.where(TENANT, kind, key, self.deployment.service_principal):
            store.delete(TENANT, kind, grant["id"])

    def rewrite_outputs(self, **changes: str) -> None:
        """Replace texts everywhere in the outputs."""
        text = self.outputs.read_text(encoding="utf-8")
        for before, after in changes.items():
            text = text.replace(before, after)
        self.outputs.write_text(text, encoding="utf-8")


@contextmanager
def serving(path: Path) -> Iterator[Served]:
    """Serve a sandbox, and give its memory too."""
    worlds: list[World] = []
    fill = services.fill

    def filled(world: World) -> None:
        worlds.append(world)
        fill(world)

    with mock.patch.object(services, "fill", filled), served(path) as (folder, endpoint), Control(folder) as control:
        # The first may have been that of the sandbox which others are copies of.
        yield Served(folder, endpoint, worlds[-1], control)


def deploy(sandbox: Served, place: Path, **changes: Any) -> Chain:  # noqa: ANN401 — any plain value
    """Declare and deploy `production`, with consent."""
    known = {"tenant_id": TENANT, "deployer": DEPLOYER.object_id, "certificates": NODES}
    done = deployed(sandbox.world, declare(place / "environments", NAME, **{**known, **changes}))
    (place / "outputs.json").write_text(outputs_file([done]), encoding="utf-8")
    return Chain(sandbox, place, done)


def enter(sandbox: Served, monkeypatch: pytest.MonkeyPatch, place: Path, *, pipeline: Pipeline | None) -> None:
    """Lead this process into the sandbox as a pipeline, or as nobody."""
    for name in ("ARM_", "AZURE_"):
        for known in ("CLIENT_ID", "CLIENT_SECRET", "TENANT_ID", "USE_CLI", "USE_OIDC", "USE_MSI"):
            monkeypatch.delenv(name + known, raising=False)
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, sandbox.endpoint.proxy_url)
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(sandbox.folder.ca))
    monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(place / "environments"))
    monkeypatch.delenv("ISE_INTUNE_STACKS", raising=False)
    monkeypatch.delenv("ISE_INTUNE_KEY_PASSWORD", raising=False)
    monkeypatch.setenv("ARM_USE_CLI", "false")
    if pipeline is not None:
        secrets = json.loads(sandbox.folder.secrets.read_text(encoding="utf-8"))
        monkeypatch.setenv("ARM_CLIENT_ID", pipeline.client_id)
        monkeypatch.setenv("ARM_CLIENT_SECRET", secrets[pipeline.client_id])
