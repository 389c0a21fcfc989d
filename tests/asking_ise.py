"""The sandbox's ISE without a socket: asked by accounts of its API, and below everything that speaks `requests`."""

from __future__ import annotations

import io
import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import requests

from sandbox.identities import ISE_API_HOST, ISE_NODES
from sandbox.ise import application
from sandbox.ise.accounts import ADMINISTRATOR, accounts
from sandbox.ise.nodes import seed_nodes
from sandbox.store import Store
from sandbox.world import World
from tests.in_process import InProcess, Served
from tests.keeping_certificates import COMMENTED
from tests.making_certificates import make_certificate, to_pem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx
    import pytest

    from tests.keeping_certificates import Kept

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
API = f"https://{ISE_API_HOST}/api/v1"
PAN, PSN = ISE_NODES
SAFE = {"allowBasicConstraintCAFalse": False, "allowOutOfDateCert": False, "allowSHA1Certificates": False}
DUPLICATE = (
    "Certificates are having same subject, same serial number and they are binary equal. Hence skipping the replace"
)

ADDRESSED = COMMENTED.replace("  patch: 4\n", f"  patch: 4\n  api: https://{ISE_API_HOST} # the primary PAN\n")


def ise_world(keys: Path, store: Path, *, now: Callable[[], datetime] = lambda: NOW) -> World:
    """Return a sandbox in whose nodes only have their certificates; their private keys are kept in `keys`."""
    world = World(keys, Store(store), now=now)
    seed_nodes(world)
    return world


def keys_copied(keys: Path, folder: Path) -> Path:
    """Return a folder with keys of its own, for a test in which nodes make new ones."""
    shutil.copytree(keys / "nodes", folder / "nodes")
    return folder


def administrated(kept: Kept, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `production` name this ISE, and the environment its administrator's account."""
    kept.environment("production", ADDRESSED)
    below_everything(world, monkeypatch)
    signed_in(world, monkeypatch)


def signed_in(world: World, monkeypatch: pytest.MonkeyPatch, username: str = ADMINISTRATOR) -> None:
    """Sign in as an account of ISE's API."""
    monkeypatch.setenv("ISE_INTUNE_ISE_USER", username)
    monkeypatch.setenv("ISE_INTUNE_ISE_PASSWORD", password(world, username))


def ise_services(world: World) -> InProcess:
    """Return ISE's nodes below their host names."""
    return InProcess(dict.fromkeys(ISE_NODES, Served(application(world))))


def below_everything(world: World, monkeypatch: pytest.MonkeyPatch) -> InProcess:
    """Lead whatever asks with `requests` to this ISE, Cisco's SDK included."""
    services = ise_services(world)
    adapter = services.below(requests.Session()).get_adapter("https://")
    monkeypatch.setattr(requests.Session, "get_adapter", lambda *_, **__: adapter)
    return services


def password(world: World, username: str = ADMINISTRATOR) -> str:
    """Return the password of an account."""
    return accounts(world.folder)[username].password


def ask(world: World, method: str, path: str, *, username: str = ADMINISTRATOR, **options: Any) -> httpx.Response:  # noqa: ANN401
    """Ask for a path of the API."""
    return ise_services(world).ask(method, API + path, auth=(username, password(world, username)), **options)


def admin_certificate(world: World, node: str = PAN) -> dict[str, Any]:
    """Return a node's Admin certificate as it is listed."""
    listed = ask(world, "GET", f"/certs/system-certificate/{node}").json()["response"]
    (found,) = [entry for entry in listed if "Admin" in entry["usedBy"].split(", ")]
    return dict(found)


def files_in(archive: bytes) -> dict[str, bytes]:
    """Return what a ZIP holds."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def a_root(name: str = "root", *, until: datetime = NOW + timedelta(days=365)) -> str:
    """Return a certificate that is no root, but may pass for one."""
    return to_pem(make_certificate(name, not_before=NOW - timedelta(days=1), not_after=until)).decode()


def import_root(world: World, **body: Any) -> httpx.Response:  # noqa: ANN401
    """Import a certificate: what the test's certificates lack is allowed, what else is unsafe is not."""
    defaults = {**SAFE, "allowBasicConstraintCAFalse": True, "name": "A root"}
    return ask(world, "POST", "/certs/trusted-certificate/import", json={**defaults, **body})
