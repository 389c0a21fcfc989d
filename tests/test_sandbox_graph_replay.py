"""What the unmodified azuread provider once asked, asked again: every request gets the status it was given then.

The recording (sandbox/data/azuread-requests.jsonl) was made against another server, so its ids are not the sandbox's:
they are learned from the answers as they come. Its certificates are valid around the turn of 2026, whatever today is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import pytest

import sandbox
from helpers.clouds import CLOUDS
from sandbox.graph.app_role_assignments import new_assignment
from sandbox.graph.applications import mirrored, new_application
from sandbox.graph.service_principals import SERVICE_PRINCIPALS
from tests.asking_graph import (
    CALLER_APP_ID,
    CALLER_ID,
    EVERYTHING,
    GRAPH_APP_ID,
    INTUNE_API_APP_ID,
    TENANT,
    Graph,
    filled_world,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from sandbox.world import World

RECORDING = Path(sandbox.__file__).parent / "data" / "azuread-requests.jsonl"
RECORDED_AT = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
RECORDED_SERVER = "https://127.0.0.1:18443"
RECORDED_SECRET = "s3cret"
RECORDED_TENANT = "11111111-1111-1111-1111-111111111111"
RECORDED_CLIENT = "22222222-2222-2222-2222-222222222222"
RECORDED_CALLER = "33333333-3333-3333-3333-333333333333"
RECORDED_GRAPH = "44444444-4444-4444-4444-444444444444"
RECORDED_INTUNE = "55555555-5555-5555-5555-555555555555"

GET_COMPLIANCE = "7ec88bad-30c7-4928-a005-4455362cfd98"
READ_APPLICATIONS = "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def recorded() -> Iterator[dict[str, Any]]:
    with RECORDING.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def register_caller(graph: Graph) -> None:
    """Register the all-powerful application that the recording was made with."""
    secret = {"keyId": "1", "secretText": RECORDED_SECRET, "endDateTime": "2099-01-01T00:00:00Z"}
    application = new_application({"appId": CALLER_APP_ID, "displayName": "caller", "passwordCredentials": [secret]})
    principal = SERVICE_PRINCIPALS.new({**mirrored(application), "id": CALLER_ID, "appId": CALLER_APP_ID})
    store = graph.world.store
    store.put(TENANT, "application", application["id"], application)
    store.put(TENANT, "servicePrincipal", CALLER_ID, principal)
    microsoft_graph = store.where(TENANT, "servicePrincipal", "appId", GRAPH_APP_ID)[0]
    for role in microsoft_graph["appRoles"]:
        if role["value"] in EVERYTHING:
            assignment = new_assignment(principal, microsoft_graph, role["id"], created="2026-01-01T00:00:00Z")
            store.put(TENANT, "appRoleAssignment", assignment["id"], assignment)


@dataclass
class Replay:
    """The state of a replay: which id of the recording is which of ours."""

    graph: Graph
    ids: dict[str, str] = field(default_factory=dict)
    token: str = ""
    # What was made at a recorded path, until the recording says its id there.
    made: dict[str, str] = field(default_factory=dict)
    newest_app_id: str = ""

    def ask(self, request: dict[str, Any]) -> httpx.Response:
        """Ask for what the recording asked for, in our ids."""
        self._learn(request)
        path, body = self._ours(request["path"]), request["body"]
        host = CLOUDS["global"].graph if path.startswith(("/v1.0/", "/beta/")) else "https://login.microsoftonline.com"
        headers = {**request["headers"], "Authorization": f"Bearer {self.token}"}
        text = body if isinstance(body, str) else json.dumps(body)
        answer = self.graph.services.ask(
            request["method"],
            host + path,
            params={name: self._ours(value) for name, value in request["query"].items()} or None,
            headers=headers,
            content=None if body is None else self._ours(text),
        )
        self._remember(request, answer)
        return answer

    def _ours(self, text: str) -> str:
        for server in (RECORDED_SERVER, quote_plus(RECORDED_SERVER)):
            text = text.replace(server, CLOUDS["global"].graph)
        for theirs, ours in self.ids.items():
            text = text.replace(theirs, ours)
        return text

    def _learn(self, request: dict[str, Any]) -> None:
        for collection in list(self.made):
            theirs = request["path"].removeprefix(collection + "/").partition("/")[0]
            if request["path"].startswith(collection + "/") and theirs not in self.ids:
                self.ids[theirs] = self.made.pop(collection)
        said = request["query"].get("$filter", "")
        if isinstance(request["body"], dict):
            said += str(request["body"].get("appId", ""))
        for app_id in _GUID.findall(said):
            if app_id not in (*self.ids, GRAPH_APP_ID, INTUNE_API_APP_ID):
                self.ids[app_id] = self.newest_app_id

    def _remember(self, request: dict[str, Any], answer: httpx.Response) -> None:
        if request["path"].endswith("/token"):
            self.token = answer.json().get("access_token", "")
        elif answer.status_code == 201:
            self.made[request["path"]] = answer.json()["id"]
            if request["path"] == "/v1.0/applications":
                self.newest_app_id = answer.json()["appId"]

    def assign(self, theirs: str, principal: str, resource: str, role: str) -> None:
        """Make an assignment that the recording knows by an id of its own; `principal` and `resource` are its too."""
        body = {"principalId": self.ids[principal], "resourceId": self.ids[resource], "appRoleId": role}
        made = self.graph.make(f"/v1.0/servicePrincipals/{self.ids[resource]}/appRoleAssignedTo", **body)
        self.ids[theirs] = made["id"]


def key_credential_of(key_id: str) -> dict[str, Any]:
    """Return the credential that the recording sent under this key id."""
    for request in recorded():
        if isinstance(request.get("body"), dict):
            for entry in request["body"].get("keyCredentials", ()):
                if entry["keyId"] == key_id:
                    return {**entry}
    raise LookupError(key_id)


# What the recording leaves out: objects made between its steps, by an apply that was not recorded.


def another_intune_role(replay: Replay) -> None:
    replay.assign(
        "kKERvNcCUnYPwpra0ml8rXRqNdcTD6bgdQpobSRjzP8",
        "ccd9dce4-2544-4994-8507-4f087a1d177f",
        RECORDED_INTUNE,
        GET_COMPLIANCE,
    )


def everything_to_destroy(replay: Replay) -> None:
    graph, ids = replay.graph, replay.ids
    application = graph.make("/v1.0/applications", displayName="scep-agent")
    principal = graph.make("/v1.0/servicePrincipals", appId=application["appId"])
    ids["d476c91a-dddc-4add-bd5d-892948a6f855"] = application["id"]
    ids["31da3908-f44f-4425-b7c4-7a09ef0e916f"] = principal["id"]
    ours = "31da3908-f44f-4425-b7c4-7a09ef0e916f"
    replay.assign("pbyBiKc4CuShAopz4kZOc2cNYnBNexpkryJ6vOVFX2s", ours, RECORDED_GRAPH, READ_APPLICATIONS)
    replay.assign("F-W9DNUca6l946m0Y2nuxzUAWCPmuUJ--kw3dRE0PzM", ours, RECORDED_INTUNE, GET_COMPLIANCE)
    grant = graph.make(
        "/v1.0/oauth2PermissionGrants",
        clientId=principal["id"],
        consentType="AllPrincipals",
        resourceId=ids[RECORDED_GRAPH],
        scope="User.Read",
    )
    ids["tR2KZq0QjsGvw8UvjzEgmnd1k6asCBCK6Vfnx2iHiBw"] = grant["id"]


def an_application_with_a_certificate(replay: Replay) -> None:
    certificate = key_credential_of("d48dc6e0-016a-696e-8266-151bfe398c2e")
    application = replay.graph.make("/v1.0/applications", displayName="cbd")
    path = f"/v1.0/applications/{application['id']}"
    replay.graph.change(path, keyCredentials=[{**certificate, "keyId": "5357b5c4-55cf-b8c8-01ed-a3651e87ee57"}])
    replay.ids["26b74246-872e-4ae4-b7ed-d5ad46199946"] = application["id"]


BEFORE: dict[str, Callable[[Replay], None]] = {
    "rotate_replace": another_intune_role,
    "destroy": everything_to_destroy,
    "cbd": an_application_with_a_certificate,
}


@pytest.fixture
def world(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    return filled_world(tmp_path, tmp_path_factory, now=lambda: RECORDED_AT)


def test_every_recorded_request_gets_the_recorded_status(world: World) -> None:
    graph = Graph(world)
    register_caller(graph)
    replay = Replay(
        graph,
        ids={
            RECORDED_TENANT: TENANT,
            RECORDED_CLIENT: CALLER_APP_ID,
            RECORDED_CALLER: CALLER_ID,
            RECORDED_GRAPH: graph.principal_id(GRAPH_APP_ID),
            RECORDED_INTUNE: graph.principal_id(INTUNE_API_APP_ID),
        },
    )
    asked, otherwise = 0, []
    for number, request in enumerate(recorded(), start=1):
        if "step" in request:
            if request["step"] in BEFORE:
                BEFORE[request["step"]](replay)
            continue
        answer = replay.ask(request)
        asked += 1
        if answer.status_code != request["status"]:
            otherwise.append((number, request["method"], request["path"], answer.status_code, answer.text))
    assert otherwise == []
    assert asked == 260
