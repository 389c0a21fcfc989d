"""Signing in to Microsoft Graph with what a pipeline has for Terraform, or else what Azure's own tools have.

azure-identity does it; it takes a second to import, so it is imported when the first token is asked for. A token is
for one tenant, the environment's, whatever tenant the variables name. Neither a token nor a secret is ever shown.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import jwt

from clients.answers import Question, ask, json_object, refusal
from clients.entra_refusals import sign_in_refused
from clients.unreachable import unreachable
from helpers.errors import InputError, IseIntuneError, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from azure.core.credentials import AccessToken, TokenCredential

    from clients.graph.readings import Tenant

_EXCHANGE = "api://AzureADTokenExchange"
# A token is not used to its last second.
_MARGIN_SECONDS = 300
_PATIENCE: Mapping[str, Any] = {"connection_timeout": 15, "read_timeout": 30, "retry_total": 2}
_CLIENT = "the pipeline's owner: check ARM_CLIENT_ID; the application needs a service principal in this tenant"
_SECRET = "the pipeline's owner: give the application a new client secret, and the pipeline its value"  # noqa: S105 — advice
_FEDERATED = "the pipeline's owner: compare the application's federated credential with the token's issuer and subject"
ADVICE: Mapping[int, str] = {
    700016: _CLIENT,
    7000229: _CLIENT,
    90002: "check `tenant_id` in the environment file",
    900023: "check `tenant_id` in the environment file",
    7000215: _SECRET,
    7000222: _SECRET,
    700027: "the pipeline's owner: put the certificate on the application, or renew it",
    700024: "set the clock here (NTP): the assertion is not valid now",
    7000112: "Entra administrator: enable the pipeline's application",
    53003: "Entra administrator: allow this network in Conditional Access for workload identities",
    50027: _FEDERATED,
    70021: _FEDERATED,
    700211: _FEDERATED,
    700212: _FEDERATED,
    700213: _FEDERATED,
}
_TRUST = "give the root of whoever inspects TLS on the way in SSL_CERT_FILE"
_NOTHING = (
    "set what Terraform has, ARM_CLIENT_ID and ARM_CLIENT_SECRET, ARM_CLIENT_CERTIFICATE_PATH or ARM_USE_OIDC,"
    " or sign in with `az login`"
)


@dataclass
class SignIn:
    """One tenant's sign-in. `transport` is azure-core's, for whoever leads requests elsewhere."""

    tenant: Tenant
    environment: Mapping[str, str] = field(repr=False)
    transport: Any = None
    wall: Callable[[], float] = time.time
    _credential: TokenCredential | None = field(default=None, repr=False)
    _token: AccessToken | None = field(default=None, repr=False)
    _failure: IseIntuneError | None = None

    def token(self) -> str:
        """Return a token for the tenant's Graph that is valid for a while yet.

        Raises `InputError` where there is nothing to sign in with, `ServiceError` where no token comes, or one of
        another tenant.
        """
        if self._failure is not None:
            raise self._failure
        if self._token is None or not self.is_signed_in:
            try:
                self._token = self._fetched()
            except IseIntuneError as failure:
                # Who is refused once is not asked again for every request.
                self._failure = failure
                raise
        return self._token.token

    @property
    def is_signed_in(self) -> bool:
        """Whether there is a token that is valid for a while yet."""
        return self._token is not None and self.wall() < self._token.expires_on - _MARGIN_SECONDS

    def _fetched(self) -> AccessToken:
        from azure.core.exceptions import AzureError

        # What it has to say of a failure is said once, by us.
        logging.getLogger("azure").addHandler(logging.NullHandler())
        if self._credential is None:
            self._credential = _Means(self.tenant, self.environment, self.transport).credential()
        try:
            token = self._credential.get_token(f"{self.tenant.cloud.graph}/.default")
        except AzureError as error:
            failure = _failure(error, self.tenant)
        except ValueError:
            # azure-identity's word for a tenant id that it cannot use.
            failure = ServiceError("Entra", f"no sign-in to {self.tenant.id} can be made", _NOTHING)
        else:
            _check_tenant(token.token, self.tenant)
            return token
        # Raised out here, it does not carry azure-core's error along, which holds the request and so the secret.
        raise failure


@dataclass(frozen=True)
class _Means:
    """What there is to sign in with."""

    tenant: Tenant
    environment: Mapping[str, str] = field(repr=False)
    transport: Any

    def credential(self) -> TokenCredential:
        """Return the first kind of sign-in that the variables are complete for."""
        return self._of_terraform() or self._of_azure() or self._of_command_line()

    def _of_terraform(self) -> TokenCredential | None:
        from azure.identity import ManagedIdentityCredential

        client_id = self.environment.get("ARM_CLIENT_ID", "")
        if self._on("ARM_USE_MSI"):
            return ManagedIdentityCredential(client_id=client_id or None)
        if not client_id:
            return None
        known = self._certificate_or_secret("ARM", client_id)
        if known is None and self._on("ARM_USE_OIDC"):
            return self._assertion(client_id, lambda: _id_token(self.environment))
        return known

    def _of_azure(self) -> TokenCredential | None:
        client_id = self.environment.get("AZURE_CLIENT_ID", "")
        if not client_id:
            return None
        known = self._certificate_or_secret("AZURE", client_id)
        file = self.environment.get("AZURE_FEDERATED_TOKEN_FILE")
        return self._assertion(client_id, lambda: _text_of(file)) if known is None and file else known

    def _of_command_line(self) -> TokenCredential:
        from azure.identity import AzureCliCredential

        if self.environment.get("ARM_USE_CLI", "").lower() in ("false", "0"):
            raise InputError("sign-in", "there is nothing to sign in with", _NOTHING)
        return AzureCliCredential(tenant_id=self.tenant.id, process_timeout=30)

    def _certificate_or_secret(self, owner: str, client_id: str) -> TokenCredential | None:
        from azure.identity import CertificateCredential, ClientSecretCredential

        name = f"{owner}_CLIENT_CERTIFICATE_PATH"
        path, secret = self.environment.get(name), self.environment.get(f"{owner}_CLIENT_SECRET")
        if path:
            password = self.environment.get(f"{owner}_CLIENT_CERTIFICATE_PASSWORD") or None
            try:
                return CertificateCredential(self.tenant.id, client_id, path, password=password, **self._options())
            except (ValueError, OSError):
                remedy = "give a PEM or PKCS#12 file with certificate and key, and its password"
            raise InputError(name, f"{path} cannot be used to sign in", remedy)
        return ClientSecretCredential(self.tenant.id, client_id, secret, **self._options()) if secret else None

    def _assertion(self, client_id: str, said: Callable[[], str]) -> TokenCredential:
        from azure.identity import ClientAssertionCredential

        return ClientAssertionCredential(self.tenant.id, client_id, said, **self._options())

    def _options(self) -> dict[str, Any]:
        """Return what azure-identity is told.

        Its hosts are held to Microsoft's before they get here (helpers.clouds), so nothing is asked about them
        elsewhere; `requests`, below it, does not know SSL_CERT_FILE.
        """
        options = {"authority": self.tenant.cloud.login_host, "disable_instance_discovery": True, **_PATIENCE}
        roots = self.environment.get("SSL_CERT_FILE")
        if roots and not self.environment.get("REQUESTS_CA_BUNDLE"):
            options["connection_verify"] = roots
        return options if self.transport is None else {**options, "transport": self.transport}

    def _on(self, name: str) -> bool:
        return self.environment.get(name, "").lower() in ("true", "1")


def _id_token(environment: Mapping[str, str]) -> str:
    """Return what a pipeline's own identity provider says of it, as azuread takes it."""
    if environment.get("ARM_OIDC_TOKEN"):
        return environment["ARM_OIDC_TOKEN"]
    if environment.get("ARM_OIDC_TOKEN_FILE_PATH"):
        return _text_of(environment["ARM_OIDC_TOKEN_FILE_PATH"])
    for owner in ("ARM_OIDC", "ACTIONS_ID_TOKEN"):
        url, token = (environment.get(f"{owner}_REQUEST_{name}", "") for name in ("URL", "TOKEN"))
        if url and token:
            return _requested_id_token(url, token)
    raise InputError("ARM_USE_OIDC", "is on, and no token is there", "give ARM_OIDC_TOKEN or ARM_OIDC_TOKEN_FILE_PATH")


