"""Rules over permissions that an application newly asks for, gravest first: each permission is spoken of once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.catalogue import Tier, describe
from helpers.comparing import PermissionAdded, PermissionRemoved, Surface
from helpers.findings import Severity
from helpers.model import PermissionType, Seen
from helpers.permissions import AZURE_AD_GRAPH, MICROSOFT_INTUNE, api_name, permission_name, profiles
from helpers.rules.rule import Found, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from helpers.catalogue import PermissionFacts
    from helpers.declaration.locations import KeyPath
    from helpers.model import Permission
    from helpers.rules.rule import Case

_WRONG_APIS = {
    AZURE_AD_GRAPH: "Azure AD Graph, which Microsoft retired on 30 June 2023",
    MICROSOFT_INTUNE: "Microsoft Intune, whose permissions are not those of the Microsoft Intune API",
}


def _asked_for(case: Case) -> Iterator[tuple[Permission, PermissionFacts]]:
    for difference in case.differences:
        if isinstance(difference, PermissionAdded) and difference.surface is Surface.REQUESTED:
            yield difference.permission, describe(difference.permission)


def _is_wrong_api(permission: Permission, _facts: PermissionFacts) -> bool:
    return permission.api in _WRONG_APIS


def _is_unknown(_permission: Permission, facts: PermissionFacts) -> bool:
    return not facts.known


def _is_tier_0(_permission: Permission, facts: PermissionFacts) -> bool:
    return facts.tier is Tier.TAKES_OVER


def _writes(_permission: Permission, facts: PermissionFacts) -> bool:
    return facts.writes


def _is_delegated(permission: Permission, _facts: PermissionFacts) -> bool:
    return permission.type is PermissionType.DELEGATED


def _is_powerful(_permission: Permission, facts: PermissionFacts) -> bool:
    return facts.severity >= Severity.HIGH


def _is_beyond_minimal(permission: Permission, _facts: PermissionFacts) -> bool:
    return permission not in profiles()["minimal"].permissions


# In the order in which a permission is judged: the first that fits is the one that speaks.
_KINDS: tuple[Callable[[Permission, PermissionFacts], bool], ...] = (
    _is_wrong_api,
    _is_unknown,
    _is_tier_0,
    _writes,
    _is_powerful,
    _is_delegated,
    _is_beyond_minimal,
)


def _of_kind(kind: Callable[[Permission, PermissionFacts], bool]) -> Callable[[Case], Iterator[Found]]:
    def look(case: Case) -> Iterator[Found]:
        for permission, facts in _asked_for(case):
            first = next((each for each in _KINDS if each(permission, facts)), None)
            if first is kind and not (kind is _is_beyond_minimal and _has_reason(case, permission)):
                block = "extra" if _has_reason(case, permission) else "profile"
                yield _found(facts, ("permissions", block, permission.id))

    return look


def _has_reason(case: Case, permission: Permission) -> bool:
    name = f"{permission_name(permission)} ({permission.type}) on {api_name(permission.api)}"
    return case.after is not None and f"permissions.extra: {name}" in case.after.decisions


def _found(facts: PermissionFacts, path: KeyPath) -> Found:
    name = f"{facts.name} ({facts.type} permission on {facts.api})"
    remedy = "take it out, or except it with a reason and an end date"
    if facts.enough_instead:
        remedy = f"ISE does not need it: {facts.enough_instead} is enough; {remedy}"
    elif facts.purpose is None:
        remedy = f"ISE does not need it: {remedy}"
    return Found(facts.name, f"the application asks for {name}: {facts.worst}", remedy, path)


def _missing(case: Case) -> Iterator[Found]:
    """Speak of a permission that goes and that ISE cannot do without."""
    if case.after is None or not isinstance(case.after.integration.requested, Seen):
        return
    left = case.after.integration.requested.items
    for difference in case.differences:
        if not (isinstance(difference, PermissionRemoved) and difference.surface is Surface.REQUESTED):
            continue
        what_it_was_for = _purpose_lost(difference.permission, left)
        if what_it_was_for:
            facts = describe(difference.permission)
            what = (
                f"the application no longer asks for {facts.name}, and nothing it still asks for lets ISE"
                f" {what_it_was_for}"
            )
            yield Found(facts.name, what, "keep the `minimal` profile at least", ("permissions",))


def _purpose_lost(gone: Permission, left: frozenset[Permission]) -> str | None:
    """Return what ISE can no longer do, or None where something left still serves it (domain.md §3)."""
    for purpose, serving in _NEEDED.items():
        names = {permission_name(permission) for permission in left if permission.type is PermissionType.APPLICATION}
        if permission_name(gone) in serving and not names & serving:
            return purpose
    return None


_NEEDED = {
    "find Intune's compliance service": {
        "Application.Read.All",
        "Directory.Read.All",
        "Application.ReadWrite.OwnedBy",
        "Application.ReadWrite.All",
    },
    "ask about a device": {"get_device_compliance"},
}

RULES = (
    Rule(
        "permission-wrong-api",
        Severity.HIGH,
        "a permission on Azure AD Graph or on the application *Microsoft Intune*",
        "The one is retired and the other is not the API ISE asks: ISE gains nothing, whoever steals its key may.",
        _of_kind(_is_wrong_api),
    ),
    Rule(
        "permission-unknown",
        Severity.HIGH,
        "a permission this project does not know",
        "Nobody can say what it allows, so it is taken for the worst.",
        _of_kind(_is_unknown),
    ),
    Rule(
        "permission-tier-0",
        Severity.HIGH,
        "a permission that leads to the whole tenant",
        "Who holds it can grant itself any other permission: the certificate of a network device becomes a master key.",
        _of_kind(_is_tier_0),
    ),
    Rule(
        "permission-writes",
        Severity.HIGH,
        "a permission that changes something",
        "ISE only reads. What can be changed with its certificate, an intruder on one node can change.",
        _of_kind(_writes),
    ),
    Rule(
        "permission-powerful",
        Severity.HIGH,
        "a permission that reads a great deal",
        "What ISE may read, whoever steals a node's key may read, unseen and from anywhere.",
        _of_kind(_is_powerful),
    ),
    Rule(
        "permission-delegated",
        Severity.LOW,
        "a delegated permission",
        "ISE signs in as itself, never for a user: it cannot use it. Once consented to, it stays for others to find.",
        _of_kind(_is_delegated),
    ),
    Rule(
        "permission-beyond-minimal",
        Severity.MEDIUM,
        "a permission beyond the `minimal` profile for which no reason is given",
        "Every ISE that works today needs the minimal profile alone.",
        _of_kind(_is_beyond_minimal),
    ),
    Rule(
        "permission-missing",
        Severity.HIGH,
        "the removal of a permission that ISE cannot do without",
        "ISE can no longer ask Intune, and every device that depends on the answer is kept out.",
        _missing,
    ),
)
