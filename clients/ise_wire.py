"""Act as ISE does on the wire: an assertion signed by a node's key, tokens, discovery, compliance queries.

Shapes and oddities (a v1 audience on a v2 call, double slashes) are ISE's own: domain.md §7, read from a Cisco
engineer's public simulator and Cisco's MDM API contract. The key stays in memory; no token or assertion is logged.
"""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import jwt
from defusedxml.ElementTree import fromstring

from helpers.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from helpers.certificates.certificate import Certificate
    from helpers.clouds import Cloud

# Microsoft Intune: only its service principal's endpoints are read, to find the compliance service.
_INTUNE_APP_ID = "0000000a-0000-0000-c000-000000000000"
_COMPLIANCE_SERVICE = "ComplianceRetrievalService"
_ASSERTION_LIFETIME = timedelta(minutes=5)
_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_XML_NAMESPACE = (
    "{http://schemas.datacontract.org/2004/07/Microsoft.Intune.ResourceAccess.ComplianceRetrievalService.Model}"
)
_MAX_ANSWER_BYTES = 1024 * 1024


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
    """What the compliance service says of itself. `api_path` is where devices are asked for."""

    name: str
    api_version: str
    api_path: str


@dataclass(frozen=True)
class Device:
    """What Intune tells ISE about a device; `compliant` is None where it did not say."""

    registered: bool
    compliant: bool | None


class SignInRefused(ServiceError):
    """Entra gave no token. `code` is the AADSTS number, 0 where it named none."""

    code: int = 0


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
    thumbprint = base64.b64encode(bytes.fromhex(node.certificate.sha1_hex)).decode()
    return jwt.encode(claims, node.key, algorithm="RS256", headers={"x5t": thumbprint})


def sign_in(http: httpx.Client, node: IseNode, resource: str, *, now: datetime) -> AccessToken:
    """Ask Entra for a token for `resource` (an audience such as https://graph.microsoft.com).

    Raises `SignInRefused` with Entra's code, `ServiceError` when Entra does not answer as Entra does.
    """
    form = {
        "client_info": "1",
        "client_assertion_type": _JWT_BEARER,
        "grant_type": "client_credentials",
        # An audience that ends in a slash gives two here, and ISE sends two.
        "scope": f"{resource}/.default openid profile offline_access",
        "client_id": node.client_id,
        "client_assertion": assertion(node, now),
    }
    url = node.cloud.token_url(node.tenant_id, version=2)
    answer = _ask(http, "POST", url, service="Entra", data=form)
    document = _json(answer, "Entra")
    if answer.status_code != httpx.codes.OK:
        raise _refused(document, answer.status_code)
    return AccessToken(str(document.get("access_token", "")), _roles(document.get("access_token")))


def discover(http: httpx.Client, node: IseNode, token: AccessToken) -> str:
    """Return the address of the tenant's compliance service, from Microsoft Graph. Raises `ServiceError`."""
    # The double slash is ISE's: it joins the Auto Discovery URL and a path that begins with one.
    url = f"{node.cloud.graph}//v1.0/servicePrincipals/appId={_INTUNE_APP_ID}/endpoints"
    answer = _ask(http, "GET", url, service="Microsoft Graph", token=token)
    document = _json(answer, "Microsoft Graph")
    if answer.status_code != httpx.codes.OK:
        code = str(document.get("error", {}).get("code", "no code"))
        raise ServiceError(
            "Microsoft Graph",
            f"service discovery answered {answer.status_code} ({code})",
            "grant Application.Read.All to the application (admin consent)",
        )
    for endpoint in document.get("value", []):
        if endpoint.get("providerName") == _COMPLIANCE_SERVICE:
            return str(endpoint["uri"])
    raise ServiceError(
        "Microsoft Graph", f"discovery names no {_COMPLIANCE_SERVICE}", "check the tenant's Intune licence and cloud"
    )


def mdm_info(http: httpx.Client, service: str, token: AccessToken) -> MdmInfo:
    """Ask the compliance service at `service` what it is. Raises `ServiceError`."""
    root = _xml(http, f"{service}/ciscoise/mdminfo/?ise_api_version=3", token)
    return MdmInfo(_text(root, "name"), _text(root, "api_version"), _text(root, "api_path"))


def query_by_mac(http: httpx.Client, service: str, token: AccessToken, mac: str) -> Device | None:
    """Ask about the device with this MAC (12 upper-case hex digits); None if Intune does not know it."""
    return next(_devices(http, service, token, criteria="macaddress", value=mac), None)


