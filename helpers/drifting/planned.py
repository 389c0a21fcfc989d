"""Terraform's side: what a plan says of drift and of what is to come, beside what Graph shows, nothing said twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.comparing import NotCompared, Surface, compare, without_ids
from helpers.drifting.three_ways import place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpers.comparing import Difference
    from helpers.drifting.three_ways import ThreeWays
    from helpers.model import Integration
    from helpers.reviewing.review import Reviewed

_Place = tuple[str, str]


@dataclass(frozen=True)
class Planned:
    """What a plan adds. `unseen_by_graph` is drift on surfaces that Graph did not let us see.

    `not_in_graph` is drift on surfaces that Graph did show, without it: it was put right since, or never was.
    `pending` is what the deploy would change beyond what is known to be pending; what it would change back is drift.
    `confirmed` are the places of drift that both saw.
    """

    unseen_by_graph: tuple[Difference, ...] = ()
    not_in_graph: tuple[Difference, ...] = ()
    pending: tuple[Difference, ...] = ()
    confirmed: frozenset[_Place] = frozenset()
    outside: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()

    def knows(self, difference: Difference) -> bool:
        """Say whether the plan saw this drift."""
        return difference in self.unseen_by_graph or place(difference) in self.confirmed


def told_by_plan(planned: Reviewed | None, compared: ThreeWays, *, looked: bool = True) -> Planned:
    """Return what a plan of the environment adds to what was compared; nothing where there is no plan.

    `looked` says whether Graph was read at all: otherwise the plan alone knows of drift.
    """
    if planned is None:
        return Planned()
    seen = {place(each) for each in (*compared.drift, *compared.arrived)}
    unseen = {each.surface for each in compared.not_compared} if looked else set(Surface)
    drift = _between(*(each.integration for each in planned.observed)) if planned.observed else ()
    more = [each for each in drift if place(each) not in seen]
    known = seen | {place(each) for each in (*more, *compared.pending)}
    return Planned(
        unseen_by_graph=tuple(each for each in more if each.surface in unseen),
        not_in_graph=tuple(each for each in more if each.surface not in unseen),
        pending=tuple(each for each in _to_come(planned) if place(each) not in known),
        confirmed=frozenset(place(each) for each in drift) & seen,
        outside=planned.outside,
        unclear=planned.unclear,
    )


def _to_come(planned: Reviewed) -> Iterable[Difference]:
    if planned.before is None or planned.after is None:
        return ()
    return _between(planned.before.integration, planned.after.integration)


def _between(one: Integration, other: Integration) -> tuple[Difference, ...]:
    return tuple(each for each in without_ids(compare(one, other)) if not isinstance(each, NotCompared))
