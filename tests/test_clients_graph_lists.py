"""Lists of Graph: read to their end, page by page or many at a time, and on the declared cloud's Graph alone."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from clients.graph.addresses import Elsewhere, Get, next_page
from clients.graph.answered import Answer
from clients.graph.refusals import unread
from helpers.clouds import CLOUDS
from tests.answering_as_graph import LIST, Asked, batch, responses

LINKS: list[Any] = [
    pytest.param("https://evil.example/v1.0/next", "to https://evil.example", id="another host"),
    pytest.param("https://graph.microsoft.com.evil.example/v1.0/x", "to https://graph.microsoft.com.evil", id="longer"),
    pytest.param("http://graph.microsoft.com/v1.0/x", "to http://graph.microsoft.com", id="without TLS"),
    pytest.param("https://graph.microsoft.com@evil.example/v1.0/x", "to https://evil.example", id="a name before it"),
    pytest.param("https://user:pw@graph.microsoft.com/v1.0/x", "to https://graph.microsoft.com", id="a password"),
    pytest.param("https://graph.microsoft.com:8443/v1.0/x", "to https://graph.microsoft.com:8443", id="another port"),
    pytest.param("https://graph.microsoft.us/v1.0/x", "to https://graph.microsoft.us", id="another cloud"),
    pytest.param("https://evil.example\\@graph.microsoft.com/v1.0/x", "no address", id="a backslash"),
    pytest.param("https://graph.microsoft.com/v1.0/x\n", "no address", id="a line break"),
    pytest.param("//evil.example/v1.0/x", "to ://evil.example", id="no scheme"),
    pytest.param("https://[evil/v1.0/x", "no address", id="broken"),
    pytest.param("https://graph.microsoft.com/beta/x", "out of Graph's v1.0", id="another version"),
    pytest.param("https://graph.microsoft.com/", "out of Graph's v1.0", id="nowhere"),
    pytest.param("https://graph.microsoft.com/v1.0/x y", "no address", id="a space"),
    pytest.param(5, "no address", id="a number"),
    pytest.param({"href": "x"}, "no address", id="an object"),
]


@pytest.mark.parametrize(("link", "said"), LINKS)
@pytest.mark.parametrize("way", ["pages", "lists"])
def test_a_list_that_goes_on_elsewhere_is_unread_and_nothing_is_sent_there(link: object, said: str, way: str) -> None:
    page = {"value": [{"id": "1"}], "@odata.nextLink": link}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=page)
        return responses(request, lambda _: {"status": 200, "body": page})

    asked = Asked(answer)
    last = asked.pages()[-1] if way == "pages" else asked.lists(LIST)[0]
    assert isinstance(last, Answer)
    assert "Graph: the list goes on" in unread(last, "memberships").reason
    assert said in unread(last, "memberships").reason
    assert len(asked.requests) == 1


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_list_goes_on_at_the_declared_clouds_graph(cloud: str) -> None:
    host = CLOUDS[cloud].graph_host
    link = f"https://{host}:443/v1.0/groups?$skiptoken=a%2Bb"
    following = next_page(LIST, link, CLOUDS[cloud])
    assert (following.path, following.surface) == ("/groups?$skiptoken=a%2Bb", "memberships")
    other = next(each for each in CLOUDS.values() if each.name != cloud)
    with pytest.raises(Elsewhere, match=host):
        next_page(LIST, link, other)


def test_lists_are_read_to_their_end_many_at_a_time() -> None:
    def answer(request: dict[str, Any]) -> dict[str, Any]:
        path, _, page = request["url"].partition("?$skiptoken=")
        number = int(page or 0)
        last = number == int(path[-1])
        link = {} if last else {"@odata.nextLink": f"https://graph.microsoft.com/v1.0{path}?$skiptoken={number + 1}"}
        return {"status": 200, "body": {"value": [{"id": f"{path}/{number}"}], **link}}

    asked = Asked(batch(answer))
    lists = asked.lists(*(Get("memberships", f"/lists/{pages}") for pages in range(3)))
    assert [len(found) for found in lists] == [1, 2, 3]
    assert [len(inner) for inner in asked.batches] == [3, 2, 1]


def test_a_list_with_a_page_missing_is_unread_whole() -> None:
    pages = iter([{"value": [{"id": "1"}], "@odata.nextLink": "https://graph.microsoft.com/v1.0/x?$skiptoken=2"}])

    def answer(_: dict[str, Any]) -> dict[str, Any]:
        page = next(pages, None)
        return {"status": 200, "body": page} if page else {"status": 403, "body": {"error": {"code": "Denied"}}}

    (found,) = Asked(batch(answer)).lists(LIST)
    assert isinstance(found, Answer)
    assert unread(found, "memberships").reason == "needs Application.Read.All (403)"


@pytest.mark.parametrize("way", ["pages", "lists"])
def test_a_list_without_an_end_is_unread(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.graph.asking.MOST_PAGES", 5)
    monkeypatch.setattr("clients.graph.lists.MOST_PAGES", 5)
    page = {"value": [], "@odata.nextLink": "https://graph.microsoft.com/v1.0/x"}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=page)
        return responses(request, lambda _: {"status": 200, "body": page})

    asked = Asked(answer)
    last = asked.pages()[-1] if way == "pages" else asked.lists(LIST)[0]
    assert isinstance(last, Answer)
    assert "no end" in last.trouble
    assert len(asked.requests) == 5


@pytest.mark.parametrize(
    "link", [f"https://graph.microsoft.com/v1.0/x?{'a' * 70_000}", "https://graph.microsoft.com/v1.0/%zz?$top=%"]
)
def test_an_address_of_a_next_page_that_nobody_can_ask_for_ends_a_list_without_an_error(link: str) -> None:
    pages = iter([{"value": [], "@odata.nextLink": link}, {"value": []}])
    first, *rest = Asked(lambda _: httpx.Response(200, json=next(pages))).pages()
    assert first == []
    assert all(page == [] or unread(page, "memberships").reason.startswith("Graph: gave an") for page in rest)
