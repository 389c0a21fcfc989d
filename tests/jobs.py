"""What jobs of any CI system run in, for tests: a world that is served, a forge, and a shell for their steps."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import trustme
import uvicorn

from clients.graph.identities import DRIFT
from helpers.clouds import CLOUDS
from sandbox.environment import SignIn, inside
from sandbox.folder import open_folder
from sandbox.identities import AUDITOR, CONSENTING_DEPLOYER, OIDC_ISSUER, READER, TENANTS
from sandbox.oidc import id_token, request_token
from sandbox.seed import seed
from sandbox.session import Wishes, programs
from sandbox.store import Store
from sandbox.world import World
from tests.checkouts import lend_set_up
from tests.granting import grant_only
from tests.sandboxes import served, surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from starlette.applications import Starlette

    from sandbox.endpoint import Endpoint
    from sandbox.environment import Programs
    from sandbox.folder import SandboxFolder
    from sandbox.identities import Pipeline

_PATIENCE = 300
_SIGNS_IN = ("ARM_", "AZURE_")
_TRUSTED = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
# Which identity trusts the tokens of which protected environment: docs/identities.md.
IDENTITIES: Mapping[str, Pipeline] = {
    "ise-intune-plan": READER,
    "ise-intune-deploy": CONSENTING_DEPLOYER,
    "ise-intune-drift": AUDITOR,
}


@dataclass(frozen=True)
class Done:
    """How a step ended, and what it said."""

    status: int
    said: str


@dataclass(frozen=True)
class Surroundings:
    """A sandbox, and a forge beside it; nothing else answers."""

    folder: SandboxFolder
    endpoint: Endpoint
    programs: Programs
    bundle: Path
    api: str
    log: list[str] = field(default_factory=list)

    def variables(self) -> dict[str, str]:
        """Return what any job sees: the way to the sandbox, and nothing to sign in with."""
        sign_in = SignIn(CONSENTING_DEPLOYER, TENANTS[0].id, CLOUDS["global"], "", "", "")
        given = inside(
            surroundings(), folder=self.folder, endpoint=self.endpoint, sign_in=sign_in, programs=self.programs
        )
        kept = {name: value for name, value in given.items() if not name.startswith((*_SIGNS_IN, "PYTHON"))}
        return {**kept, "ARM_USE_CLI": "false", "NO_COLOR": "1", **dict.fromkeys(_TRUSTED, str(self.bundle))}

    def set_up(self, checkout: Path) -> None:
        """Let a checkout have what set-up would install."""
        lend_set_up(checkout, terraform=self.folder.programs / "terraform", output=self.folder.output)

    def id_token(self, subject: str) -> str:
        """Return what the identity provider says of a job."""
        return id_token(self._world(), subject=subject)

    def request_for_id_token(self, subject: str) -> tuple[str, str]:
        """Return where a job asks for it, and with what."""
        return f"{OIDC_ISSUER}/token?subject={subject}", request_token(self._world())

    def run(self, script: str, *, folder: Path, variables: Mapping[str, str]) -> Done:
        """Run a step's script as CI systems do: by bash, which ends at the first command that fails."""
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        self.log.append(done.stdout)
        return Done(done.returncode, done.stdout)

    def nobody_else_was_asked(self) -> bool:
        """Say whether everything that jobs connected to was served here."""
        refused = self.folder.refused_log
        return not refused.exists() or not refused.read_text(encoding="utf-8")

    def _world(self) -> World:
        # For its keys and its clock: what is stored is the server's own.
        return World(folder=self.folder.path, store=Store(self.folder.store))


@contextlib.contextmanager
def surrounded(path: Path, forge: Starlette, subjects: Mapping[str, str]) -> Iterator[Surroundings]:
    """Serve a sandbox with the stand-in provider, and a forge by TLS, while the context lasts.

    The identity of each protected environment trusts the one subject named for it; who looks for
    drift holds no more than it needs.
    """
    _trusting(path / "sandbox", subjects)
    with served(path / "sandbox") as (folder, endpoint), _by_tls(forge, path) as (api, authority):
        wishes = Wishes("stand-in", CONSENTING_DEPLOYER.name, TENANTS[0].name)
        chosen = programs(folder, wishes, cache=path / "providers", say=lambda _: None)
        bundle = path / "trusted.pem"
        bundle.write_bytes(folder.ca.read_bytes() + authority.cert_pem.bytes())
        yield Surroundings(folder, endpoint, chosen, bundle, api)


def _trusting(path: Path, subjects: Mapping[str, str]) -> None:
    """Fill a sandbox, before anybody serves it."""
    folder = open_folder(path)
    with contextlib.closing(Store(folder.store)) as store:
        world = World(folder=folder.path, store=store)
        seed(world)
        grant_only(world, AUDITOR, DRIFT.permissions)
        for environment, subject in subjects.items():
            _trust(store, IDENTITIES[environment], subject)


def _trust(store: Store, pipeline: Pipeline, subject: str) -> None:
    (application,) = store.where(TENANTS[0].id, "application", "appId", pipeline.client_id)
    (federated,) = application["federatedIdentityCredentials"]
    trusted = [{**federated, "subject": subject}]
    store.put(TENANTS[0].id, "application", application["id"], {**application, "federatedIdentityCredentials": trusted})


@contextlib.contextmanager
def _by_tls(application: Starlette, path: Path) -> Iterator[tuple[str, trustme.CA]]:
    """Serve an application on loopback; give its address and who vouches for it."""
    authority = trustme.CA()
    leaf = path / "forge.pem"
    leaf.write_bytes(authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.bytes())
    listener = socket.create_server(("127.0.0.1", 0))
    settings = uvicorn.Config(
        application, ssl_certfile=leaf, lifespan="off", log_config=None, access_log=False, ws="none"
    )
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    # What connects before it is up waits in the listener's queue.
    thread.start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", authority
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
