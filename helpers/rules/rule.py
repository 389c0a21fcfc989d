"""What a rule is: an id, a severity, what it catches, why that matters; and what it looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from helpers.comparing.declarations import EntryDifference
    from helpers.comparing.differences import Difference, TermChanged
    from helpers.declaration.locations import KeyPath
    from helpers.declared import Declared
    from helpers.findings import Severity


@dataclass(frozen=True)
class Case:
    """One environment's change, as rules see it. `before` is None for a new one, `after` for one that goes.

    `differences` are those in Entra, `changes` those of entries and decisions. `now` is aware. `outside` says what the
    change touches that the model does not know.
    """

    name: str
    before: Declared | None
    after: Declared | None
    differences: tuple[Difference, ...]
    changes: tuple[EntryDifference | TermChanged, ...]
    now: datetime
    max_lifetime_days: int | None = None
    outside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """One catch: what it is about, what is so, and what to do. `path` leads to it in the environment file.

    `severity` is given where it depends on the catch; otherwise the rule's holds.
    """

    subject: str
    what: str
    remedy: str
    path: KeyPath = ()
    severity: Severity | None = None


@dataclass(frozen=True)
class Rule:
    """One rule. `id` is a contract: exceptions and policies name it."""

    id: str
    severity: Severity
    catches: str
    why: str
    look: Callable[[Case], Iterator[Found]]
