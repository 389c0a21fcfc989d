"""Act as ISE does on the wire: an assertion signed by a node's key, tokens, discovery, compliance queries.

Shapes and oddities (a v1 audience on a v2 call, double slashes, the order of scopes) are ISE's own: domain.md §7, read
from a Cisco engineer's public simulator and Cisco's MDM API contract. The key stays in memory; no token or assertion
is shown or logged.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import jwt

from clients.answers import Question, ask, json_object, refusal, xml_element
from clients.entra_refusals import SignInRefused, sign_in_refused
from helpers.clouds import is_microsoft_host
from helpers.errors import InputError, ServiceError
from helpers.verifying.meanings import COMPLIANCE, DISCOVERY, NO_SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from xml.etree.ElementTree import Element

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from helpers.certificates import Certificate
    from helpers.clouds import Cloud

__all__ = [
    "AccessToken",
    "Device",
    "IseNode",
    "MdmInfo",
    "NotDiscovered",
    "SignInRefused",
    "assertion",
    "device_id",
    "discover",
    "mac_address",
    "mdm_info",
    "query_by_guid",
    "query_by_mac",
    "sign_in_to_graph",
    "sign_in_to_intune",
]

# Microsoft Intune: only its service principal's endpoints are read, to find the compliance service.
_INTUNE_APP_ID = "0000000a-0000-0000-c000-000000000000"
_COMPLIANCE_SERVICE = "ComplianceRetrievalService"
_ASSERTION_LIFETIME = timedelta(minutes=5)
_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_XML_NAMESPACE = (
    "{http://schemas.datacontract.org/2004/07/Microsoft.Intune.ResourceAccess.ComplianceRetrievalService.Model}"
)
_GRAPH, _INTUNE, _ENTRA = "Microsoft Graph", "Intune", "Entra"
_DISCOVERY_ADVICE = {status: str(meaning) for status, meaning in DISCOVERY.items()}
_INTUNE_ADVICE = {status: str(meaning) for status, meaning in COMPLIANCE.items()}


class NotDiscovered(ServiceError):
    """Service discovery answered, and names no compliance service."""


@dataclass(frozen=True)
class IseNode:
    """One node as Entra sees it: the application it signs in as, its certificate and its key."""

    cloud: Cloud
    tenant_id: str
    client_id: str
    certificate: Certificate
    key: RSAPrivateKey = field(repr=False)


@dataclass(frozen=True)
class AccessToken:
    """A token, and the application permissions in it. The token itself never shows."""

    value: str = field(repr=False)
    roles: tuple[str, ...]


@dataclass(frozen=True)
class MdmInfo:
    """What the compliance service says of itself, in its own words; what it leaves out is empty."""

    name: str
    api_version: str
    api_path: str
    redirect_url: str
    query_max_size: str
    messaging_support: str
    vendor: str
    product_name: str
    product_version: str


@dataclass(frozen=True)
class Device:
    """What Intune tells ISE about a device; `compliant` is None where it did not say."""

    registered: bool
    compliant: bool | None


def assertion(node: IseNode, now: datetime) -> str:
    """Return the JWT with which the node proves who it is, valid for five minutes from `now` (aware)."""
    claims = {
        # ISE names the v1 endpoint here even when it calls v2.
        "aud": node.cloud.token_url(node.tenant_id, version=1),
        "iss": node.client_id,
        "sub": node.client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + _ASSERTION_LIFETIME).timestamp()),
        "jti": str(uuid.uuid4()),
    }
    # Plain base64, not base64url, as ISE sends it; Entra takes both.
    return jwt.encode(claims, node.key, algorithm="RS256", headers={"x5t": node.certificate.sha1_base64})


def sign_in_to_graph(http: httpx.Client, node: IseNode, *, now: datetime) -> AccessToken:
    """Ask Entra for a token for Microsoft Graph.

    Raises `SignInRefused` with Entra's code, `ServiceError` when Entra does not answer as Entra does.
    """
    return _sign_in(http, node, f"{node.cloud.graph}/.default openid profile offline_access", now)


def sign_in_to_intune(http: httpx.Client, node: IseNode, *, now: datetime) -> AccessToken:
    """Ask Entra for a token for Intune's compliance service. Raises as `sign_in_to_graph` does."""
    # The audience ends in a slash, so there are two; ISE names `openid` first here, and last for Graph.
    return _sign_in(http, node, f"openid {node.cloud.intune_audience}/.default profile offline_access", now)


def discover(http: httpx.Client, node: IseNode, token: AccessToken) -> str:
    """Return the address of the tenant's compliance service, from Microsoft Graph. Raises `ServiceError`."""
    # The double slash is ISE's: it joins the Auto Discovery URL and a path that begins with one.
    url = f"{node.cloud.graph}//v1.0/servicePrincipals/appId={_INTUNE_APP_ID}/endpoints"
    answer = ask(http, Question(_GRAPH, "GET", url, token=token.value))
    if not answer.ok:
        raise refusal(answer, _DISCOVERY_ADVICE, saying="service discovery")
    listed = json_object(answer).get("value")
    for endpoint in listed if isinstance(listed, list) else ():
        if isinstance(endpoint, dict) and endpoint.get("providerName") == _COMPLIANCE_SERVICE:
            return _of_microsoft(str(endpoint.get("uri")))
    raise NotDiscovered(_GRAPH, f"service discovery names no {_COMPLIANCE_SERVICE}", NO_SERVICE.task)


