"""What a tenant must have bought, and where it must be, before Graph answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.graph.errors import GraphError, bad_request

if TYPE_CHECKING:
    from sandbox.graph.calls import Call


def require_premium(call: Call) -> None:
    """Raise Graph's 403 where the tenant has no Entra ID P1: sign-in and audit logs are not read without it."""
    without = call.world.conditions.limits.tenants_without_premium
    if call.tenant_id.lower() in (tenant.lower() for tenant in without):
        raise GraphError(
            403,
            "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
            "Neither tenant is B2C or tenant doesn't have premium license",
        )


def require_global_beta(call: Call, segment: str) -> None:
    """Raise Graph's 400 for what only beta has, and only in the global cloud: elsewhere there is no such segment."""
    if call.version != "beta" or call.directory.cloud != "global":
        raise bad_request(f"Resource not found for the segment '{segment}'.", code="BadRequest")
