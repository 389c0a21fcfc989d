"""Find who made a difference: never somebody who acted on another application, and nobody rather than a guess."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from helpers.activities.evidence import Strength, strength

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from helpers.activities.activity import Activity
    from helpers.comparing.differences import Difference

MOST = 3

_Act = tuple[str, str]  # correlation id and actor: who calls may choose the one, so one alone joins nothing


@dataclass(frozen=True)
class ByObject:
    """A tenant's activities, found by the objects they name: nobody searches the whole log for each application."""

    activities: Sequence[Activity]

    def about(self, object_ids: Iterable[str]) -> tuple[Activity, ...]:
        """Return the activities that name one of these objects, in the order they were given."""
        places = {place for each in object_ids for place in self._places.get(each.lower(), ())}
        return tuple(self.activities[place] for place in sorted(places))

    @cached_property
    def _places(self) -> Mapping[str, Sequence[int]]:
        found: dict[str, list[int]] = {}
        for place, activity in enumerate(self.activities):
            for identifier in activity.ids:
                found.setdefault(identifier, []).append(place)
        return found


def who_did(
    difference: Difference, activities: Iterable[Activity], *, object_ids: Iterable[str]
) -> tuple[Activity, ...]:
    """Return the activities that made `difference`, newest first, at most `MOST`; none where the log does not say.

    `object_ids` are those of the application and its service principal. What Entra writes down as several activities
    is told once, by the one that says most; of a consent by its own name.
    """
    ours = frozenset(identifier.lower() for identifier in object_ids)
    about = sorted(
        (each for each in activities if not each.ids.isdisjoint(ours)), key=lambda each: each.when, reverse=True
    )
    judged = [(strength(difference, each, ours), each) for each in about]
    surest = max((found for found, _ in judged), default=Strength.NONE)
    if surest is Strength.NONE:
        return ()
    found = [each for how, each in judged if how is surest]
    if surest is Strength.STUB:
        found = _without_companions(found, about)
    return _told_once(found, about)[:MOST]


def _without_companions(stubs: Iterable[Activity], about: Iterable[Activity]) -> list[Activity]:
    """Leave out stubs beside which another activity says what was updated: it was something else."""
    explained = {_act(each) for each in about if not each.is_stub}
    return [each for each in stubs if not each.correlation_id or _act(each) not in explained]


def _told_once(found: Sequence[Activity], about: Iterable[Activity]) -> tuple[Activity, ...]:
    consents = {_act(each): each for each in about if each.is_consent and each.correlation_id}
    told: dict[_Act | int, Activity] = {}
    for number, each in enumerate(found):
        consent = consents.get(_act(each)) if each.is_grant else None
        named = replace(each, activity=consent.activity) if consent else each
        told.setdefault(_act(each) if each.correlation_id else number, named)
    return tuple(told.values())


def _act(activity: Activity) -> _Act:
    return activity.correlation_id, activity.actor.id or activity.actor.name
