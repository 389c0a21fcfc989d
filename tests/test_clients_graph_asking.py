"""How Graph is asked: batches, patience, and nothing but reads."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from clients.graph import answered
from clients.graph.addresses import BETA, Get, filtered
from clients.graph.asking import Graph, NotARead
from clients.graph.refusals import unread
from tests.answering_as_graph import (
    APPLICATION,
    Asked,
    batch,
    fine,
    gets,
    in_turn,
    responses,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def test_twenty_go_together_and_answers_come_back_in_the_order_asked() -> None:
    asked = Asked(batch(fine))
    answers = asked.get_all(*gets(45))
    assert [answer.content["url"] for answer in answers] == [f"/applications/{each}" for each in range(45)]
    assert sorted(len(inner) for inner in asked.batches) == [5, 20, 20]
    assert (asked.tally.round_trips, asked.tally.requests) == (3, 45)


def test_versions_do_not_go_together() -> None:
    asked = Asked(batch(fine))
    asked.get_all(*gets(2), *gets(1, version=BETA))
    paths = {request.url.path: len(json.loads(request.content)["requests"]) for request in asked.requests}
    assert paths == {"/v1.0/$batch": 2, "/beta/$batch": 1}


def test_every_request_carries_the_token_and_says_that_it_can_wait() -> None:
    asked = Asked(batch(fine))
    asked.get_all(*gets(1))
    assert asked.requests[0].headers["Authorization"] == "Bearer the-token"
    assert asked.requests[0].headers["x-ms-throttle-priority"] == "low"
    assert asked.batches[0][0]["headers"] == {"x-ms-throttle-priority": "low"}


def test_only_what_was_throttled_is_asked_again_after_the_longest_wait() -> None:
    waits = {"0": "2.128", "2": "7"}

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        wait = waits.pop(request["url"][-1], None)
        return fine(request) if wait is None else {"status": 429, "headers": {"Retry-After": wait}}

    asked = Asked(batch(answer))
    answers = asked.get_all(*gets(3))
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert [[one["url"] for one in inner] for inner in asked.batches] == [
        ["/applications/0", "/applications/1", "/applications/2"],
        ["/applications/0", "/applications/2"],
    ]
    assert (sum(asked.time.waits), asked.tally.throttled) == (7, 2)


def test_a_throttled_batch_is_asked_again_whole() -> None:
    asked = Asked(batch(fine))
    first = iter([httpx.Response(429, headers={"Retry-After": "1.5"}, json={"error": {"code": "TooManyRequests"}})])
    asked.answer = lambda request: next(first, None) or responses(request, fine)
    assert [answer.status for answer in asked.get_all(*gets(2))] == [200, 200]
    assert sum(asked.time.waits) == 1.5


def test_without_retry_after_each_wait_is_longer() -> None:
    asked = Asked(in_turn([*(httpx.Response(429) for _ in range(4)), httpx.Response(200, json={})]))
    assert asked.get().status == 200
    assert asked.time.waits == [1, 2, 4, 8]


@pytest.mark.parametrize(
    ("headers", "tries"),
    [
        pytest.param({"Retry-After": "0"}, 8, id="told to come at once"),
        pytest.param({}, 8, id="told nothing"),
        pytest.param({"Retry-After": "3600"}, 1, id="told to come in an hour"),
        pytest.param({"Retry-After": "100"}, 4, id="longer than a run waits"),
    ],
)
def test_patience_ends(headers: dict[str, str], tries: int) -> None:
    asked = Asked(lambda _: httpx.Response(429, headers=headers))
    answer = asked.get()
    assert len(asked.requests) == tries
    assert unread(answer, "application").reason.startswith("throttled out: ")


@pytest.mark.parametrize("retry_after", ["soon", "-1", "nan", "inf", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_retry_after_that_is_no_number_counts_as_none(retry_after: str) -> None:
    asked = Asked(in_turn([httpx.Response(503, headers={"Retry-After": retry_after}), httpx.Response(200, json={})]))
    assert asked.get().status == 200
    assert asked.time.waits == [1]


@pytest.mark.parametrize("status", [424, 500, 502, 503, 504])
def test_a_service_that_is_away_is_asked_a_few_times(status: int) -> None:
    asked = Asked(lambda _: httpx.Response(status, json={"error": {"code": "UnknownError"}}))
    answer = asked.get()
    assert (len(asked.requests), asked.time.waits) == (4, [1, 2, 4])
    assert unread(answer, "application").reason == f"Graph answered {status} (UnknownError)"


def test_what_did_not_come_back_is_not_tried_for_long_again_until_it_does() -> None:
    away = True
    asked = Asked(lambda _: httpx.Response(503) if away else httpx.Response(200, json={}))

    async def work(graph: Graph) -> list[int]:
        nonlocal away
        counts = []
        for each in (True, True, False, True):
            away, before = each, len(asked.requests)
            await graph.get(APPLICATION)
            counts.append(len(asked.requests) - before)
        return counts

    assert asked.do(work) == [4, 1, 1, 4]


def test_what_is_left_out_of_an_answer_is_asked_again_and_then_unread() -> None:
    asked = Asked(lambda _: httpx.Response(200, json={"responses": []}))
    (answer,) = asked.get_all(APPLICATION)
    assert len(asked.batches) == 4
    assert unread(answer, "application").reason == "Graph: left out of a batch's answer"


def test_what_is_answered_twice_is_unread() -> None:
    twice = [{"id": "0", "status": 200, "body": {"a": 1}}, {"id": "0", "status": 200, "body": {"a": 2}}]
    asked = Asked(lambda _: httpx.Response(200, json={"responses": twice}))
    (answer,) = asked.get_all(APPLICATION)
    assert unread(answer, "application").reason == "Graph: answered twice inside a batch"


NOT_GRAPHS = "Graph: answered with something that is not Graph's JSON"
STRANGE: list[Any] = [
    pytest.param(httpx.Response(200, text="<html>Sign in to the network</html>"), NOT_GRAPHS, id="a page"),
    pytest.param(httpx.Response(200, content=b"\xff\xfe{}"), NOT_GRAPHS, id="no text"),
    pytest.param(httpx.Response(200, text="[" * 100_000), NOT_GRAPHS, id="nested beyond reading"),
    pytest.param(httpx.Response(200, text="[1]"), NOT_GRAPHS, id="a list"),
    pytest.param(httpx.Response(200), NOT_GRAPHS, id="nothing"),
    pytest.param(
        httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip")),
        NOT_GRAPHS,
        id="not encoded as it says",
    ),
    pytest.param(
        httpx.Response(302, headers={"Location": "https://evil.example/?token=x"}),
        "Graph: answered with a redirect to https://evil.example/: nothing was sent there",
        id="a redirect",
    ),
    pytest.param(httpx.Response(418, json={"error": "teapot"}), "Graph answered 418", id="an unknown status"),
    pytest.param(httpx.Response(400, json={"error": {"code": "\x1b[31m"}}), "Graph answered 400", id="a hostile code"),
    pytest.param(
        httpx.Response(200, text='{"a": 1}' + " " * 2000), "Graph: answered with more than 0 MiB", id="too much"
    ),
]


@pytest.mark.parametrize(("response", "reason"), STRANGE)
def test_a_strange_answer_is_unread(response: httpx.Response, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answered, "MOST_BYTES", 1000)
    if reason is NOT_GRAPHS and response.headers.get("Content-Length") == "100000":
        monkeypatch.setattr(answered, "MOST_BYTES", 200_000)
    asked = Asked(lambda _: response)
    assert unread(asked.get(), "application").reason == reason
    assert {request.url.host for request in asked.requests} == {"graph.microsoft.com"}


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param({"status": "200", "body": {}}, id="a status in words"),
        pytest.param({"status": True, "body": {}}, id="a status that is a truth"),
        pytest.param({"body": {}}, id="no status"),
        pytest.param({"status": 200, "body": "text"}, id="a text"),
        pytest.param({"status": 200}, id="no body"),
        pytest.param({"status": 200, "headers": 5, "body": [1]}, id="headers that are none"),
    ],
)
def test_a_strange_answer_inside_a_batch_is_unread_and_its_neighbour_is_not(inner: dict[str, Any]) -> None:
    asked = Asked(batch(lambda one: inner if one["id"] == "0" else fine(one)))
    strange, neighbour = asked.get_all(*gets(2))
    assert unread(strange, "application").reason == NOT_GRAPHS
    assert neighbour.document is not None


def test_a_redirect_inside_a_batch_is_unread() -> None:
    asked = Asked(batch(lambda _: {"status": 302, "headers": {"Location": "https://evil.example/"}}))
    (answer,) = asked.get_all(APPLICATION)
    assert unread(answer, "application").reason == "Graph: answered with a redirect: nothing was sent there"


@pytest.mark.parametrize("body", ["{}", "[]", '{"responses": 5}', '{"responses": [5, {"id": 0}, {}]}'])
def test_a_strange_answer_to_a_batch_leaves_nothing_read(body: str) -> None:
    answers = Asked(lambda _: httpx.Response(200, text=body)).get_all(*gets(2))
    assert [answer.document for answer in answers] == [None, None]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (httpx.ConnectError("refused"), "cannot be asked"),
        (httpx.ReadTimeout("slow"), "cannot be asked"),
        (httpx.ProxyError("403"), "the proxy does not lead to graph.microsoft.com"),
        (httpx.RemoteProtocolError("the-token"), "cannot be asked"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_who_cannot_be_asked_is_asked_a_few_times_and_then_unread(error: Exception, said: str) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    asked = Asked(answer)
    reason = unread(asked.get(), "application").reason
    assert said in reason
    assert "the-token" not in reason
    assert len(asked.requests) == 4


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("POST", None),
        ("DELETE", None),
        ("PATCH", {"requests": [{"method": "GET"}]}),
        ("POST", {"requests": [{"method": "GET"}, {"method": "DELETE"}]}),
        ("POST", {"requests": []}),
        ("POST", {"requests": [{}]}),
    ],
    ids=str,
)
def test_nothing_but_a_read_ever_leaves(method: str, body: object) -> None:
    asked = Asked(lambda _: httpx.Response(200, json={}))
    with pytest.raises(NotARead):
        asked.do(lambda graph: graph._send(method, "https://graph.microsoft.com/v1.0/$batch", json=body))
    with pytest.raises(NotARead):
        asked.do(lambda graph: graph._send("POST", "https://graph.microsoft.com/v1.0/applications", json=body))
    assert asked.requests == []


@pytest.mark.parametrize(
    ("path", "cost"),
    [
        ("/applications", 2),
        ("/applications?$expand=owners&$top=999", 3),
        ("/applications(appId='x')?$select=id,appId", 1),
        ("/applications(appId='x')?$expand=owners", 3),
        ("/applications/1", 2),
        ("/applications/1/owners?$top=999", 1),
        ("/applications/$count", 1),
        ("/servicePrincipals?$select=id&$expand=owners", 1),
        ("/servicePrincipals(appId='x')/appRoleAssignments?$top=999", 2),
        ("/oauth2PermissionGrants?$filter=clientId eq 'x'", 2),
        ("/servicePrincipals(appId='x')/transitiveMemberOf", 1),
        ("/auditLogs/directoryAudits", 0),
    ],
)
def test_what_a_read_costs_is_microsofts_table(path: str, cost: int) -> None:
    assert Get("x", path).cost == cost


@pytest.mark.parametrize(("said", "counted"), [("7", 7), ("0", 0), ("1e9", 2), ("many", 2), ("-1", 2)])
def test_what_graph_says_a_request_cost_is_believed_within_reason(said: str, counted: int) -> None:
    asked = Asked(lambda _: httpx.Response(200, headers={"x-ms-resource-unit": said}, json={}))
    asked.get()
    assert asked.tally.counted().resource_units == counted


def test_an_id_that_is_no_text_anybody_can_send_is_said_of_what_hangs_on_it() -> None:
    (answer,) = Asked(batch(fine)).get_all(Get("policies", "/policies/claimsMappingPolicies/\ud800/appliesTo"))
    assert unread(answer, "policies").reason == "Graph: gave an id or an address that cannot be asked for"


def test_an_id_that_is_no_text_does_not_stop_a_list_from_being_asked_for() -> None:
    assert filtered("oauth2PermissionGrants", "clientId eq '\ud800'").endswith("'%ED%A0%80'")


class Endless(httpx.AsyncByteStream):
    """An answer of which the next byte never comes."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()


def test_an_answer_that_does_not_end_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answered, "MOST_SECONDS", 0.01)
    answer = Asked(lambda _: httpx.Response(200, stream=Endless())).get()
    assert unread(answer, "application").reason == "Graph: its answer did not end within 0 s"
