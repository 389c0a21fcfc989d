"""The sign-in log and the activity report of one application: what is asked for, in which pace, and what lacks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from clients.graph import Log, SignInLogs, logs
from clients.graph.permissions import USAGE_NEEDS
from helpers.model import PermissionType
from helpers.permissions import MICROSOFT_GRAPH, find_api
from sandbox.faults import Fault
from sandbox.graph.authorization import RULES, Caller
from sandbox.identities import AUDITOR, READER
from sandbox.sign_ins import PastSignIns, keep_past
from tests.reading_graph import HERE, Sandboxed, a_sandbox, register

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from clients.graph.addresses import Get
    from clients.graph.permissions import Need
    from helpers.observing import Document
    from sandbox.identities import Pipeline

DAY = timedelta(days=1)
BOTH_LACK = "needs AuditLog.Read.All (403)"


@pytest.fixture
def sandbox(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Sandboxed:
    return a_sandbox(tmp_path, tmp_path_factory)


def signed_in(sandbox: Sandboxed, application: Document, *days: float, key_id: str = "") -> None:
    at = tuple((sandbox.world.now() - each * DAY).isoformat() for each in days)
    keep_past(sandbox.world, PastSignIns(HERE.id, application["appId"], at, key_id))


def with_secret(sandbox: Sandboxed) -> tuple[Document, str]:
    """Return an application, and the key id of its secret."""
    made = register(sandbox)
    secret = sandbox.graph.ask("POST", f"/v1.0/applications/{made['id']}/addPassword", {"passwordCredential": {}})
    return made, str(secret.json()["keyId"])


def logs_of(sandbox: Sandboxed, client_id: str, *, days: float = 30, pipeline: Pipeline = AUDITOR) -> SignInLogs:
    now = sandbox.world.now()
    with sandbox.directories(variables=sandbox.variables(pipeline)) as directories:
        return directories.read_sign_in_logs(HERE, client_id, since=now - days * DAY, until=now + DAY)


def test_one_applications_sign_ins_of_the_window_come_newest_first_with_the_last_use_of_its_keys(
    sandbox: Sandboxed,
) -> None:
    (ours, key_id), other = with_secret(sandbox), register(sandbox)
    signed_in(sandbox, ours, 29, 3, 1, key_id=key_id)
    signed_in(sandbox, other, 2)
    read = logs_of(sandbox, ours["appId"], days=20)
    assert [row["createdDateTime"][:10] for row in read.sign_ins.records] == ["2027-01-14", "2027-01-12"]
    assert {row["appId"] for row in read.sign_ins.records} == {ours["appId"]}
    (activity,) = read.activities.records
    assert (activity["keyId"], activity["signInActivity"]["lastSignInDateTime"][:10]) == (key_id, "2027-01-14")
    assert (read.sign_ins.unread, read.activities.unread) == ("", "")


def test_many_pages_are_read_five_in_ten_seconds(sandbox: Sandboxed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "PAGE", 2)
    application = register(sandbox)
    signed_in(sandbox, application, *(number / 10 for number in range(1, 16)))
    read = logs_of(sandbox, application["appId"])
    assert (len(read.sign_ins.records), read.sign_ins.unread) == (15, "")
    assert sum(sandbox.time.waits) >= 10
    assert not [request for request in sandbox.seen if request.status == 429]


def test_a_log_that_is_too_long_is_cut_and_says_so(sandbox: Sandboxed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "PAGE", 2)
    monkeypatch.setattr(logs, "MOST_PAGES", 2)
    application = register(sandbox)
    signed_in(sandbox, application, 1, 2, 3, 4, 5)
    read = logs_of(sandbox, application["appId"]).sign_ins
    assert (len(read.records), read.unread) == (4, "only its newest 4 records were read")


@pytest.mark.parametrize("rows", [0, 1], ids=["empty pages", "pages of one row"])
def test_a_log_that_goes_on_for_ever_is_left(sandbox: Sandboxed, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """However little is on a page: at the pace of logs, two thousand of them would take an hour."""
    asked: list[str] = []

    async def endless(_graph: object, get: Get) -> AsyncIterator[list[Document]]:
        while True:
            asked.append(get.path)
            yield [{"id": str(len(asked))}] * rows

    monkeypatch.setattr("clients.graph.asking.Graph.pages", endless)
    monkeypatch.setattr(logs, "MOST_PAGES", 3)
    read = logs_of(sandbox, register(sandbox)["appId"])
    assert len(asked) == 8
    assert (len(read.sign_ins.records), len(read.activities.records)) == (3 * rows, 3 * rows)
    assert read.sign_ins.unread == read.activities.unread == "only its newest 3,000 records were read"


def test_each_of_the_two_says_for_itself_why_it_was_not_read(sandbox: Sandboxed) -> None:
    application, key_id = with_secret(sandbox)
    signed_in(sandbox, application, 1, key_id=key_id)
    assert logs_of(sandbox, application["appId"], pipeline=READER) == SignInLogs(Log((), BOTH_LACK), Log((), BOTH_LACK))
    sandbox.faults.set(Fault(path_prefix="/beta/reports", status=500, count=None))
    read = logs_of(sandbox, application["appId"])
    assert (len(read.sign_ins.records), read.sign_ins.unread) == (1, "")
    assert read.activities == Log((), "Graph answered 500 (FaultOnRequest)")


def test_a_tenant_without_the_licence_says_so(sandbox: Sandboxed) -> None:
    conditions = sandbox.world.conditions
    conditions.set(replace(conditions.limits, tenants_without_premium=(HERE.id,)))
    read = logs_of(sandbox, register(sandbox)["appId"])
    assert {read.sign_ins.unread, read.activities.unread} == {"needs Microsoft Entra ID P1 (403)"}


def test_what_is_no_client_id_is_not_asked_for(sandbox: Sandboxed) -> None:
    read = logs_of(sandbox, "x' or appId ne 'x")
    assert read.sign_ins == read.activities == Log((), "that is no client id: a GUID is")
    assert sandbox.seen == []


def test_who_cannot_sign_in_is_told_by_both(sandbox: Sandboxed) -> None:
    now = sandbox.world.now()
    with sandbox.directories(variables={"ARM_USE_CLI": "false"}) as directories:
        read = directories.read_sign_in_logs(HERE, AUDITOR.client_id, since=now, until=now)
    assert read.sign_ins == read.activities
    assert read.sign_ins.unread.startswith("sign-in: there is nothing to sign in with")


@pytest.mark.parametrize("need", USAGE_NEEDS, ids=lambda need: need.surface)
def test_the_permissions_named_are_enough_by_the_sandboxs_own_table(need: Need) -> None:
    known = find_api(MICROSOFT_GRAPH).permissions
    (request,) = need.requests
    rule = RULES[f"GET {request.removeprefix('/beta')}"]
    for permission in (need.least, *need.also):
        assert (PermissionType.APPLICATION, permission) in known
        assert rule.allows(Caller("some-client", "some-object", frozenset({permission})))
