"""What an application has that its new file does not say: each as a review says it, with what to do about it.

Found as drift is found, by the one comparison: whatever the file left out, whyever, is here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from helpers.comparing import NotCompared, PermissionRemoved, Surface, ValueRemoved, compare, subject_of, without_ids
from helpers.drifting.ways_back import Way, WayKind, ways_back
from helpers.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from helpers.comparing import Difference
    from helpers.declaration.declaration import Declaration
    from helpers.observing.observed import Observed

# A deploy is what must not happen here, and of what is gone already nothing is to be kept.
_OFFERED = frozenset({WayKind.BY_HAND, WayKind.CONSENT, WayKind.RESTORE})


@dataclass(frozen=True)
class Remaining:
    """One thing. `what` is a sentence, `noted` further facts; both hold raw text from elsewhere.

    `subject` is what an exception and `--leave` call it. `is_open`: nobody has said yet that it may stay as it is; only
    then there are `ways`, and `excepted`, which is what exceptions that cover it for a while would say: a rule, and the
    last day.
    """

    subject: str
    what: str
    noted: str
    ways: tuple[Way, ...]
    excepted: tuple[tuple[str, str], ...]
    is_open: bool


def remaining(
    declared: Declaration, observed: Observed, *, left: frozenset[str], now: datetime
) -> tuple[Remaining, ...]:
    """Return what is there and not declared. `left` are subjects, in lower case, that a person lets stay."""
    return tuple(_remaining(declared, observed, left, now))


def unread(declared: Declaration, observed: Observed) -> tuple[str, ...]:
    """Return, as sentences, what could not be read and no deploy touches: there may be access nobody knows of."""
    return tuple(
        _said(each, declared) for each in _differences(declared, observed) if isinstance(each, NotCompared)
    ) + tuple(observed.not_understood)


def _remaining(declared: Declaration, observed: Observed, left: frozenset[str], now: datetime) -> Iterator[Remaining]:
    every = (each for each in _differences(declared, observed) if not isinstance(each, NotCompared))
    differences = [each for each in every if not _is_of_deployer(each, declared)]
    # Calls are each of what those before it leave: nothing that stays is to be taken away by one of them.
    unsettled = [each for each in differences if _gives_access(each) and not names_of(subject_of(each)) & left]
    ways = dict(
        zip(unsettled, ways_back(unsettled, declared=declared, observed=observed, now=now), strict=True),
    )
    for each in differences:
        subject, offered = subject_of(each), ways.get(each, ())
        yield Remaining(
            subject=subject,
            what=_said(each, declared),
            noted=observed.noted.get(subject, ""),
            ways=tuple(way for way in offered if way.kind in _OFFERED),
            excepted=tuple(_excepted(offered)),
            is_open=each in ways,
        )


def _excepted(ways: Iterable[Way]) -> Iterator[tuple[str, str]]:
    for way in ways:
        if way.kind is WayKind.EXCEPT:
            for exception in yaml.safe_load(way.example)["exceptions"]:
                yield str(exception["rule"]), str(exception["until"])


def names_of(subject: str) -> frozenset[str]:
    """Return by what `--leave` may name a subject, in lower case: all of it, or the id that it begins with."""
    return frozenset({subject.lower(), subject.partition(" ")[0].lower()})


def _is_of_deployer(difference: Difference, declared: Declaration) -> bool:
    """Say whether it is that the deployer does not own an object yet, which is said by itself, with whose job it is."""
    return isinstance(difference, ValueRemoved) and difference.value == declared.deployer


def _gives_access(difference: Difference) -> bool:
    """Say whether somebody must decide: consent that is missing gives nobody anything, and no deploy changes it."""
    return not (isinstance(difference, PermissionRemoved) and difference.surface is Surface.GRANTED)


def _differences(declared: Declaration, observed: Observed) -> Iterable[Difference]:
    return without_ids(compare(declared.integration, observed.integration))


def _said(difference: Difference, declared: Declaration) -> str:
    name = declared.settings.application.display_name
    return str(sentence(difference, application=name, entries=declared.certificates)).removeprefix("Not compared: ")
