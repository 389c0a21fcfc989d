"""Who and when: the audit log as Graph writes it, with its spelling and its traps, and never a wrong name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.activities import ActorKind, count_unreadable, read_activities, sentence_of, who_did, window
from helpers.comparing.differences import (
    CredentialChanged,
    NotCompared,
    PermissionAdded,
    PermissionRemoved,
    ValueAdded,
    ValueChanged,
    ValueRemoved,
)
from helpers.model import CredentialKind
from helpers.plain_text import one_line
from helpers.surfaces import Surface
from tests.activity_records import (
    ADDRESS,
    ADDRESSES,
    ALICE,
    ALICE_ID,
    APPLICATION,
    BOB_ID,
    CERTIFICATE_ADDED,
    DEPLOYER_ID,
    KEY_1,
    KEY_2,
    OTHER_ID,
    OURS,
    OWNER_ADDED,
    READ_ALL,
    ROLE_GIVEN,
    SECRET_ADDED,
    SECRETS,
    SERVICE_ADDRESS,
    SERVICE_PRINCIPAL,
    USER_READ,
    Record,
    added,
    application,
    by_alice,
    by_deployer,
    credential,
    included,
    key,
    keys,
    member,
    modified,
    owner,
    record,
    scopes_given,
)
from tests.hostile_texts import TEXTS

if TYPE_CHECKING:
    from helpers.comparing.differences import Difference


@pytest.mark.parametrize(
    "name",
    ["psn-01, of the lab", "a] b", "a],[KeyIdentifier=x", "", "a\nb", "日本", '"', "]", "DisplayName=x"],
)
def test_a_keys_name_is_whatever_follows(name: str) -> None:
    [activity] = read_activities([record(SECRETS, application(keys([], [key(KEY_1, name), key(KEY_2)])))])
    assert [(each.id, each.name) for each in activity.change.keys_added] == [(KEY_1, name), (KEY_2, "psn-01")]


def test_a_record_that_is_there_twice_is_read_once() -> None:
    assert len(read_activities([CERTIFICATE_ADDED, dict(CERTIFICATE_ADDED)])) == 1


@pytest.mark.parametrize(
    ("by", "kind", "name", "identifier", "address"),
    [
        (by_alice(), ActorKind.USER, ALICE, ALICE_ID, ADDRESS),
        (by_alice("2001:DB8::1"), ActorKind.USER, ALICE, ALICE_ID, "2001:db8::1"),
        (by_alice("::ffff:198.51.100.23"), ActorKind.USER, ALICE, ALICE_ID, ADDRESS),
        (by_alice(SERVICE_ADDRESS), ActorKind.USER, ALICE, ALICE_ID, ""),
        (by_alice(ADDRESS, "Azure ESTS Service"), ActorKind.USER, ALICE, ALICE_ID, ""),
        (by_alice("10.1.2.3"), ActorKind.USER, ALICE, ALICE_ID, ""),
        (by_alice("127.0.0.1"), ActorKind.USER, ALICE, ALICE_ID, ""),
        (by_alice("<null>"), ActorKind.USER, ALICE, ALICE_ID, ""),
        (by_alice(None), ActorKind.USER, ALICE, ALICE_ID, ""),
        (by_deployer(), ActorKind.APPLICATION, "Deploy", DEPLOYER_ID, ""),
        ({"app": {"appId": "ABC", "displayName": None}}, ActorKind.APPLICATION, "abc", "abc", ""),
        ({"user": {"id": ALICE_ID}}, ActorKind.USER, ALICE_ID, ALICE_ID, ""),
        ({"user": {"displayName": "Azure ESTS Service"}}, ActorKind.UNKNOWN, "", "", ""),
        ({"user": None, "app": None}, ActorKind.UNKNOWN, "", "", ""),
        (None, ActorKind.UNKNOWN, "", "", ""),
        ("Alice", ActorKind.UNKNOWN, "", "", ""),
    ],
)
def test_an_actor_is_a_person_or_an_application_and_the_address_their_own(
    by: object, kind: ActorKind, name: str, *, identifier: str, address: str
) -> None:
    [activity] = read_activities([record(OWNER_ADDED, initiatedBy=by)])
    actor = activity.actor
    assert (actor.kind, actor.name, actor.id, activity.address) == (kind, name, identifier, address)


@pytest.mark.parametrize(
    ("written", "when"),
    [
        ("2026-11-23T14:02:03.1234567Z", datetime(2026, 11, 23, 14, 2, 3, tzinfo=UTC)),
        ("2026-11-23T16:02:03+02:00", datetime(2026, 11, 23, 14, 2, 3, tzinfo=UTC)),
        ("2026-11-23T14:02:03", datetime(2026, 11, 23, 14, 2, 3, tzinfo=UTC)),
    ],
)
def test_times_are_read_to_the_second_in_utc(written: str, when: datetime) -> None:
    assert [each.when for each in read_activities([record(OWNER_ADDED, activityDateTime=written)])] == [when]


@pytest.mark.parametrize(
    "broken", [{}, {"activityDateTime": None}, {"activityDateTime": "soon"}, {"activityDateTime": 7}, [], None, "x"]
)
def test_a_record_without_a_time_is_counted(broken: Any) -> None:  # noqa: ANN401 — anything at all
    assert read_activities([broken, CERTIFICATE_ADDED]) == read_activities([CERTIFICATE_ADDED])
    assert count_unreadable([broken, CERTIFICATE_ADDED]) == 1


def test_a_record_with_nothing_but_its_time_is_kept() -> None:
    [activity] = read_activities([{"activityDateTime": "2026-11-23T14:02:03Z"}])
    assert str(sentence_of(activity)) == (
        "2026-11-23 14:02 UTC: somebody the log does not name — an activity without a name."
    )


@pytest.mark.parametrize(
    ("told_by", "sentence"),
    [
        (
            SECRET_ADDED,
            (
                f"{ALICE} (from {ADDRESS}) — Update application – Certificates and secrets management:"
                f" added key {KEY_1} (psn-01)."
            ),
        ),
        (
            record(SECRETS, application(keys([key(f"k-{each}", "") for each in range(6)], []))),
            (
                f"{ALICE} (from {ADDRESS}) — Update application – Certificates and secrets management:"
                " removed key k-0, k-1, k-2, k-3 and 2 more."
            ),
        ),
        (
            {**ROLE_GIVEN, "initiatedBy": by_deployer()},
            (
                f"the application Deploy ({DEPLOYER_ID}) — Add app role assignment to service principal:"
                " added app role Directory.Read.All."
            ),
        ),
        (
            scopes_given("Remove", " openid User.Read", " openid"),
            f"{ALICE} (from {ADDRESS}) — Remove delegated permission grant: removed permission User.Read.",
        ),
        (owner("Add", BOB_ID), f"{ALICE} (from {ADDRESS}) — Add owner to application: added owner {BOB_ID}."),
        (
            member("Remove", "role", OTHER_ID, "Reader"),
            f"{ALICE} (from {ADDRESS}) — Remove member from role: removed directory role Reader.",
        ),
        (
            record("Update application", application(ADDRESSES, included("AppAddress, Notes"))),
            f"{ALICE} (from {ADDRESS}) — Update application: changed AppAddress, Notes.",
        ),
        (
            record("Update application", application(included(""))),
            f"{ALICE} (from {ADDRESS}) — Update application: what of it, the log does not say.",
        ),
        (record("Delete application", application()), f"{ALICE} (from {ADDRESS}) — Delete application."),
    ],
)
def test_an_activity_is_told_in_a_sentence(told_by: Record, sentence: str) -> None:
    [activity] = read_activities([told_by])
    assert str(sentence_of(activity)) == f"2026-11-23 14:02 UTC: {sentence}"


@settings(deadline=None)  # the machine may be busy
@given(text=TEXTS)
def test_a_hostile_text_is_no_more_than_a_text_of_the_sentence(text: str) -> None:
    by = {"user": {"id": text, "userPrincipalName": text, "ipAddress": text}}
    attacked = record(
        text, application(keys([], [key(KEY_1, text)]), modified(text, [], [text])), initiatedBy=by, correlationId=text
    )
    [activity] = read_activities([attacked])
    said = str(sentence_of(activity))
    assert said == one_line(said)
    assert said.startswith("2026-11-23 14:02 UTC: ")
    assert activity.address == ""


DIFFERENCES: tuple[Difference, ...] = (
    added(),
    added(kind=CredentialKind.FEDERATED, key_id="abc"),
    CredentialChanged(Surface.CREDENTIALS, credential(), credential()),
    PermissionAdded(Surface.GRANTED, READ_ALL),
    PermissionRemoved(Surface.GRANTED, USER_READ),
    PermissionAdded(Surface.REQUESTED, READ_ALL),
    *(kind(surface, f"{BOB_ID}: x") for surface in Surface for kind in (ValueAdded, ValueRemoved)),
    *(ValueChanged(surface, "present", "deleted") for surface in Surface),
    *(NotCompared(surface, "x") for surface in Surface),
)
NAMES = st.sampled_from(
    [
        *("activityDateTime", "activityDisplayName", "initiatedBy", "user", "app", "id", "type", "targetResources"),
        *("displayName", "oldValue", "newValue", "userPrincipalName", "ipAddress", "correlationId", "result"),
        *("modifiedProperties", "operationType"),
    ]
)
WORDS = st.sampled_from(
    [
        *(
            APPLICATION,
            SERVICE_PRINCIPAL,
            "2026-11-23T14:02:03Z",
            "9999-12-31T23:59:59-14:00",
            "success",
            "KeyDescription",
        ),
        *("AppRole.Id", "Add owner to application", "Consent to application", "ConsentAction.Permissions", "=>"),
        *('["[KeyIdentifier=a,KeyType=b,KeyUsage=c,DisplayName=d]"]', "[" * 5_000, '{"a":', "1" * 5_000, "null", "[]"),
        *(
            "Application.ObjectID",
            "DelegatedPermissionGrant.Scope",
            "Included Updated Properties",
            "Update application",
        ),
    ]
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=6),
    max_leaves=25,
)


@settings(deadline=None)  # the machine may be busy
@given(records=st.lists(ANY_JSON, max_size=3), odd=ANY_JSON)
def test_no_record_whatever_is_in_it_raises(records: list[Any], odd: Any) -> None:  # noqa: ANN401 — the same
    shaped = [
        {"activityDateTime": "2026-11-23T14:02:03Z", "targetResources": odd},
        record("Update application", {**application(), "modifiedProperties": odd}),
        record(SECRETS, application({"displayName": "KeyDescription", "oldValue": odd, "newValue": odd})),
        record(OWNER_ADDED, application(), initiatedBy=odd, operationType=odd, correlationId=odd, result="success"),
    ]
    activities = read_activities([*records, *shaped])
    assert len(activities) + count_unreadable([*records, *shaped]) >= 1
    for activity in activities:
        assert str(sentence_of(activity))
    for difference in DIFFERENCES:
        found = who_did(difference, activities, object_ids=OURS)
        assert all(not each.ids.isdisjoint(OURS) for each in found)


NOW = datetime(2026, 11, 23, 14, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("deployed", "days", "since", "beyond"),
    [
        (None, 30, NOW - timedelta(days=30), "it keeps 30 days"),
        (None, 7, NOW - timedelta(days=7), "it keeps 7 days"),
        (NOW - timedelta(days=40), 30, NOW - timedelta(days=30), "it keeps 30 days"),
        (
            NOW - timedelta(days=3),
            30,
            NOW - timedelta(days=3),
            "before 2026-11-20 14:02 UTC: not asked for, the last deploy was then",
        ),
        (NOW + timedelta(days=1), 30, NOW, "before 2026-11-23 14:02 UTC: not asked for, the last deploy was then"),
    ],
    ids=["premium", "free", "deployed before the log begins", "deployed", "deployed by a clock that is ahead"],
)
def test_the_log_is_asked_since_the_last_deploy_as_far_as_it_reaches(
    deployed: datetime | None, days: int, since: datetime, beyond: str
) -> None:
    asked = window(NOW, deployed=deployed, days=days)
    assert (asked.since, asked.until, asked.beyond) == (since, NOW, beyond)
