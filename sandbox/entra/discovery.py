"""What clients read before they sign in: OpenID configuration, instance discovery, the clouds' metadata."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from helpers.clouds import CLOUDS
from sandbox.entra.refusals import Refused
from sandbox.entra.sign_in import LOGIN_ALIASES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.clouds import Cloud
    from sandbox.entra.sign_in import Tenant

# Azure's own names for the clouds, in the metadata document.
_AZURE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "global": "AzureCloud",
        "usgovernmentl4": "AzureUSGovernment",
        "usgovernmentl5": "AzureUSGovernment",
        "china": "AzureChinaCloud",
    }
)
_RESOURCE_MANAGERS: Mapping[str, str] = MappingProxyType(
    {
        "AzureCloud": "https://management.azure.com/",
        "AzureUSGovernment": "https://management.usgovcloudapi.net/",
        "AzureChinaCloud": "https://management.chinacloudapi.cn/",
    }
)


def openid_configuration(tenant: Tenant, *, version: int) -> dict[str, Any]:
    """Return a tenant's OpenID configuration as endpoint version 1 or 2 shows it."""
    root = f"https://{tenant.login_cloud.login_host}/{tenant.id}"
    oauth2 = f"{root}/oauth2" if version == 1 else f"{root}/oauth2/v2.0"
    keys = "discovery/keys" if version == 1 else "discovery/v2.0/keys"
    return {
        "token_endpoint": f"{oauth2}/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": f"{root}/{keys}",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": tenant.issuer if version == 1 else f"{root}/v2.0",
        "authorization_endpoint": f"{oauth2}/authorize",
        "device_authorization_endpoint": f"{oauth2}/devicecode",
        "end_session_endpoint": f"{oauth2}/logout",
        "tenant_region_scope": "NA",
        "cloud_instance_name": tenant.login_cloud.login_host.removeprefix("login."),
        "msgraph_host": CLOUDS[tenant.directory.cloud].graph_host,
    }


def instance_discovery(authorization_endpoint: str) -> dict[str, Any]:
    """Return which hosts are one and the same service, and where the asked tenant's configuration is.

    MSAL asks this of its default authority before it trusts a login host.
    """
    url = urlsplit(authorization_endpoint)
    host = (url.hostname or "").lower()
    if host not in {name for family in _families() for name in family}:
        raise Refused(50049)
    tenant = url.path.strip("/").split("/")[0]
    version = "/v2.0" if "/v2.0/" in url.path else ""
    return {
        "tenant_discovery_endpoint": f"https://{host}/{tenant}{version}/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [
            {"preferred_network": family[0], "preferred_cache": _cache_name(family), "aliases": list(family)}
            for family in _families()
        ],
    }


def cloud_metadata(cloud: Cloud) -> dict[str, Any]:
    """Return the metadata document of a cloud, as the azuread provider reads it (provider.md §1)."""
    name = _AZURE_NAMES[cloud.name]
    return {
        "name": name,
        "resourceManager": _RESOURCE_MANAGERS[name],
        "authentication": {
            "loginEndpoint": f"https://{cloud.login_host}",
            "audiences": [_RESOURCE_MANAGERS[name]],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "microsoftGraphResourceId": cloud.graph,
        "suffixes": {},
    }


def _families() -> list[tuple[str, ...]]:
    return [(host, *aliases) for host, aliases in LOGIN_ALIASES.items()]


def _cache_name(family: tuple[str, ...]) -> str:
    return "login.windows.net" if "login.windows.net" in family else family[0]
