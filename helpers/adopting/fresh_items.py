"""What is there beyond the least that ISE needs, thing by thing, each with what the rules of a review say of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from helpers.adopting.fresh_start import least
from helpers.comparing import (
    NotCompared,
    PermissionAdded,
    PermissionRemoved,
    compare,
    subject_of,
    without_ids,
)
from helpers.rules import access_rules, credential_rules, identity_rules, permission_rules
from helpers.rules.registry import findings_of
from helpers.rules.rule import Case
from helpers.surfaces import OWNERS

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator
    from datetime import datetime

    from helpers.adopting.fresh_start import Start
    from helpers.comparing import Difference
    from helpers.findings import Finding
    from helpers.model import Integration
    from helpers.rules.policy import Policy

_ABOUT_DIFFERENCES = (
    *permission_rules.RULES,
    *credential_rules.RULES,
    *access_rules.RULES,
    *identity_rules.RULES,
)
_OF_OWNERS = frozenset({"owner-left", "deployer-not-owner"})


@dataclass(frozen=True)
class Item:
    """One thing: an owner of either object, a permission asked for and granted, one redirect URI.

    `findings` are empty where a difference matters to the order alone: a narrower permission to come, before the
    wider one that serves today can go.
    """

    differences: tuple[Difference, ...]
    findings: tuple[Finding, ...]

    @property
    def subject(self) -> str:
        """What it is about, as a report says it."""
        return subject_of(self.differences[0])

    @property
    def accepted(self) -> bool:
        """Whether exceptions cover all that there is to say."""
        return bool(self.findings) and all(each.exception for each in self.findings)


@dataclass(frozen=True)
class Beyond:
    """All of it: `standing` are findings about the environment as such, `unseen` is what nobody could compare."""

    items: tuple[Item, ...]
    standing: tuple[Finding, ...]
    unseen: tuple[NotCompared, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding, gravest first."""
        found = (*self.standing, *(finding for item in self.items for finding in item.findings))
        return tuple(sorted(found, key=lambda each: (-each.severity, each.rule, each.subject, each.what)))


def beyond(
    start: Start, integration: Integration, *, now: datetime, policy: Policy, departed: frozenset[str]
) -> Beyond:
    """Return how what was observed differs from the least that ISE needs.

    `now` is aware; `departed` are owners whose accounts are known to be disabled.
    """
    before = least(start, integration)
    case = Case(
        name=start.name,
        before=start.account(before),
        after=start.account(integration),
        differences=(),
        changes=(),
        now=now,
        max_lifetime_days=policy.max_certificate_lifetime_days,
        departed=departed,
    )
    compared = without_ids(compare(before, integration))
    standing = findings_of(case, policy)
    said = {each.rule for each in standing}
    rules = [each for each in _ABOUT_DIFFERENCES if each.id not in said]
    items = tuple(
        Item(
            together,
            _about_owner(together, standing) or findings_of(replace(case, differences=together), policy, rules=rules),
        )
        for together in _together(each for each in compared if not isinstance(each, NotCompared))
    )
    told = {finding for item in items for finding in item.findings}
    return Beyond(
        items,
        tuple(each for each in standing if each not in told),
        tuple(each for each in compared if isinstance(each, NotCompared)),
    )


def _about_owner(together: tuple[Difference, ...], standing: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return what is said of an owner as such: of one who left, no more than that."""
    if together[0].surface not in OWNERS:
        return ()
    owner = subject_of(together[0])
    return tuple(each for each in standing if each.rule in _OF_OWNERS and each.subject == owner)


def _together(differences: Iterable[Difference]) -> Iterator[tuple[Difference, ...]]:
    """Yield differences by the thing they are about, in the order in which each is first met."""
    by_thing: dict[Hashable, list[Difference]] = {}
    for each in differences:
        by_thing.setdefault(_thing(each), []).append(each)
    yield from map(tuple, by_thing.values())


def _thing(difference: Difference) -> Hashable:
    """Return what tells things apart: rules speak once of a permission, and once of an owner."""
    if isinstance(difference, PermissionAdded | PermissionRemoved):
        return difference.permission
    if difference.surface in OWNERS:
        return "owner", subject_of(difference)
    return difference
