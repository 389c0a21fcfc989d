"""How Entra says no: AADSTS codes, their texts and the JSON around them.

Texts follow those of the live service as users quote them in public issue trackers; the codes are Microsoft Entra's
"authentication and authorization error codes" reference and domain.md §7.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True)
class Answer:
    """One way to refuse: OAuth's error name, the HTTP status, the text with the places to fill in."""

    error: str
    status: int
    text: str
    suberror: str | None = None


_KEYS_ADVICE = (
    "Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '{app}'."
)
_CERTIFICATE_DOCUMENTATION = (
    "Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials ."
)
_FEDERATION_DOCUMENTATION = (
    "Check your federated identity credential Subject, Audience and Issuer against the presented assertion."
    " https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
)

ANSWERS: Mapping[int, Answer] = MappingProxyType(
    {
        # The request
        90002: Answer(
            "invalid_request",
            400,
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the"
            " correct cloud. Check with your subscription administrator, this may happen if there are no active"
            " subscriptions for the tenant.",
        ),
        900144: Answer("invalid_request", 400, "The request body must contain the following parameter: '{parameter}'."),
        70003: Answer("unsupported_grant_type", 400, "The app requested an unsupported grant type '{grant}'."),
        1002012: Answer(
            "invalid_scope",
            400,
            "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with"
            " /.default suffixed to the resource identifier (application ID URI).",
        ),
        28000: Answer(
            "invalid_scope",
            400,
            "Provided value for the input parameter scope is not valid because it contains more than one resource."
            " Scope {scope} is not valid.",
        ),
        # The client
        700016: Answer(
            "unauthorized_client",
            400,
            "Application with identifier '{app}' was not found in the directory '{tenant_name}'. This can happen if"
            " the application has not been installed by the administrator of the tenant or consented to by any user in"
            " the tenant. You may have sent your authentication request to the wrong tenant.",
        ),
        7000229: Answer(
            "invalid_client",
            401,
            "The client application {app} is missing service principal in the tenant {tenant}. See instructions here:"
            " https://go.microsoft.com/fwlink/?linkid=2225119",
        ),
        7000112: Answer("unauthorized_client", 400, "Application '{app}'({app_name}) is disabled."),
        7000216: Answer(
            "invalid_client",
            401,
            "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
        ),
        # Client secrets
        7000215: Answer(
            "invalid_client",
            401,
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value,"
            " not the client secret ID, for a secret added to app '{app}'.",
        ),
        7000222: Answer(
            "invalid_client",
            401,
            "The provided client secret keys for app '{app}' are expired. Visit the Azure portal to create new keys for"
            " your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security:"
            " https://aka.ms/certCreds.",
        ),
        # Certificates
        50027: Answer("invalid_client", 401, "JWT token is invalid or malformed. {reason}"),
        700021: Answer(
            "invalid_client",
            401,
            "Client assertion application identifier doesn't match 'client_id' parameter. "
            + _CERTIFICATE_DOCUMENTATION,
        ),
        700023: Answer(
            "invalid_client",
            401,
            "Client assertion audience claim does not match Realm issuer. " + _CERTIFICATE_DOCUMENTATION,
        ),
        700024: Answer(
            "invalid_client",
            401,
            "Client assertion is not within its valid time range. Current time: {now}, assertion valid from {start},"
            " expiry time of assertion {end}. " + _CERTIFICATE_DOCUMENTATION,
        ),
        700027: Answer(
            "invalid_client",
            401,
            "{what} [Reason - {reason}, Thumbprint of key used by client: '{thumbprint}'{found}, " + _KEYS_ADVICE + "]",
        ),
        1000502: Answer(
            "invalid_client",
            401,
            "The provided certificate is not within its specified validity window. Current time: {now}, certificate"
            " valid from {start}, expiry time of certificate {end}.",
        ),
        # Federated credentials
        700211: Answer(
            "invalid_client",
            401,
            "No matching federated identity record found for presented assertion issuer '{issuer}'. "
            + _FEDERATION_DOCUMENTATION,
        ),
        700212: Answer(
            "invalid_client",
            401,
            "No matching federated identity record found for presented assertion audience '{audience}'. "
            + _FEDERATION_DOCUMENTATION,
        ),
        700213: Answer(
            "invalid_client",
            401,
            "No matching federated identity record found for presented assertion subject '{subject}'. "
            + _FEDERATION_DOCUMENTATION,
        ),
        # The API that is asked for
        500011: Answer(
            "invalid_resource",
            400,
            "The resource principal named {resource} was not found in the tenant named {tenant_name}. This can happen"
            " if the application has not been installed by the administrator of the tenant or consented to by any user"
            " in the tenant. You might have sent your authentication request to the wrong tenant.",
        ),
        650052: Answer(
            "invalid_client",
            401,
            "The app is trying to access a service '{resource_app}'({resource}) that your organization '{tenant_name}'"
            " lacks a service principal for. Contact your IT Admin to review the configuration of your service"
            " subscriptions or consent to the application in order to create the required service principal.",
        ),
        650057: Answer(
            "invalid_resource",
            400,
            "Invalid resource. The client has requested access to a resource which is not listed in the requested"
            " permissions in the client's application registration. Client app ID: {app}({app_name}). Resource value"
            " from request: {resource}. Resource app ID: {resource_app}. List of valid resources from app registration:"
            " {listed}.",
        ),
        65001: Answer(
            "invalid_grant",
            400,
            "The user or administrator has not consented to use the application with ID '{app}' named '{app_name}'."
            " Send an interactive authorization request for this user and resource.",
            suberror="consent_required",
        ),
        53003: Answer(
            "invalid_grant",
            400,
            "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
            suberror="message_only",
        ),
        # Nothing of the tenant
        50049: Answer("invalid_instance", 400, "Unknown or invalid instance."),
    }
)


class _Details(dict[str, str]):
    """What fills in a text; a place that nothing fills in stays empty."""

    def __missing__(self, _: str) -> str:
        return ""


class Refused(Exception):
    """Entra says no; `code` is one of ANSWERS, the keywords fill in its text."""

    def __init__(self, code: int, **details: str) -> None:
        self.answer = ANSWERS[code]
        self.code = code
        self.text = self.answer.text.format_map(_Details(details))
        super().__init__(f"AADSTS{code}: {self.text}")


def refusal(refused: Refused, *, now: datetime, login_host: str, correlation_id: str | None = None) -> JSONResponse:
    """Return the answer as the token endpoint gives it; `correlation_id` is the caller's, if it sent one."""
    trace_id = str(uuid.uuid4())
    correlation_id = correlation_id or str(uuid.uuid4())
    timestamp = now.strftime("%Y-%m-%d %H:%M:%SZ")
    body: dict[str, Any] = {
        "error": refused.answer.error,
        "error_description": (
            f"{refused} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}"
        ),
        "error_codes": [refused.code],
        "timestamp": timestamp,
        "trace_id": trace_id,
        "correlation_id": correlation_id,
        "error_uri": f"https://{login_host}/error?code={refused.code}",
    }
    if refused.answer.suberror:
        body["suberror"] = refused.answer.suberror
    headers = {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache", "x-ms-request-id": trace_id}
    return JSONResponse(body, status_code=refused.answer.status, headers=headers)
