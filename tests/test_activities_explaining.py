"""Who made a difference: by the record of it, and never by another application's, or by a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from helpers.activities import ByObject, read_activities, sentence_of, who_did
from helpers.comparing.differences import (
    CredentialChanged,
    CredentialRemoved,
    NotCompared,
    PermissionAdded,
    PermissionRemoved,
    ValueAdded,
    ValueChanged,
    ValueRemoved,
)
from helpers.model import CredentialKind, Holder, Permission, PermissionType
from helpers.surfaces import Surface
from tests.activity_records import (
    ADDRESSES,
    ALICE,
    APPLICATION,
    BOB_ID,
    CERTIFICATE_ADDED,
    GROUP,
    KEY_1,
    KEY_2,
    OTHER_APPLICATION,
    OTHER_ID,
    OTHER_SERVICE_PRINCIPAL,
    OURS,
    PRINCIPAL_KEY_ADDED,
    READ_ALL,
    REQUESTED,
    ROLE_GIVEN,
    SECRET_ADDED,
    SECRETS,
    SERVICE_ADDRESS,
    SERVICE_PRINCIPAL,
    UNKNOWN_SCOPE,
    USER_READ,
    Record,
    added,
    application,
    by_alice,
    by_deployer,
    consent,
    credential,
    included,
    key,
    keys,
    member,
    modified,
    owner,
    record,
    role_given,
    scopes_given,
    service_principal,
    target,
)

if TYPE_CHECKING:
    from helpers.comparing.differences import Difference


def told(difference: Difference, *records: Record) -> list[str]:
    """Return what activities explain a difference, by what they are called."""
    return [each.activity for each in who_did(difference, read_activities(records), object_ids=OURS)]


@pytest.mark.parametrize(
    ("difference", "told_by"),
    [
        pytest.param(added(), CERTIFICATE_ADDED, id="certificate"),
        pytest.param(
            added(), record(f"Create {SECRETS.removeprefix('Update ')}", application(keys([], [key(KEY_1)]))), id="born"
        ),
        pytest.param(added(), record(SECRETS, application(keys([], [key(KEY_1.upper())]))), id="key id's case"),
        pytest.param(added(kind=CredentialKind.SECRET), SECRET_ADDED, id="secret"),
        pytest.param(
            CredentialRemoved(Surface.CREDENTIALS, credential()),
            record(SECRETS, application(keys([key(KEY_2), key(KEY_1)], [key(KEY_2)]))),
            id="certificate removed",
        ),
        pytest.param(added(holder=Holder.SERVICE_PRINCIPAL), PRINCIPAL_KEY_ADDED, id="service principal's certificate"),
        pytest.param(
            CredentialChanged(Surface.CREDENTIALS, credential(), credential()),
            record("Update application", application(included(""))),
            id="bytes exchanged under a key id, of which the log shows a stub alone",
        ),
        pytest.param(
            added(kind=CredentialKind.FEDERATED, key_id=OTHER_ID),
            record("Update application", application(modified("FederatedIdentityCredentials", [], [OTHER_ID]))),
            id="federated credential",
        ),
        pytest.param(
            added(kind=CredentialKind.FEDERATED, key_id=OTHER_ID),
            record("Update application", application(included("FederatedIdentityCredentials"))),
            id="federated credential, its property only named",
        ),
        pytest.param(PermissionAdded(Surface.GRANTED, READ_ALL), ROLE_GIVEN, id="app role"),
        pytest.param(
            PermissionRemoved(Surface.GRANTED, READ_ALL),
            role_given(READ_ALL.id, "Directory.Read.All", verb="Remove"),
            id="app role removed",
        ),
        pytest.param(
            PermissionAdded(Surface.GRANTED, USER_READ), scopes_given("Add", None, " openid User.Read"), id="scope"
        ),
        pytest.param(
            PermissionAdded(Surface.GRANTED, USER_READ),
            scopes_given("Remove", " openid", " openid User.Read"),
            id="scope, by a verb that says the opposite",
        ),
        pytest.param(
            PermissionRemoved(Surface.GRANTED, USER_READ),
            scopes_given("Remove", " User.Read", None),
            id="scope removed",
        ),
        pytest.param(
            PermissionAdded(Surface.GRANTED, UNKNOWN_SCOPE),
            scopes_given("Add", None, "Printer.Read"),
            id="unknown scope",
        ),
        pytest.param(
            PermissionAdded(Surface.GRANTED, USER_READ),
            consent("[] => [[Id: x, ConsentType: AllPrincipals, Scope: openid User.Read, CreatedDateTime: ]]; "),
            id="scope, of which only the consent is logged",
        ),
        pytest.param(
            ValueAdded(Surface.GRANTED_TO_USERS, f"User.Read on Microsoft Graph for user {BOB_ID}"),
            scopes_given("Add", None, "User.Read", user=BOB_ID.upper()),
            id="scope for one user",
        ),
        pytest.param(
            PermissionAdded(Surface.REQUESTED, READ_ALL),
            record("Update application", application(REQUESTED)),
            id="requested",
        ),
        pytest.param(ValueAdded(Surface.APPLICATION_OWNERS, BOB_ID), owner("Add", BOB_ID), id="owner"),
        pytest.param(ValueRemoved(Surface.APPLICATION_OWNERS, BOB_ID), owner("Remove", BOB_ID), id="owner removed"),
        pytest.param(
            ValueAdded(Surface.SERVICE_PRINCIPAL_OWNERS, BOB_ID),
            owner("Add", BOB_ID, owned=SERVICE_PRINCIPAL, kind="service principal"),
            id="owner of the service principal",
        ),
        pytest.param(
            ValueAdded(Surface.OWNED_OBJECTS, f"{OTHER_APPLICATION} (application Payroll)"),
            owner("Add", SERVICE_PRINCIPAL, owned=OTHER_APPLICATION),
            id="owned object",
        ),
        pytest.param(
            ValueAdded(Surface.DIRECTORY_ROLES, f"{OTHER_ID} (Global Reader)"),
            member("Add", "role", OTHER_ID, "Global Reader"),
            id="directory role by its id",
        ),
        pytest.param(
            ValueAdded(Surface.DIRECTORY_ROLES, f"{GROUP} (Global Reader)"),
            member("Add", "role", OTHER_ID, "Global Reader"),
            id="directory role by its name",
        ),
        pytest.param(
            ValueAdded(Surface.GROUPS, f"{GROUP} Printers"), member("Add", "group", GROUP, "Printers"), id="group"
        ),
        pytest.param(
            ValueAdded(Surface.POLICIES, f"{OTHER_ID} (tokenLifetimePolicy)"),
            record("Add policy to service principal", service_principal(), target(OTHER_ID, "Policy")),
            id="policy",
        ),
        pytest.param(
            ValueAdded(Surface.REDIRECT_URIS, "https://attacker.example/"),
            record("Update application", application(ADDRESSES)),
            id="redirect URI",
        ),
        pytest.param(
            ValueChanged(Surface.SIGN_IN_AUDIENCE, "AzureADMyOrg", "AzureADMultipleOrgs"),
            record("Update application", application(modified("AvailableToOtherTenants", [False], [True]))),
            id="audience",
        ),
        pytest.param(
            ValueChanged(Surface.SERVICE_PRINCIPAL_ENABLED, "true", "false"),
            record("Update service principal", service_principal(modified("AccountEnabled", [True], [False]))),
            id="service principal disabled",
        ),
        pytest.param(
            ValueChanged(Surface.APPLICATION_ENABLED, "true", "false"),
            record("Update application", application(modified("IsDisabled", [], [True]))),
            id="application deactivated, which the log says the other way round",
        ),
        pytest.param(
            ValueChanged(Surface.NOTES, "ask the network team", ""),
            record("Update application", application(modified("Notes", ["ask the network team"], []))),
            id="notes taken away",
        ),
        pytest.param(
            ValueAdded(Surface.APPLICATION_SETTINGS, "web.implicitGrantSettings.enableIdTokenIssuance: true"),
            record("Update application", application(modified("AppAddress", [], []))),
            id="setting of the web platform",
        ),
        pytest.param(
            ValueAdded(Surface.SERVICE_PRINCIPAL_SETTINGS, "preferredSingleSignOnMode: saml"),
            record("Update service principal", service_principal(modified("PreferredSingleSignOnMode", [], ["saml"]))),
            id="setting of the service principal",
        ),
        pytest.param(
            ValueChanged(Surface.APPLICATION, "present", "deleted"),
            record("Delete application", application()),
            id="deleted",
        ),
        pytest.param(
            ValueChanged(Surface.SERVICE_PRINCIPAL, "present", "absent"),
            record("Remove service principal", service_principal()),
            id="service principal deleted",
        ),
        pytest.param(
            ValueChanged(Surface.DISPLAY_NAME, "a", "b"),
            record("Update application", application()),
            id="what only a stub can be",
        ),
    ],
)
def test_a_difference_is_explained_by_the_record_of_it(difference: Difference, told_by: Record) -> None:
    assert told(difference, told_by) == [told_by["activityDisplayName"].strip()]
    assert told(difference) == []


PRINTER = Permission(READ_ALL.api, OTHER_ID, PermissionType.APPLICATION)


@pytest.mark.parametrize(
    ("difference", "another"),
    [
        pytest.param(
            added(),
            record(SECRETS, application(keys([], [key(KEY_1)]), identifier=OTHER_APPLICATION)),
            id="the same certificate, so the same key id, on another application",
        ),
        pytest.param(added(), record(SECRETS, application(keys([], [key(KEY_2)]))), id="another key"),
        pytest.param(
            added(),
            record(SECRETS, application(keys([], [key(KEY_2, f"x],KeyIdentifier={KEY_1},KeyType=,KeyUsage=,[")]))),
            id="another key, whose name looks like this one",
        ),
        pytest.param(added(), record(SECRETS, application(keys([key(KEY_1)], []))), id="the key's removal"),
        pytest.param(
            added(), record(SECRETS, application(keys([key(KEY_1)], [key(KEY_1), key(KEY_2)]))), id="the key was there"
        ),
        pytest.param(added(), PRINCIPAL_KEY_ADDED, id="the same key on the other object"),
        pytest.param(added(), SECRET_ADDED, id="a secret under the same key id"),
        pytest.param(added(), record("Update application", application(included(""))), id="a stub says no key came"),
        pytest.param(added(), record(SECRETS, application(keys([], [key(KEY_1)])), result="failure"), id="failed"),
        pytest.param(
            PermissionAdded(Surface.GRANTED, READ_ALL),
            role_given(READ_ALL.id, "Directory.Read.All", client=OTHER_SERVICE_PRINCIPAL),
            id="the same role for another application",
        ),
        pytest.param(PermissionAdded(Surface.GRANTED, PRINTER), ROLE_GIVEN, id="another role"),
        pytest.param(PermissionRemoved(Surface.GRANTED, READ_ALL), ROLE_GIVEN, id="given is not taken"),
        pytest.param(
            PermissionAdded(Surface.GRANTED, READ_ALL),
            role_given(READ_ALL.id, "Directory.Read.All", client=OTHER_SERVICE_PRINCIPAL, api=SERVICE_PRINCIPAL),
            id="a role of ours for another application",
        ),
        pytest.param(
            PermissionAdded(Surface.GRANTED, Permission(OTHER_ID, READ_ALL.id, PermissionType.APPLICATION)),
            ROLE_GIVEN,
            id="the role of another API",
        ),
        pytest.param(
            PermissionAdded(Surface.GRANTED, USER_READ),
            scopes_given("Add", " User.Read", " User.Read openid"),
            id="the scope was there",
        ),
        pytest.param(
            PermissionAdded(Surface.GRANTED, USER_READ),
            scopes_given("Add", None, "User.Read.All"),
            id="a longer scope",
        ),
        pytest.param(
            PermissionAdded(Surface.GRANTED, USER_READ),
            scopes_given("Add", None, "User.Read", client=OTHER_SERVICE_PRINCIPAL),
            id="the scope for another application",
        ),
        pytest.param(
            PermissionAdded(Surface.GRANTED, USER_READ),
            scopes_given("Add", None, "User.Read", user=BOB_ID),
            id="the scope for one user alone",
        ),
        pytest.param(
            ValueAdded(Surface.GRANTED_TO_USERS, f"User.Read on Microsoft Graph for user {BOB_ID}"),
            scopes_given("Add", None, "User.Read", user=OTHER_ID),
            id="the scope for another user",
        ),
        pytest.param(ValueAdded(Surface.APPLICATION_OWNERS, OTHER_ID), owner("Add", BOB_ID), id="another owner"),
        pytest.param(ValueRemoved(Surface.APPLICATION_OWNERS, BOB_ID), owner("Add", BOB_ID), id="an owner more"),
        pytest.param(
            ValueAdded(Surface.APPLICATION_OWNERS, BOB_ID),
            owner("Add", BOB_ID, owned=OTHER_APPLICATION),
            id="an owner of another application",
        ),
        pytest.param(
            ValueAdded(Surface.SERVICE_PRINCIPAL_OWNERS, BOB_ID),
            owner("Add", BOB_ID),
            id="an owner of the other object",
        ),
        pytest.param(
            ValueAdded(Surface.APPLICATION_OWNERS, SERVICE_PRINCIPAL),
            owner("Add", SERVICE_PRINCIPAL, owned=OTHER_APPLICATION),
            id="we became an owner of something else",
        ),
        pytest.param(
            ValueAdded(Surface.OWNED_OBJECTS, f"{OTHER_SERVICE_PRINCIPAL} servicePrincipal"),
            owner("Add", OTHER_SERVICE_PRINCIPAL),
            id="it became an owner of ours",
        ),
        pytest.param(
            ValueAdded(Surface.DIRECTORY_ROLES, f"{GROUP} (Readers)"),
            member("Add", "role", OTHER_ID, "Reader"),
            id="another role, whose name begins as this one's",
        ),
        pytest.param(
            ValueAdded(Surface.REDIRECT_URIS, "https://attacker.example"),
            record("Update application", application(modified("Web", ["https://attacker.example"], []))),
            id="the redirect URI's removal",
        ),
        pytest.param(
            ValueAdded(Surface.REDIRECT_URIS, "https://attacker.example/"),
            record(
                "Update application",
                application(
                    modified("AppAddress", ["https://attacker.example/"], ["https://attacker.example/", "x:y"])
                ),
            ),
            id="the redirect URI was there",
        ),
        pytest.param(
            ValueAdded(Surface.REDIRECT_URIS, "https://attacker.example/"),
            record("Update service principal", service_principal(ADDRESSES)),
            id="the other object's addresses",
        ),
        pytest.param(
            ValueChanged(Surface.DISPLAY_NAME, "a", "b"),
            record("Update application", application(modified("DisplayName", ["b"], ["a"]))),
            id="the change back",
        ),
        pytest.param(
            NotCompared(Surface.EXPOSURE, "403"), record("Update application", application()), id="not compared"
        ),
        pytest.param(
            ValueChanged(Surface.APPLICATION, "present", "deleted"),
            record("Delete application", application(identifier=OTHER_APPLICATION)),
            id="another application's end",
        ),
    ],
)
def test_nobody_is_named_for_what_the_log_does_not_say(difference: Difference, another: Record) -> None:
    assert told(difference, another) == []


def test_a_set_of_keys_that_nobody_can_read_still_points_to_who_changed_it() -> None:
    cut = application({"displayName": "KeyDescription", "oldValue": "[]", "newValue": '["[KeyIdentifier=e000'})
    assert told(added(), record(SECRETS, cut)) == [SECRETS.strip()]
    assert told(
        added(), record(SECRETS, cut), PRINCIPAL_KEY_ADDED | {"targetResources": [application(keys([], [key(KEY_1)]))]}
    ) == ["Add service principal credentials"]


def test_one_amended_consent_is_told_once_by_its_own_name_without_microsofts_address() -> None:
    """Three events of one correlation: the consent shows the old scope twice, and a removal adds."""
    old = "[[Id: x, ClientId: y, Scope: openid]]"
    consented = [
        consent(f"{old} => {old}; ", correlation="c-1"),
        *(
            scopes_given(verb, " openid", " openid User.Read", correlation="c-1", initiatedBy=by_alice(SERVICE_ADDRESS))
            for verb in ("Remove", "Add")
        ),
    ]
    [activity] = who_did(PermissionAdded(Surface.GRANTED, USER_READ), read_activities(consented), object_ids=OURS)
    assert (activity.activity, activity.actor.name, activity.address) == ("Consent to application", ALICE, "")
    assert str(sentence_of(activity)) == (
        f"2026-11-23 14:02 UTC: {ALICE} — Consent to application: added permission User.Read."
    )


def test_a_consent_under_a_borrowed_correlation_id_lends_its_name_to_nobody_else() -> None:
    """Who calls Graph may choose the correlation id; the actor is not theirs to choose."""
    records = [
        consent("[] => [[Scope: openid]]", correlation="c-1"),
        scopes_given("Add", None, "User.Read", correlation="c-1", initiatedBy=by_deployer()),
    ]
    [activity] = who_did(PermissionAdded(Surface.GRANTED, USER_READ), read_activities(records), object_ids=OURS)
    assert (activity.activity, activity.actor.name) == ("Add delegated permission grant", "Deploy")


def test_what_is_no_grant_keeps_its_own_name_beside_a_consent() -> None:
    records = [
        consent("[] => [[Scope: openid]]", correlation="c-1"),
        record("Update application", application(modified("DisplayName", ["a"], ["b"])), correlation="c-1"),
    ]
    assert told(ValueChanged(Surface.DISPLAY_NAME, "a", "b"), *records) == ["Update application"]


def test_a_companion_stub_is_told_only_when_nothing_better_is() -> None:
    stub = record("Update application", application(included("")), correlation="c-1")
    assert told(ValueChanged(Surface.DISPLAY_NAME, "a", "b"), stub) == ["Update application"]
    renamed = record("Update application", application(modified("DisplayName", ["a"], ["b"])), correlation="c-2")
    found = who_did(ValueChanged(Surface.DISPLAY_NAME, "a", "b"), read_activities([stub, renamed]), object_ids=OURS)
    assert [each.correlation_id for each in found] == ["c-2"]


def test_a_stub_beside_a_record_that_says_what_was_updated_explains_nothing_else() -> None:
    records = [
        record("Update application", application(included("")), correlation="c-1"),
        record(SECRETS, application(keys([], [key(KEY_1)])), correlation="c-1"),
    ]
    assert told(ValueChanged(Surface.DISPLAY_NAME, "a", "b"), *records) == []


def test_the_last_few_are_told_newest_first() -> None:
    records = [
        {**CERTIFICATE_ADDED, "activityDateTime": f"2026-11-{day:02}T10:00:00Z", "correlationId": f"c-{day}"}
        for day in (3, 9, 1, 7)
    ]
    found = who_did(added(), reversed(read_activities(records)), object_ids=(APPLICATION.upper(), SERVICE_PRINCIPAL))
    assert [each.when.day for each in found] == [9, 7, 3]


def test_in_a_large_log_what_names_an_object_is_found_without_reading_the_rest() -> None:
    """Each once and newest first, whichever of the objects it names; ids without case."""
    records = [
        {**CERTIFICATE_ADDED, "activityDateTime": "2026-11-01T10:00:00Z"},
        {**PRINCIPAL_KEY_ADDED, "activityDateTime": "2026-11-03T10:00:00Z"},
        record(SECRETS, application(keys([], [key(KEY_1)]), identifier=OTHER_APPLICATION)),
        {**consent("[] => [[Scope: openid]]"), "activityDateTime": "2026-11-02T10:00:00Z"},
    ]
    log = ByObject(read_activities(records))
    found = log.about((APPLICATION.upper(), SERVICE_PRINCIPAL))
    assert [each.when.day for each in found] == [3, 2, 1]
    assert found == tuple(each for each in log.activities if each.ids & {APPLICATION, SERVICE_PRINCIPAL})
    assert log.about(()) == ()
