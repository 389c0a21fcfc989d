"""Drift put together: three accounts and Terraform's plan compared, rules asked, the way back and the doer found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from helpers.activities import who_did
from helpers.comparing import NotCompared, Surface, subject_of
from helpers.drifting.account import account
from helpers.drifting.drift import Drift, Drifted, EnvironmentDrift, Witness
from helpers.drifting.planned import told_by_plan
from helpers.drifting.three_ways import three_ways
from helpers.drifting.ways_back import ways_back
from helpers.findings import GATE
from helpers.model import Seen, stated
from helpers.observing.observed import Observed
from helpers.rules.drift_rules import CHANGED_OUTSIDE
from helpers.rules.policy import Policy
from helpers.rules.registry import findings_of
from helpers.rules.rule import Case

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from helpers.activities import Activity
    from helpers.comparing import Difference
    from helpers.declaration.declaration import Declaration
    from helpers.drifting.applied import Applied
    from helpers.drifting.planned import Planned
    from helpers.drifting.three_ways import ThreeWays
    from helpers.findings import Finding
    from helpers.model import Integration
    from helpers.reviewing.review import Reviewed

_BYTES = "The bytes of certificates were not read, only their key ids and dates: `--deep` compares them too."


@dataclass(frozen=True)
class Watched:
    """What is known of one environment before anything is judged.

    `readings` are what Graph showed, the last one last; none where `failure` says why. `activities` are those of
    the tenant's audit log that name it; `unexplained` says why there are none. `planned` is the environment in
    Terraform's plan.
    """

    declaration: Declaration
    client_id: str = ""
    applied: Applied | None = None
    readings: tuple[Observed, ...] = ()
    failure: str = ""
    activities: tuple[Activity, ...] = ()
    unexplained: str = ""
    planned: Reviewed | None = None
    notes: tuple[str, ...] = ()

    @property
    def object_ids(self) -> frozenset[str]:
        """The ids by which the audit log names the application: those of its objects as read, and as deployed."""
        deployed = self.applied.integration if self.applied else None
        recorded = (deployed.application.object_id, deployed.service_principal.object_id) if deployed else ()
        stated_there = {each.items.lower() for each in recorded if isinstance(each, Seen)}
        return frozenset(stated_there.union(*(reading.object_ids for reading in self.readings)))

    @cached_property
    def compared(self) -> ThreeWays:
        """What was read, applied and declared, held against each other."""
        readings = [reading.integration for reading in self.readings]
        return three_ways(self.declaration.integration, self.applied, readings)

    @property
    def is_candidate(self) -> bool:
        """Whether what was read differs from what was applied, so that it has to be read once more."""
        return bool(self.readings) and bool(self.compared.drift)


def assemble(
    watched: Iterable[Watched],
    *,
    now: datetime,
    policy: Policy | None = None,
    deep: bool = False,
    errors: Iterable[str] = (),
) -> Drift:
    """Judge what is known of many environments. `deep` says that the bytes of certificates were asked for.

    `now` is aware. `errors` are inputs that could not be read.
    """
    policy = policy or Policy()
    judged = tuple(
        _environment(each, now, policy, deep=deep) for each in sorted(watched, key=lambda each: each.declaration.name)
    )
    return Drift(judged, tuple(errors), policy.gate, () if deep or not judged else (_BYTES,))


def _environment(watched: Watched, now: datetime, policy: Policy, *, deep: bool) -> EnvironmentDrift:
    declaration, compared = watched.declaration, watched.compared
    planned = told_by_plan(watched.planned, compared, looked=bool(watched.readings))
    drift = tuple(_drifted(watched, (*compared.drift, *planned.unseen_by_graph), planned, now))
    pending = (*compared.pending, *planned.pending)
    unchecked, unaudited = _unchecked(declaration, compared, deep=deep)
    return EnvironmentDrift(
        name=declaration.name,
        file=declaration.file,
        application=stated(declaration.integration.application.display_name),
        client_id=watched.client_id,
        deployed=watched.applied is not None,
        drift=drift,
        pending=pending,
        arrived=compared.arrived,
        unchecked=unchecked,
        unaudited=unaudited,
        only_planned=planned.not_in_graph,
        outside=planned.outside,
        unclear=planned.unclear,
        not_understood=watched.readings[-1].not_understood if watched.readings else (),
        notes=watched.notes,
        unexplained=watched.unexplained if drift else "",
        failure=watched.failure,
        findings=_findings(watched, [each.difference for each in drift], pending, now=now, policy=policy),
        entries=declaration.certificates,
    )


def _drifted(watched: Watched, differences: Sequence[Difference], planned: Planned, now: datetime) -> Iterator[Drifted]:
    last = watched.readings[-1] if watched.readings else Observed(_actual(watched))
    ways = ways_back(differences, declared=watched.declaration, observed=last, now=now)
    for difference, leading_back in zip(differences, ways, strict=True):
        witnesses = [] if difference in planned.unseen_by_graph else [Witness.GRAPH]
        if planned.knows(difference):
            witnesses.append(Witness.TERRAFORM)
        yield Drifted(
            difference,
            tuple(witnesses),
            activities=who_did(difference, watched.activities, object_ids=watched.object_ids),
            noted=last.noted.get(subject_of(difference), ""),
            ways=leading_back,
        )


def _base(watched: Watched) -> Integration:
    return watched.applied.expected if watched.applied else watched.declaration.integration


def _actual(watched: Watched) -> Integration:
    """Return what is there: as Graph showed it last, else as a plan saw it, else as it should be."""
    if watched.readings:
        return watched.readings[-1].integration
    observed = watched.planned.observed if watched.planned else None
    return observed[1].integration if observed else _base(watched)


def _unchecked(
    declaration: Declaration, compared: ThreeWays, *, deep: bool
) -> tuple[tuple[NotCompared, ...], tuple[tuple[NotCompared, str], ...]]:
    """Return what nobody could see: what nobody accepted, and what the file accepts with its reason."""
    accepted = {each.surface: each.reason for each in declaration.terms.unaudited}
    unseen = [each for each in compared.not_compared if deep or each.surface is not Surface.CERTIFICATE_BYTES]
    return (
        tuple(each for each in unseen if each.surface.value not in accepted),
        tuple((each, accepted[each.surface.value]) for each in unseen if each.surface.value in accepted),
    )


def _findings(
    watched: Watched, drift: list[Difference], pending: tuple[Difference, ...], *, now: datetime, policy: Policy
) -> tuple[Finding, ...]:
    declaration = watched.declaration
    case = Case(
        name=declaration.name,
        before=account(declaration, _base(watched)),
        after=account(declaration, _actual(watched)),
        differences=tuple(drift),
        changes=(),
        now=now,
        max_lifetime_days=policy.max_certificate_lifetime_days,
        drift=tuple(drift),
        pending=pending,
    )
    return tuple(_told_once(findings_of(case, policy)))


def _told_once(findings: tuple[Finding, ...]) -> Iterator[Finding]:
    """Yield findings less those that say no more than that something changed, where a rule says what it means."""
    spoken_of = {each.subject for each in findings if each.rule != CHANGED_OUTSIDE and each.severity >= GATE}
    yield from (each for each in findings if each.rule != CHANGED_OUTSIDE or each.subject not in spoken_of)
