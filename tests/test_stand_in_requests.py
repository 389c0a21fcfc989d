"""The stand-in's requests for the recorded steps are the real provider's, in method, path, query, body and answer.

Ids are not the recording's, so they are compared by what they stand for. The real provider reads up to six times what
the stand-in reads once, and sends what does not depend on each other in any order: requests are compared object by
object, repeated reads as one.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.asking_graph import CALLER_APP_ID, CALLER_ID, GRAPH_APP_ID, INTUNE_API_APP_ID, TENANT, Graph, filled_world
from tests.making_certificates import make_certificate, rsa_key, to_pem
from tests.stand_in import StandIn, Wire
from tests.test_sandbox_graph_replay import (
    GET_COMPLIANCE,
    READ_APPLICATIONS,
    RECORDED_CALLER,
    RECORDED_GRAPH,
    RECORDED_INTUNE,
    RECORDED_SECRET,
    recorded,
    register_caller,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import rsa

    from tests.stand_in import Values

Lanes = dict[str, list[str]]

READ_PROFILE = "e1fe6dd8-ba31-4d61-89e7-88639da4683d"
RECORDED_GET_COMPLIANCE = "39d724e8-6a34-4930-9a36-364082c35716"

_WELL_KNOWN = {GRAPH_APP_ID, INTUNE_API_APP_ID, READ_APPLICATIONS, READ_PROFILE}
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OPAQUE_ID = re.compile(r"[A-Za-z0-9_-]{43}$")
_TEMPORARY = re.compile(r"TERRAFORM_UPDATE_.*")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT.*")
# What differs from certificate to certificate.
_OF_A_CERTIFICATE = ("key", "customKeyIdentifier", "displayName", "startDateTime", "endDateTime")


@pytest.fixture
def graph(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    graph = Graph(filled_world(tmp_path, tmp_path_factory))
    register_caller(graph)
    return graph


@pytest.fixture
def stand_in(graph: Graph) -> StandIn:
    wire = Wire(graph.services)
    return StandIn(wire, tenant_id=TENANT, client_id=CALLER_APP_ID, client_secret=RECORDED_SECRET)


@pytest.fixture
def ours(graph: Graph) -> Mapping[str, str]:
    """What the sandbox's ids stand for."""
    return {
        CALLER_ID: "<caller>",
        graph.principal_id(GRAPH_APP_ID): "<graph>",
        graph.principal_id(INTUNE_API_APP_ID): "<intune>",
        GET_COMPLIANCE: "<role>",
    }


THEIRS = {
    RECORDED_CALLER: "<caller>",
    RECORDED_GRAPH: "<graph>",
    RECORDED_INTUNE: "<intune>",
    RECORDED_GET_COMPLIANCE: "<role>",
}


class Deployment:
    """What was deployed for the recording."""

    def __init__(self, stand_in: StandIn) -> None:
        self.provider = stand_in
        self.states: dict[str, tuple[str, Values]] = {}

    def look_up(self) -> None:
        """Read both APIs' service principals."""
        for app_id in (GRAPH_APP_ID, INTUNE_API_APP_ID):
            self.states[app_id] = ("", self.provider.look_up("service_principal", client_id=app_id))

    def create(self) -> None:
        """Make everything, in the order Terraform does."""
        application = self._make("application", display_name="scep-agent", required_resource_access=_permissions())
        self.add_certificate("node", rsa_key("node"))
        principal = self._make("service_principal", client_id=application["client_id"])
        for app_id, role in ((INTUNE_API_APP_ID, GET_COMPLIANCE), (GRAPH_APP_ID, READ_APPLICATIONS)):
            self._make(
                "app_role_assignment",
                name=role,
                app_role_id=role,
                principal_object_id=principal["object_id"],
                resource_object_id=self.states[app_id][1]["object_id"],
            )
        self._make(
            "service_principal_delegated_permission_grant",
            service_principal_object_id=principal["object_id"],
            resource_service_principal_object_id=self.states[GRAPH_APP_ID][1]["object_id"],
            claim_values=["User.Read"],
        )

    def refresh(self) -> None:
        """Read everything again, as every plan does."""
        self.look_up()
        for kind, state in self.states.values():
            if kind:
                assert self.provider.read(kind, state) is not None

    def add_certificate(self, name: str, key: rsa.RSAPrivateKey) -> None:
        """Add a certificate to the application."""
        self._make(
            "application_certificate",
            name=name,
            application_id=self.states["application"][1]["id"],
            type="AsymmetricX509Cert",
            value=to_pem(make_certificate(key=key)).decode(),
        )

    def remove(self, name: str) -> None:
        """Delete one resource."""
        self.provider.delete(*self.states.pop(name))

    def destroy(self) -> None:
        """Delete everything, what depends on something before it."""
        for name in [name for name, (kind, _) in reversed(self.states.items()) if kind]:
            self.remove(name)

    def _make(self, kind: str, *, name: str = "", **config: object) -> Values:
        state = self.provider.create(kind, **config)
        self.states[name or kind] = (kind, state)
        return state


def _permissions() -> list[Values]:
    graph_access = [{"id": READ_APPLICATIONS, "type": "Role"}, {"id": READ_PROFILE, "type": "Scope"}]
    return [
        {"resource_app_id": GRAPH_APP_ID, "resource_access": graph_access},
        {"resource_app_id": INTUNE_API_APP_ID, "resource_access": [{"id": GET_COMPLIANCE, "type": "Role"}]},
    ]


