"""Replication that lags where it is told to: lists, eventual reads and single ones, for a time or a number of reads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sandbox.identities import TENANTS
from sandbox.limits import Limits
from tests.asking_graph import Clock, Graph, filled_world

if TYPE_CHECKING:
    from pathlib import Path

APPLICATIONS = "/v1.0/applications"
EVENTUAL = {"ConsistencyLevel": "eventual"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def graph(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Graph:
    return Graph(filled_world(tmp_path, tmp_path_factory, now=clock))


@pytest.fixture
def path(graph: Graph) -> str:
    """The path of an application whose notes are `before`."""
    return f"{APPLICATIONS}/{graph.make(APPLICATIONS, displayName='ISE', notes='before')['id']}"


def listed(graph: Graph, **query: str) -> list[str]:
    return [one["notes"] for one in graph.values(APPLICATIONS, **{"filter": "displayName eq 'ISE'", **query})]


def test_nothing_lags_unless_told(graph: Graph, path: str) -> None:
    graph.change(path, notes="after")
    assert (listed(graph), graph.get(path)["notes"]) == (["after"], "after")


def test_lists_are_behind_for_so_many_seconds_and_single_reads_are_not(graph: Graph, path: str, clock: Clock) -> None:
    graph.world.conditions.set(Limits(lag_seconds=5))
    graph.change(path, notes="after")
    clock.go_on(4.9)
    assert (listed(graph), graph.get(path)["notes"]) == (["before"], "after")
    clock.go_on(0.1)
    assert listed(graph) == ["after"]


def test_each_list_is_behind_for_so_many_reads(graph: Graph, path: str) -> None:
    graph.world.conditions.set(Limits(lag_lists=2))
    graph.change(path, notes="after")
    assert [listed(graph) for _ in range(3)] == [["before"], ["before"], ["after"]]
    assert listed(graph, top="5") == ["before"]
    assert graph.get(path)["notes"] == "after"


def test_a_single_read_is_behind_for_so_many_reads_of_the_object(graph: Graph, path: str) -> None:
    graph.world.conditions.set(Limits(lag_objects=1))
    graph.change(path, notes="after")
    assert listed(graph) == ["after"]
    assert [graph.get(path)["notes"], graph.get(path, select="notes")["notes"]] == ["before", "after"]


def test_an_eventual_read_of_one_object_lags_as_lists_do(graph: Graph, path: str) -> None:
    graph.world.conditions.set(Limits(lag_seconds=5))
    graph.change(path, notes="after")
    assert replace(graph, headers=EVENTUAL).get(path)["notes"] == "before"
    assert graph.get(path)["notes"] == "after"


def test_what_was_just_made_is_not_found_and_what_was_deleted_still_is(graph: Graph, path: str) -> None:
    graph.world.conditions.set(Limits(lag_objects=1, lag_lists=1))
    made = graph.make(APPLICATIONS, displayName="new")["id"]
    graph.delete(path)
    assert graph.refusal("GET", f"{APPLICATIONS}/{made}") == (404, "Request_ResourceNotFound")
    assert graph.get(path)["notes"] == "before"
    assert listed(graph) == ["before"]
    assert graph.get(f"{APPLICATIONS}/{made}")["displayName"] == "new"
    assert graph.refusal("GET", path) == (404, "Request_ResourceNotFound")
    assert listed(graph) == []


def test_changes_arrive_one_after_another(graph: Graph, path: str, clock: Clock) -> None:
    graph.world.conditions.set(Limits(lag_seconds=5))
    graph.change(path, notes="second")
    clock.go_on(3)
    graph.change(path, notes="third")
    seen = []
    for seconds in (0, 2, 3):
        clock.go_on(seconds)
        seen += listed(graph)
    assert seen == ["before", "second", "third"]


def test_what_belongs_to_an_object_lags_with_it(graph: Graph, path: str) -> None:
    graph.world.conditions.set(Limits(lag_lists=1))
    credential = {"name": "gh", "issuer": "https://oidc.example", "subject": "s"}
    graph.make(f"{path}/federatedIdentityCredentials", **credential)
    assert [len(graph.values(f"{path}/federatedIdentityCredentials")) for _ in range(2)] == [0, 1]


def test_a_change_sees_what_is_so(graph: Graph, path: str) -> None:
    graph.world.conditions.set(Limits(lag_seconds=5, lag_objects=9))
    graph.change(path, notes="after")
    graph.change(path, tags=["t"])
    graph.world.conditions.set(Limits())
    found = graph.get(path)
    assert (found["notes"], found["tags"]) == ("after", ["t"])


def test_another_tenant_does_not_lag_for_it(graph: Graph, path: str) -> None:
    graph.world.conditions.set(Limits(lag_seconds=5))
    graph.change(path, notes="after")
    assert listed(replace(graph, tenant_id=TENANTS[1].id)) == []
    assert listed(graph) == ["before"]


def test_a_count_is_of_the_index_that_lags(graph: Graph, path: str) -> None:
    graph.world.conditions.set(Limits(lag_lists=1))
    eventual = replace(graph, headers=EVENTUAL)
    graph.delete(path)
    counted = [int(eventual.ask("GET", f"{APPLICATIONS}/$count").text) for _ in range(2)]
    assert counted[0] == counted[1] + 1
