"""The first day: what is wrong with an application, who mends it, and an order in which ISE never goes without."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from cli.adopt.first_day import render
from helpers.adopting.fresh import Fresh, fresh_findings, start_of
from helpers.adopting.fresh_order import STAGES, Move, Who, numbered
from helpers.adopting.fresh_start import least
from helpers.comparing import NotCompared, compare, without_ids
from helpers.findings import Severity
from helpers.ise_releases import IseRelease
from helpers.model import Existence, Seen
from helpers.observing import Documents, Unread, observe
from helpers.permissions import INTUNE_API, MICROSOFT_GRAPH, find_api
from helpers.reports.of_adoption import outcome_of, verdict_of
from helpers.reports.report import Outcome
from helpers.rules.policy import Policy
from helpers.rules.registry import findings_of
from helpers.rules.rule import Case
from helpers.terms import AdminConsent
from tests.declaring import DEPLOYER
from tests.first_days import (
    APPLICATIONS,
    COMPLIANCE,
    DIRECTORY,
    LEFT,
    NOW,
    RETIRED,
    STAYS,
    asking,
    declared,
    everything_wrong,
    first_day,
    granted,
    key,
    owned,
    sound,
    with_keys,
)
from tests.seen_in_graph import PRINCIPAL, application, grant, more, password, principal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from helpers.adopting.fresh import Step
    from helpers.declaration.declaration import Declaration

KEY = "0a000000-0000-4000-8000-000000000001"
ROLE = {
    "id": "assignment-1",
    "principalId": PRINCIPAL,
    "directoryScopeId": "/",
    "roleDefinitionId": "0d000000-0000-4000-8000-000000000001",
    "roleDefinition": {"displayName": "Directory Readers"},
}
GROUP = {"@odata.type": "#microsoft.graph.group", "id": "0e000000-0000-4000-8000-000000000001", "displayName": "Team"}
TRUSTED = {"id": "0c000000-0000-4000-8000-000000000001", "name": "ci", "issuer": "https://ci.example", "subject": "x"}
SCOPE = {"id": "0b000000-0000-4000-8000-000000000001", "isEnabled": True, "value": "access"}


@pytest.fixture
def declaration(tmp_path: Path) -> Declaration:
    return declared(tmp_path)


def steps_of(fresh: Fresh) -> list[str]:
    return [step.stage.id for step in fresh.steps]


def step_of(fresh: Fresh, stage: str) -> Step:
    return next(step for step in fresh.steps if step.stage.id == stage)


def api(documents: Documents, **properties: Any) -> Documents:  # noqa: ANN401 — any JSON
    assert isinstance(documents.application, dict)
    return application(documents, api={**documents.application["api"], **properties})


def keys_of(documents: Documents) -> list[dict[str, Any]]:
    assert isinstance(documents.application, dict)
    return list(documents.application["keyCredentials"])


def test_an_application_that_has_what_ise_needs_and_no_more_has_nothing_wrong(declaration: Declaration) -> None:
    fresh = first_day(declaration, sound(declaration))
    assert (fresh.findings, fresh.steps, fresh.unchecked, fresh.unknown) == ((), (), (), ())
    assert (outcome_of(fresh), verdict_of(fresh)) == (Outcome.PASS, "Nothing is wrong with it.")


# What may be wrong by itself: the change, the rule that speaks, the steps that answer.
WRONG: dict[str, tuple[Callable[[Documents], Documents], str, list[str]]] = {
    "retired": (
        lambda seen: asking(seen, APPLICATIONS, COMPLIANCE, RETIRED),
        "permission-wrong-api",
        ["unasked"],
    ),
    "more-than-needed": (
        lambda seen: granted(asking(seen, APPLICATIONS, COMPLIANCE, DIRECTORY), APPLICATIONS, COMPLIANCE, DIRECTORY),
        "permission-powerful",
        ["unasked", "revoke"],
    ),
    "wider-instead": (
        lambda seen: granted(asking(seen, COMPLIANCE, DIRECTORY), COMPLIANCE, DIRECTORY),
        "permission-powerful",
        ["ask", "consent", "unasked", "revoke"],
    ),
    "granted-and-not-asked-for": (
        lambda seen: granted(seen, APPLICATIONS, COMPLIANCE, DIRECTORY),
        "permission-powerful",
        ["revoke"],
    ),
    "not-asked-for": (lambda seen: asking(seen, APPLICATIONS), "permission-missing", ["ask"]),
    "not-consented": (lambda seen: granted(seen, APPLICATIONS), "permission-missing", ["consent"]),
    "delegated": (
        lambda seen: more(seen, "delegated_grants", grant(find_api(MICROSOFT_GRAPH).app_id, "openid")),
        "permission-delegated",
        ["revoke"],
    ),
    "for-one-user": (
        lambda seen: more(seen, "delegated_grants", grant(find_api(MICROSOFT_GRAPH).app_id, "openid", user=STAYS)),
        "consent-for-user",
        ["rights"],
    ),
    "foreign-certificate": (
        lambda seen: with_keys(seen, key(KEY, ends=NOW + timedelta(days=30))),
        "certificate-foreign",
        ["keys"],
    ),
    "expired-certificate": (
        lambda seen: with_keys(seen, key(KEY, ends=NOW - timedelta(days=30))),
        "certificate-foreign",
        ["keys"],
    ),
    "declared-and-gone": (lambda seen: application(seen, keyCredentials=[]), "certificate-missing", ["add"]),
    "other-dates": (
        lambda seen: application(
            seen, keyCredentials=[{**each, "endDateTime": "2027-01-01T00:00:00Z"} for each in keys_of(seen)]
        ),
        "credential-changed",
        ["later"],
    ),
    "secret": (lambda seen: application(seen, passwordCredentials=[password()]), "credential-secret", ["keys"]),
    "secret-of-principal": (
        lambda seen: principal(seen, passwordCredentials=[password()]),
        "credential-secret",
        ["keys"],
    ),
    "federated": (lambda seen: more(seen, "federated_credentials", TRUSTED), "credential-federated", ["keys"]),
    "owner": (lambda seen: owned(seen, STAYS), "owner-added", ["owners"]),
    "owner-who-left": (lambda seen: owned(seen, LEFT), "owner-left", ["left"]),
    "deployer": (
        lambda seen: replace(seen, application_owners=(), service_principal_owners=()),
        "deployer-not-owner",
        ["deployer"],
    ),
    "audience": (
        lambda seen: principal(
            application(seen, signInAudience="AzureADMultipleOrgs"), signInAudience="AzureADMultipleOrgs"
        ),
        "audience-widened",
        ["audience"],
    ),
    "redirect-uri": (
        lambda seen: application(seen, publicClient={"redirectUris": ["https://x.example"]}),
        "redirect-uri-added",
        ["doors", "keeps"],
    ),
    "identifier-uri": (
        lambda seen: application(seen, identifierUris=["api://x"]),
        "identifier-uri-added",
        ["doors", "keeps"],
    ),
    "scope": (lambda seen: api(seen, oauth2PermissionScopes=[SCOPE]), "scope-exposed", ["doors", "keeps"]),
    "public-client": (
        lambda seen: application(seen, isFallbackPublicClient=True),
        "public-client",
        ["doors", "keeps"],
    ),
    "mapped-claims": (lambda seen: api(seen, acceptMappedClaims=True), "application-setting", ["doors", "keeps"]),
    "assignment-required": (
        lambda seen: principal(seen, appRoleAssignmentRequired=True),
        "service-principal-setting",
        ["tidy", "keeps"],
    ),
    "role": (lambda seen: more(seen, "directory_roles", ROLE), "directory-role", ["rights"]),
    "group": (lambda seen: more(seen, "memberships", GROUP), "group-membership", ["rights"]),
    "disabled": (lambda seen: principal(seen, accountEnabled=False), "service-principal-disabled", ["restore"]),
    "deactivated": (lambda seen: application(seen, isDisabled=True), "application-deactivated", ["restore"]),
    "by-microsoft": (
        lambda seen: application(seen, isDisabled=False, disabledByMicrosoftStatus="DisabledDueToViolation"),
        "application-deactivated",
        ["restore"],
    ),
    "no-principal": (lambda seen: replace(seen, service_principal=None), "service-principal-missing", ["restore"]),
}


@pytest.mark.parametrize(("change", "rule", "stages"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_by_a_rule_of_the_review_and_answered_by_steps(
    declaration: Declaration, change: Callable[[Documents], Documents], rule: str, stages: list[str]
) -> None:
    fresh = first_day(declaration, change(sound(declaration)))
    assert rule in {finding.rule for finding in fresh.findings}
    assert steps_of(fresh) == stages
    assert all(fresh.steps_of[finding] for finding in fresh.findings)


def test_a_release_that_cannot_work_is_found_though_no_file_declares_it(declaration: Declaration) -> None:
    start = replace(start_of(declaration), ise=IseRelease("3.1", 2))
    fresh = first_day(start, sound(declaration))
    (finding,) = fresh.findings
    assert (finding.rule, steps_of(fresh)) == ("ise-release", ["ise"])
    (move,) = fresh.steps[0].moves
    assert (fresh.steps[0].stage.who, move.text) == (Who.ISE, "install patch 8 or later of ISE 3.1")


def test_the_findings_are_those_of_a_review_of_everything_at_once(tmp_path: Path) -> None:
    """Thing by thing or all together: the rules say the same."""
    start, documents = everything_wrong(tmp_path)
    observed = observe(documents)
    before, after = least(start, observed.integration), observed.integration
    case = Case(
        name=start.name,
        before=start.account(before),
        after=start.account(after),
        differences=tuple(each for each in without_ids(compare(before, after)) if not isinstance(each, NotCompared)),
        changes=(),
        now=NOW,
        departed=observed.departed,
    )
    whole = {each for each in findings_of(case, Policy()) if (each.rule, each.subject) != ("owner-added", LEFT)}
    fresh = first_day(start, documents)
    assert set(fresh.findings) == whole
    assert [each.severity for each in fresh.findings] == sorted((each.severity for each in whole), reverse=True)


def test_every_finding_of_an_application_with_everything_wrong_is_answered(tmp_path: Path) -> None:
    fresh = first_day(*everything_wrong(tmp_path))
    assert [each.rule for each in fresh.findings if each not in fresh.steps_of] == []
    assert len(fresh.steps) == len(STAGES) - 1  # nothing is left for another day
    assert (outcome_of(fresh), fresh.complete) == (Outcome.STOP, False)


# What must never be done before what: an outage otherwise, or a change that undoes itself.
BEFORE = [
    ("consent", "revoke", "what serves today goes only once what ISE needs is granted"),
    ("ask", "consent", "what nobody asks for, the page of consent does not grant"),
    ("unasked", "revoke", "as long as it is asked for, the next consent gives it back"),
    ("ise", "unasked", "an old release asks what is taken away"),
    ("add", "switch", "Entra knows no certificate that was not added"),
    ("switch", "keys", "a node may present one that nobody declares"),
    ("switch", "remove", "its node presents it until then"),
    ("export", "add", "what was not exported nobody can add"),
    ("deployer", "ask", "Graph refuses the deploy otherwise"),
    ("deployer", "add", "Graph refuses the deploy otherwise"),
    ("deployer", "left", "Graph refuses the deploy otherwise"),
    ("doors", "keeps", "drift would call what the file does not say"),
    ("restore", "consent", "without a service principal nothing can be granted"),
    *((stage.id, "owners", "an owner may have to repair it") for stage in STAGES if stage.id not in ("owners", "tidy")),
]


@pytest.mark.parametrize(("earlier", "later", "because"), BEFORE, ids=[f"{one}<{other}" for one, other, _ in BEFORE])
def test_nothing_is_done_before_what_it_waits_for(earlier: str, later: str, because: str) -> None:
    steps = numbered({stage.id: (Move("x"),) for stage in STAGES}, name="production")
    number = {step.stage.id: step.number for step in steps}
    waits_for: dict[int, set[int]] = {}
    for step in steps:
        waits_for[step.number] = set(step.after).union(*(waits_for[each] for each in step.after))
    assert number[earlier] in waits_for[number[later]], because


def test_a_step_waits_for_what_comes_before_a_stage_in_which_there_is_nothing_to_do() -> None:
    steps = numbered({"deployer": (Move("x"),), "unasked": (Move("y"),), "revoke": (Move("z"),)}, name="production")
    assert [(step.number, step.stage.id, step.after) for step in steps] == [
        (1, "deployer", ()),
        (2, "unasked", (1,)),
        (3, "revoke", (2,)),
    ]


def test_whoever_takes_something_away_is_told_what_to_see_first() -> None:
    harmless = {"keeps", "left", "owners", "tidy", "later"}
    taking = {stage.id for stage in STAGES if "away" in stage.title or "back" in stage.title or "Close" in stage.title}
    assert {stage.id for stage in STAGES if stage.first} >= taking - harmless - {"restore"}


def test_the_wider_permission_stays_where_it_is_accepted_and_nothing_is_asked_in_its_place(tmp_path: Path) -> None:
    accepted = {"rule": "permission-powerful", "subject": "Directory.Read.All", "reason": "r", "until": NOW.date()}
    file = declared(tmp_path, exceptions=[accepted])
    asked = granted(asking(sound(file), COMPLIANCE, DIRECTORY), COMPLIANCE, DIRECTORY)
    fresh = first_day(file, asked)
    assert (steps_of(fresh), fresh.found) == ([], False)
    assert [each.exception is not None for each in fresh.findings] == [True]
    # With something else to take away, it stays in what the file goes on asking for.
    (step,) = first_day(file, asking(asked, COMPLIANCE, DIRECTORY, RETIRED)).steps
    (extra,) = yaml.safe_load(step.moves[0].example)["permissions"]["extra"]
    assert (extra["permission"], extra["type"]) == ("Directory.Read.All", "application")


def test_what_the_pipeline_consents_to_no_administrator_does_by_hand(tmp_path: Path) -> None:
    file = declared(tmp_path, permissions={"profile": "article-2016", "admin_consent": "terraform"})
    assert file.terms.admin_consent is AdminConsent.TERRAFORM
    fresh = first_day(file, granted(asking(sound(file), COMPLIANCE, DIRECTORY), COMPLIANCE, DIRECTORY))
    assert steps_of(fresh)[:2] == ["ask", "unasked"]
    block = yaml.safe_load(step_of(fresh, "unasked").moves[0].example)
    assert block == {"permissions": {"profile": "minimal", "admin_consent": "terraform"}}


def test_a_permission_is_granted_by_a_call_of_its_own_and_not_with_all_that_is_asked_for(
    declaration: Declaration,
) -> None:
    fresh = first_day(declaration, granted(sound(declaration), APPLICATIONS))
    (move,) = step_of(fresh, "consent").moves
    assert (move.label, COMPLIANCE.id in move.example, move.about) == ("Call", True, ("get_device_compliance",))


def test_where_the_api_is_not_known_in_the_tenant_the_page_of_consent_is_named(declaration: Declaration) -> None:
    seen = granted(sound(declaration), APPLICATIONS)
    without = {id_: each for id_, each in seen.resources.items() if each["appId"] != find_api(INTUNE_API).app_id}
    (move,) = step_of(first_day(declaration, replace(seen, resources=without)), "consent").moves
    assert (move.label, move.example.startswith("https://login.microsoftonline.com/")) == ("Page", True)


def test_a_certificate_that_ends_is_renewed_in_two_deploys(tmp_path: Path) -> None:
    file = declared(tmp_path, certificates={"psn-02": "certificates/psn-02.pem"})
    fresh = first_day(file, sound(file))
    assert [(step.stage.id, step.stage.who, step.after) for step in fresh.steps] == [
        ("export", Who.ISE, ()),
        ("add", Who.ENGINEER, (1,)),
        ("switch", Who.ISE, (2,)),
        ("remove", Who.ENGINEER, (3,)),
    ]
    assert "ise-intune certificate usage production" in fresh.steps[3].first
    assert fresh.steps[3].moves[0].example.splitlines() == [
        "ise-intune certificate usage production --entry psn-02 --format json --output usage.json",
        "ise-intune certificate remove production psn-02 --evidence usage.json",
    ]
    later = fresh_findings(file, observe(sound(file)), now=NOW + timedelta(days=90), policy=Policy())
    assert step_of(later, "remove").moves[0].example.endswith('--without-evidence "it has expired"')


def test_a_certificate_with_its_successor_beside_it_only_has_to_go(tmp_path: Path) -> None:
    successor = {"file": "certificates/psn-01.pem", "nodes": ["psn-02"]}
    file = declared(tmp_path, certificates={"psn-02": "certificates/psn-02.pem", "psn-02-new": successor})
    fresh = first_day(file, sound(file))
    assert (steps_of(fresh), fresh.findings[0].severity) == (["switch", "remove"], Severity.LOW)


def test_several_calls_about_one_list_each_leave_what_the_others_took_away(declaration: Declaration) -> None:
    """Every one of them sends the whole list."""
    ends = NOW + timedelta(days=30)
    keys = [f"0a000000-0000-4000-8000-00000000000{number}" for number in range(3)]
    fresh = first_day(declaration, with_keys(sound(declaration), *(key(each, ends=ends) for each in keys)))
    moves = step_of(fresh, "keys").moves
    for number, move in enumerate(moves):
        assert [each in move.example for each in keys] == [place > number for place in range(3)]


def test_uris_of_one_kind_go_in_one_call(declaration: Declaration) -> None:
    web = {"redirectUris": ["https://a.example", "https://b.example"]}
    spa = {"redirectUris": ["https://c.example"]}
    fresh = first_day(declaration, application(sound(declaration), web=web, spa=spa))
    (move,) = step_of(fresh, "doors").moves
    assert move.example.count("PATCH") == 1
    assert yaml.safe_load(move.example.partition("\n")[2]) == {
        "web": {"redirectUris": []},
        "spa": {"redirectUris": []},
    }


def test_scopes_are_disabled_before_they_are_taken_away_all_at_once(declaration: Declaration) -> None:
    ids = [f"0b000000-0000-4000-8000-00000000000{number}" for number in range(3)]
    scopes = [{**SCOPE, "id": id_, "value": f"s{id_[-1]}"} for id_ in ids]
    fresh = first_day(declaration, api(sound(declaration), oauth2PermissionScopes=scopes))
    (move,) = step_of(fresh, "doors").moves
    disabled, removed = (yaml.safe_load(call.partition("\n")[2]) for call in move.example.split("\n\n"))
    assert [each["isEnabled"] for each in disabled["api"]["oauth2PermissionScopes"]] == [False] * 3
    assert removed == {"api": {"oauth2PermissionScopes": []}}


def test_a_grant_all_of_which_is_too_much_is_deleted_and_not_emptied_bit_by_bit(declaration: Declaration) -> None:
    seen = more(sound(declaration), "delegated_grants", grant(find_api(MICROSOFT_GRAPH).app_id, "openid User.Read"))
    (move,) = step_of(first_day(declaration, seen), "revoke").moves
    assert (move.example.split()[0], move.example.count("\n")) == ("DELETE", 0)
    assert move.about == ("openid (delegated)", "User.Read (delegated)")


def test_what_microsoft_took_out_of_service_nobody_is_told_to_enable(declaration: Declaration) -> None:
    change = WRONG["by-microsoft"][0]
    (move,) = first_day(declaration, change(sound(declaration))).steps[0].moves
    assert (move.text.startswith("ask Microsoft's support"), move.example) == (True, "")


def test_without_what_graph_answered_the_order_is_told_without_calls(declaration: Declaration) -> None:
    observed = replace(observe(application(sound(declaration), passwordCredentials=[password()])), documents=None)
    fresh = fresh_findings(declaration, observed, now=NOW, policy=Policy())
    (move,) = step_of(fresh, "keys").moves
    assert (move.example, "no call of Graph does it" in move.text) == ("", True)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda seen: replace(seen, policies=Unread("needs Policy.Read.All (403)")), "needs Policy.Read.All (403)"),
        (lambda seen: replace(seen, owner_accounts=({"id": DEPLOYER},)), "needs Directory.Read.All"),
        (lambda seen: replace(seen, owner_accounts=None), "nobody asked for the accounts of owners"),
        (lambda seen: replace(seen, key_credentials=None), "bytes"),
        (lambda seen: replace(seen, application=Unread("throttled out"), key_credentials=None), "throttled out"),
    ],
    ids=["policies", "hidden-accounts", "no-accounts", "bytes", "application"],
)
def test_what_could_not_be_seen_is_never_called_sound(
    declaration: Declaration, change: Callable[[Documents], Documents], says: str
) -> None:
    fresh = first_day(declaration, change(sound(declaration)))
    assert outcome_of(fresh) is not Outcome.PASS
    assert says in " ".join((*fresh.unknown, *(each.reason for each in fresh.unchecked)))


def test_of_an_application_that_is_gone_no_more_is_said_than_that(declaration: Declaration) -> None:
    gone = replace(
        sound(declaration), application=None, deleted={"id": "0b0e0000-0000-4000-8000-00000000000a", "appId": "x"}
    )
    observed = observe(gone)
    assert observed.integration.application.existence == Seen(Existence.DELETED)
    fresh = fresh_findings(declaration, observed, now=NOW, policy=Policy())
    assert ([each.rule for each in fresh.findings], steps_of(fresh)) == (["application-missing"], ["restore"])


def test_a_policy_sets_severities_and_the_gate(declaration: Declaration) -> None:
    seen = owned(sound(declaration), STAYS)
    assert first_day(declaration, seen).found
    assert not first_day(declaration, seen, severities={"owner-added": Severity.LOW}).found
    assert not first_day(declaration, seen, gate=Severity.HIGH).found


def test_the_digest_is_the_same_for_the_same_and_another_for_anything_else(tmp_path: Path) -> None:
    start, documents = everything_wrong(tmp_path)
    one = first_day(start, documents)
    assert one.digest == first_day(start, documents).digest
    assert one.digest != first_day(start, owned(documents, "05e00000-0000-4000-8000-0000000000ff")).digest
    assert one.digest != first_day(start, replace(documents, policies=())).digest


def test_the_thousandth_item_is_counted_and_not_written_out(declaration: Declaration) -> None:
    """A thousand redirect URIs, owners and keys: seconds at most, and a report that a person can read."""
    ends = NOW + timedelta(days=30)
    seen = sound(declaration)
    seen = owned(seen, *(f"05e00000-0000-4000-8000-{number:012d}" for number in range(1000)))
    seen = with_keys(seen, *(key(f"0a000000-0000-4000-8000-{number:012d}", ends=ends) for number in range(1000)))
    seen = application(seen, web={"redirectUris": [f"https://{number}.example" for number in range(1000)]})
    began = time.perf_counter()
    fresh = first_day(declaration, seen)
    assert time.perf_counter() - began < 5
    shown = render(fresh, "text")
    assert len(shown.splitlines()) < 10 * len(fresh.findings)
    assert "too much to show here" in " ".join(shown.split())
    assert len(fresh.findings) == 3000
    assert all(fresh.steps_of[finding] for finding in fresh.findings)
    assert max(len(step.moves) for step in fresh.steps) <= 20
    assert len(step_of(fresh, "keys").moves[-1].about) == 981


def test_an_owner_who_left_and_may_stay_is_asked_of_nobody(tmp_path: Path) -> None:
    accepted = {"rule": "owner-left", "subject": LEFT, "reason": "comes back in May", "until": NOW.date()}
    file = declared(tmp_path, exceptions=[accepted])
    fresh = first_day(file, owned(sound(file), LEFT))
    assert ([each.rule for each in fresh.findings], fresh.steps, fresh.found) == (["owner-left"], (), False)
