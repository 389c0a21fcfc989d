"""The token endpoints: client credentials in, an access token or one of Entra's refusals out."""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from sandbox.entra.assertions import Assertion, check_assertion, parse_assertion
from sandbox.entra.recording import logged
from sandbox.entra.refusals import ANSWERS, Refused
from sandbox.entra.resources import requested_resource, resource_principal
from sandbox.entra.sign_in import Client, Tenant, TokenRequest, client_of
from sandbox.entra.tokens import LIFETIME, issue_access_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.store import Document
    from sandbox.world import World

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def answer_token_request(world: World, tenant: Tenant, request: TokenRequest) -> dict[str, Any]:
    """Return the token endpoint's JSON, or raise Refused."""
    grant = request.required("grant_type")
    if grant != "client_credentials":
        raise Refused(70003, grant=grant)
    assertion = _assertion(request)
    client = _client(tenant, request, assertion)
    with logged(world, client, request):
        _authenticate(world, request, client, assertion)
        resource = requested_resource(request)
        principal = _enabled_principal(client)
        _check_policies(client)
        api = resource_principal(client, resource, request.version)
    token = issue_access_token(
        world,
        tenant_id=tenant.id,
        audience=resource,
        app_id=client.app_id,
        object_id=principal["id"],
        roles=tenant.directory.granted_roles(principal["id"], api["id"]),
    )
    return _answer(world, request, token, resource)


def with_basic_authentication(form: Mapping[str, str], authorization: str) -> dict[str, str]:
    """Return the form with the client id and secret of an HTTP Basic header, where it has one (RFC 6749 §2.3.1)."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return dict(form)
    try:
        app_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return dict(form)
    return {"client_id": unquote_plus(app_id), "client_secret": unquote_plus(secret), **form}


def _assertion(request: TokenRequest) -> Assertion | None:
    text = request.form.get("client_assertion")
    if text and request.form.get("client_assertion_type") != ASSERTION_TYPE:
        raise Refused(900144, parameter="client_assertion_type")
    return parse_assertion(text) if text else None


def _client(tenant: Tenant, request: TokenRequest, assertion: Assertion | None) -> Client:
    """Return who asks. ISE before 3.3 sends no client_id: then the assertion's subject says it (domain.md §7.2)."""
    subject = assertion.claim("sub") if assertion else ""
    return client_of(tenant, request.form.get("client_id") or subject or request.required("client_id"))


def _authenticate(world: World, request: TokenRequest, client: Client, assertion: Assertion | None) -> None:
    if assertion is not None:
        check_assertion(world, assertion, client)
        return
    secret = request.form.get("client_secret")
    if not secret:
        raise Refused(7000216)
    client.proof.kind = "clientSecret"
    _check_secret(client, secret, now=world.now())


def _check_secret(client: Client, secret: str, *, now: datetime) -> None:
    for credential in client.credentials("passwordCredentials"):
        if hmac.compare_digest((credential.get("secretText") or "").encode(), secret.encode()):
            client.proof.credential = credential
            if _instant(credential.get("endDateTime"), datetime.max.replace(tzinfo=UTC)) <= now:
                raise Refused(7000222, **client.details)
            return
    raise Refused(7000215, **client.details)


def _instant(text: str | None, otherwise: datetime) -> datetime:
    if not text:
        return otherwise
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _enabled_principal(client: Client) -> Document:
    if client.service_principal is None:
        raise Refused(7000229, **client.details)
    if not client.service_principal.get("accountEnabled", True) or client.application.get("isDisabled"):
        raise Refused(7000112, **client.details)
    return client.service_principal


def _check_policies(client: Client) -> None:
    """Refuse what documents in the store ask to refuse, for all clients or for the one they name by `appId`.

    `conditionalAccessBlock` is a Conditional Access policy for workload identities. `tokenRefusal` names a `code` of
    ANSWERS, and `details` for its text where it wants any, for what has no natural cause here (65001).
    """
    directory = client.tenant.directory
    for kind in ("conditionalAccessBlock", "tokenRefusal"):
        for document in directory.store.all(directory.tenant_id, kind):
            if document.get("appId", client.app_id).lower() == client.app_id.lower():
                code = document.get("code", 53003)
                raise Refused(code if code in ANSWERS else 53003, **{**client.details, **document.get("details", {})})


def _answer(world: World, request: TokenRequest, token: str, resource: str) -> dict[str, Any]:
    lifetime = int(LIFETIME.total_seconds())
    if request.version != 1:
        return {"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": token}
    now = int(world.now().timestamp())
    return {
        "token_type": "Bearer",
        "expires_in": str(lifetime),
        "ext_expires_in": str(lifetime),
        "expires_on": str(now + lifetime),
        "not_before": str(now - 300),
        "resource": resource,
        "access_token": token,
    }
