"""From what changed to what Entra's audit log calls it; one change is often several activities."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from sandbox.audit import grants, memberships, objects
from sandbox.audit.activity import Activity, Touched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sandbox.directory import Directory

    _Reading = Callable[[Touched, Directory], Iterator[Activity]]

__all__ = ["Activity", "Touched", "activities"]

_READINGS: Mapping[str, _Reading] = MappingProxyType(
    {
        "application": objects.of_application,
        "servicePrincipal": objects.of_service_principal,
        "deletedApplication": objects.of_deleted,
        "deletedServicePrincipal": objects.of_deleted,
        "appRoleAssignment": grants.of_assignment,
        "oauth2PermissionGrant": grants.of_delegated_grant,
        **memberships.READINGS,
    }
)


def activities(touched: Sequence[Touched], directory: Directory, *, consents: bool) -> Iterator[Activity]:
    """Yield the activities of one operation; with `consents`, what was granted is a consent as well."""
    moved = _Moves.of(touched)
    for each in touched:
        if not moved.is_told_by_another(each):
            yield from _READINGS[each.kind](each, directory) if each.kind in _READINGS else ()
    if consents:
        yield from grants.of_consent(touched, directory)


@dataclass(frozen=True)
class _Moves:
    """What went to the deleted items or came back: ids, in lower case."""

    buried: frozenset[str]
    raised: frozenset[str]

    @classmethod
    def of(cls, touched: Sequence[Touched]) -> _Moves:
        resting = [each for each in touched if each.kind.startswith("deleted")]
        here = {each.id for each in touched if not each.kind.startswith("deleted") and each.after is not None}
        return cls(
            frozenset(each.id for each in resting if each.after is not None),
            frozenset(each.id for each in resting if each.after is None and each.id in here),
        )

    def is_told_by_another(self, each: Touched) -> bool:
        """Say whether this is a part of a deletion or a restoration, which one record tells."""
        if each.kind in ("application", "servicePrincipal"):
            return each.id in self.buried | self.raised
        if each.after is None and each.before is not None and not each.kind.startswith("deleted"):
            ends = {str(each.before.get(name)).lower() for name in ("principalId", "resourceId", "clientId")}
            return not self.buried.isdisjoint(ends)
        return False
