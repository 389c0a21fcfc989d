"""Calls of Graph as a report shows them, made as somebody would who types them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from helpers.observing.calls import LISTED

if TYPE_CHECKING:
    from tests.asking_graph import Graph


def make_calls(graph: Graph, example: str) -> None:
    """Make them in their order; one that is refused fails the test."""
    listed = ""
    for call in example.split("\n\n"):
        request, _, body = call.partition("\n")
        method, url = request.split(" ")
        path = url.removeprefix("https://graph.microsoft.com").replace(LISTED, listed)
        answer = graph.ask(method, path, json.loads(body) if body else None)
        # A policy is on one object or the other: it is taken off both.
        assert answer.status_code in (200, 201, 204) or "olicies/" in path, f"{request}: {answer.text}"
        if method == "GET":
            listed = answer.json()["value"][0]["id"]
