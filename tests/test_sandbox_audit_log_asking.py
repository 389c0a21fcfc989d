"""How the directory's audit log is asked for: filters, order, pages, and who may."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sandbox.identities import AUDITOR, READER
from tests.an_audit_log import DENIED, LOG, ROLES, Logged, without_quotas
from tests.asking_graph import NOW, TENANT, Graph

if TYPE_CHECKING:
    from pathlib import Path

    from tests.an_audit_log import Record


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Logged:
    """A log of a month: the application's notes were changed on days 40, 20, 10 and 0 before now."""
    world = without_quotas(tmp_path_factory.mktemp("month"), tmp_path_factory)
    past = Graph(world, roles=ROLES).at(NOW - timedelta(days=41))
    logged = Logged(past)
    for days in (40, 20, 10, 0):
        past.at(NOW - timedelta(days=days)).change(logged.path, notes=f"{days} days ago")
    logged.graph = Graph(world, roles=ROLES)
    return logged


def ago(record: Record) -> int:
    return (NOW.date() - datetime.fromisoformat(record["activityDateTime"]).date()).days


def test_the_newest_come_first_and_after_thirty_days_they_are_gone(month: Logged) -> None:
    assert [ago(record) for record in month.all()] == [0, 10, 20]


@pytest.mark.parametrize(
    ("condition", "days"),
    [
        ("activityDateTime ge 2027-01-05T12:00:00Z", [0, 10]),
        ("activityDateTime gt 2027-01-05T12:00:00Z", [0]),
        ("activityDateTime lt 2027-01-05T12:00:00.0000000Z", [20]),
        ("activityDateTime ge 2026-12-20T00:00:00Z and activityDateTime le 2027-01-10T00:00:00Z", [10, 20]),
        ("activityDateTime eq 2027-01-15T12:00:00Z", [0]),
        ("activityDisplayName eq 'Update application'", [0, 10, 20]),
        ("activityDisplayName eq 'Update app'", []),
        ("startswith(activityDisplayName,'update app')", [0, 10, 20]),
        ("targetResources/any(t:t/id eq '{id}')", [0, 10, 20]),
        ("targetResources/any(t: t/displayName eq 'ISE') and loggedByService eq 'Core Directory'", [0, 10, 20]),
        ("targetResources/any(x:startswith(x/displayName, 'I'))", [0, 10, 20]),
        ("targetResources/any(t:t/id eq 'nobody')", []),
        ("correlationId eq '{correlation}'", [10]),
        ("initiatedBy/app/appId eq '5a9d0000-00f1-4000-8000-0000000000c1'", [0, 10, 20]),
        ("initiatedBy/user/id eq 'nobody'", []),
    ],
)
def test_the_log_is_filtered_as_graph_filters_it(month: Logged, condition: str, days: list[int]) -> None:
    correlation = month.all()[1]["correlationId"]
    asked = condition.format(id=month.id.upper(), correlation=correlation)
    assert [ago(record) for record in month.graph.values(LOG, filter=asked)] == days


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"filter": "category eq 'ApplicationManagement'"}, "Request_UnsupportedQuery"),
        ({"filter": "targetResources/any(t:t/type eq 'Application')"}, "Request_UnsupportedQuery"),
        ({"filter": "activityDateTime ge yesterday"}, "BadRequest"),
        ({"filter": "activityDateTime ge 2027-01-05T12:00:00"}, "BadRequest"),
        ({"filter": "activityDateTime ge 2027-01-05T12:00:00Z or correlationId eq 'x'"}, "BadRequest"),
        ({"orderby": "category"}, "Request_UnsupportedQuery"),
        ({"orderby": "activityDateTime sideways"}, "Request_UnsupportedQuery"),
        ({"top": "1001"}, "Request_UnsupportedQuery"),
        ({"expand": "initiatedBy"}, "Request_UnsupportedQuery"),
    ],
    ids=str,
)
def test_what_graph_does_not_support_is_refused(month: Logged, query: dict[str, str], code: str) -> None:
    assert month.graph.refusal("GET", LOG, **query) == (400, code)


def test_the_order_and_the_pages_are_as_asked_for(month: Logged) -> None:
    assert [ago(record) for record in month.graph.values(LOG, orderby="activityDateTime asc")] == [20, 10, 0]
    first = month.graph.get(LOG, top="2")
    assert [ago(record) for record in first["value"]] == [0, 10]
    rest = month.graph.services.get(
        first["@odata.nextLink"], headers={"Authorization": f"Bearer {month.graph._bearer}"}
    )
    assert [ago(record) for record in rest.json()["value"]] == [20]
    assert month.graph.ask("GET", LOG, top="1000").status_code == 200


def test_one_record_is_found_by_its_id_in_either_version(month: Logged) -> None:
    record = month.all()[0]
    for version in ("v1.0", "beta"):
        found = month.graph.get(f"/{version}/auditLogs/directoryAudits/{record['id']}")
        assert {name: value for name, value in found.items() if name != "@odata.context"} == record
    assert month.graph.refusal("GET", f"{LOG}/Directory_none")[0] == 404


def test_times_have_seven_digits_of_a_second(month: Logged) -> None:
    assert month.all()[0]["activityDateTime"] == "2027-01-15T12:00:00.0000000Z"


def test_the_auditor_reads_the_log_and_the_reader_does_not(month: Logged) -> None:
    auditor = replace(month.graph, app_id=AUDITOR.client_id, object_id=AUDITOR.object_id, roles=AUDITOR.roles)
    assert len(auditor.values(LOG)) == 3
    reader = replace(month.graph, app_id=READER.client_id, object_id=READER.object_id, roles=READER.roles)
    assert reader.refusal("GET", LOG) == DENIED


def test_a_tenant_without_premium_has_no_log_over_graph(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    graph = Graph(without_quotas(tmp_path, tmp_path_factory), roles=ROLES)
    conditions = graph.world.conditions
    conditions.set(replace(conditions.limits, tenants_without_premium=(TENANT,)))
    assert graph.refusal("GET", LOG) == (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")


def test_another_tenants_log_is_not_seen(month: Logged) -> None:
    elsewhere = replace(month.graph, tenant_id="5a9d0000-0002-4000-8000-000000000002")
    assert elsewhere.values(LOG) == []
