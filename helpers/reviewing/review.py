"""A finished review, ready to be rendered: the same values whatever it was read from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpers.comparing.declarations import EntryDifference
    from helpers.comparing.differences import Difference, TermChanged
    from helpers.declared import Declared
    from helpers.findings import Finding, Severity

    AnyDifference = Difference | EntryDifference | TermChanged


class Status(StrEnum):
    """What happens to an environment as a whole."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Reviewed:
    """What a source says of one environment, before rules look at it.

    `before` or `after` is None where it is new or goes. `observed` is what Terraform saw in Entra when it planned,
    where that is not what it knew (`resource_drift`). `outside` says in words what the change touches that the model
    does not know; `unclear` what the source said and nobody understood: a review with any of it is not complete.
    """

    name: str
    before: Declared | None
    after: Declared | None
    observed: tuple[Declared, Declared] | None = None
    outside: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()


@dataclass(frozen=True)
class EnvironmentReview:
    """One environment: what changes, what somebody changed behind Terraform's back, and what to think of it.

    `application` is the display name; like every text from a file it may be hostile to the format it is shown in.
    """

    name: str
    file: str
    application: str
    status: Status
    changes: tuple[AnyDifference, ...]
    drift: tuple[AnyDifference, ...]
    outside: tuple[str, ...]
    unclear: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Review:
    """A whole review. `errors` are inputs that could not be read; `gate` is the severity from which on it stops."""

    environments: tuple[EnvironmentReview, ...]
    errors: tuple[str, ...]
    gate: Severity

    @property
    def stops(self) -> bool:
        """Whether a finding at or above the gate stands, that no exception covers."""
        return any(
            finding.exception is None and finding.severity >= self.gate
            for environment in self.environments
            for finding in environment.findings
        )

    @property
    def complete(self) -> bool:
        """Whether everything was read and understood."""
        return not self.errors and not any(environment.unclear for environment in self.environments)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over what was found, so that what was approved can be held against what is applied.

        Places in files and wording are not part of it: the same change found in a plan has the same digest.
        """
        found = sorted(
            (environment.name, finding.rule, finding.subject, str(finding.severity), finding.exception is not None)
            for environment in self.environments
            for finding in environment.findings
        )
        return hashlib.sha256(json.dumps(found).encode()).hexdigest()


def changed_only(environments: Sequence[EnvironmentReview]) -> list[EnvironmentReview]:
    """Return the environments a reader has to look at."""
    return [each for each in environments if each.status is not Status.UNCHANGED or each.findings or each.unclear]
