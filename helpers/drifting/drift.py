"""A finished look at what drifted, ready to be rendered."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from helpers.findings import standing
from helpers.reviewing.review import stable

if TYPE_CHECKING:
    from helpers.activities import Activity
    from helpers.comparing import Difference, NotCompared
    from helpers.declaration.declaration import CertificateEntry
    from helpers.drifting.ways_back import Way
    from helpers.findings import Finding, Severity


class Witness(StrEnum):
    """Who says that something differs."""

    GRAPH = "graph"
    TERRAFORM = "terraform"


@dataclass(frozen=True)
class Drifted:
    """One difference between what was deployed and what is in Entra.

    `activities` say who did it, where the audit log knows; `noted` is what Graph itself says of when, in words.
    `ways` lead back, the one that fits best first.
    """

    difference: Difference
    witnesses: tuple[Witness, ...]
    activities: tuple[Activity, ...] = ()
    noted: str = ""
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True)
class EnvironmentDrift:
    """One environment.

    `deployed` says whether the outputs of a deploy were there: without them nobody knows who is ahead of whom.
    `pending` is declared and not deployed yet; `arrived` is in Entra as declared, though the outputs here are older.
    `unchecked` is what nobody could see and nobody accepted; `unaudited` what nobody could see and the file accepts,
    each with its reason there. `only_planned` is drift that a plan saw and Graph does not show. `unexplained` says
    why nobody knows who did it, or is empty. `failure` is why nothing at all could be checked, or empty.
    """

    name: str
    file: str
    application: str
    client_id: str
    deployed: bool
    drift: tuple[Drifted, ...] = ()
    pending: tuple[Difference, ...] = ()
    arrived: tuple[Difference, ...] = ()
    unchecked: tuple[NotCompared, ...] = ()
    unaudited: tuple[tuple[NotCompared, str], ...] = ()
    only_planned: tuple[Difference, ...] = ()
    outside: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unexplained: str = ""
    failure: str = ""
    findings: tuple[Finding, ...] = ()
    entries: tuple[CertificateEntry, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether everything that shall be checked was."""
        return not (self.unchecked or self.unclear or self.failure)


@dataclass(frozen=True)
class Drift:
    """A whole run. `errors` are inputs that could not be read; `gate` is the severity from which on a finding counts.

    `noted` is said of the run as a whole: what it did not look at by design.
    """

    environments: tuple[EnvironmentDrift, ...]
    errors: tuple[str, ...]
    gate: Severity
    noted: tuple[str, ...] = field(default=())

    @property
    def found(self) -> bool:
        """Whether a finding at or above the gate stands, that no exception covers."""
        return any(standing(environment.findings, self.gate) for environment in self.environments)

    @property
    def complete(self) -> bool:
        """Whether everything that shall be checked was."""
        return not self.errors and all(environment.complete for environment in self.environments)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over what differs, was found and was not checked; the same whoever did it, and when."""
        told = [_stable(environment) for environment in self.environments]
        return hashlib.sha256(json.dumps([told, list(self.errors)], sort_keys=True).encode()).hexdigest()


def _stable(environment: EnvironmentDrift) -> dict[str, Any]:
    findings = [(each.rule, each.subject, str(each.severity), bool(each.exception)) for each in environment.findings]
    return {
        "name": environment.name,
        "drift": stable(each.difference for each in environment.drift),
        "pending": stable(environment.pending),
        "unchecked": stable(environment.unchecked),
        "unclear": sorted((*environment.outside, *environment.unclear, environment.failure)),
        "findings": sorted(findings),
    }