def query_by_guid(http: httpx.Client, service: str, token: AccessToken, guid: str) -> Device | None:
    """Ask about the device with this Intune device id; None if Intune does not know it."""
    return next(_devices(http, service, token, criteria="guid", value=guid), None)


def _devices(http: httpx.Client, service: str, token: AccessToken, *, criteria: str, value: str) -> Iterator[Device]:
    url = f"{service}/cisco/devices/?paging=0&querycriteria={criteria}&value={value}&filter=all"
    for element in _xml(http, url, token).iter(f"{_XML_NAMESPACE}device"):
        registered = _text(element, "register_status")
        status = _text(element, "status")
        yield Device(registered=registered == "true", compliant=None if not status else status == "true")


def _ask(
    http: httpx.Client,
    method: str,
    url: str,
    *,
    service: str,
    token: AccessToken | None = None,
    data: dict[str, str] | None = None,
    accept: str = "application/json",
) -> httpx.Response:
    headers = {"Accept": accept} | ({"Authorization": f"Bearer {token.value}"} if token else {})
    try:
        answer = http.request(method, url, headers=headers, data=data)
    except httpx.HTTPError as error:
        host = httpx.URL(url).host
        cause = f"{host} cannot be reached ({type(error).__name__})"
        raise ServiceError(service, cause, "check name resolution, the proxy and the trust roots from here") from None
    if len(answer.content) > _MAX_ANSWER_BYTES:
        raise ServiceError(service, "answers with more than a token or a device takes", "is that the right address?")
    return answer


def _json(answer: httpx.Response, service: str) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        cause = f"answered {answer.status_code} with something that is not its JSON"
        raise ServiceError(service, cause, "is something between here and there answering in its place?")
    return document


def _xml(http: httpx.Client, url: str, token: AccessToken) -> Element:
    answer = _ask(http, "GET", url, service="Intune", token=token, accept="application/xml")
    if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        cause = f"the compliance service answered {answer.status_code}"
        raise ServiceError("Intune", cause, "grant get_device_compliance to the application (admin consent)")
    if answer.status_code != httpx.codes.OK:
        cause = f"the compliance service answered {answer.status_code}"
        raise ServiceError("Intune", cause, "try again later; see Microsoft's service health if it lasts")
    try:
        root: Element = fromstring(answer.content)
    except Exception:  # noqa: BLE001 — whatever is wrong with the XML, it is not the service's
        raise ServiceError("Intune", "answered with something that is not its XML", "is a proxy in between?") from None
    return root


def _text(element: Element, name: str) -> str:
    found = next(element.iter(f"{_XML_NAMESPACE}{name}"), None)
    if found is None:
        found = next(element.iter(name), None)
    return (found.text or "").strip() if found is not None else ""


def _roles(token: object) -> tuple[str, ...]:
    """Read the roles in a token for showing; Entra, Graph and Intune are the ones who verify it."""
    try:
        claims = jwt.decode(str(token), options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise ServiceError(
            "Entra", "answered without a readable token", "is that a sign-in address of Entra's?"
        ) from None
    return tuple(sorted(str(role) for role in claims.get("roles", [])))


def _refused(document: dict[str, Any], status: int) -> SignInRefused:
    codes = document.get("error_codes") or [0]
    description = str(document.get("error_description", "")).split("Trace ID")[0].splitlines()
    said = description[0].strip() if description else str(document.get("error", ""))
    error = SignInRefused("Entra", f"refused the sign-in ({status}): {said}", advice(int(codes[0])))
    error.code = int(codes[0])
    return error


# What to tell a person for each code (domain.md §7).
_ADVICE = {
    700027: "export this node's Admin certificate and add it: it is not, or no longer, on the application, or expired",
    700024: "set the clock of the ISE node (NTP)",
    1000502: "renew the node's certificate, add the new one, deploy",
    700016: "check Client ID and tenant in ISE's form",
    90002: "check the tenant in ISE's Token Issuing URL",
    65001: "an administrator opens admin_consent_url once",
    650052: "check the tenant's Intune licence, and cloud and Token Audience in ISE's form",
    500011: "check the tenant's Intune licence, and cloud and Token Audience in ISE's form",
    650057: "declare the permission and deploy",
    7000215: "choose the certificate as authentication in ISE; it is sending a secret",
    7000222: "choose the certificate as authentication in ISE; it is sending a secret",
    53003: "exclude the application, or allow its network, in Conditional Access for workload identities",
}


def advice(code: int) -> str:
    """Return what to tell a person whom Entra refused with this AADSTS code."""
    return _ADVICE.get(code, "look the AADSTS code up in Microsoft's list of sign-in errors")