def step(name: str) -> list[dict[str, Any]]:
    """Return the requests of one recorded step."""
    requests: list[dict[str, Any]] = []
    current = ""
    for line in recorded():
        current = line.get("step", current)
        if current == name and "method" in line:
            requests.append(line)
    if name == "rotate_replace":
        # Not the provider's: the application was deleted behind Terraform's back before the next step.
        assert requests.pop()["method"] == "DELETE"
    return requests


def theirs(name: str) -> Lanes:
    fields = ("method", "path", "query", "body", "status")
    return lanes(([request[field] for field in fields] for request in step(name)), THEIRS)


def sent(stand_in: StandIn, known: Mapping[str, str]) -> Lanes:
    requests = [[sent.method, sent.path, sent.query, sent.body, sent.status] for sent in stand_in.wire.sent]
    stand_in.wire.sent.clear()
    return lanes(requests, known)


def lanes(requests: Iterable[list[Any]], known: Mapping[str, str]) -> Lanes:
    """Return requests to Graph by the object they are about, comparable, repeated ones as one."""
    result: Lanes = {}
    for method, path, query, body, status in requests:
        if not path.startswith(("/v1.0/", "/beta/")):
            continue
        shown_path, shown_query = _text(path, known), {name: _text(value, known) for name, value in query.items()}
        shown = json.dumps([method, shown_path, shown_query, _body(body, known), status], sort_keys=True)
        lane = result.setdefault(_lane(shown_path, shown_query), [])
        if not lane or lane[-1] != shown:
            lane.append(shown)
    return result


def _lane(path: str, query: Mapping[str, str]) -> str:
    """Return the object a request is about: an assignment of a role is one of its own, a list by what is asked for."""
    segments = path.split("/")[2:]
    if "appRoleAssignedTo" in segments:
        return "/".join(segments[:3])
    return "/".join(segments[:2]) + query.get("$filter", "")


def _text(text: str, known: Mapping[str, str]) -> str:
    named = _GUID.sub(lambda found: known.get(found[0], found[0] if found[0] in _WELL_KNOWN else "<id>"), text)
    return _OPAQUE_ID.sub("<opaque id>", named)


def _body(value: object, known: Mapping[str, str], name: str = "") -> object:
    if isinstance(value, dict):
        of_certificate = "usage" in value
        return {
            key: f"<{key}>" if of_certificate and member and key in _OF_A_CERTIFICATE else _body(member, known, key)
            for key, member in value.items()
        }
    if isinstance(value, list):
        members = [_body(member, known) for member in value]
        # The order of a set is nobody's choice.
        return sorted(members, key=str) if name == "requiredResourceAccess" else members
    if isinstance(value, str):
        return _TEMPORARY.sub("<temporary>", _text(re.sub(r"https://[^/]*", "https://<graph host>", value), known))
    return value


def test_looking_up(stand_in: StandIn, ours: Mapping[str, str]) -> None:
    Deployment(stand_in).look_up()
    assert sent(stand_in, ours) == theirs("plan1")


def test_creating(stand_in: StandIn, ours: Mapping[str, str]) -> None:
    deployment = Deployment(stand_in)
    deployment.look_up()
    deployment.create()
    assert sent(stand_in, ours) == theirs("apply")


def _rotate(deployment: Deployment) -> None:
    deployment.refresh()
    deployment.remove("node")
    deployment.add_certificate("node", rsa_key("other"))


def _destroy(deployment: Deployment) -> None:
    deployment.refresh()
    deployment.destroy()


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        pytest.param("plan2", Deployment.refresh, id="reading"),
        pytest.param("rotate_replace", _rotate, id="replacing a certificate"),
        pytest.param("destroy", _destroy, id="destroying"),
    ],
)
def test_afterwards(stand_in: StandIn, ours: Mapping[str, str], name: str, steps: Callable[[Deployment], None]) -> None:
    deployment = Deployment(stand_in)
    deployment.look_up()
    deployment.create()
    stand_in.wire.sent.clear()
    steps(deployment)
    assert sent(stand_in, ours) == theirs(name)


def test_adding_a_certificate_before_the_old_one_goes(stand_in: StandIn, ours: Mapping[str, str]) -> None:
    """A changed list of certificates is sent whole: those that stay, as Graph shows them, and the new one."""
    deployment = Deployment(stand_in)
    deployment.look_up()
    deployment.create()
    stand_in.wire.sent.clear()
    kind, state = deployment.states["node"]
    stand_in.read(kind, state)
    deployment.add_certificate("successor", rsa_key("other"))
    deployment.remove("node")
    assert sent(stand_in, ours) == theirs("cbd")


def test_signing_in(stand_in: StandIn) -> None:
    request = next(request for request in step("apply") if request["path"].endswith("/token"))
    (asked,) = [sent for sent in stand_in.wire.sent if sent.path.endswith("/token")]
    names = [part.partition("=")[0] for part in asked.body.decode().split("&")]
    assert names == [part.partition("=")[0] for part in request["body"].split("&")]
    assert asked.path == f"/{TENANT}/oauth2/v2.0/token"