def _requested_id_token(url: str, token: str) -> str:
    service = "the pipeline's identity provider"
    address = httpx.URL(url).copy_merge_params({"audience": _EXCHANGE})
    if address.scheme != "https":
        raise InputError("the id token's request URL", "is not https", "a token goes nowhere else")
    with httpx.Client(timeout=30) as http:
        answer = ask(http, Question(service, "GET", str(address), token=token))
    value = json_object(answer).get("value")
    if not answer.ok or not isinstance(value, str):
        raise refusal(answer, {401: "let the job have `id-token: write`"})
    return value


def _text_of(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise InputError(
            path, "the file with the token cannot be read", "check the path, and who may read it"
        ) from None


def _failure(error: Exception, tenant: Tenant) -> IseIntuneError:
    from azure.identity import CredentialUnavailableError

    if isinstance(error.__cause__, IseIntuneError):
        return error.__cause__
    if isinstance(error, CredentialUnavailableError):
        return ServiceError("Entra", f"there is nothing to sign in to the tenant {tenant.id} with", _NOTHING)
    said = str(getattr(error, "message", ""))
    code = said.find("AADSTS")
    if code >= 0:
        # Before it azure-identity says who says so, and after it quotes the whole answer.
        status = getattr(error, "status_code", None) or 400
        return sign_in_refused({"error_description": said[code:]}, status, advice=ADVICE)
    if isinstance(error.__cause__, ValueError):
        # MSAL's: the login host has no configuration for the tenant.
        unknown = f"{tenant.cloud.login_host} knows no tenant {tenant.id}"
        return ServiceError("Entra", unknown, "check `tenant_id` and `cloud` in the environment file")
    cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
    below: Exception = getattr(cause, "inner_exception", None) or cause
    return unreachable("Entra", tenant.cloud.login_host, below, trust=_TRUST)


def _check_tenant(token: str, tenant: Tenant) -> None:
    """Raise `ServiceError` for a token of another tenant: what it would read is not what the file is about."""
    try:
        tid = jwt.decode(token, options={"verify_signature": False}).get("tid")
    except jwt.InvalidTokenError:
        tid = None
    if not isinstance(tid, str):
        raise ServiceError("Entra", "gave a token that does not say of which tenant it is", "sign in another way")
    if tid.lower() != tenant.id.lower():
        cause = f"the sign-in is to the tenant {tid}, and the environment is in {tenant.id}"
        raise ServiceError("Entra", cause, "sign in to the environment's tenant, or correct `tenant_id` in its file")
