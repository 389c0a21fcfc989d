"""What stands before Graph: a batch is one round trip, and each request in it is noted and spoiled like any other."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sandbox import admin
from sandbox.admin_token import admin_token
from sandbox.dispatch import Dispatcher
from sandbox.faults import Fault, Faults
from sandbox.graph import application
from sandbox.limits import Limits
from sandbox.requests_seen import RequestLog
from tests.asking_graph import Graph, filled_world

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp

    from sandbox.hosts import Service
    from sandbox.requests_seen import SeenRequest
    from sandbox.world import World

READING = ("/applications?$select=id", "/applications/nobody", "/servicePrincipals")


@dataclass(frozen=True)
class Front:
    """The dispatcher before the Graph of a world, asked by a caller who may do anything."""

    dispatcher: Dispatcher
    world: World

    def ask(self, method: str, url: str, body: object = None, token: str | None = None) -> httpx.Response:
        """Return the answer to one request."""
        bearer = token or Graph(self.world)._bearer

        async def asked() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.dispatcher)) as client:
                return await client.request(method, url, json=body, headers={"Authorization": f"Bearer {bearer}"})

        return asyncio.run(asked())

    def batch(self, *urls: str) -> dict[str, Any]:
        """Return the answers to a batch of reads, by the number of each."""
        requests = [{"id": str(number), "method": "GET", "url": url} for number, url in enumerate(urls)]
        answer = self.ask("POST", "https://graph.microsoft.com/v1.0/$batch", {"requests": requests})
        assert answer.status_code == 200, answer.text
        return {one["id"]: one for one in answer.json()["responses"]}

    def admin(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Return what an admin route answers."""
        return self.ask(method, f"https://admin.sandbox.test{path}", body, admin_token(self.world.folder))

    @property
    def seen(self) -> list[SeenRequest]:
        """What was noted."""
        return self.dispatcher.log.after(0)


@pytest.fixture
def front(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Front:
    world = filled_world(tmp_path, tmp_path_factory)
    faults, log = Faults(), RequestLog(tmp_path / "requests.log")
    services: dict[Service, ASGIApp] = {
        "graph": application(world),
        "admin": admin.application(world, faults=faults, log=log),
    }
    return Front(Dispatcher(services, log=log, faults=faults, errors_log=tmp_path / "errors.log"), world)


def test_each_request_of_a_batch_is_noted_with_the_round_trip_that_brought_it(front: Front, tmp_path: Path) -> None:
    front.batch(*READING)
    (trip,) = [seen for seen in front.seen if seen.batch is None]
    inner = [seen for seen in front.seen if seen.batch == trip.number]
    assert (trip.method, trip.path, trip.status) == ("POST", "/v1.0/$batch", 200)
    assert {(seen.method, seen.host, seen.path, seen.query, seen.status) for seen in inner} == {
        ("GET", "graph.microsoft.com", "/v1.0/applications", "$select=id", 200),
        ("GET", "graph.microsoft.com", "/v1.0/applications/nobody", "", 404),
        ("GET", "graph.microsoft.com", "/v1.0/servicePrincipals", "", 200),
    }
    assert len({seen.number for seen in front.seen}) == 4
    assert [seen["batch"] for seen in front.admin("GET", "/requests").json()] == [trip.number] * 3 + [None]
    assert len((tmp_path / "requests.log").read_text().splitlines()) == 4


def test_a_fault_spoils_a_request_of_a_batch_alone(front: Front) -> None:
    front.dispatcher.faults.set(Fault(path_prefix="/v1.0/servicePrincipals", status=503, retry_after=7))
    answers = front.batch(*READING)
    assert [answers[name]["status"] for name in "012"] == [200, 404, 503]
    assert answers["2"]["headers"]["Retry-After"] == "7"
    assert answers["2"]["body"]["error"]["code"] == "FaultOnRequest"
    assert front.dispatcher.faults.all() == []


def test_a_fault_for_the_batch_spoils_it_whole(front: Front) -> None:
    front.dispatcher.faults.set(Fault(path_prefix="/v1.0/$batch", status=503))
    answer = front.ask("POST", "https://graph.microsoft.com/v1.0/$batch", {"requests": []})
    assert answer.status_code == 503


@pytest.mark.parametrize("count", [None, 2], ids=["for ever", "twice"])
def test_what_comes_late_comes_late_once_a_round_trip(
    front: Front, monkeypatch: pytest.MonkeyPatch, count: int | None
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("sandbox.dispatch.asyncio.sleep", sleep)
    front.dispatcher.faults.set(Fault(service="graph", count=count, delay=0.02))
    front.batch(*READING)
    front.batch(*READING)
    assert slept == [0.02, 0.02]


def test_a_spoiled_request_of_a_batch_is_not_late_by_itself(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.dispatch.asyncio.sleep", None)
    front.dispatcher.faults.set(Fault(path_prefix="/v1.0/servicePrincipals", status=503, delay=1))
    assert front.batch(*READING)["2"]["status"] == 503


def test_a_mistake_in_one_request_of_a_batch_is_written_down(
    front: Front, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> object:
        message = "what a mistake"
        raise RuntimeError(message)

    monkeypatch.setattr("sandbox.graph.app.perform", broken)
    assert front.batch("/applications")["0"]["status"] == 501
    assert "what a mistake" in caplog.text


# Limits over the admin routes


def test_limits_are_shown_and_changed_one_by_one(front: Front) -> None:
    assert front.admin("GET", "/limits").json() == json.loads(json.dumps(asdict(Limits())))
    changed = front.admin("PATCH", "/limits", {"lag_lists": 2, "resource_units": None})
    assert (changed.status_code, changed.json()["lag_lists"]) == (200, 2)
    assert front.world.conditions.limits == Limits(lag_lists=2, resource_units=None)


def test_limits_that_make_no_sense_are_refused_and_change_nothing(front: Front) -> None:
    answer = front.admin("PATCH", "/limits", {"lag_lists": "many"})
    assert answer.status_code == 400
    assert "limits.lag_lists" in answer.json()["error"]
    assert front.world.conditions.limits == Limits()


def test_new_limits_begin_to_count_anew(front: Front) -> None:
    front.admin("PATCH", "/limits", {"resource_units": 1})
    assert front.batch("/servicePrincipals", "/servicePrincipals")["1"]["status"] == 429
    front.admin("PATCH", "/limits", {})
    assert front.batch("/servicePrincipals")["0"]["status"] == 200


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_limits_need_the_folders_token(front: Front, method: str) -> None:
    assert front.ask(method, "https://admin.sandbox.test/limits", {}).status_code == 401
