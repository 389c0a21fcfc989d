"""Graph's quotas: what a request costs, who is refused when, and what a client is told of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from helpers.errors import InputError
from sandbox.directory import Directory
from sandbox.graph.authorization import Caller
from sandbox.graph.calls import Call, Operation, Reply
from sandbox.graph.errors import GraphError
from sandbox.graph.licences import require_premium
from sandbox.graph.throttling import admit, cost
from sandbox.identities import DEPLOYER, TENANTS
from sandbox.limits import Limits
from sandbox.usage import Usage
from tests.asking_graph import NOW, Clock, Graph, filled_world

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

APPLICATIONS, PRINCIPALS = "/v1.0/applications", "/v1.0/servicePrincipals"
OWN = f"{APPLICATIONS}(appId='{DEPLOYER.client_id}')"
WHOLE = Limits(retry_after="whole")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def graph(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Graph:
    return Graph(filled_world(tmp_path, tmp_path_factory, now=clock))


def reading_a_log(graph: Graph) -> tuple[Call, Operation]:
    """Return a request for a log, whatever logs there are."""
    call = Call(
        world=graph.world,
        directory=Directory(graph.world.store, graph.tenant_id, graph.cloud),
        caller=Caller(graph.app_id, graph.object_id, frozenset()),
        version="v1.0",
        url_path="/v1.0/auditLogs/directoryAudits",
        path={},
        query={},
        body={},
    )
    return call, Operation("GET", "/auditLogs/directoryAudits", lambda _: Reply())


def statuses(graph: Graph, times: int, path: str, **query: str) -> list[int]:
    return [graph.ask("GET", path, **query).status_code for _ in range(times)]


@pytest.mark.parametrize(
    ("path", "query", "units"),
    [
        pytest.param(APPLICATIONS, {}, 2, id="applications"),
        pytest.param(OWN, {}, 2, id="one application"),
        pytest.param("/v1.0/oauth2PermissionGrants", {}, 2, id="grants"),
        pytest.param(PRINCIPALS, {}, 1, id="anything else"),
        pytest.param(APPLICATIONS, {"expand": "owners"}, 3, id="$expand costs one more"),
        pytest.param(APPLICATIONS, {"select": "id"}, 1, id="$select one less"),
        pytest.param(APPLICATIONS, {"top": "19"}, 1, id="a small page one less"),
        pytest.param(APPLICATIONS, {"top": "20"}, 2, id="twenty is not small"),
        pytest.param(APPLICATIONS, {"select": "id", "top": "1", "expand": "owners"}, 1, id="all together"),
        pytest.param(PRINCIPALS, {"select": "id", "top": "1"}, 1, id="never less than one"),
    ],
)
def test_every_answer_says_what_it_cost(graph: Graph, path: str, query: dict[str, str], units: int) -> None:
    answer = graph.ask("GET", path, **query)
    assert (answer.status_code, answer.headers["x-ms-resource-unit"]) == (200, str(units))
    assert "x-ms-throttle-limit-percentage" not in answer.headers


def test_a_refused_request_costs_as_well(graph: Graph) -> None:
    answer = replace(graph, roles=()).ask("GET", APPLICATIONS)
    assert (answer.status_code, answer.headers["x-ms-resource-unit"]) == (403, "2")


def test_the_quota_of_units_is_refused_beyond_and_comes_back(graph: Graph, clock: Clock) -> None:
    graph.world.conditions.set(replace(WHOLE, resource_units=10))
    answers = [graph.ask("GET", APPLICATIONS) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    told = [answer.headers.get("x-ms-throttle-limit-percentage") for answer in answers]
    assert told == [None, None, None, None, "1.00", "1.20"]
    refused = answers[-1]
    assert refused.json()["error"]["code"] == "TooManyRequests"
    assert refused.headers["x-ms-throttle-scope"].startswith("Tenant_Application/ReadWrite/")
    assert refused.headers["x-ms-throttle-information"] == "ResourceUnitLimitExceeded"
    clock.go_on(int(refused.headers["Retry-After"]))
    assert statuses(graph, 1, APPLICATIONS) == [200]


def test_each_request_of_a_batch_counts_and_tells_when_to_come_again(graph: Graph) -> None:
    graph.world.conditions.set(replace(WHOLE, resource_units=6))
    requests = [{"id": str(number), "method": "GET", "url": "/applications"} for number in range(5)]
    answers = graph.batch(*requests).values()
    assert sorted(answer["status"] for answer in answers) == [200, 200, 200, 429, 429]
    for answer in answers:
        assert ("Retry-After" in answer["headers"]) == (answer["status"] == 429)
        assert answer["headers"]["x-ms-resource-unit"] == "2"


def test_another_application_or_tenant_has_a_quota_of_its_own(graph: Graph) -> None:
    graph.world.conditions.set(replace(WHOLE, resource_units=2))
    assert statuses(graph, 2, APPLICATIONS) == [200, 429]
    assert statuses(replace(graph, app_id=DEPLOYER.client_id), 1, APPLICATIONS) == [200]
    assert statuses(replace(graph, tenant_id=TENANTS[1].id), 1, APPLICATIONS) == [200]


@pytest.mark.parametrize("path", [APPLICATIONS, OWN, PRINCIPALS])
def test_certificates_are_read_so_often_a_minute_in_a_tenant_by_whomever(graph: Graph, clock: Clock, path: str) -> None:
    graph.world.conditions.set(replace(WHOLE, certificate_reads=2))
    other = replace(graph, app_id=DEPLOYER.client_id)
    assert statuses(graph, 1, OWN, select="id,keyCredentials") == [200]
    assert statuses(other, 2, path, select="KeyCredentials") == [200, 429]
    assert statuses(graph, 1, path, select="id") == [200]
    clock.go_on(60)
    assert statuses(graph, 1, path, select="keyCredentials") == [200]


def test_certificates_are_read_a_hundred_and_fifty_times_a_minute_unless_told_otherwise(graph: Graph) -> None:
    usage, told = Usage(), Limits()
    assert told.certificate_reads == 150
    charges = [usage.charge(("k",), 1, most=150, seconds=60, now=NOW) for _ in range(151)]
    assert [charge.wait for charge in charges] == [0.0] * 150 + [60.0]
    assert statuses(graph, 1, OWN, select="keyCredentials") == [200]


def test_logs_have_a_quota_of_their_own_of_five_in_ten_seconds(graph: Graph, clock: Clock) -> None:
    call, operation = reading_a_log(graph)
    for _ in range(5):
        assert admit(call, operation) == {}
    with pytest.raises(GraphError, match="Too many requests") as refused:
        admit(call, operation)
    assert refused.value.status == 429
    assert statuses(graph, 1, APPLICATIONS) == [200]
    # What was refused counts as well: after ten seconds it alone is left.
    clock.go_on(10)
    assert admit(call, operation) == {}


def test_changes_have_a_quota_of_their_own(graph: Graph) -> None:
    graph.world.conditions.set(replace(WHOLE, writes=1))
    graph.make(APPLICATIONS, displayName="ISE")
    refused = graph.ask("POST", APPLICATIONS, {"displayName": "ISE"})
    assert (refused.status_code, refused.headers["x-ms-throttle-information"]) == (429, "WriteLimitExceeded")
    assert len(graph.values(APPLICATIONS, filter="displayName eq 'ISE'")) == 1


@pytest.mark.parametrize(
    ("style", "said"),
    [
        ("whole", ["8", "8", "8"]),
        ("fractional", ["7.500", "7.500", "7.500"]),
        ("absent", [None, None, None]),
        ("varied", ["8", "7.500", None]),
    ],
)
def test_a_refusal_says_when_to_come_again_in_the_way_that_was_chosen(
    graph: Graph, clock: Clock, style: str, said: list[str | None]
) -> None:
    graph.world.conditions.set(Limits(resource_units=2, retry_after=style))
    statuses(graph, 1, APPLICATIONS)
    clock.go_on(2.5)
    # So much is used that refusals count no more, and each waits equally long.
    graph.world.conditions.usage.charge(("units", graph.app_id, graph.tenant_id), 1, most=2, seconds=10, now=NOW)
    answers: list[httpx.Response] = [graph.ask("GET", APPLICATIONS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429] * 3
    assert [answer.headers.get("Retry-After") for answer in answers] == said


def test_who_waits_as_told_is_let_even_after_many_refusals() -> None:
    usage, seconds = Usage(), 0.0
    clock = Clock()
    for _ in range(40):
        charge = usage.charge(("k",), 3, most=10, seconds=10, now=clock())
        seconds = charge.wait or seconds
    clock.go_on(seconds)
    assert usage.charge(("k",), 3, most=10, seconds=10, now=clock()).wait == 0


def test_what_costs_more_than_all_there_is_waits_for_ever() -> None:
    assert Usage().charge(("k",), 3, most=2, seconds=10, now=NOW).wait == 10
    assert Usage().charge(("k",), 1, most=0, seconds=10, now=NOW).share == 1.8


def test_without_quotas_nobody_is_refused(graph: Graph) -> None:
    graph.world.conditions.set(Limits(resource_units=0, writes=0, certificate_reads=0).without_quotas())
    assert statuses(graph, 3, OWN, select="keyCredentials") == [200] * 3


def test_a_log_costs_no_units_of_the_directory(graph: Graph) -> None:
    graph.world.conditions.set(replace(WHOLE, resource_units=0))
    call, operation = reading_a_log(graph)
    assert admit(call, operation) == {}
    assert cost(call, operation) == 1


def test_a_tenant_without_premium_reads_no_logs(graph: Graph) -> None:
    call, _ = reading_a_log(graph)
    require_premium(call)
    graph.world.conditions.set(Limits(tenants_without_premium=(graph.tenant_id.upper(),)))
    with pytest.raises(GraphError, match="premium") as refused:
        require_premium(call)
    assert (refused.value.status, refused.value.code) == (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")


# The switches


def test_limits_change_one_by_one() -> None:
    changed = Limits(lag_seconds=3).changed({"writes": None, "tenants_without_premium": ["t"]})
    assert changed == Limits(lag_seconds=3, writes=None, tenants_without_premium=("t",))
    assert changed.changed({}) == changed


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param([], id="no object"),
        pytest.param({"quota": 1}, id="unknown"),
        pytest.param({"writes": -1}, id="negative"),
        pytest.param({"writes": True}, id="a truth value for a number"),
        pytest.param({"lag_lists": None}, id="none where there is no quota"),
        pytest.param({"lag_seconds": "1"}, id="text for a number"),
        pytest.param({"retry_after": "soon"}, id="unknown manner"),
        pytest.param({"certificates_in_lists": 1}, id="a number for a truth value"),
        pytest.param({"tenants_without_premium": "t"}, id="a tenant instead of tenants"),
        pytest.param({"tenants_without_premium": [1]}, id="tenants that are numbers"),
    ],
)
def test_a_limit_that_is_none_is_refused(fields: object) -> None:
    with pytest.raises(InputError, match="limits"):
        Limits().changed(fields)
