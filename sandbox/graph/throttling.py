"""Graph's quotas: what a request costs, when there were too many, and what the headers say of it.

Source: microsoft-graph-docs-contrib, concepts/throttling-limits.md (identity and access; reports) and
api/application-list.md for certificates; the wording of the refusal as clients report it (graph-audit.md §B).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from sandbox.graph.errors import GraphError
from sandbox.graph.odata import selection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.graph.calls import Call, Operation

# Base costs in resource units; all others cost 1. The table names lists; that one application costs as much is the
# dearer of its two readings, and clients are told the cost.
_COSTS = MappingProxyType(
    {
        "GET /applications": 2,
        "GET /applications/{id}": 2,
        "GET /oauth2PermissionGrants": 2,
        "GET /oauth2PermissionGrants/{grant}": 2,
        "GET /servicePrincipals/{id}/appRoleAssignments": 2,
    }
)
_LOGS = ("/auditLogs", "/reports")
_SMALL_PAGE = 20
_TOLD_ABOVE = 0.8


@dataclass(frozen=True)
class _Quota:
    """One quota that a request counts for: by whom it is used, how much of it, and what a refusal says of it."""

    key: tuple[str, ...]
    cost: int
    most: int
    seconds: float
    refusal: Mapping[str, str]


def admit(call: Call, operation: Operation) -> dict[str, str]:
    """Count a request, and return the headers of its answer that tell about quotas.

    Raises:
        GraphError: 429, with what the limits in force let `Retry-After` say.
    """
    headers = {} if _is_log(operation) else {"x-ms-resource-unit": str(cost(call, operation))}
    wait: float = 0
    refusal: Mapping[str, str] = {}
    for quota in _quotas(call, operation):
        charge = call.world.conditions.usage.charge(
            quota.key, quota.cost, most=quota.most, seconds=quota.seconds, now=call.world.now()
        )
        if quota.key[0] == "units" and charge.share > _TOLD_ABOVE:
            headers["x-ms-throttle-limit-percentage"] = f"{charge.share:.2f}"
        if charge.wait > wait:
            wait, refusal = charge.wait, quota.refusal
    if wait:
        raise _too_many(call, wait, {**headers, **refusal})
    return headers


def cost(call: Call, operation: Operation) -> int:
    """Return the resource units of a request."""
    units = _COSTS.get(operation.name, 1)
    units += ("$expand" in call.query) - ("$select" in call.query)
    top = call.query.get("$top", "")
    return max(1, units - (top.isdecimal() and int(top) < _SMALL_PAGE))


def _is_log(operation: Operation) -> bool:
    return operation.path.startswith(_LOGS)


def _quotas(call: Call, operation: Operation) -> Iterator[_Quota]:
    limits, caller = call.world.conditions.limits, (call.caller.app_id, call.tenant_id)
    if _is_log(operation):
        if limits.log_requests is not None:
            yield _Quota(("logs", *caller), 1, limits.log_requests, 10, {})
        return
    if limits.resource_units is not None:
        refusal = _said(call, "Tenant_Application/ReadWrite", "ResourceUnitLimitExceeded")
        yield _Quota(("units", *caller), cost(call, operation), limits.resource_units, 10, refusal)
    if limits.writes is not None and operation.method != "GET":
        refusal = _said(call, "Tenant_Application/Write", "WriteLimitExceeded")
        yield _Quota(("writes", *caller), 1, limits.writes, 150, refusal)
    if limits.certificate_reads is not None and "keycredentials" in (name.lower() for name in selection(call)):
        yield _Quota(("certificates", call.tenant_id), 1, limits.certificate_reads, 60, {})


def _said(call: Call, scope: str, reason: str) -> dict[str, str]:
    return {
        "x-ms-throttle-scope": f"{scope}/{call.caller.app_id}/{call.tenant_id}",
        "x-ms-throttle-information": reason,
    }


def _too_many(call: Call, wait: float, headers: dict[str, str]) -> GraphError:
    message = f"Too many requests from Identifier:{call.caller.app_id}. Please try again later."
    after = {"whole": str(math.ceil(wait)), "fractional": f"{math.ceil(wait * 1000) / 1000:.3f}"}
    style = call.world.conditions.retry_after()
    said = {"Retry-After": after[style]} if style in after else {}
    return GraphError(429, "TooManyRequests", message, headers={**headers, **said})
