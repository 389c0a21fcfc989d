"""The handshake with Terraform, and the gRPC server behind it.

PyPI tf has a server too, but keeps its private key in the user's home for a week. Here the key lives as long as the
process. The client is not asked for a certificate: Terraform's is on a curve (P-521) that Python's gRPC does not take,
and the socket lies in a folder that only its owner can enter.
"""

from __future__ import annotations

import base64
import os
import signal
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tf.gen import grpc_controller_pb2, grpc_controller_pb2_grpc, grpc_stdio_pb2_grpc, tfplugin_pb2_grpc

from sandbox.provider.azuread import AzureAd
from sandbox.provider.servicer import AzureAdServicer

if TYPE_CHECKING:
    from collections.abc import Iterator

# Terraform walks ten resources at a time unless told otherwise.
_WORKERS = 10
_PARENT_SECONDS = 1.0
# Core protocol of go-plugin, and Terraform's plugin protocol.
_HANDSHAKE = "1|6|unix|{socket}|grpc|{certificate}"


def serve() -> None:
    """Answer Terraform until it says shut down."""
    # A person's Ctrl-C reaches the provider too. What is under way is Terraform's to end, or it would lose its state.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ended = threading.Event()
    server = grpc.server(ThreadPoolExecutor(_WORKERS))
    tfplugin_pb2_grpc.add_ProviderServicer_to_server(AzureAdServicer(AzureAd()), server)
    grpc_controller_pb2_grpc.add_GRPCControllerServicer_to_server(_Controller(ended), server)
    grpc_stdio_pb2_grpc.add_GRPCStdioServicer_to_server(_Stdio(), server)
    with tempfile.TemporaryDirectory(prefix="azuread-") as folder:
        socket = Path(folder) / "socket"
        certificate, credentials = _credentials()
        server.add_secure_port(f"unix://{socket}", credentials)
        server.start()
        # go-plugin takes base64 without padding.
        shown = base64.b64encode(certificate).decode().rstrip("=")
        print(_HANDSHAKE.format(socket=socket, certificate=shown), flush=True)  # noqa: T201 — the protocol's own
        _wait(ended)
        server.stop(grace=0.5).wait()


def _wait(ended: threading.Event) -> None:
    """Return when Terraform said so, or is no more: a provider must not outlive a Terraform that was killed."""
    terraform = os.getppid()
    while not ended.wait(_PARENT_SECONDS) and os.getppid() == terraform:
        pass


class _Controller(grpc_controller_pb2_grpc.GRPCControllerServicer):  # type: ignore[misc]  # tf is untyped
    def __init__(self, ended: threading.Event) -> None:
        self._ended = ended

    def Shutdown(self, request: object, context: object) -> object:  # noqa: N802 — go-plugin's name
        """End the process, once this is answered."""
        del request, context
        self._ended.set()
        return grpc_controller_pb2.Empty()


class _Stdio(grpc_stdio_pb2_grpc.GRPCStdioServicer):  # type: ignore[misc]  # tf is untyped
    def StreamStdio(self, request: object, context: object) -> Iterator[object]:  # noqa: N802 — go-plugin's name
        """Stream nothing: diagnostics say it all."""
        del request, context
        return iter(())


def _credentials() -> tuple[bytes, Any]:
    """Make this process's certificate, returned as DER too: by it Terraform knows whom it talks to."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pair = (key_pem, certificate.public_bytes(serialization.Encoding.PEM))
    return certificate.public_bytes(serialization.Encoding.DER), grpc.ssl_server_credentials([pair])