def mdm_info(http: httpx.Client, service: str, token: AccessToken) -> MdmInfo:
    """Ask the compliance service at `service` what it is. Raises `ServiceError`."""
    root = _ise_document(http, f"{service}/ciscoise/mdminfo/?ise_api_version=3", token, needs="api_version")
    return MdmInfo(**{known.name: _text(root, known.name) for known in fields(MdmInfo)})


def query_by_mac(http: httpx.Client, service: str, token: AccessToken, mac: str) -> Device | None:
    """Ask about the device with this MAC address, in any notation; None if Intune does not know it.

    Raises `InputError` for what is no MAC address, `ServiceError`.
    """
    return next(_devices(http, service, token, criteria="macaddress", value=mac_address(mac)), None)


def query_by_guid(http: httpx.Client, service: str, token: AccessToken, guid: str) -> Device | None:
    """Ask about the device with this Intune device id; None if Intune does not know it.

    Raises `InputError` for what is no GUID, `ServiceError`.
    """
    return next(_devices(http, service, token, criteria="guid", value=device_id(guid)), None)


def mac_address(mac: str) -> str:
    """Return a MAC address, in any notation, as ISE asks for it: 12 upper-case hex digits. Raises `InputError`."""
    digits = "".join(character for character in mac if character not in ":-.").upper()
    if len(digits) != 12 or not set(digits) <= set("0123456789ABCDEF"):  # noqa: PLR2004 — six octets
        raise InputError(mac, "is no MAC address", "write its 12 hexadecimal digits, as in 00:50:56:A4:C0:01")
    return digits


def device_id(guid: str) -> str:
    """Return an Intune device id as ISE asks for it. Raises `InputError` for what is no GUID."""
    try:
        return str(uuid.UUID(guid))
    except ValueError:
        raise InputError(guid, "is no Intune device id", "write a GUID, as Intune shows under Hardware") from None


def _sign_in(http: httpx.Client, node: IseNode, scope: str, now: datetime) -> AccessToken:
    form = {
        "client_info": "1",
        "client_assertion_type": _JWT_BEARER,
        "grant_type": "client_credentials",
        "scope": scope,
        "client_id": node.client_id,
        "client_assertion": assertion(node, now),
    }
    # Every ISE that Intune still answers calls v2 (helpers.ise_releases).
    answer = ask(http, Question(_ENTRA, "POST", node.cloud.token_url(node.tenant_id, version=2), form=form))
    document = json_object(answer)
    if not answer.ok:
        raise sign_in_refused(document, answer.status)
    return _access_token(document)


def _access_token(document: Mapping[str, Any]) -> AccessToken:
    """Read the roles in a token for showing; Entra, Graph and Intune are the ones who verify it."""
    value = document.get("access_token")
    try:
        claims = jwt.decode(value if isinstance(value, str) else "", options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise ServiceError(_ENTRA, "answered without a readable token", "is that Entra's own address?") from None
    roles = claims.get("roles")
    return AccessToken(str(value), tuple(sorted(map(str, roles))) if isinstance(roles, list) else ())


def _of_microsoft(uri: str) -> str:
    """Return an address that discovery gave, if a token for Intune may be sent there."""
    try:
        url = httpx.URL(uri)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme != "https" or not is_microsoft_host(url.host):
        raise ServiceError(_GRAPH, f"service discovery leads to {uri}", "no token goes there: that is not Microsoft's")
    return uri


def _devices(http: httpx.Client, service: str, token: AccessToken, *, criteria: str, value: str) -> Iterator[Device]:
    url = f"{service}/cisco/devices/?paging=0&querycriteria={criteria}&value={value}&filter=all"
    for element in _ise_document(http, url, token, needs="deviceList").iter(f"{_XML_NAMESPACE}device"):
        status = _text(element, "status")
        registered = _text(element, "register_status") == "true"
        yield Device(registered=registered, compliant=None if not status else status == "true")


def _ise_document(http: httpx.Client, url: str, token: AccessToken, *, needs: str) -> Element:
    """Ask Intune for XML; a document that lacks the element it `needs` is not the one asked for."""
    answer = ask(http, Question(_INTUNE, "GET", url, accept="application/xml", token=token.value))
    if not answer.ok:
        raise refusal(answer, _INTUNE_ADVICE, saying="compliance service")
    root = xml_element(answer, f"{_XML_NAMESPACE}ise_api")
    if root.find(f"{_XML_NAMESPACE}{needs}") is None:
        raise ServiceError(_INTUNE, f"answered without {needs}", "is that Intune's compliance service?")
    return root


def _text(element: Element, name: str) -> str:
    found = next(element.iter(f"{_XML_NAMESPACE}{name}"), None)
    return (found.text or "").strip() if found is not None else ""
