"""What is asked of Graph: reads alone, at the declared cloud's Graph host alone, and what each costs.

Costs in resource units: microsoft-graph-docs-contrib, concepts/throttling-limits.md (identity and access).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from helpers.clouds import Cloud

V1, BETA = "v1.0", "beta"
LARGEST_PAGE = 999
# In one `in (…)`: Microsoft Graph's known issues, entry 13635.
MOST_VALUES = 15
_DEAR = re.compile(
    r"/applications(\([^/]*\)|/[^/$]*)?|/oauth2PermissionGrants|/servicePrincipals(\([^/]*\)|/[^/]*)/appRoleAssignments"
)
# What an address may consist of: nothing that one program reads otherwise than another.
_PLAIN = re.compile(r"[!-\[\]-~]+")
_LONGEST_SHOWN = 80
_UNQUOTED = "(),'$/:"


class Counted(Enum):
    """Which of Graph's quotas a request counts for."""

    UNITS = "resource units"
    CERTIFICATES = "certificates"
    LOGS = "logs"


class Elsewhere(Exception):
    """An address is not one of the declared cloud's Graph; the text says where it leads instead."""


@dataclass(frozen=True)
class Get:
    """One read. `surface` is what it is for; `path` is behind the version, with its query.

    `eventual` asks the index that may be behind: good for a choice, never for a verdict.
    """

    surface: str
    path: str
    version: str = V1
    eventual: bool = False

    @cached_property
    def counted(self) -> Counted:
        """Which quota it counts for."""
        if self.path.startswith(("/auditLogs", "/reports")):
            return Counted.LOGS
        return Counted.CERTIFICATES if "keyCredentials" in self.path else Counted.UNITS

    @cached_property
    def cost(self) -> int:
        """What it costs by the table, in resource units; 0 where Graph counts requests instead."""
        if self.counted is Counted.LOGS:
            return 0
        path, _, query = self.path.partition("?")
        units = 2 if _DEAR.fullmatch(path) else 1
        return max(1, units + ("$expand" in query) - ("$select" in query))


def next_page(get: Get, link: object, cloud: Cloud) -> Get:
    """Return the read of the page that an `@odata.nextLink` names.

    Raises `Elsewhere` for any address but one of the same version at the cloud's Graph: a token would go there.
    """
    path = _path(link, cloud)
    prefix = f"/{get.version}/"
    if not path.startswith(prefix):
        raise Elsewhere(f"out of Graph's {get.version}")
    return replace(get, path=path[len(prefix) - 1 :])


def url(get: Get, cloud: Cloud) -> str:
    """Return a read's whole address."""
    return f"{cloud.graph}/{get.version}{get.path}"


def filtered(collection: str, condition: str, more: str = "") -> str:
    """Return the path of a list of what fulfils a condition; `more` are further options."""
    # An id in it is Graph's: what is no text there is refused there.
    return f"/{collection}?$filter={quote(condition, safe=_UNQUOTED, errors='surrogatepass')}{more}"


def one_of(name: str, values: list[str]) -> str:
    """Return the condition that a property has one of at most 15 values, none of which has a quote in it."""
    quoted = ",".join(f"'{value}'" for value in values)
    return f"{name} in ({quoted})"


def _path(link: object, cloud: Cloud) -> str:
    """Return the path and query of an address at the cloud's Graph."""
    if not isinstance(link, str) or not _PLAIN.fullmatch(link):
        raise Elsewhere("to something that is no address")
    try:
        parts = urlsplit(link)
    except ValueError:
        raise Elsewhere("to something that is no address") from None
    if parts.scheme != "https" or parts.netloc.lower() not in (cloud.graph_host, f"{cloud.graph_host}:443"):
        shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        raise Elsewhere(f"to {shown[:_LONGEST_SHOWN]}")
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
