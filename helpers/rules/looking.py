"""What many rules look for: one value more in a set, or a single value that is another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.comparing import ValueAdded, ValueChanged, subject_of
from helpers.rules.rule import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from helpers.comparing import Surface
    from helpers.findings import Severity
    from helpers.rules.rule import Case

    Look = Callable[[Case], Iterator[Found]]


def value_added(
    surface: Surface, what: str, remedy: str, *, severity: Callable[[str], Severity | None] = lambda _: None
) -> Look:
    """Look for one more member of a set; `what` is said before it. `severity` depends on the member, or is None."""

    def look(case: Case) -> Iterator[Found]:
        for difference in case.differences:
            if isinstance(difference, ValueAdded) and difference.surface is surface:
                value = difference.value
                yield Found(subject_of(difference), f"{what} {value}", remedy, severity=severity(value))

    return look


def value_changed(surface: Surface, bad: Callable[[str], bool], what: str, remedy: str) -> Look:
    """Look for a single value that is now a bad one."""

    def look(case: Case) -> Iterator[Found]:
        for difference in case.differences:
            if isinstance(difference, ValueChanged) and difference.surface is surface and bad(difference.after):
                sides = f"{difference.before} → {difference.after}"
                yield Found(subject_of(difference), f"{what} ({sides})", remedy)

    return look
