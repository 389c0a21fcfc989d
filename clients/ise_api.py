"""ISE's own API: which nodes there are, and their Admin certificates. Never a private key. Facts: domain.md §9.

The official SDK takes seconds to import, so this module is imported where it is used. What the SDK would take from
variables of its own (IDENTITY_SERVICES_ENGINE_…: another account, a log with the password in it) is stated here.
"""

from __future__ import annotations

import base64
import ssl
import tempfile
import warnings
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from clients.unreachable import unreachable
from helpers.errors import InputError, ServiceError

with warnings.catch_warnings():
    # Its own source has escapes that Python warns of whenever it compiles them.
    warnings.simplefilter("ignore")
    from ciscoisesdk import IdentityServicesEngineAPI
    from ciscoisesdk.exceptions import ApiError, ciscoisesdkException

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

USER_VARIABLE, PASSWORD_VARIABLE = "ISE_INTUNE_ISE_USER", "ISE_INTUNE_ISE_PASSWORD"

# The newest API the SDK's calls below are the same for, from ISE 3.1 on.
_API_VERSION = "3.3_patch_1"
_TIMEOUT_SECONDS = 20
_TRUST = "give the CA that issued the certificate of ISE's web interface"
_API_OFF = "turn the API on: Administration > System > Settings > API Settings > Open API (read/write)"
_ADVICE: Mapping[int, str] = MappingProxyType(
    {
        401: f"check user and password ({USER_VARIABLE}, {PASSWORD_VARIABLE})",
        403: "the user needs ISE's ERS Admin or Super Admin role",
        404: _API_OFF,
        429: "ISE has too much to do; try again later",
    }
)
_OTHERWISE = "see ISE's own log"
_NOT_ITS_API = "answered with something that is not its API's JSON"
# How an archive begins: ISE's export is always one.
_ZIP = b"PK\x03\x04"


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


class _Unvalidated:
    """In place of the SDK's schemas of 280 calls, which it compiles for most of a second: ISE judges our three."""

    def __init__(self, version: str) -> None:
        """Take what the SDK gives."""

    def json_schema_validate(self, model: str) -> _Unvalidated:
        """Return what validates a call."""
        del model
        return self

    def validate(self, payload: object) -> None:
        """Find nothing wrong."""


class IseApi:
    """The API of one deployment's primary PAN. `url` is https://host[:port]."""

    def __init__(self, url: str, *, user: str, password: str, ca_file: Path | None = None) -> None:
        """Sign in with HTTP Basic; TLS is verified, against `ca_file` where one is given.

        Raises `InputError` without a user, a password or an address to send them to, or for a CA file that is none.
        """
        self._host = _host(url)
        self._service = f"ISE at {self._host}"
        self._api = IdentityServicesEngineAPI(
            encoded_auth=_basic(user, password),
            uses_api_gateway=True,
            base_url=url,
            single_request_timeout=_TIMEOUT_SECONDS,
            wait_on_rate_limit=False,
            verify=str(_readable(ca_file)) if ca_file else True,
            version=_API_VERSION,
            debug=False,
            uses_csrf_token=False,
            validator=_Unvalidated,
        )

    def nodes(self) -> list[Node]:
        """Return the deployment's nodes, sorted. Raises `ServiceError`."""
        listed = self._listed(self._asked(self._api.node_deployment.get_deployment_nodes))
        nodes = [Node(_text(node, "hostname"), _text(node, "fqdn") or _text(node, "hostname")) for node in listed]
        if not nodes:
            raise ServiceError(self._service, "lists no node of its deployment", "ask the primary PAN")
        return sorted(nodes)

    def admin_certificate(self, host: str) -> SystemCertificate:
        """Return the certificate a node uses as Admin: the one it signs in to Entra with. Raises `ServiceError`."""
        unknown = {404: f"is {host} a node of this deployment? If so, {_API_OFF}"}
        answer = self._asked(
            self._api.certificates.get_system_certificates, advice={**_ADVICE, **unknown}, host_name=host, size=100
        )
        for entry in self._listed(answer):
            used_by = frozenset(word.strip() for word in _text(entry, "usedBy").split(","))
            if "Admin" in used_by:
                fingerprint = _text(entry, "sha256Fingerprint").replace(":", "").upper()
                return SystemCertificate(
                    host, _text(entry, "id"), _text(entry, "friendlyName"), used_by, sha256=fingerprint
                )
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
        if not content.startswith(_ZIP):
            raise ServiceError(self._service, "exported something that is not a ZIP", _API_OFF)
        return content

    def _listed(self, answer: Any) -> list[dict[str, Any]]:  # noqa: ANN401 — the SDK is untyped
        body = answer.response
        listed = body.get("response") if isinstance(body, dict) else None
        if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
            raise ServiceError(self._service, _NOT_ITS_API, _API_OFF)
        return listed

    def _asked(self, call: Callable[..., Any], *, advice: Mapping[int, str] = _ADVICE, **arguments: Any) -> Any:  # noqa: ANN401
        """Make one call of the SDK, and turn what it raises into one line without what was sent."""
        try:
            return call(**arguments)
        except ApiError as error:
            failure = ServiceError(
                self._service, f"answered {error.status_code}", advice.get(error.status_code, _OTHERWISE)
            )
        except (ciscoisesdkException, requests.RequestException) as error:
            failure = unreachable(self._service, self._host, error, trust=_TRUST)
        except ValueError:
            # What the SDK lets through of JSON that is none, or of a header it could not read.
            failure = ServiceError(self._service, _NOT_ITS_API, _API_OFF)
        # Raised out here, it does not carry the SDK's error along, which quotes user and password.
        raise failure


def _host(url: str) -> str:
    """Return the host of an address that a password may be sent to."""
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.scheme == "https" and not parts.username and parts.port != 0 else None
    except ValueError:
        host = None
    if not host:
        shown = "(an address with a password in it)" if "@" in url else url
        raise InputError(shown, "is no address of ISE's API", "write https:// and the host of the primary PAN")
    return host


def _readable(ca_file: Path) -> Path:
    """Return a CA file that can be trusted; `requests` would find out later, and say it less well."""
    remedy = "give a PEM file of the CA that issued ISE's certificate"
    try:
        ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError:
        raise InputError(str(ca_file), "holds no certificate", remedy) from None
    except OSError as error:
        raise InputError(str(ca_file), f"cannot be read ({error.strerror})", remedy) from None
    return ca_file


def _basic(user: str, password: str) -> str:
    for value, variable in ((user, USER_VARIABLE), (password, PASSWORD_VARIABLE)):
        if not value:
            raise InputError(variable, "is not set", "set it to ISE's API account, in the environment alone")
    if ":" in user:
        raise InputError(USER_VARIABLE, "holds a colon", "name the account alone; the password has its own variable")
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _text(entry: Mapping[str, Any], key: str) -> str:
    return str(entry.get(key) or "")
