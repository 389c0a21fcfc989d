"""Consent as code, imports, lookups and waiting: as with the real provider, so with the stand-in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.provider.connection import Answer
from tests.asking_graph import CALLER_APP_ID, CALLER_ID, GRAPH_APP_ID, TENANT, Graph, filled_world
from tests.stand_in import Failed, StandIn, Wire
from tests.test_sandbox_graph_replay import READ_APPLICATIONS, RECORDED_SECRET, register_caller
from tests.test_stand_in_resources import KEY_ID, declared_application, declared_certificate

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stand_in import Values


@pytest.fixture
def graph(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    graph = Graph(filled_world(tmp_path, tmp_path_factory))
    register_caller(graph)
    return graph


@pytest.fixture
def azuread(graph: Graph) -> StandIn:
    return StandIn(Wire(graph.services), tenant_id=TENANT, client_id=CALLER_APP_ID, client_secret=RECORDED_SECRET)


# -- consent


@pytest.fixture
def application(azuread: StandIn) -> Values:
    return azuread.create("application", **declared_application())


@pytest.fixture
def principal(azuread: StandIn, application: Values) -> Values:
    return azuread.create("service_principal", client_id=application["client_id"], owners=[CALLER_ID])


@pytest.fixture
def assignment(principal: Values, graph: Graph) -> Values:
    return {
        "app_role_id": READ_APPLICATIONS,
        "principal_object_id": principal["object_id"],
        "resource_object_id": graph.principal_id(GRAPH_APP_ID),
    }


@pytest.fixture
def grant(principal: Values, graph: Graph) -> Values:
    return {
        "service_principal_object_id": principal["object_id"],
        "resource_service_principal_object_id": graph.principal_id(GRAPH_APP_ID),
        "claim_values": ["openid"],
    }


def test_a_role_that_was_assigned_by_hand_is_refused_by_graph(azuread: StandIn, assignment: Values) -> None:
    azuread.create("app_role_assignment", **assignment)
    with pytest.raises(Failed, match="Permission being assigned already exists on the object"):
        azuread.create("app_role_assignment", **assignment)


def test_a_grant_that_was_given_by_hand_is_refused_by_graph(azuread: StandIn, grant: Values) -> None:
    azuread.create("service_principal_delegated_permission_grant", **grant)
    with pytest.raises(Failed, match="Permission entry already exists"):
        azuread.create("service_principal_delegated_permission_grant", **grant)


def test_scopes_of_a_grant_change_in_place(azuread: StandIn, grant: Values) -> None:
    kind = "service_principal_delegated_permission_grant"
    made = azuread.create(kind, **grant)
    more = grant | {"claim_values": ["offline_access", "openid"]}
    changed = azuread.change(kind, made, **more)
    assert azuread.plan(kind, more | {"claim_values": ["openid", "offline_access"]}, changed).state == changed


def test_a_service_principal_that_is_there_is_refused_or_taken_over(azuread: StandIn, principal: Values) -> None:
    config = {"client_id": principal["client_id"], "owners": [CALLER_ID]}
    with pytest.raises(Failed, match=f'"{principal["object_id"]}" already exists'):
        azuread.create("service_principal", **config)
    assert azuread.create("service_principal", **config, use_existing=True)["id"] == principal["id"]


# -- import


@pytest.fixture
def everything(
    azuread: StandIn, *, application: Values, principal: Values, assignment: Values, grant: Values
) -> dict[str, tuple[str, Values]]:
    """Return a resource of each type, with the form its id has."""
    kind = "service_principal_delegated_permission_grant"
    return {
        "application": (r"/applications/[0-9a-f-]{36}", application),
        "service_principal": (r"/servicePrincipals/[0-9a-f-]{36}", principal),
        "application_certificate": (
            rf"[0-9a-f-]{{36}}/certificate/{KEY_ID}",
            azuread.create("application_certificate", **declared_certificate(application)),
        ),
        "app_role_assignment": (
            r"/servicePrincipals/[0-9a-f-]{36}/appRoleAssignedTo/[\w-]{43}",
            azuread.create("app_role_assignment", **assignment),
        ),
        kind: (r"/oauth2PermissionGrants/[\w-]{43}", azuread.create(kind, **grant)),
    }


# What Graph never shows, or the configuration alone knows.
_NOT_IMPORTED = {"value", "encoding", "use_existing", "prevent_duplicate_names", "timeouts"}


def test_each_type_is_imported_by_the_id_it_has_in_a_state(
    azuread: StandIn, everything: dict[str, tuple[str, Values]]
) -> None:
    for kind, (form, state) in everything.items():
        assert re.fullmatch(form, state["id"]), kind
        found = azuread.imported(kind, state["id"])
        assert found is not None
        for name, value in state.items():
            if name not in _NOT_IMPORTED:
                assert (found[name] or None) == (value or None), f"{kind}.{name}"


@pytest.mark.parametrize(
    ("kind", "identifier"),
    [
        ("application", KEY_ID),
        ("service_principal", f"/applications/{KEY_ID}"),
        ("application_certificate", f"{KEY_ID}/password/{KEY_ID}"),
        ("app_role_assignment", f"/servicePrincipals/{KEY_ID}"),
        ("service_principal_delegated_permission_grant", "x"),
    ],
)
def test_an_id_of_another_form_is_refused(azuread: StandIn, kind: str, identifier: str) -> None:
    with pytest.raises(Failed, match="form"):
        azuread.imported(kind, identifier)


# -- lookups and waiting


def test_who_is_signed_in_is_looked_up_without_asking_graph(azuread: StandIn) -> None:
    azuread.wire.sent.clear()
    found = azuread.look_up("client_config")
    assert (found["tenant_id"], found["client_id"], found["object_id"]) == (TENANT, CALLER_APP_ID, CALLER_ID)
    assert azuread.wire.sent == []


def test_a_service_principal_that_is_not_there_is_not_found(azuread: StandIn) -> None:
    with pytest.raises(Failed, match="No service principal found"):
        azuread.look_up("service_principal", client_id=KEY_ID)


def _refused(status: int, **headers: str) -> Answer:
    return Answer(status, "", headers, b'{"error": {"code": "x", "message": "later"}}')


@pytest.mark.parametrize(
    ("answers", "pauses"),
    [
        pytest.param([_refused(429, **{"retry-after": "7"})], [7.0], id="asked to wait"),
        pytest.param([_refused(503), _refused(503), _refused(504)], [1.0, 2.0, 4.0], id="not asked to"),
    ],
)
def test_what_passes_is_waited_for(azuread: StandIn, answers: list[Answer], pauses: list[float]) -> None:
    azuread.wire.refusals["POST", "/applications"] = answers
    azuread.create("application", **declared_application())
    assert azuread.slept == pauses


@pytest.mark.parametrize("status", [400, 403, 501])
def test_what_is_final_is_not_asked_again(azuread: StandIn, status: int) -> None:
    azuread.wire.refusals["POST", "/applications"] = [_refused(status)]
    with pytest.raises(Failed, match=f"Could not create application\nunexpected status {status}"):
        azuread.create("application", **declared_application())
    assert azuread.slept == []


def test_a_new_object_that_graph_does_not_know_everywhere_yet_is_waited_for(azuread: StandIn) -> None:
    azuread.wire.refusals["PATCH", ""] = [_refused(404)]
    azuread.create("application", **declared_application())
    assert azuread.slept == [1.0]


def test_many_owners_are_added_one_by_one_after_the_first_twenty(azuread: StandIn, graph: Graph) -> None:
    people = [f"22222222-2222-5222-8222-0000000001{number:02d}" for number in range(22)]
    for person in people:
        user: dict[str, Any] = {"id": person, "displayName": person, "userPrincipalName": person, "mail": None}
        graph.world.store.put(TENANT, "user", person, user)
    made = azuread.create("application", **declared_application(owners=[CALLER_ID, *people]))
    (creation,) = [sent.body for sent in azuread.wire.sent if sent.path == "/v1.0/applications"]
    assert len(creation["owners@odata.bind"]) == 20
    assert len(graph.values(f"/v1.0{made['id']}/owners")) == 23
