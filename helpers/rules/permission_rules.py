"""Rules over permissions that an application newly asks for, gravest first: each permission is spoken of once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.catalogue import Tier, describe
from helpers.comparing import PermissionAdded, PermissionRemoved, Surface
from helpers.findings import Severity
from helpers.model import PermissionType, Seen
from helpers.permissions import api_name, permission_name, profiles
from helpers.rules.rule import Found, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from helpers.catalogue import PermissionFacts
    from helpers.model import Permission
    from helpers.rules.rule import Case


def _added(case: Case) -> Iterator[tuple[Permission, PermissionFacts]]:
    """Yield each permission that is newly asked for or newly granted, once: a grant needs no request."""
    added = [each.permission for each in case.differences if isinstance(each, PermissionAdded)]
    for permission in dict.fromkeys(added):
        yield permission, describe(permission)


def _is_wrong_api(_permission: Permission, facts: PermissionFacts) -> bool:
    return facts.wrong is not None


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
        for permission, facts in _added(case):
            first = next((each for each in _KINDS if each(permission, facts)), None)
            if first is kind:
                yield _found(case, permission, facts)

    return look


def _has_reason(case: Case, permission: Permission) -> bool:
    name = f"{permission_name(permission)} ({permission.type}) on {api_name(permission.api)}"
    return case.after is not None and f"permissions.extra: {name}" in case.after.decisions


def _found(case: Case, permission: Permission, facts: PermissionFacts) -> Found:
    name = f"{facts.name} ({facts.type} permission on {facts.api})"
    remedy = "take it out, or except it with a reason and an end date in a change before this one"
    if facts.enough_instead:
        remedy = f"ISE does not need it: {facts.enough_instead} is enough; {remedy}"
    elif facts.purpose is None:
        remedy = f"ISE does not need it: {remedy}"
    asked = PermissionAdded(Surface.REQUESTED, permission) in case.differences
    does = "asks for" if asked else "is granted, without asking for it,"
    has_reason = _has_reason(case, permission)
    return Found(
        facts.name,
        f"the application {does} {name}: {facts.worst}",
        remedy,
        ("permissions", "extra" if has_reason else "profile", permission.id),
        _severity(permission, facts, has_reason=has_reason),
    )


def _severity(permission: Permission, facts: PermissionFacts, *, has_reason: bool) -> Severity | None:
    """Return how grave a permission beyond the minimal profile is: a reason helps as far as its tier allows."""
    first = next(each for each in _KINDS if each(permission, facts))
    if first is not _is_beyond_minimal:
        return None
    return facts.severity if has_reason else max(Severity.MEDIUM, facts.severity)


def _missing(case: Case) -> Iterator[Found]:
    """Speak of a permission that is not there, taken away or never given, and that ISE cannot do without."""
    if case.after is None:
        return
    for difference in case.differences:
        if not isinstance(difference, PermissionRemoved) or _goes_as_requested_too(case, difference):
            continue
        entra = case.after.integration
        left = entra.requested if difference.surface is Surface.REQUESTED else entra.granted
        purpose = _purpose_lost(difference.permission, left.items) if isinstance(left, Seen) else None
        if purpose:
            facts = describe(difference.permission)
            asks = difference.surface is Surface.REQUESTED
            lacks, others = ("does not ask for", "it asks for") if asks else ("is not granted", "that is granted to it")
            what = f"the application {lacks} {facts.name}, and nothing {others} lets ISE {purpose}"
            remedy = "ask for the `minimal` profile at least" if asks else "grant the `minimal` profile at least"
            yield Found(facts.name, what, remedy, ("permissions",))


def _goes_as_requested_too(case: Case, difference: PermissionRemoved) -> bool:
    asked = PermissionRemoved(Surface.REQUESTED, difference.permission)
    return difference.surface is Surface.GRANTED and asked in case.differences


def _purpose_lost(gone: Permission, left: frozenset[Permission]) -> str | None:
    """Return what ISE cannot do, or None where something that is there serves it (domain.md §3)."""
    for purpose, serving in _NEEDED.items():
        names = {permission_name(permission) for permission in left if permission.type is PermissionType.APPLICATION}
        if permission_name(gone) in serving and not names & serving:
            return purpose
    return None


def serves_the_same(one: Permission, other: Permission) -> bool:
    """Say whether two application permissions let ISE do one and the same thing that it cannot do without."""
    names = {permission_name(each) for each in (one, other) if each.type is PermissionType.APPLICATION}
    return any(len(names) == len({one, other}) and names <= serving for serving in _NEEDED.values())


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
        "a permission beyond the `minimal` profile; a reason lowers it to what the permission itself is worth",
        "Every ISE that works today needs the minimal profile alone.",
        _of_kind(_is_beyond_minimal),
    ),
    Rule(
        "permission-missing",
        Severity.HIGH,
        "the lack of a permission that ISE cannot do without",
        "ISE cannot ask Intune, and every device that depends on the answer is kept out.",
        _missing,
    ),
)
