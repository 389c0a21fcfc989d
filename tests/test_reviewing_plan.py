"""read_plan: what a plan will really do, told of resources; whatever it hides or nobody knows is said."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from helpers.comparing import CertificateEntryRenamed, CredentialRemoved, NotCompared, PermissionAdded, Surface, compare
from helpers.errors import InputError
from helpers.model import CredentialKind, Holder, NotSeen, Permission, PermissionType, Seen, stated
from helpers.reviewing.assembling import review_sources
from helpers.reviewing.plan_reading import read_plan
from helpers.reviewing.review import Status
from helpers.reviewing.terraform.credentials import IMPORTED
from helpers.reviewing.terraform.side import PlannedSide
from tests.recorded_plan import (
    APPLICATION,
    AZUREAD,
    CERTIFICATE,
    FILE,
    PRINCIPAL,
    add,
    application_id,
    entry,
    principal_id,
    read,
    read_all,
    recorded,
    without,
)
from tests.reviewing import told

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpers.model import Integration

NOW = datetime(2026, 11, 23, tzinfo=UTC)
GRAPH = "00000003-0000-0000-c000-000000000000"
DIRECTORY_READ_ALL = Permission(GRAPH, "7ab1d382-f21e-4acd-a863-ba3e13f7da61", PermissionType.APPLICATION)
WRITE_ALL = Permission(GRAPH, "19dbc75e-c2e2-444c-a770-ec69d8559fc7", PermissionType.APPLICATION)


def after(plan: dict[str, Any]) -> Integration:
    side = read(plan).after
    assert side
    return side.integration


def change(plan: dict[str, Any], address: str = APPLICATION) -> dict[str, Any]:
    found: dict[str, Any] = entry(plan, address)["change"]
    return found


def test_a_recorded_plan_is_understood_whole() -> None:
    found = read_plan(FILE.read_bytes(), name="plan.json")[0]
    assert (found.name, found.outside, found.unclear, found.observed) == ("production", (), (), None)
    assert found.before
    assert found.after
    differences = told(found.before, found.after)
    assert PermissionAdded(Surface.REQUESTED, DIRECTORY_READ_ALL) in differences
    assert PermissionAdded(Surface.GRANTED, DIRECTORY_READ_ALL) in differences
    (renamed,) = (each for each in differences if isinstance(each, CertificateEntryRenamed))
    assert (renamed.before.name, renamed.after.name, renamed.after.formerly) == ("psn-03", "psn-three", "psn-03")
    assert renamed.before.nodes == renamed.after.nodes == ("psn-03",)
    assert {entry.name: entry.nodes for entry in found.after.certificates} == {
        "psn-01": ("psn-01",),
        "psn-02-2027": ("psn-02",),
        "psn-three": ("psn-03",),
    }


def test_what_exists_is_read_from_resources_and_never_from_an_output() -> None:
    plan, honest = recorded(), after(recorded())
    plan["output_changes"]["applied"]["after"]["integration"] = {"requested": {"items": []}}
    plan["planned_values"]["outputs"] = {}
    assert after(plan) == honest


# Consent


def test_consent_as_code_grants_exactly_what_is_assigned() -> None:
    plan = recorded()
    without(plan, "azuread_app_role_assignment")
    assert after(plan).granted == Seen(frozenset())


def test_consent_by_hand_grants_what_is_asked_for_and_what_is_assigned_beside() -> None:
    plan = recorded()
    plan["output_changes"]["applied"]["after"]["decisions"]["permissions.admin_consent"] = "manual"
    role = change(plan, "azuread_app_role_assignment.microsoft-graph-role-directory-read-all")
    role["after"]["app_role_id"] = WRITE_ALL.id
    integration = after(plan)
    assert isinstance(integration.requested, Seen)
    assert integration.granted == Seen(integration.requested.items | {WRITE_ALL})


def test_an_assignment_on_an_api_that_cannot_be_told_is_not_seen() -> None:
    plan = recorded()
    change(plan, "azuread_app_role_assignment.microsoft-graph-role-directory-read-all")["after"][
        "resource_object_id"
    ] = "elsewhere"
    found = read(plan)
    assert found.after
    assert isinstance(found.after.integration.granted, NotSeen)
    assert any("for an API that cannot be told" in each for each in found.unclear)


def test_a_delegated_grant_for_one_user_is_said() -> None:
    plan = recorded()
    graph = change(plan, "azuread_app_role_assignment.microsoft-graph-role-directory-read-all")["after"]
    add(
        plan,
        "azuread_service_principal_delegated_permission_grant.scopes",
        claim_values=["User.Read", "Something.Else"],
        service_principal_object_id=principal_id(plan),
        resource_service_principal_object_id=graph["resource_object_id"],
        user_object_id="somebody",
    )
    found = read(plan)
    assert found.after
    assert isinstance(found.after.integration.granted, Seen)
    scopes = {each.id for each in found.after.integration.granted.items if each.type is PermissionType.DELEGATED}
    assert scopes == {"e1fe6dd8-ba31-4d61-89e7-88639da4683d", "Something.Else"}
    assert any("`user_object_id`" in each for each in found.outside)


# Credentials


@pytest.mark.parametrize(
    ("type_", "kind", "holder"),
    [
        ("azuread_application_password", CredentialKind.SECRET, Holder.APPLICATION),
        ("azuread_service_principal_password", CredentialKind.SECRET, Holder.SERVICE_PRINCIPAL),
        ("azuread_application_federated_identity_credential", CredentialKind.FEDERATED, Holder.APPLICATION),
        ("azuread_service_principal_certificate", CredentialKind.CERTIFICATE, Holder.SERVICE_PRINCIPAL),
    ],
)
def test_every_kind_of_credential_is_one(type_: str, kind: CredentialKind, holder: Holder) -> None:
    plan = recorded()
    ids = {"application_id": application_id(plan), "service_principal_id": principal_id(plan)}
    bytes_of = change(plan, CERTIFICATE)["after"]
    more = {key: bytes_of[key] for key in ("value", "type", "encoding")} if "certificate" in type_ else {}
    add(plan, f"{type_}.more", **ids, **more)
    credentials = after(plan).credentials
    assert isinstance(credentials, Seen)
    (found,) = (each for each in credentials.items if each.key_id == f"({type_}.more)")
    assert (found.kind, found.holder) == (kind, holder)


def test_a_federated_credential_says_whom_it_trusts() -> None:
    plan = recorded()
    add(
        plan,
        "azuread_application_federated_identity_credential.more",
        application_id=application_id(plan),
        issuer="https://token.example",
        subject="repo:x",
    )
    assert any("trusts repo:x of https://token.example" in each for each in read(plan).outside)


def test_a_certificate_that_cannot_be_read_is_still_a_credential() -> None:
    plan = recorded()
    change(plan, CERTIFICATE)["after"]["value"] = "rubbish"
    found = read(plan)
    assert found.after
    assert "psn-01" not in {each.name for each in found.after.certificates}
    assert isinstance(found.after.integration.credentials, Seen)
    assert any(isinstance(each.fingerprint, NotSeen) for each in found.after.integration.credentials.items)
    assert any("the certificate of" in each for each in found.unclear)


@pytest.mark.parametrize("block", [{"redirect_uris": ["https://x"]}, {"redirect_uris": ["https://x"], "other": []}])
def test_redirect_uris_are_exposure_whatever_kind_of_client_they_serve(block: dict[str, Any]) -> None:
    for kind in ("web", "single_page_application", "public_client"):
        plan = recorded()
        change(plan)["after"][kind] = [block]
        exposure = after(plan).application.exposure
        assert isinstance(exposure, Seen)
        assert exposure.items.redirect_uris == {"https://x"}


# Actions


def test_what_is_forgotten_stays() -> None:
    plan = recorded()
    change(plan, CERTIFICATE).update(actions=["forget"], after=None)
    found = read(plan)
    assert found.before
    assert found.after
    assert not [
        each
        for each in compare(found.before.integration, found.after.integration)
        if isinstance(each, CredentialRemoved)
        and each.credential.key_id == change(plan, CERTIFICATE)["before"]["key_id"]
    ]
    assert f"{CERTIFICATE} is forgotten: Terraform no longer keeps it, and it stays as it is" in found.outside


@pytest.mark.parametrize("deleted", ["", CERTIFICATE])
def test_an_environment_of_which_all_is_forgotten_or_goes_has_no_after_and_lives_on(deleted: str) -> None:
    plan = recorded()
    plan["resource_changes"] = [each for each in plan["resource_changes"] if each["change"]["before"]]
    for each in plan["resource_changes"]:
        each["change"].update(actions=["delete" if each["address"] == deleted else "forget"], after=None)
    found = read(plan)
    assert found.before
    assert found.after is None
    assert f"{APPLICATION} lives on in Entra with all its access, and nobody manages it there" in found.outside
    change(plan, PRINCIPAL).update(actions=["no-op"], after=change(plan, PRINCIPAL)["before"])
    assert read(plan).after


@pytest.mark.parametrize(
    ("actions", "address", "said"),
    [
        (["delete", "create"], APPLICATION, "is replaced: another object with other ids"),
        (["create", "delete"], APPLICATION, "is replaced: another object with other ids"),
        (["create", "forget"], APPLICATION, "is replaced: another object with other ids"),
        (["delete", "create"], PRINCIPAL, "is replaced: another object with other ids"),
        (["delete", "create"], CERTIFICATE, "is taken away before its replacement is there"),
    ],
)
def test_a_replacement_says_what_it_costs(actions: list[str], address: str, said: str) -> None:
    plan = recorded()
    change(plan, address)["actions"] = actions
    assert any(each.startswith(f"{address} {said}") for each in read(plan).outside)


def test_a_replaced_certificate_with_its_successor_first_is_nothing_more_than_its_entry() -> None:
    plan = recorded()
    change(plan, CERTIFICATE)["actions"] = ["create", "delete"]
    assert read(plan).outside == ()


def test_an_import_is_known_by_its_address() -> None:
    plan = recorded()
    change(plan)["importing"] = {"id": "x"}
    imports = read(plan).imports
    assert imports is not None
    assert imports.imported == (APPLICATION,)


def test_what_terraform_took_over_and_leaves_as_it_is_is_no_change() -> None:
    """Its bytes are known on neither side, at every plan from then on; once one side knows them, nobody can say."""
    found = read(recorded())
    assert isinstance(found.after, PlannedSide)
    integration = found.after.integration
    taken = frozenset(replace(each, fingerprint=IMPORTED) for each in stated(integration.credentials))
    there = replace(found.after, integration=replace(integration, credentials=Seen(taken)))
    (still,) = review_sources([replace(found, before=there, after=there)], now=NOW).environments
    assert (still.status, still.changes) == (Status.UNCHANGED, ())
    (known,) = review_sources([replace(found, before=there)], now=NOW).environments
    assert {each.surface for each in known.changes if isinstance(each, NotCompared)} == {Surface.CERTIFICATE_BYTES}


def test_what_a_failed_deploy_left_over_goes_too() -> None:
    plan = recorded()
    left = {**entry(plan, CERTIFICATE), "deposed": "0a1b", "change": {**change(plan, CERTIFICATE)}}
    left["change"] |= {
        "actions": ["delete"],
        "after": None,
        "before": {**left["change"]["before"], "key_id": "left-over"},
    }
    plan["resource_changes"].append(left)
    found = read(plan)
    assert found.before
    assert found.after
    gone = {
        each.credential.key_id
        for each in compare(found.before.integration, found.after.integration)
        if isinstance(each, CredentialRemoved)
    }
    assert "left-over" in gone


def test_an_application_that_goes_has_no_after() -> None:
    plan = recorded()
    for each in plan["resource_changes"]:
        each["change"].update(actions=["delete"], after=None)
    plan["resource_changes"] = [each for each in plan["resource_changes"] if each["change"]["before"]]
    for output in plan["output_changes"].values():
        output.update(actions=["delete"], after=None)
    found = read(plan)
    assert found.before
    assert (found.after, found.name, found.outside) == (None, "production", ())


def test_a_service_principal_that_goes_alone_is_said() -> None:
    plan = recorded()
    change(plan, PRINCIPAL).update(actions=["delete"], after=None)
    assert any("nothing signs in as the application any more" in each for each in read(plan).outside)


def test_what_a_plan_with_targets_leaves_out_is_still_there() -> None:
    plan, whole = recorded(), after(recorded())
    plan["resource_changes"] = [each for each in plan["resource_changes"] if each["address"] != CERTIFICATE]
    assert after(plan) == whole


# Hidden


@pytest.mark.parametrize("mark", ["after_unknown", "after_sensitive"])
@pytest.mark.parametrize(
    ("attribute", "where"),
    [
        ("owners", lambda each: each.application.owners),
        ("display_name", lambda each: each.application.display_name),
        ("sign_in_audience", lambda each: each.application.exposure),
        ("web", lambda each: each.application.exposure),
        ("required_resource_access", lambda each: each.requested),
    ],
)
def test_what_is_hidden_is_not_seen_and_said(attribute: str, where: Callable[[Integration], object], mark: str) -> None:
    plan = recorded()
    change(plan)[mark] = {attribute: [{"deep": [False, True]}]}
    found = read(plan)
    assert found.after
    assert isinstance(where(found.after.integration), NotSeen)
    assert any(each.startswith(f"`{attribute}` of {APPLICATION}") for each in found.unclear)


def test_ids_that_entra_has_yet_to_choose_are_no_noise() -> None:
    plan = recorded()
    change(plan)["after_unknown"] = {"object_id": True}
    found = read(plan)
    assert found.after
    assert found.after.integration.application.object_id == NotSeen("Entra chooses it at the first deploy")
    assert found.unclear == ()


@pytest.mark.parametrize("output", ["applied", "certificates"])
def test_a_sensitive_output_is_not_shown(output: str) -> None:
    plan = recorded()
    plan["output_changes"][output]["after_sensitive"] = True
    assert any(f"the output `{output}` is marked sensitive" in each for each in read(plan).unclear)


def test_decisions_that_only_one_side_recorded_are_not_compared() -> None:
    plan = recorded()
    del plan["output_changes"]["applied"]["before"]["decisions"]
    found = read(plan)
    assert found.before
    assert found.after
    assert found.before.decisions == found.after.decisions
    assert any("no decisions are recorded before" in each for each in found.unclear)


# Outside


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("app_role", [{"id": "x"}]),
        ("api", [{"oauth2_permission_scope": [{"value": "x"}]}]),
        ("optional_claims", [{"access_token": [{"name": "x"}]}]),
        ("group_membership_claims", ["All"]),
        ("web", [{"redirect_uris": [], "implicit_grant": [{"access_token_issuance_enabled": True}]}]),
        ("prevent_duplicate_names", False),
        ("something_new", 0),
    ],
)
def test_an_attribute_outside_the_model_is_named(attribute: str, value: object) -> None:
    plan = recorded()
    change(plan)["after"][attribute] = value
    assert f"{APPLICATION} changes `{attribute}`, outside what this review compares" in read(plan).outside


def test_a_redirect_uri_that_serves_another_kind_of_client_is_said() -> None:
    plan = recorded()
    change(plan)["before"]["web"] = [{"redirect_uris": ["https://x"]}]
    change(plan)["after"]["public_client"] = [{"redirect_uris": ["https://x"]}]
    assert f"{APPLICATION} moves redirect URIs to another kind of client" in read(plan).outside


@pytest.mark.parametrize(
    "address",
    ["null_resource.x", "azuread_directory_role_assignment.x", "module.m.terraform_data.x"],
)
def test_a_resource_outside_the_model_is_named(address: str) -> None:
    plan = recorded()
    add(plan, address, principal_object_id=principal_id(plan))
    assert f"{address} is created: this review does not know what it is for" in read(plan).outside


def test_a_resource_of_another_provider_is_not_microsofts_whatever_its_type() -> None:
    plan = recorded()
    add(plan, "azuread_app_role_assignment.x", provider="registry.terraform.io/evil/azuread")
    assert any(
        each.startswith("azuread_app_role_assignment.x is created: this review does") for each in read(plan).outside
    )


def test_a_certificate_for_somebody_elses_application_is_not_dropped() -> None:
    plan = recorded()
    add(plan, "azuread_application_certificate.x", application_id="/applications/elsewhere")
    assert any("belongs to no application that is seen here" in each for each in read(plan).unclear)


def test_programs_beside_the_resources_are_named() -> None:
    plan = recorded()
    code = plan["configuration"]["root_module"]["resources"]
    code[0]["provisioners"] = [{"type": "local-exec"}]
    code.append({"address": "data.external.x", "mode": "data", "type": "external", "name": "x"})
    plan["configuration"]["provider_config"]["azuread"]["expressions"]["metadata_host"] = {"constant_value": "evil"}
    said = "\n".join(read(plan).outside)
    assert "runs a `local-exec` provisioner" in said
    assert "data.external.x reads something else than Entra" in said
    assert "is told `metadata_host`" in said


def test_other_outputs_are_named() -> None:
    plan = recorded()
    plan["output_changes"]["secret"] = {"actions": ["create"], "after": "x", "after_sensitive": True}
    assert "output secret (sensitive) is not one of this project's, and changes" in read(plan).outside


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("errored", True, "the plan ended with an error"),
        ("complete", False, "the plan is not complete"),
        ("deferred_changes", [{"resource_change": {"address": "x.y"}}], "deferred_changes: x.y"),
        ("action_invocations", [{"address": "action.x"}], "action_invocations: action.x"),
        ("checks", [{"address": {"to_display": "check.x"}, "status": "fail"}], "the check of check.x says fail"),
        ("something_new", 1, "the plan has `something_new`"),
    ],
)
def test_a_plan_that_does_not_tell_everything_is_not_complete(key: str, value: object, said: str) -> None:
    plan = recorded()
    plan[key] = value
    assert any(each.startswith(said) for each in read(plan).unclear)


@pytest.mark.parametrize("actions", [["dance"], [], ["no-op"], ["create"], ["delete"]])
def test_an_action_that_does_not_fit_its_values_is_not_understood(actions: list[str]) -> None:
    plan = recorded()
    change(plan)["actions"] = actions
    assert any(each.startswith(APPLICATION) for each in read(plan).unclear)


# Drift


def test_drift_is_told_apart() -> None:
    plan = recorded()
    known = change(plan)["before"]
    plan["resource_drift"] = [
        {
            **entry(plan, APPLICATION),
            "change": {"actions": ["update"], "before": {**known, "owners": []}, "after": known},
        }
    ]
    found = read(plan)
    assert found.observed
    knew, there = found.observed
    assert knew.integration.application.owners == Seen(frozenset())
    assert found.before
    assert there.integration == found.before.integration


def test_an_application_deleted_behind_terraforms_back_is_said() -> None:
    plan = recorded()
    known = change(plan)["before"]
    plan["resource_drift"] = [
        {**entry(plan, APPLICATION), "change": {"actions": ["delete"], "before": known, "after": None}}
    ]
    assert f"behind Terraform's back: {APPLICATION} was deleted" in read(plan).outside


# Several


def test_of_several_applications_each_has_its_own() -> None:
    plan = recorded()
    text = json.dumps(plan["resource_changes"])
    other = change(plan)["before"]
    for old, new in (
        (other["object_id"], "other-object"),
        (other["client_id"], "other-client"),
        (principal_id(plan), "p"),
    ):
        text = text.replace(old, new)
    others = json.loads(text.replace("azuread_application.application", "azuread_application.other"))
    for each in others:
        each["address"] = each["address"].replace("certificate-", "other-").replace("graph-", "graph-other-")
        each["address"] = each["address"].replace("api-", "api-other-").replace("service-principal", "other")
        each.pop("previous_address", None)
    plan["resource_changes"] += others
    first, second = read_all(plan)
    assert (first.name, second.name) == (APPLICATION, "azuread_application.other")
    for found in (first, second):
        assert found.after
        assert isinstance(found.after.integration.credentials, Seen)
        assert len(found.after.integration.credentials.items) == 3


# Not a plan


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04rest", "is Terraform's own plan file, not JSON"),
        (b"", "is not one JSON document"),
        (b'{"@level":"info"}\n{"@level":"info"}', "is not one JSON document"),
        (b"[]", "is not a JSON object"),
        (b'{"format_version": "1.0", "serial": 1, "lineage": "x"}', "is a state, not a plan"),
        (b'{"format_version": "1.0", "values": {}}', "is a state, not a plan"),
        (b"{}", "has no format_version"),
        (b'{"format_version": "2.0", "resource_changes": [], "configuration": {}}', "has format_version 2.0"),
        (b'{"format_version": "1.2"}', "says nothing of changes"),
        (b'{"format_version": "1.2", "format_version": "1.2"}', "is there twice"),
        (b'{"format_version": NaN}', "NaN is no JSON value"),
        (b'{"a":' * 100_000, "is nested too deeply"),
        (b'{"format_version": "1.2", "configuration": {}, "resource_changes": {}}', "resource_changes is not a list"),
        (b"\xff\xfe\xff", "is not one JSON document"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_no_plan_is_refused_with_the_remedy(content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_plan(content, name="plan.json")


def test_a_plan_with_changes_and_no_application_is_refused() -> None:
    plan = recorded()
    plan.update(resource_changes=[], prior_state={}, resource_drift=[])
    add(plan, "null_resource.x")
    with pytest.raises(InputError, match="holds no application, and yet"):
        read_all(plan)


@pytest.mark.parametrize("key", ["planned_values", "resource_changes"])
def test_a_plan_of_nothing_is_refused(key: str) -> None:
    content = json.dumps({"format_version": "1.2", "configuration": {}, key: None})
    with pytest.raises(InputError, match="says nothing about an application"):
        read_plan(content, name="plan.json")


@pytest.mark.parametrize("where", ["state", "outcome", "code"])
def test_what_a_plan_knows_and_says_nothing_of_is_not_clear(where: str) -> None:
    plan = recorded()
    more = {"address": "azuread_application.more", "mode": "managed", "type": "azuread_application", "values": {}}
    module = {
        "state": plan["prior_state"]["values"]["root_module"],
        "outcome": plan["planned_values"]["root_module"],
        "code": plan["configuration"]["root_module"],
    }[where]
    module["resources"].append({**more, "provider_name": AZUREAD})
    said = f"azuread_application.more is in the plan's {where}, and the plan does not say what happens to it"
    assert said in read_all(plan)[0].unclear


def test_two_words_on_an_output_are_not_clear() -> None:
    plan = recorded()
    plan["planned_values"]["outputs"]["token_url"]["value"] = "https://evil.example"
    assert read(plan).unclear == ("the plan says two things of what output token_url will be",)


def test_another_provider_than_microsofts_is_told_though_nothing_changes() -> None:
    plan = recorded()
    entry(plan, CERTIFICATE)["provider_name"] = "registry.terraform.io/evil/azuread"
    plan["configuration"]["provider_config"]["x"] = {"name": "x", "full_name": "registry.terraform.io/x/x"}
    told = [each for each in read(plan).outside if "runs as well" in each]
    assert [each.split()[1] for each in told] == ["registry.terraform.io/x/x", "registry.terraform.io/evil/azuread"]


@pytest.mark.parametrize(
    ("mode", "type_", "said"),
    [
        ("data", "azuread_client_config", "reads something else than Entra's service principals"),
        ("ephemeral", "azuread_x", "is ephemeral: it runs whenever Terraform does"),
    ],
)
def test_what_runs_and_leaves_no_trace_is_told(mode: str, type_: str, said: str) -> None:
    plan = recorded()
    more = {"address": f"{mode}.{type_}.x", "mode": mode, "type": type_, "name": "x"}
    plan["configuration"]["root_module"]["resources"].append(more)
    assert any(each.startswith(f"{mode}.{type_}.x {said}") for each in read(plan).outside)
