"""A finished review, ready to be rendered: the same values whatever it was read from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from helpers.certificates.certificate import Certificate
from helpers.findings import standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from helpers.comparing.declarations import EntryDifference
    from helpers.comparing.differences import Difference, TermChanged
    from helpers.declared import Declared
    from helpers.findings import Finding, Severity
    from helpers.rules.rule import Import

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
    `imports` is what was there before Terraform knew of it, where there is any.
    """

    name: str
    before: Declared | None
    after: Declared | None
    observed: tuple[Declared, Declared] | None = None
    outside: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    imports: Import | None = None


@dataclass(frozen=True)
class EnvironmentReview:
    """One environment: what changes, what somebody changed behind Terraform's back, and what to think of it.

    `application` is the display name; like every text from a file it may be hostile to the format it is shown in.
    `consent` says who grants what is asked for: `manual` or `terraform`.
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
    consent: str = "manual"


@dataclass(frozen=True)
class Review:
    """A whole review. `errors` are inputs that could not be read; `gate` is the severity from which on it stops."""

    environments: tuple[EnvironmentReview, ...]
    errors: tuple[str, ...]
    gate: Severity

    @property
    def stops(self) -> bool:
        """Whether a finding at or above the gate stands, that no exception covers."""
        return any(standing(environment.findings, self.gate) for environment in self.environments)

    @property
    def complete(self) -> bool:
        """Whether everything was read and understood."""
        return not self.errors and not any(environment.unclear for environment in self.environments)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over what changes and what was found: what was approved can be held against what is applied.

        Certificates count by their bytes. Places in files and wording are not part of it: the same change read from a
        plan has the same digest.
        """
        told = [_stable(environment) for environment in self.environments if _is_worth_a_digest(environment)]
        return hashlib.sha256(json.dumps([told, list(self.errors)], sort_keys=True).encode()).hexdigest()


def _is_worth_a_digest(environment: EnvironmentReview) -> bool:
    return environment.status is not Status.UNCHANGED or bool(environment.findings or environment.unclear)


def _stable(environment: EnvironmentReview) -> dict[str, Any]:
    findings = [(each.rule, each.subject, str(each.severity), bool(each.exception)) for each in environment.findings]
    return {
        "name": environment.name,
        "status": environment.status.value,
        "changes": stable(environment.changes),
        "drift": stable(environment.drift),
        "outside": sorted(environment.outside),
        "unclear": sorted(environment.unclear),
        "findings": sorted(findings),
    }


def stable(differences: Iterable[AnyDifference]) -> list[str]:
    """Return differences as texts, sorted, that are the same whatever they were read from."""
    return sorted(json.dumps(_plain(each), sort_keys=True) for each in differences)


_UNTOLD = ("file", "adopted")


def _plain(value: Any) -> Any:  # noqa: ANN401 — any value of the model
    """Return a value of the model as JSON that is the same from every source.

    That is without paths of files, and without what was adopted, which is a decision and told as one.
    """
    if isinstance(value, Certificate):
        return value.sha256_hex
    if is_dataclass(value):
        kept = {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.name not in _UNTOLD}
        return {"": type(value).__name__, **kept}
    if isinstance(value, (tuple, frozenset)):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, (str, int)) else str(value)


def changed_only(environments: Sequence[EnvironmentReview]) -> list[EnvironmentReview]:
    """Return the environments a reader has to look at."""
    return [each for each in environments if each.status is not Status.UNCHANGED or each.findings or each.unclear]
