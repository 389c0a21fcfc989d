"""What is wrong with an application on the day it is taken over, and in which order to put it right.

The rules are a review's: the least that ISE needs is what was before, the application as it is what came after.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from helpers.adopting.fresh_items import beyond
from helpers.adopting.fresh_moves import Mending
from helpers.adopting.fresh_order import Step, numbered
from helpers.adopting.fresh_start import Start, start_of
from helpers.findings import standing
from helpers.model import Seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from helpers.comparing import NotCompared
    from helpers.declaration.declaration import Declaration
    from helpers.findings import Finding, Severity
    from helpers.observing import Observed
    from helpers.rules.policy import Policy

__all__ = ["Fresh", "Start", "Step", "fresh_findings", "start_of"]


@dataclass(frozen=True)
class Fresh:
    """One application on its first day. `application` is its display name; `findings` are gravest first.

    `unchecked` is what nobody could see, `unknown` says in words what else nobody can tell, `not_understood` what of
    Graph's answers this version does not know. `gate` is the severity from which on a finding counts.
    """

    name: str
    file: str
    application: str
    client_id: str
    findings: tuple[Finding, ...]
    steps: tuple[Step, ...]
    unchecked: tuple[NotCompared, ...]
    unknown: tuple[str, ...]
    not_understood: tuple[str, ...]
    gate: Severity

    @property
    def found(self) -> bool:
        """Whether a finding at or above the gate stands, that no exception covers."""
        return bool(standing(self.findings, self.gate))

    @property
    def complete(self) -> bool:
        """Whether all could be checked."""
        return not (self.unchecked or self.unknown)

    @cached_property
    def steps_of(self) -> Mapping[Finding, tuple[int, ...]]:
        """The numbers of the steps that answer each finding."""
        numbers: dict[Finding, list[int]] = {}
        for step in self.steps:
            for finding in dict.fromkeys(each for move in step.moves for each in move.findings):
                numbers.setdefault(finding, []).append(step.number)
        return {finding: tuple(each) for finding, each in numbers.items()}

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over what was found, what is to be done and what could not be told."""
        told = [
            [(each.rule, each.subject, str(each.severity), bool(each.exception)) for each in self.findings],
            [(step.stage.id, [(move.text, move.about, move.example) for move in step.moves]) for step in self.steps],
            [(each.surface.value, each.reason) for each in self.unchecked],
            [*self.unknown, *self.not_understood],
        ]
        return hashlib.sha256(json.dumps([self.name, self.client_id, told]).encode()).hexdigest()


def fresh_findings(declaration: Declaration | Start, observed: Observed, *, now: datetime, policy: Policy) -> Fresh:
    """Return what is wrong with an application as Graph shows it, whoever made it. `now` is aware.

    A `Start` stands in for the declaration where no valid one can be written yet.
    """
    start = declaration if isinstance(declaration, Start) else start_of(declaration)
    integration = observed.integration
    found = beyond(start, integration, now=now, policy=policy, departed=observed.departed)
    name = integration.application.display_name
    return Fresh(
        name=start.name,
        file=start.file,
        application=name.items if isinstance(name, Seen) else start.name,
        client_id=integration.client_id.items if isinstance(integration.client_id, Seen) else "",
        findings=found.findings,
        steps=numbered(Mending(start, observed, found, now).moves(), name=start.name),
        unchecked=found.unseen,
        unknown=(*_unknown(start, observed),),
        not_understood=observed.not_understood,
        gate=policy.gate,
    )


def _unknown(start: Start, observed: Observed) -> Iterator[str]:
    if observed.departed_unknown:
        yield f"whether an owner has left: {observed.departed_unknown}"
    yield from (f"which nodes present the certificate {each}" for each in start.unplaced)
