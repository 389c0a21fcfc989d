"""What a rule is: an id, a severity, what it catches, why that matters; and what it looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.model import Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from helpers.comparing.declarations import EntryDifference
    from helpers.comparing.differences import Difference, TermChanged
    from helpers.declaration.declaration import CertificateEntry
    from helpers.declaration.locations import KeyPath
    from helpers.declared import Declared
    from helpers.findings import Severity


@dataclass(frozen=True)
class Import:
    """What a deploy takes into Terraform's state that was there before: addresses.

    `touched` says what happens to resources beside that, as address and verb; it is empty where no plan was read.
    """

    imported: tuple[str, ...]
    touched: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Case:
    """One environment's change, as rules see it. `before` is None for a new one, `after` for one that goes.

    `differences` are those in Entra, `changes` those of entries and decisions. `now` is aware. `outside` says what the
    change touches that the model does not know. `drift` is what differs between the last deploy and Entra, `pending`
    what is declared and not deployed yet. `departed` are owners, by object id, whose accounts are known to be disabled.
    `imports` is what was there before Terraform knew of it. `revoked_elsewhere` are the SHA-256 of certificates and
    keys that other environments revoke once this change is made.
    """

    name: str
    before: Declared | None
    after: Declared | None
    differences: tuple[Difference, ...]
    changes: tuple[EntryDifference | TermChanged, ...]
    now: datetime
    max_lifetime_days: int | None = None
    outside: tuple[str, ...] = ()
    drift: tuple[Difference, ...] = ()
    pending: tuple[Difference, ...] = ()
    departed: frozenset[str] = frozenset()
    imports: Import | None = None
    revoked_elsewhere: frozenset[str] = frozenset()

    @property
    def application(self) -> str:
        """The application's display name, or the environment's where it is not known."""
        declared = self.after or self.before
        name = declared.integration.application.display_name if declared else None
        return name.items if isinstance(name, Seen) else self.name

    @property
    def entries(self) -> tuple[CertificateEntry, ...]:
        """The certificate entries of both sides, by which a credential is named."""
        return tuple(entry for side in (self.before, self.after) if side for entry in side.certificates)


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
