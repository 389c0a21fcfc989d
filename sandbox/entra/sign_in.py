"""One request for a token, as it makes its way through Entra: the tenant it names and who asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from helpers.clouds import CLOUDS, Cloud
from sandbox.directory import Directory
from sandbox.entra.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.store import Document, Store

# Other names of the same service: assertions may be addressed to any of them (instance discovery lists them).
LOGIN_ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "login.microsoftonline.com": ("login.windows.net", "login.microsoft.com", "sts.windows.net"),
        "login.microsoftonline.us": ("login.usgovcloudapi.net",),
        "login.partner.microsoftonline.cn": ("login.chinacloudapi.cn",),
    }
)


@dataclass(frozen=True)
class Tenant:
    """A tenant that exists, seen from the login host that the request came to."""

    directory: Directory
    name: str
    login_cloud: Cloud

    @property
    def id(self) -> str:
        """The directory id."""
        return self.directory.tenant_id

    @property
    def issuer(self) -> str:
        """The issuer of tokens of version 1.0."""
        return f"https://sts.windows.net/{self.id}/"

    def audiences(self) -> set[str]:
        """Return every `aud` by which a client assertion may address this tenant, in lower case.

        ISE sends the v1 token endpoint even to the v2 one (domain.md §7.1); MSAL sends the one it calls.
        """
        host = self.login_cloud.login_host
        roots = [f"https://{name}/{self.id}" for name in (host, *LOGIN_ALIASES.get(host, ()))]
        tails = ("", "/", "/v2.0", "/oauth2/token", "/oauth2/v2.0/token")
        return {(root + tail).lower() for root in roots for tail in tails}


@dataclass
class Proof:
    """By what a client proves who it is, as far as that has become known: the log has it of refused ones too."""

    kind: str = "none"
    credential: Document = field(default_factory=dict)


@dataclass(frozen=True)
class Client:
    """An application that signs in to a tenant, with its service principal there once that is known to exist."""

    tenant: Tenant
    application: Document
    service_principal: Document | None
    proof: Proof = field(default_factory=Proof)

    @property
    def app_id(self) -> str:
        """The client id."""
        return str(self.application["appId"])

    @property
    def details(self) -> dict[str, str]:
        """What refusals say about the client and its tenant."""
        return {
            "app": self.app_id,
            "app_name": self.application.get("displayName") or "",
            "tenant": self.tenant.id,
            "tenant_name": self.tenant.name,
        }

    def credentials(self, kind: str) -> list[dict[str, Any]]:
        """Return `keyCredentials` or `passwordCredentials`: Entra accepts those of either object."""
        holders = (self.application, self.service_principal or {})
        return [credential for holder in holders for credential in holder.get(kind) or ()]


@dataclass(frozen=True)
class TokenRequest:
    """A form posted to a token endpoint of version 1 or 2, and by whom. Its text never holds the credential."""

    version: int
    form: Mapping[str, str] = field(repr=False)
    address: str = "127.0.0.1"
    user_agent: str = ""

    def required(self, parameter: str) -> str:
        """Return a parameter; refuse the request without it."""
        value = self.form.get(parameter)
        if not value:
            raise Refused(900144, parameter=parameter)
        return value


def tenant_at(store: Store, login_cloud: Cloud, tenant_id: str) -> Tenant:
    """Return the tenant, if it lives at this cloud's login host (which two government clouds share)."""
    document = store.get("", "tenant", tenant_id)
    if document is None or CLOUDS[document["cloud"]].login_host != login_cloud.login_host:
        raise Refused(90002, tenant=tenant_id)
    directory = Directory(store, document["id"], document["cloud"])
    return Tenant(directory, document.get("displayName") or document["id"], login_cloud)


def client_of(tenant: Tenant, app_id: str) -> Client:
    """Return the application with this client id, registered here or only installed here from elsewhere."""
    service_principal = tenant.directory.service_principal_by_app_id(app_id)
    application = tenant.directory.application_by_app_id(app_id) or service_principal
    if application is None:
        raise Refused(700016, app=app_id, tenant_name=tenant.name)
    return Client(tenant, application, service_principal)
