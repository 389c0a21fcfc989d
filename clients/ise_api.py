"""ISE's own API: its nodes, their Admin certificates, and what it trusts. Never a private key. Facts: domain.md §9.

The official SDK takes seconds to import, so this module is imported where it is used. What the SDK would take from
variables of its own (IDENTITY_SERVICES_ENGINE_…: another account, a log with the password in it) is stated here.
"""

from __future__ import annotations

import base64
import ssl
import tempfile
import warnings
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import InsecureRequestWarning

from clients.ise_account import PASSWORD_VARIABLE, USER_VARIABLE
from clients.ise_answers import NotBelieved, guard
from clients.unreachable import unreachable
from helpers.errors import InputError, ServiceError
from helpers.plain_text import one_line
from helpers.trust_roots.installed import from_entry

with warnings.catch_warnings():
    # Its own source has escapes that Python warns of whenever it compiles them.
    warnings.simplefilter("ignore")
    from ciscoisesdk import IdentityServicesEngineAPI
    from ciscoisesdk.exceptions import ApiError, ciscoisesdkException
    from ciscoisesdk.restsession import RestSession

# The last is what JSON ends in that is nested without end.
_FAILURES = (ciscoisesdkException, requests.RequestException, ValueError, RecursionError)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from helpers.trust_roots import Installed

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
        503: "its services are starting, or one is down: `show application status ise` tells; try again later",
    }
)
_OTHERWISE = "see ISE's own log"
_NOT_ITS_API = "answered with something that is not its API's JSON"
# ISE's pages hold at most so many; ISE trusts some dozens of certificates.
_PAGE, _MOST_PAGES = 100, 20
# ISE's words for an import that changed nothing: with 409, and elsewhere as a success.
_THERE_ALREADY = "binary equal"
_LONGEST_WORDS = 200
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

    def __init__(
        self, url: str, *, user: str, password: str, ca_file: Path | None = None, insecure: bool = False
    ) -> None:
        """Sign in with HTTP Basic; TLS is verified, against `ca_file` where one is given, unless it is `insecure`.

        Raises `InputError` without a user, a password or an address to send them to, or for a CA file that is none.
        """
        self._host = _host(url)
        self._service = f"ISE at {self._host}"
        self._password = password
        self._api = IdentityServicesEngineAPI(
            encoded_auth=_basic(user, password),
            uses_api_gateway=True,
            base_url=url,
            single_request_timeout=_TIMEOUT_SECONDS,
            wait_on_rate_limit=False,
            verify=str(_readable(ca_file)) if ca_file else not insecure,
            version=_API_VERSION,
            debug=False,
            uses_csrf_token=False,
            validator=_Unvalidated,
        )
        guard(each._req_session for each in vars(self._api).values() if isinstance(each, RestSession))  # noqa: SLF001 — the SDK gives no other way to them

    def nodes(self) -> list[Node]:
        """Return the deployment's nodes, sorted. Raises `ServiceError`."""
        listed = self._listed(self._asked(self._api.node_deployment.get_deployment_nodes))
        nodes = [Node(_text(node, "hostname"), _text(node, "fqdn") or _text(node, "hostname")) for node in listed]
        if not nodes:
            raise ServiceError(self._service, "lists no node of its deployment", "ask the primary PAN")
        return sorted(nodes)

    def admin_certificate(self, host: str) -> SystemCertificate:
        """Return the certificate a node uses as Admin: the one it signs in to Entra with. Raises `ServiceError`."""
        for certificate in self._system_certificates(host):
            if "Admin" in certificate.used_by:
                return certificate
        raise ServiceError(self._of(host), "has no certificate used by Admin", "assign one in ISE")

    def certificate_called(self, friendly_name: str, host: str) -> SystemCertificate:
        """Return a node's one certificate of that friendly name, used or not. Raises `ServiceError`."""
        found = [each for each in self._system_certificates(host) if each.friendly_name == friendly_name]
        if len(found) == 1:
            return found[0]
        cause = f"has {len(found) or 'no'} certificate{'s' if found else ''} called {friendly_name!r}"
        remedy = "see Administration > System > Certificates > System Certificates for the friendly names"
        raise ServiceError(self._of(host), cause, remedy)

    def _system_certificates(self, host: str) -> list[SystemCertificate]:
        unknown = {404: f"is {host} a node of this deployment? If so, {_API_OFF}"}
        call = self._api.certificates.get_system_certificates
        listed = self._all(call, node=host, advice={**_ADVICE, **unknown}, host_name=host)
        return [_system_certificate(host, entry) for entry in listed]

    def export(self, certificate: SystemCertificate) -> bytes:
        """Return the ZIP with the certificate, without its key. Raises `ServiceError`."""
        # Left to itself the SDK closes the answer before it is read; with a file of its own it keeps what it reads.
        with tempfile.TemporaryDirectory() as folder:
            answer = self._asked(
                self._api.certificates.export_system_certificate,
                node=certificate.host,
                id=certificate.id,
                host_name=certificate.host,
                export="CERTIFICATE",
                dirpath=folder,
                save_file=True,
                filename="export.zip",
            )
            content: bytes = answer.data
        if not content.startswith(_ZIP):
            raise ServiceError(self._of(certificate.host), "exported something that is not a ZIP", _API_OFF)
        return content

    def trusted_certificates(self) -> list[Installed]:
        """Return what the deployment trusts, all pages of it. Raises `ServiceError`."""
        listed = self._all(self._api.certificates.get_trusted_certificates)
        try:
            return [from_entry(entry, name=self._service) for entry in listed]
        except InputError as error:
            unread = ServiceError(self._service, error.cause, "list them in ISE, and report its release and patch")
        raise unread

    def import_trusted(self, payload: Mapping[str, Any]) -> bool:
        """Import a certificate, given as the API takes it; False when it was there already. Raises `ServiceError`."""
        try:
            answer = self._call(self._api.certificates.import_trust_certificate, payload=dict(payload))
        except ApiError as error:
            if error.status_code == HTTPStatus.CONFLICT and _THERE_ALREADY in _words(error.response):
                return False
            refused = self._refused(error, _ADVICE)
        except _FAILURES as error:
            refused = self._failed(error)
        else:
            return _THERE_ALREADY not in _words(answer)
        raise refused

    def _of(self, node: str) -> str:
        return f"{self._service}, node {node}" if node else self._service

    def _all(self, call: Callable[..., Any], **options: Any) -> list[dict[str, Any]]:  # noqa: ANN401 — `_asked`'s
        """Return the entries of every page."""
        entries: list[dict[str, Any]] = []
        for page in range(1, _MOST_PAGES + 1):
            answer = self._asked(call, page=page, size=_PAGE, **options)
            listed = self._listed(answer)
            entries += listed
            if not listed or not answer.response.get("nextPage"):
                return entries
        raise ServiceError(self._service, f"lists more than {_PAGE * _MOST_PAGES} certificates", _OTHERWISE)

    def _listed(self, answer: Any) -> list[dict[str, Any]]:  # noqa: ANN401 — the SDK is untyped
        body = answer.response
        listed = body.get("response") if isinstance(body, dict) else None
        if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
            raise ServiceError(self._service, _NOT_ITS_API, _API_OFF)
        return listed

    def _asked(
        self,
        call: Callable[..., Any],
        *,
        node: str = "",
        advice: Mapping[int, str] = _ADVICE,
        **arguments: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Make one call of the SDK, and turn what it raises into one line without what was sent."""
        try:
            return self._call(call, **arguments)
        except ApiError as error:
            failure = self._refused(error, advice, node=node)
        except _FAILURES as error:
            failure = self._failed(error, node=node)
        # Raised out here, it does not carry the SDK's error along, which quotes user and password.
        raise failure

    def _call(self, call: Callable[..., Any], **arguments: Any) -> Any:  # noqa: ANN401
        with warnings.catch_warnings():
            # Whoever switched verification off is told so by the command line, once.
            warnings.simplefilter("ignore", InsecureRequestWarning)
            return call(**arguments)

    def _refused(self, error: ApiError, advice: Mapping[int, str], *, node: str = "") -> ServiceError:
        """Return what ISE answered, with its own words where it has any of its own."""
        status, words = error.status_code, _words(error.response, secret=self._password)
        phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
        said = f" ({words})" if words and words.lower() != phrase.lower() else ""
        return ServiceError(self._of(node), f"answered {status}{said}", advice.get(status, _OTHERWISE))

    def _failed(self, error: Exception, *, node: str = "") -> ServiceError:
        # The SDK's own error hides it.
        if isinstance(error.__context__, NotBelieved):
            return ServiceError(self._of(node), error.__context__.cause, error.__context__.remedy)
        if isinstance(error, ciscoisesdkException | requests.RequestException):
            return unreachable(self._of(node), self._host, error, trust=_TRUST)
        # What the SDK lets through of JSON that is none, or of a header it could not read.
        return ServiceError(self._of(node), _NOT_ITS_API, _API_OFF)


def _words(answer: Any, *, secret: str = "") -> str:  # noqa: ANN401 — what `requests` or the SDK received
    """Return the message in an answer of ISE's API, short, on one line and without `secret`.

    Empty for anything else, such as a web page.
    """
    try:
        body = answer.json() if isinstance(answer, requests.Response) else answer.response
    except (ValueError, RecursionError):
        return ""
    for envelope in ("response", "error"):
        body = body.get(envelope, body) if isinstance(body, dict) else None
    message = body.get("message") if isinstance(body, dict) else None
    if not isinstance(message, str):
        return ""
    shown = message.replace(secret, "(the password)") if secret else message
    return one_line(shown.strip()[:_LONGEST_WORDS])


def _system_certificate(host: str, entry: Mapping[str, Any]) -> SystemCertificate:
    return SystemCertificate(
        host,
        _text(entry, "id"),
        _text(entry, "friendlyName"),
        frozenset(word.strip() for word in _text(entry, "usedBy").split(",")),
        sha256=_text(entry, "sha256Fingerprint").replace(":", "").upper(),
    )


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
