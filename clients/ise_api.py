"""ISE's own API: which nodes there are, and their Admin certificates. Never a private key. Facts: domain.md §9.

The official SDK takes most of a second to import, so this module is imported where it is used.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests
from ciscoisesdk import IdentityServicesEngineAPI
from ciscoisesdk.exceptions import ApiError, ciscoisesdkException

from helpers.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# The newest API the SDK's calls below are the same for, from ISE 3.1 on.
_API_VERSION = "3.3_patch_1"
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404


@dataclass(frozen=True, order=True)
class Node:
    """A node of the deployment: `host` is its short name, by which the API asks for it; `fqdn` the full one."""

    host: str
    fqdn: str


@dataclass(frozen=True)
class SystemCertificate:
    """A certificate of a node, as ISE lists it. `sha256` is upper-case hex."""

    host: str
    id: str
    friendly_name: str
    used_by: frozenset[str]
    sha256: str


class IseApi:
    """The API of one deployment's primary PAN. `url` is https://host[:port]."""

    def __init__(self, url: str, *, user: str, password: str, ca_file: Path | None = None) -> None:
        """Sign in with HTTP Basic; TLS is verified, against `ca_file` where one is given."""
        self._service = f"ISE at {url}"
        self._api = IdentityServicesEngineAPI(
            username=user,
            password=password,
            uses_api_gateway=True,
            base_url=url,
            verify=str(ca_file) if ca_file else True,
            version=_API_VERSION,
            uses_csrf_token=False,
        )

    def nodes(self) -> list[Node]:
        """Return the deployment's nodes, sorted. Raises `ServiceError`."""
        answer = self._asked(self._api.node_deployment.get_deployment_nodes)
        listed = answer.response.get("response", [])
        return sorted(Node(str(node["hostname"]), str(node.get("fqdn", node["hostname"]))) for node in listed)

    def admin_certificate(self, host: str) -> SystemCertificate:
        """Return the certificate a node uses as Admin: the one it signs in to Entra with. Raises `ServiceError`."""
        answer = self._asked(self._api.certificates.get_system_certificates, host_name=host, size=100)
        for entry in answer.response.get("response", []):
            used_by = frozenset(word.strip() for word in str(entry.get("usedBy", "")).split(","))
            if "Admin" in used_by:
                fingerprint = str(entry["sha256Fingerprint"]).replace(":", "").upper()
                return SystemCertificate(host, str(entry["id"]), str(entry["friendlyName"]), used_by, fingerprint)
        raise ServiceError(self._service, f"{host} has no certificate used by Admin", "assign one in ISE")

    def export(self, certificate: SystemCertificate) -> bytes:
        """Return the ZIP with the certificate, without its key. Raises `ServiceError`."""
        # Left to itself the SDK closes the answer before it is read; with a file of its own it keeps what it reads.
        with tempfile.TemporaryDirectory() as folder:
            answer = self._asked(
                self._api.certificates.export_system_certificate,
                id=certificate.id,
                host_name=certificate.host,
                export="CERTIFICATE",
                dirpath=folder,
                save_file=True,
                filename="export.zip",
            )
            content: bytes = answer.data
        return content

    def _asked(self, call: Callable[..., Any], **arguments: Any) -> Any:  # noqa: ANN401 — the SDK is untyped
        try:
            return call(**arguments)
        except ApiError as error:
            raise ServiceError(self._service, f"answered {error.status_code}", _advice(error.status_code)) from None
        except (ciscoisesdkException, requests.RequestException) as error:
            cause = f"cannot be asked ({type(error).__name__})"
            raise ServiceError(self._service, cause, "check address, name resolution and the CA file") from None


def _advice(status: int) -> str:
    return {
        _UNAUTHORIZED: "check user and password (ISE_INTUNE_ISE_USER, ISE_INTUNE_ISE_PASSWORD)",
        _FORBIDDEN: "the user needs ISE's ERS Admin or Super Admin role",
        _NOT_FOUND: "turn the API on: Administration > System > Settings > API Settings > Open API",
    }.get(status, "see ISE's own log")
