"""Which service answers for which host name, in which cloud: the only names the sandbox's proxy leads anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from helpers.clouds import CLOUDS
from sandbox.identities import ADMIN_HOST, COMPLIANCE_HOSTS, ISE_NODES, OIDC_HOST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Service = Literal["entra", "graph", "intune", "ise", "oidc", "admin"]

# For China, Graph's documentation names this login host and Entra's the one of `helpers.clouds`: both answer.
_FURTHER_LOGIN_HOSTS = MappingProxyType({"china": ("login.chinacloudapi.cn",)})


@dataclass(frozen=True)
class Served:
    """What answers for a host. `cloud` is a name of `CLOUDS`, None where the host belongs to no cloud.

    Two American clouds share their login host: it carries the first, and the tenant in the path says the rest.
    """

    service: Service
    cloud: str | None


def normal_host(host: str) -> str:
    """Return a host as it is listed here: lower case, no final dot, no port 443."""
    return host.lower().removesuffix(":443").rstrip(".")


def _hosts() -> Iterator[tuple[str, Served]]:
    for cloud in CLOUDS.values():
        for login in (cloud.login_host, *_FURTHER_LOGIN_HOSTS.get(cloud.name, ())):
            yield login, Served("entra", cloud.name)
        yield cloud.graph_host, Served("graph", cloud.name)
        for intune in (cloud.intune_host, COMPLIANCE_HOSTS[cloud.name]):
            yield intune, Served("intune", cloud.name)
    for node in ISE_NODES:
        yield node, Served("ise", None)
    yield OIDC_HOST, Served("oidc", None)
    yield ADMIN_HOST, Served("admin", None)


def _first_of_each() -> dict[str, Served]:
    served: dict[str, Served] = {}
    for host, what in _hosts():
        served.setdefault(host, what)
    return served


SERVED: Mapping[str, Served] = MappingProxyType(_first_of_each())
