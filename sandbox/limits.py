"""How mean the sandbox's Microsoft Graph is: what can be switched, in one value. What Graph never lets go is not here.

Always so, because no client may rely on the opposite: `$expand` ends at 20 without saying so, `in` takes 15 values, a
batch 20 requests, a page 999 objects, and v1.0 hides a flexible federated credential's expression (graph-audit.md §0).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from types import MappingProxyType, NoneType
from typing import TYPE_CHECKING

from helpers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

RETRY_AFTER = ("whole", "fractional", "absent", "varied")


@dataclass(frozen=True)
class Limits:
    """The limits in force. A quota of None is no quota.

    `resource_units`         of the directory, per application and tenant in 10 s: 3,500 in a tenant of fewer than 50
                             users, 5,000 up to 500, 8,000 above
    `writes`                 to the directory, per application and tenant in 150 s
    `certificate_reads`      requests with `$select=keyCredentials`, per tenant in 60 s; whether applications and
                             service principals share it nobody says, so here they do
    `log_requests`           for logs and reports, per application and tenant in 10 s
    `retry_after`            what a 429 says of when: whole seconds, a fraction, nothing, or each in turn (`varied`)
    `certificates_in_lists`  whether a list with `$select=keyCredentials` shows `key`: Microsoft says yes and no
    `lag_seconds`            how long lists and eventual reads miss a change
    `lag_lists`              how many times each list misses a change, counted by its whole address
    `lag_objects`            how many times each single object, read by itself, is answered as it was before a change
    `report_as_in_examples`  whether the report of credentials is written as its page's examples are: `expirationDate`,
                             and times with an offset of one digit
    `tenants_without_premium` ids of the tenants that have no Entra ID P1, and so no logs over Graph

    Numbers: microsoft-graph-docs-contrib, concepts/throttling-limits.md; graph-audit.md §B.
    """

    resource_units: int | None = 3500
    writes: int | None = 3000
    certificate_reads: int | None = 150
    log_requests: int | None = 5
    retry_after: str = "varied"
    certificates_in_lists: bool = False
    lag_seconds: float = 0.0
    lag_lists: int = 0
    lag_objects: int = 0
    report_as_in_examples: bool = False
    tenants_without_premium: tuple[str, ...] = ()

    @property
    def lags(self) -> bool:
        """Whether any read may be behind."""
        return bool(self.lag_seconds or self.lag_lists or self.lag_objects)

    def without_quotas(self) -> Limits:
        """Return the same with no quota: for whoever measures a client, not its patience."""
        return replace(self, resource_units=None, writes=None, certificate_reads=None, log_requests=None)

    def changed(self, fields: object) -> Limits:
        """Return these limits with those of a JSON object.

        Raises:
            InputError: an unknown field, or a value it cannot have.
        """
        if not isinstance(fields, dict) or not set(fields) <= set(asdict(self)):
            raise InputError("limits", "is not an object of known fields", f"known are: {', '.join(asdict(self))}")
        for name, value in fields.items():
            if not _fits(name, value):
                raise InputError(f"limits.{name}", f"has the value {value!r}", "give it what sandbox/limits.py says")
        tenants = fields.get("tenants_without_premium", self.tenants_without_premium)
        return replace(self, **{**fields, "tenants_without_premium": tuple(tenants)})


_TYPES: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        "resource_units": (int, NoneType),
        "writes": (int, NoneType),
        "certificate_reads": (int, NoneType),
        "log_requests": (int, NoneType),
        "retry_after": (str,),
        "certificates_in_lists": (bool,),
        "lag_seconds": (int, float),
        "lag_lists": (int,),
        "lag_objects": (int,),
        "report_as_in_examples": (bool,),
        "tenants_without_premium": (list, tuple),
    }
)


def _fits(name: str, value: object) -> bool:
    # By the type itself: to Python a truth value is a whole number.
    if type(value) not in _TYPES[name]:
        return False
    if isinstance(value, int | float):
        return value >= 0
    if isinstance(value, str):
        return value in RETRY_AFTER
    return not isinstance(value, list | tuple) or all(isinstance(tenant, str) for tenant in value)
