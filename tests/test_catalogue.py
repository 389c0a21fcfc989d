"""The permission catalogue: complete, and honest about what it does not know."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helpers.catalogue import ENTRIES, Tier, describe
from helpers.catalogue.names import in_words
from helpers.findings import Severity
from helpers.model import Permission, PermissionType
from helpers.permissions import INTUNE_API, MICROSOFT_GRAPH, apis, find_api, find_permission, profiles

_APPLICATION, _DELEGATED = PermissionType.APPLICATION, PermissionType.DELEGATED
_GRAPH, _INTUNE = find_api(MICROSOFT_GRAPH).app_id, find_api(INTUNE_API).app_id
_DATA = Path(__file__).parent.parent / "helpers" / "data"
_ADMINISTRATOR = "an Application Administrator or Cloud Application Administrator"
_OR_USERS = f"{_ADMINISTRATOR} for everybody, or by users for themselves where the tenant lets them"
_PERHAPS_USERS = f"{_ADMINISTRATOR}; whether users may for themselves is not known here"
NOBODYS = "01234567-89ab-cdef-0123-456789abcdef"

RECORDED = {
    f"{api.name}, {type_} {name}": (Permission(api.app_id, id_, type_), name)
    for api in apis()
    for (type_, name), id_ in api.permissions.items()
}
TIERS = {
    (MICROSOFT_GRAPH, _APPLICATION): {
        "Application.Read.All": 2,
        "Application.ReadWrite.All": 0,
        "Application.ReadWrite.OwnedBy": 0,
        "AppRoleAssignment.ReadWrite.All": 0,
        "AuditLog.Read.All": 1,
        "DelegatedPermissionGrant.ReadWrite.All": 0,
        "Device.Read.All": 2,
        "DeviceManagementConfiguration.Read.All": 2,
        "DeviceManagementManagedDevices.Read.All": 2,
        "DeviceManagementManagedDevices.ReadWrite.All": 1,
        "DeviceManagementServiceConfig.Read.All": 2,
        "Directory.Read.All": 1,
        "Directory.ReadWrite.All": 0,
        "Group.Read.All": 1,
        "Policy.Read.All": 1,
        "Policy.ReadWrite.ApplicationConfiguration": 1,
        "ServicePrincipalEndpoint.Read.All": 3,
        "ServicePrincipalEndpoint.ReadWrite.All": 0,
        "User.Read.All": 2,
    },
    (MICROSOFT_GRAPH, _DELEGATED): {
        "Application.Read.All": 2,
        "Application.ReadWrite.All": 1,
        "DeviceManagementConfiguration.Read.All": 2,
        "DeviceManagementManagedDevices.Read.All": 2,
        "DeviceManagementServiceConfig.Read.All": 2,
        "Directory.Read.All": 2,
        "User.Read": 3,
        "User.Read.All": 2,
        "email": 3,
        "offline_access": 3,
        "openid": 3,
        "profile": 3,
    },
    (INTUNE_API, _APPLICATION): {
        "get_data_warehouse": 2,
        "get_device_compliance": 3,
        "manage_partner_compliance_policy": 1,
        "pfx_cert_provider": 1,
        "scep_challenge_provider": 2,
        "send_data_usage": 1,
        "update_device_attributes": 1,
        "update_device_health": 1,
    },
    (INTUNE_API, _DELEGATED): {"get_data_warehouse": 2},
}
USERS_MAY_CONSENT = {"User.Read", "email", "offline_access", "openid", "profile"}


def test_every_recorded_permission_has_an_entry_and_a_tier_and_nothing_else_has() -> None:
    recorded = {
        (api.name, type_): {name for kind, name in api.permissions if kind is type_}
        for api in apis()
        for type_ in PermissionType
    }
    assert {key: set(entries) for key, entries in ENTRIES.items()} == recorded
    assert {key: {name: entry.tier for name, entry in entries.items()} for key, entries in ENTRIES.items()} == TIERS


@pytest.mark.parametrize(("permission", "name"), RECORDED.values(), ids=RECORDED)
def test_an_entry_is_plain_words_and_its_severity_is_that_of_its_tier(permission: Permission, name: str) -> None:
    facts = describe(permission)
    assert (facts.name, facts.type, facts.reviewed, facts.known, facts.wrong) == (
        name,
        permission.type,
        True,
        True,
        None,
    )
    assert facts.severity is facts.tier.severity
    for clause in (facts.allows, facts.worst, facts.consent_by, facts.purpose or "a"):
        assert clause[0].islower(), clause
        assert not clause.endswith(".")
    assert facts.reasoning[0].isupper()
    assert facts.reasoning.endswith(".")
    assert "-0000-" not in f"{facts.allows}{facts.worst}{facts.reasoning}", "no GUIDs for the reader"


@pytest.mark.parametrize(("permission", "name"), RECORDED.values(), ids=RECORDED)
def test_what_writes_is_what_its_name_says(permission: Permission, name: str) -> None:
    by_name = "Write" in name or name.startswith(("update_", "manage_", "send_")) or name.endswith("_provider")
    assert describe(permission).writes is by_name


def test_the_minimal_profile_only_reads_is_all_needed_and_nothing_in_it_is_high() -> None:
    for facts in map(describe, profiles()["minimal"].permissions):
        assert facts.severity <= Severity.MEDIUM
        assert not facts.writes
        assert facts.purpose
        assert facts.enough_instead is None


def test_all_beyond_the_minimal_profile_is_without_use_or_has_something_narrower() -> None:
    minimal = profiles()["minimal"].permissions
    for api in apis():
        for (type_, _), id_ in api.permissions.items():
            permission = Permission(api.app_id, id_, type_)
            facts = describe(permission)
            assert permission in minimal or facts.purpose is None or facts.enough_instead == "Application.Read.All"


@pytest.mark.parametrize(
    ("api", "name", "type_", "who"),
    [
        (MICROSOFT_GRAPH, "Application.Read.All", _APPLICATION, "a Privileged Role Administrator"),
        (INTUNE_API, "get_device_compliance", _APPLICATION, _ADMINISTRATOR),
        (MICROSOFT_GRAPH, "Directory.Read.All", _DELEGATED, _ADMINISTRATOR),
        (MICROSOFT_GRAPH, "openid", _DELEGATED, _OR_USERS),
        (INTUNE_API, "get_data_warehouse", _DELEGATED, _PERHAPS_USERS),
    ],
)
def test_who_may_consent(api: str, name: str, type_: PermissionType, who: str) -> None:
    assert describe(find_permission(find_api(api), name, type_)).consent_by == who


def test_users_may_consent_for_themselves_to_signing_in_and_their_own_profile_alone() -> None:
    for (type_, name), id_ in find_api(MICROSOFT_GRAPH).permissions.items():
        facts = describe(Permission(_GRAPH, id_, type_))
        may = type_ is _DELEGATED and name in USERS_MAY_CONSENT
        assert facts.consent_by.endswith("where the tenant lets them") is may, name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Mail.ReadWrite", "read and write mail"),
        ("Mail.Send", "send mail"),
        ("BitlockerKey.Read.All", "read bitlocker key (all of them)"),
        ("RoleManagement.ReadWrite.Directory", "read and write role management (directory)"),
        ("UserAuthMethod-QR.ReadWrite.All", "read and write user auth method QR (all of them)"),
        ("User.RevokeSessions.All", "user: revoke sessions (all of them)"),
        ("EWS.AccessAsUser.All", "act as the signed-in user on EWS (all of them)"),
        ("Sites.Selected", "work on selected sites"),
        ("user_impersonation", "do what its name says: user_impersonation"),
    ],
)
def test_a_name_is_read_as_verb_and_target(name: str, words: str) -> None:
    assert in_words(name) == words


@pytest.mark.parametrize(
    ("name", "type_", "tier"),
    [
        ("Mail.ReadWrite", _APPLICATION, Tier.CHANGES_OR_READS_MUCH),
        ("Mail.Read", _APPLICATION, Tier.CHANGES_OR_READS_MUCH),
        ("Mail.Send", _DELEGATED, Tier.CHANGES_OR_READS_MUCH),
        ("user_impersonation", _DELEGATED, Tier.CHANGES_OR_READS_MUCH),
        ("Mail.Read", _DELEGATED, Tier.READS_A_LOT),
    ],
)
def test_what_only_has_a_name_is_not_reviewed_and_taken_for_the_worse(
    name: str, type_: PermissionType, tier: Tier
) -> None:
    facts = describe(Permission(_GRAPH, name, type_))
    assert (facts.name, facts.allows, facts.known, facts.reviewed) == (name, in_words(name), True, False)
    assert (facts.tier, facts.severity) == (tier, tier.severity)
    assert facts.writes is not name.endswith(".Read")
    assert facts.consent_by == (_PERHAPS_USERS if type_ is _DELEGATED else "a Privileged Role Administrator")


def test_on_an_api_nobody_knows_a_name_that_speaks_of_reading_promises_nothing() -> None:
    facts = describe(Permission(NOBODYS, "Mail.Read", _DELEGATED))
    assert (facts.known, facts.reviewed, facts.severity) == (True, False, Severity.HIGH)


def test_a_permission_with_an_entry_is_described_by_it_under_its_name_too() -> None:
    by_id = find_permission(find_api(MICROSOFT_GRAPH), "User.Read", _DELEGATED)
    assert describe(Permission(_GRAPH, "User.Read", _DELEGATED)) == describe(by_id)


@pytest.mark.parametrize(
    "permission",
    [
        pytest.param(Permission(_GRAPH, NOBODYS, _APPLICATION), id="unknown id"),
        pytest.param(Permission(NOBODYS, NOBODYS, _DELEGATED), id="unknown API"),
        pytest.param(Permission(_INTUNE, NOBODYS, _APPLICATION), id="unknown id of Intune's"),
        pytest.param(
            Permission(_GRAPH, find_permission(find_api(MICROSOFT_GRAPH), "User.Read", _DELEGATED).id, _APPLICATION),
            id="known under the other type",
        ),
        pytest.param(Permission("not a GUID", "\x1b[31m", _APPLICATION), id="made up"),
        pytest.param(Permission(_GRAPH, "", _DELEGATED), id="empty"),
        pytest.param(Permission(_GRAPH, "Mail.Read, as agreed", _DELEGATED), id="not the form of a name"),
        pytest.param(Permission(_GRAPH, "Mail.", _DELEGATED), id="half a name"),
        pytest.param(Permission(_GRAPH, "Mail.Read." + "x" * 111, _DELEGATED), id="longer than a name may be"),
    ],
)
def test_what_is_unknown_is_shown_as_such_and_is_high(permission: Permission) -> None:
    facts = describe(permission)
    assert facts.name == permission.id
    assert (facts.known, facts.reviewed, facts.writes) == (False, False, True)
    assert facts.severity is Severity.HIGH


@pytest.mark.parametrize(
    ("api", "reason", "instead"),
    [
        (
            "00000002-0000-0000-c000-000000000000",
            "Azure AD Graph: retired 2023-06-30",
            "Application.Read.All on Microsoft Graph",
        ),
        (
            "0000000a-0000-0000-c000-000000000000",
            "Microsoft Intune: only its service principal's endpoints are read (service discovery)",
            "get_device_compliance on the Microsoft Intune API",
        ),
    ],
)
def test_what_is_asked_of_the_wrong_application_is_called_wrong_with_the_reason(
    api: str, reason: str, instead: str
) -> None:
    facts = describe(Permission(api, NOBODYS, _APPLICATION))
    assert (facts.wrong, facts.enough_instead, facts.severity) == (reason, instead, Severity.HIGH)


def test_every_application_that_is_not_for_permissions_is_described() -> None:
    recorded = json.loads((_DATA / "permissions.json").read_text(encoding="utf-8"))["not_for_permissions"]
    assert all(describe(Permission(api, NOBODYS, _APPLICATION)).wrong == reason for api, reason in recorded.items())
