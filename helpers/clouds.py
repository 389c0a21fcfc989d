"""Microsoft's clouds: their names in Terraform, and the hosts and addresses that follow from them.

Facts and how sure each is: `domain.md` §6. What is not confirmed by a vendor document is listed in
`Cloud.unconfirmed`, is printed as unconfirmed, and can be overridden by `endpoints` in the environment file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Cloud:
    """One Microsoft cloud. Hosts are bare names; `graph` has no trailing slash, `intune_audience` has one."""

    name: str
    terraform_environment: str
    login_host: str
    graph: str
    intune_audience: str
    unconfirmed: frozenset[str] = frozenset()

    @property
    def graph_host(self) -> str:
        """The host of Microsoft Graph."""
        return self.graph.removeprefix("https://")

    @property
    def intune_host(self) -> str:
        """The host named by the Intune audience."""
        return self.intune_audience.removeprefix("https://").rstrip("/")

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts ISE connects to, less the compliance service's, which only service discovery names."""
        return self.login_host, self.graph_host, self.intune_host

    def token_url(self, tenant_id: str, *, version: int) -> str:
        """Return the OAuth 2.0 token endpoint of a tenant; `version` is 1 or 2."""
        path = "oauth2/v2.0/token" if version == 2 else "oauth2/token"  # noqa: PLR2004 — the endpoint's own number
        return f"https://{self.login_host}/{tenant_id}/{path}"

    def admin_consent_url(self, tenant_id: str, client_id: str) -> str:
        """Return the page where an administrator grants the application's requested permissions."""
        return f"https://{self.login_host}/{tenant_id}/adminconsent?client_id={client_id}"

    def overridden(self, *, login_host: str | None = None, intune_audience: str | None = None) -> Cloud:
        """Return this cloud with endpoints that the environment file states; a stated one is no longer unconfirmed."""
        stated = {
            key: value
            for key, value in (("login_host", login_host), ("intune_audience", intune_audience))
            if value is not None
        }
        return replace(self, unconfirmed=self.unconfirmed - set(stated), **stated)


CLOUDS: Mapping[str, Cloud] = MappingProxyType(
    {
        cloud.name: cloud
        for cloud in (
            Cloud(
                name="global",
                terraform_environment="global",
                login_host="login.microsoftonline.com",
                graph="https://graph.microsoft.com",
                intune_audience="https://api.manage.microsoft.com/",
            ),
            Cloud(
                name="usgovernmentl4",
                terraform_environment="usgovernmentl4",
                login_host="login.microsoftonline.us",
                graph="https://graph.microsoft.us",
                intune_audience="https://api.manage.microsoft.us/",
            ),
            Cloud(
                name="usgovernmentl5",
                terraform_environment="usgovernmentl5",
                login_host="login.microsoftonline.us",
                graph="https://dod-graph.microsoft.us",
                intune_audience="https://api.manage.microsoft.us/",
                unconfirmed=frozenset({"intune_audience"}),
            ),
            Cloud(
                name="china",
                terraform_environment="china",
                # Entra's documentation names this host, Graph's names login.chinacloudapi.cn.
                login_host="login.partner.microsoftonline.cn",
                graph="https://microsoftgraph.chinacloudapi.cn",
                intune_audience="https://api.manage.microsoft.cn/",
                unconfirmed=frozenset({"login_host", "intune_audience"}),
            ),
        )
    }
)
DEFAULT_CLOUD = "global"

# Where an overridden endpoint may point: hosts at or under Microsoft's own suffixes, so that a pull request cannot
# lead ISE's assertions elsewhere. No suffix under which customers get names of their own: virtual machines in Azure
# China are called `….cloudapp.chinacloudapi.cn`, so of that domain only the sign-in host is Microsoft's for sure.
MICROSOFT_SUFFIXES = (
    "microsoftonline.com",
    "microsoft.com",
    "microsoftonline.us",
    "microsoft.us",
    "microsoftonline.cn",
    "microsoft.cn",
    "login.chinacloudapi.cn",
)
_HOST = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]+", re.ASCII)


def is_microsoft_host(host: str) -> bool:
    """Say whether `host`, a bare name in small letters, is one of Microsoft's suffixes or a name below one."""
    return _HOST.fullmatch(host) is not None and any(
        host == suffix or host.endswith("." + suffix) for suffix in MICROSOFT_SUFFIXES
    )
