"""Twenty requests in one: each is judged, counted and answered by itself, and the whole succeeds whatever they do."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.identities import DEPLOYER
from tests.asking_graph import Graph, filled_world

if TYPE_CHECKING:
    from pathlib import Path

APPLICATIONS = "/v1.0/applications"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def graph(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    return Graph(filled_world(tmp_path, tmp_path_factory))


def reading(identifier: str, url: str = "/applications", **more: object) -> dict[str, object]:
    return {"id": identifier, "method": "GET", "url": url, **more}


def making(identifier: str, name: str, **more: object) -> dict[str, object]:
    body = {"displayName": name}
    return {"id": identifier, "method": "POST", "url": "/applications", "headers": JSON, "body": body, **more}


def refusal(graph: Graph, *requests: object) -> tuple[int, str]:
    return graph.refusal("POST", "/v1.0/$batch", {"requests": requests})


def test_each_request_is_answered_as_if_it_had_come_by_itself(graph: Graph) -> None:
    own = f"/applications(appId='{DEPLOYER.client_id}')?$select=id,displayName"
    answers = graph.batch(reading("a", own), reading("b", "applications/nobody"), making("c", "ISE"))
    assert (answers["a"]["status"], answers["a"]["body"]) == (200, graph.get("/v1.0" + own))
    assert (answers["b"]["status"], answers["b"]["body"]["error"]["code"]) == (404, "Request_ResourceNotFound")
    assert (answers["c"]["status"], answers["c"]["body"]["displayName"]) == (201, "ISE")
    assert answers["a"]["headers"]["Content-Type"] == "application/json"


def test_an_answer_without_content_has_no_body(graph: Graph) -> None:
    made = graph.make(APPLICATIONS, displayName="ISE")["id"]
    answer = graph.batch({"id": "1", "method": "DELETE", "url": f"/applications/{made}"})["1"]
    assert answer["status"] == 204
    assert "body" not in answer


def test_the_answers_come_in_another_order_than_the_requests_and_always_in_the_same(graph: Graph) -> None:
    requests = [reading(str(number), "/organization") for number in range(20)]
    orders = [list(graph.batch(*requests)) for _ in range(2)]
    assert orders[0] == orders[1]
    assert orders[0] != [request["id"] for request in requests]
    assert sorted(orders[0]) == sorted(str(request["id"]) for request in requests)


@pytest.mark.parametrize(
    ("requests", "code"),
    [
        pytest.param([], "BadRequest", id="none"),
        pytest.param([reading(str(number)) for number in range(21)], "MaximumValueExceeded", id="more than twenty"),
        pytest.param([reading("A"), reading("a")], "BadRequest", id="ids that differ in case alone"),
        pytest.param([{"method": "GET", "url": "/applications"}], "BadRequest", id="no id"),
        pytest.param([{"id": 1, "method": "GET", "url": "/applications"}], "BadRequest", id="an id that is a number"),
        pytest.param([{"id": "1", "url": "/applications"}], "BadRequest", id="no method"),
        pytest.param([{"id": "1", "method": "GET"}], "BadRequest", id="no url"),
        pytest.param(["GET /applications"], "BadRequest", id="no object"),
        pytest.param([reading("1", headers="x")], "BadRequest", id="headers that are no object"),
        pytest.param([{**making("1", "ISE"), "headers": {}}], "BadRequest", id="a body without its type"),
        pytest.param([{"id": "1", "method": "POST", "url": "/applications"}], "BadRequest", id="a write without body"),
        pytest.param([reading("1", dependsOn=["2"])], "BadRequest", id="depends on what is not there"),
        pytest.param([reading("1", dependsOn=["2"]), reading("2", dependsOn=["1"])], "BadRequest", id="a circle"),
    ],
)
def test_a_batch_that_cannot_be_read_is_refused_as_a_whole(graph: Graph, requests: list[Any], code: str) -> None:
    assert refusal(graph, *requests) == (400, code)


def test_what_depends_on_a_failure_is_not_tried(graph: Graph) -> None:
    answers = graph.batch(
        making("late", "too late", dependsOn=["failing"]),
        making("later", "later still", dependsOn=["LATE"]),
        reading("failing", "/applications/nobody"),
    )
    assert [answers[name]["status"] for name in ("failing", "late", "later")] == [404, 424, 424]
    assert graph.values(APPLICATIONS, filter="startswith(displayName,'too')") == []


def test_what_depends_on_a_success_comes_after_it(graph: Graph) -> None:
    listing = reading("list", "/applications?$filter=displayName eq 'ISE'", dependsOn=["make"])
    answers = graph.batch(listing, making("make", "ISE"))
    assert [found["displayName"] for found in answers["list"]["body"]["value"]] == ["ISE"]


@pytest.mark.parametrize(
    "url",
    ["/beta/applications", "/v1.0/applications", "https://graph.microsoft.com/beta/applications", "/$batch"],
)
def test_a_batch_stays_in_its_own_version(graph: Graph, url: str) -> None:
    assert graph.batch(reading("1", url))["1"]["status"] == 400


def test_a_batch_of_beta_shows_what_beta_has(graph: Graph) -> None:
    made = graph.make(APPLICATIONS, displayName="ISE")["id"]
    path = f"/applications/{made}/federatedIdentityCredentials"
    expression = {"value": "claims['sub'] matches 'repo:*'", "languageVersion": 1}
    flexible = {"name": "f", "issuer": "https://oidc.example", "claimsMatchingExpression": expression}
    graph.make(f"/beta{path}", **flexible)
    found = {
        version: graph.batch(reading("1", path), version=version)["1"]["body"]["value"][0]
        for version in ("v1.0", "beta")
    }
    assert found["beta"]["claimsMatchingExpression"] == expression
    assert "claimsMatchingExpression" not in found["v1.0"]
    assert found["v1.0"]["subject"] is None


def test_each_request_is_authorized_by_itself(graph: Graph) -> None:
    answers = replace(graph, roles=("Application.Read.All",)).batch(reading("a"), making("b", "ISE"))
    assert [answers[name]["status"] for name in "ab"] == [200, 403]


def test_a_batch_without_a_token_is_refused_as_a_whole(graph: Graph) -> None:
    assert refusal(replace(graph, token="x"), reading("1")) == (401, "InvalidAuthenticationToken")


def test_a_request_cannot_bring_another_callers_token(graph: Graph) -> None:
    mine = replace(graph, roles=())
    assert mine.batch(reading("1", headers={"Authorization": "Bearer x"}))["1"]["status"] == 403


def test_a_header_counts_for_its_own_request_alone(graph: Graph) -> None:
    counting = "/applications/$count"
    eventual = {"ConsistencyLevel": "eventual"}
    answers = graph.batch(reading("a", counting, headers=eventual), reading("b", counting))
    assert [answers[name]["status"] for name in "ab"] == [200, 400]
    # What is no JSON comes in base64.
    assert base64.b64decode(answers["a"]["body"]) == str(len(graph.values(APPLICATIONS))).encode()


def test_a_method_or_path_that_nobody_offers_spoils_its_own_answer_alone(graph: Graph) -> None:
    answers = graph.batch(reading("a", "/users"), reading("b"))
    assert [answers[name]["status"] for name in "ab"] == [501, 200]
