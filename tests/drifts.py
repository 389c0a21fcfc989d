"""Drifts made by hand, for what renders them: one with everything in it, one quiet, one that could not be checked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from helpers.activities import Activity, Actor, ActorKind, Change, Key
from helpers.comparing.differences import Difference, NotCompared, PermissionAdded, ValueAdded
from helpers.drifting.drift import Drift, Drifted, EnvironmentDrift, Witness
from helpers.drifting.ways_back import Way, WayKind
from helpers.findings import Severity
from helpers.surfaces import Surface
from tests.reviews import APPLICATION, EVERY_DIFFERENCE, FILE, RICH, hostile, permission

CLIENT_ID = "c11e0000-0000-4000-8000-00000000000c"
GATE = Severity.MEDIUM
_ADA = Activity(
    when=datetime(2026, 11, 20, 14, 2, 5, tzinfo=UTC),
    activity="Update application – Certificates and secrets management ",
    actor=Actor(ActorKind.USER, "ada@contoso.example", "05e00000-0000-4000-8000-000000000001"),
    targets=(),
    change=Change(keys_added=(Key("11111111-1111-1111-1111-111111111111", "Password", "rescue"),)),
    address="198.51.100.23",
    correlation_id="c0220000-0000-4000-8000-000000000001",
)
_WAYS = (
    Way(WayKind.DEPLOY, "deploy again: Terraform sees it, and puts it back", "cdktf deploy production"),
    Way(
        WayKind.BY_HAND,
        "undo it by hand, where there is no time for a deploy",
        'PATCH https://graph.microsoft.com/v1.0/applications/1\n{\n  "notes": null\n}',
    ),
    Way(WayKind.DEPLOY, "deploy again after that", "cdktf deploy production", follows=True),
)


def _in_entra(differences: tuple[object, ...]) -> tuple[Difference, ...]:
    return tuple(each for each in differences if isinstance(each, Difference) and not isinstance(each, NotCompared))


_FIRST, *_OTHERS = (Drifted(each, (Witness.GRAPH,), ways=_WAYS[:1]) for each in _in_entra(EVERY_DIFFERENCE))

RICH_DRIFT = Drift(
    environments=(
        EnvironmentDrift(
            name="production",
            file=FILE,
            application=APPLICATION,
            client_id=CLIENT_ID,
            deployed=True,
            drift=(
                replace(
                    _FIRST,
                    witnesses=(Witness.GRAPH, Witness.TERRAFORM),
                    activities=(_ADA,),
                    noted="granted 2026-11-20 14:02 UTC",
                    ways=_WAYS,
                ),
                *_OTHERS,
                Drifted(ValueAdded(Surface.APPLICATION_OWNERS, CLIENT_ID), (Witness.TERRAFORM,)),
            ),
            pending=(PermissionAdded(Surface.REQUESTED, permission("Directory.Read.All")),),
            arrived=(ValueAdded(Surface.APPLICATION_OWNERS, "05e00000-0000-4000-8000-000000000002"),),
            unchecked=(
                NotCompared(Surface.POLICIES, "needs Policy.Read.All (403)"),
                NotCompared(Surface.DIRECTORY_ROLES, "needs Directory.Read.All (403)"),
                NotCompared(Surface.GRANTED_TO_USERS, "needs Directory.Read.All (403)"),
            ),
            unaudited=((NotCompared(Surface.GROUPS, "throttled out"), "the identity team watches groups"),),
            only_planned=(ValueAdded(Surface.IDENTIFIER_URIS, "api://ise"),),
            outside=("behind Terraform's back: azuread_application.other was deleted",),
            unclear=("azuread_application.application: `optional_claims` is not known before the apply",),
            not_understood=("application: a property `futureAccess` that is not empty",),
            notes=("the outputs were read from Terraform's state",),
            unexplained="needs AuditLog.Read.All (403)",
            findings=RICH.environments[0].findings,
        ),
        EnvironmentDrift("quiet", "environments/quiet.yaml", "Cisco ISE (quiet)", CLIENT_ID, deployed=True),
        EnvironmentDrift(
            name="elsewhere",
            file="environments/elsewhere.yaml",
            application="Cisco ISE (elsewhere)",
            client_id="",
            deployed=False,
            failure="no outputs of a deploy are here; or write `client_id` into environments/elsewhere.yaml",
        ),
    ),
    errors=("environments/broken.yaml:3: tenant_id: 'x' is not a GUID; copy it from the portal",),
    gate=GATE,
    noted=("The bytes of certificates were not read.",),
)
QUIET_DRIFT = Drift(RICH_DRIFT.environments[1:2], (), GATE)
UNCHECKED_DRIFT = Drift(RICH_DRIFT.environments[2:], (), GATE)


def hostile_drift(text: str) -> Drift:
    """Return a drift in which every text from elsewhere is `text`."""
    reviewed = hostile(text).environments[0]
    activity = replace(_ADA, activity=text, actor=Actor(ActorKind.APPLICATION, text, text), address=text)
    drifted = tuple(
        Drifted(each, (Witness.TERRAFORM,), (activity,), text, (Way(WayKind.BY_HAND, text, text),))
        for each in _in_entra(reviewed.changes)
    )
    unseen = NotCompared(Surface.POLICIES, text)
    environment = EnvironmentDrift(
        name=text,
        file=text,
        application=text,
        client_id=text,
        deployed=True,
        drift=drifted,
        unchecked=(unseen,),
        unaudited=((unseen, text),),
        outside=(text,),
        unclear=(text,),
        not_understood=(text,),
        notes=(text,),
        unexplained=text,
        failure=text,
        findings=reviewed.findings,
    )
    return Drift((environment,), (text,), GATE)
