"""Azure's storage on loopback: Microsoft's own emulator, Azurite, and a proxy that leads its real host names there."""

from __future__ import annotations

import base64
import json
import os
import secrets
import select
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx
import jwt
import trustme

from bootstrap.layout import Layout
from tests.keeping_state import free_port
from tests.sandboxes import PATIENCE, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from sandbox.endpoint import Endpoint

ACCOUNT = "iseintunestate"
CONTAINER = "ise-intune"
_LAYOUT = Layout(ROOT)
AZURITE = _LAYOUT.azurite / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
_SUFFIX = ".blob.core.windows.net"
_VERSION = "2021-12-02"


@dataclass(frozen=True)
class BlobStorage:
    """A storage account with one container. `trust` is its certificate authority, PEM."""

    port: int
    key: str
    trust: str

    def state(self, blob: str) -> dict[str, Any]:
        """Return the state in a blob."""
        read: dict[str, Any] = json.loads(self.ask("GET", f"/{CONTAINER}/{blob}").content)
        return read

    def ask(self, method: str, path: str) -> httpx.Response:
        """Ask for something; Azurite looks at a token's form alone."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "aud": "https://storage.azure.com",
            "iss": "https://sts.windows.net/11111111-1111-1111-1111-111111111111/",
        }
        times = {"iat": now - 60, "nbf": now - 60, "exp": now + 600}
        token = jwt.encode(claims | times, secrets.token_hex(32), algorithm="HS256")
        host = f"{ACCOUNT}{_SUFFIX}"
        trusted = ssl.create_default_context(cadata=self.trust)
        with httpx.Client(verify=trusted, trust_env=False) as client:
            return client.request(
                method,
                f"https://127.0.0.1:{self.port}{path}",
                headers={"Host": host, "Authorization": f"Bearer {token}", "x-ms-version": _VERSION},
                extensions={"sni_hostname": host},
            )


@contextmanager
def blob_storage() -> Iterator[BlobStorage]:
    """Serve a storage account while the context lasts."""
    authority, key = trustme.CA(), base64.b64encode(secrets.token_bytes(64)).decode()
    storage = BlobStorage(free_port(), key, authority.cert_pem.bytes().decode("ascii"))
    with tempfile.TemporaryDirectory(prefix="ise-intune-azurite-") as folder:
        certificate, private_key = Path(folder, "leaf.pem"), Path(folder, "leaf.key")
        leaf = authority.issue_cert(f"*{_SUFFIX}")
        certificate.write_bytes(b"".join(part.bytes() for part in leaf.cert_chain_pems))
        leaf.private_key_pem.write_to_path(private_key)
        process = subprocess.Popen(
            [
                *(_LAYOUT.node, AZURITE, "--blobHost", "127.0.0.1", "--blobPort", str(storage.port)),
                *("--cert", certificate, "--key", private_key, "--oauth", "basic"),
                *("--silent", "--disableTelemetry", "--inMemoryPersistence"),
            ],
            cwd=folder,
            env={"PATH": os.defpath, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{key}"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _make_container(storage)
            yield storage
        finally:
            process.kill()
            process.wait()


def _make_container(storage: BlobStorage) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            storage.ask("PUT", f"/{CONTAINER}?restype=container").raise_for_status()
        except httpx.ConnectError:
            # It is still starting.
            assert time.monotonic() < deadline, "Azurite does not start"
            time.sleep(0.05)
        else:
            return


class BlobProxy:
    """A CONNECT proxy that leads the storage's host names to Azurite and everything else to the sandbox's own proxy."""

    def __init__(self, storage: BlobStorage, sandbox: Endpoint) -> None:
        self._storage = storage
        self._sandbox = sandbox
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        # A thread that waits for a caller is woken by a shutdown, not by a close.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    @property
    def url(self) -> str:
        """Its address, for HTTPS_PROXY."""
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._lead, args=(caller,), daemon=True).start()

    def _lead(self, caller: socket.socket) -> None:
        with closing(caller):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                more = caller.recv(1)
                if not more:
                    return
                head += more
            host = head.split()[1].decode("ascii").partition(":")[0]
            if host.endswith(_SUFFIX):
                with closing(socket.create_connection(("127.0.0.1", self._storage.port))) as there:
                    caller.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    _pass_on(caller, there)
            else:
                with closing(socket.create_connection(("127.0.0.1", self._sandbox.proxy_port))) as there:
                    there.sendall(head)
                    _pass_on(caller, there)


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    to = {one: other, other: one}
    while True:
        ready, _, _ = select.select(list(to), [], [])
        for each in ready:
            try:
                heard = each.recv(65536)
                if not heard:
                    return
                to[each].sendall(heard)
            except OSError:
                return
