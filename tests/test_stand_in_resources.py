"""What a declaration meets in the real provider (provider.md §3 and §4), it meets in the stand-in."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from sandbox.identities import DEPLOYER
from sandbox.provider.connection import Answer
from tests.asking_graph import CALLER_APP_ID, CALLER_ID, GRAPH_APP_ID, TENANT, Graph, filled_world
from tests.making_certificates import make_certificate, rsa_key, to_pem
from tests.stand_in import Failed, StandIn, Wire
from tests.test_sandbox_graph_replay import READ_APPLICATIONS, RECORDED_SECRET, register_caller

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stand_in import Values

KEY_ID = "22222222-2222-5222-8222-000000000001"
SCOPE = "e1fe6dd8-ba31-4d61-89e7-88639da4683d"


@pytest.fixture
def graph(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    graph = Graph(filled_world(tmp_path, tmp_path_factory))
    register_caller(graph)
    return graph


@pytest.fixture
def azuread(graph: Graph) -> StandIn:
    return StandIn(Wire(graph.services), tenant_id=TENANT, client_id=CALLER_APP_ID, client_secret=RECORDED_SECRET)


@pytest.fixture
def owned_by(graph: Graph) -> StandIn:
    """The provider of a deployer that may change what it owns, and nothing else."""
    secret = {"keyId": "1", "secretText": "of the test", "endDateTime": "2099-01-01T00:00:00Z"}
    principal = graph.world.store.get(TENANT, "servicePrincipal", DEPLOYER.object_id)
    assert principal is not None
    changed = {**principal, "passwordCredentials": [secret]}
    graph.world.store.put(TENANT, "servicePrincipal", DEPLOYER.object_id, changed)
    wire = Wire(graph.services)
    return StandIn(wire, tenant_id=TENANT, client_id=DEPLOYER.client_id, client_secret="of the test")


def permissions(*ids_and_types: tuple[str, str]) -> list[Values]:
    access = [{"id": id_, "type": type_} for id_, type_ in ids_and_types]
    return [{"resource_app_id": GRAPH_APP_ID, "resource_access": access}]


def declared_application(**more: object) -> Values:
    return {"display_name": "ISE", "owners": [CALLER_ID], **more}


def declared_certificate(application: Values, **more: object) -> Values:
    return {
        "application_id": application["id"],
        "key_id": KEY_ID,
        "type": "AsymmetricX509Cert",
        "value": to_pem(make_certificate()).decode(),
        **more,
    }


# -- the application


def test_a_plan_shows_the_defaults_and_what_graph_will_decide(azuread: StandIn) -> None:
    state = azuread.plan("application", {"display_name": "ISE"}).state
    assert state is not None
    assert state["sign_in_audience"] == "AzureADMyOrg"
    assert state["prevent_duplicate_names"] is False
    assert type(state["client_id"]).__name__ == "_Unknown"


def test_nothing_changes_after_an_apply(azuread: StandIn) -> None:
    config = declared_application(required_resource_access=permissions((READ_APPLICATIONS, "Role"), (SCOPE, "Scope")))
    made = azuread.create("application", **config)
    state = azuread.read("application", made)
    assert azuread.plan("application", config, state).state == state


def test_permissions_of_one_api_in_another_order_are_a_change(azuread: StandIn) -> None:
    one, other = (READ_APPLICATIONS, "Role"), (SCOPE, "Scope")
    made = azuread.create("application", **declared_application(required_resource_access=permissions(one, other)))
    reordered = declared_application(required_resource_access=permissions(other, one))
    planned = azuread.plan("application", reordered, made)
    assert planned.state != made
    assert not planned.replaced_by


def test_blocks_that_graph_always_shows_need_not_be_declared(azuread: StandIn) -> None:
    made = azuread.create("application", **declared_application())
    assert made["web"][0]["implicit_grant"]
    assert azuread.plan("application", declared_application(), made).state == made
    redirecting = azuread.change("application", made, **declared_application(web=[{"redirect_uris": ["https://a.b/"]}]))
    assert azuread.plan("application", declared_application(), redirecting).state["web"] == []  # type: ignore[index]


def test_a_collection_that_is_no_longer_declared_is_emptied(azuread: StandIn, graph: Graph) -> None:
    made = azuread.create("application", **declared_application(identifier_uris=["api://ise"]))
    assert azuread.plan("application", declared_application(), made).state["identifier_uris"] == []  # type: ignore[index]
    changed = azuread.change("application", made, **declared_application())
    assert graph.get(f"/v1.0{changed['id']}")["identifierUris"] == []


def test_a_changed_argument_is_updated_in_place(azuread: StandIn, graph: Graph) -> None:
    made = azuread.create("application", **declared_application())
    changed = azuread.change("application", made, **declared_application(notes="of the network team"))
    assert changed["id"] == made["id"]
    assert graph.get(f"/v1.0{made['id']}")["notes"] == "of the network team"


def test_a_second_application_of_a_name_is_refused_where_that_is_asked_for(azuread: StandIn) -> None:
    config = declared_application(prevent_duplicate_names=True)
    unaware = azuread.plan("application", config).state
    made = azuread.create("application", **config)
    object_id = made["id"].removeprefix("/applications/")
    sentence = f'"azuread_application" with name "ISE" \\(ID: "{object_id}"\\) was found'
    with pytest.raises(Failed, match=sentence):
        azuread.plan("application", config)
    with pytest.raises(Failed, match=f"{sentence}(.|\n)*needs to be imported into the State"):
        azuread.apply("application", None, unaware)
    assert azuread.plan("application", config, made).state == made


def test_an_application_deleted_elsewhere_leaves_the_state(azuread: StandIn, graph: Graph) -> None:
    made = azuread.create("application", **declared_application())
    graph.delete(f"/v1.0{made['id']}")
    assert azuread.read("application", made) is None


def test_owners_are_changed_to_the_declared_ones(azuread: StandIn, graph: Graph) -> None:
    made = azuread.create("application", **declared_application())
    both = [CALLER_ID, DEPLOYER.object_id]
    azuread.change("application", made, **declared_application(owners=both))
    owners = {owner["id"] for owner in graph.values(f"/v1.0{made['id']}/owners")}
    assert owners == set(both)


@pytest.mark.parametrize("kind", ["application", "service_principal"])
def test_the_caller_stays_owner_only_where_it_is_declared(azuread: StandIn, graph: Graph, kind: str) -> None:
    application = azuread.create("application", display_name="ISE")
    made = application if kind == "application" else azuread.create(kind, client_id=application["client_id"])
    assert graph.values(f"/v1.0{made['id']}/owners") == []


def test_a_deployer_that_is_not_declared_an_owner_is_refused_in_the_middle_of_its_first_deploy(
    owned_by: StandIn,
) -> None:
    """With Application.ReadWrite.OwnedBy alone: the trap for which the deployer is always among the owners."""
    application = owned_by.create("application", display_name="ISE")
    with pytest.raises(Failed) as refused:
        owned_by.create("application_certificate", **declared_certificate(application))
    summary, detail = str(refused.value).split("\n")
    assert summary == f'Adding certificate for Application (Application: "{application["object_id"]}")'
    assert detail == (
        "unexpected status 403 (403 Forbidden) with error: Authorization_RequestDenied: Insufficient privileges to"
        " complete the operation."
    )


def test_a_deployer_that_is_an_owner_gets_through(owned_by: StandIn) -> None:
    owners = [DEPLOYER.object_id]
    application = owned_by.create("application", display_name="ISE", owners=owners)
    owned_by.create("application_certificate", **declared_certificate(application))
    principal = owned_by.create("service_principal", client_id=application["client_id"], owners=owners)
    owned_by.delete("service_principal", principal)
    owned_by.delete("application", application)


def test_an_application_that_was_made_but_not_finished_stays_in_the_state(azuread: StandIn, graph: Graph) -> None:
    refusal = Answer(403, "Forbidden", {}, b'{"error": {"code": "Denied", "message": "not you"}}')
    azuread.wire.refusals["DELETE", "/$ref"] = [refusal]
    planned = azuread.plan("application", {"display_name": "ISE"}).state
    state, errors = azuread.try_to_apply("application", None, planned)
    assert "Could not remove initial owner" in errors
    assert state is not None
    assert graph.get(f"/v1.0{state['id']}")["displayName"] == "ISE"


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        pytest.param({"notes": ""}, 'expected "notes" to not be an empty string', id="empty notes"),
        pytest.param({"owners": ["me"]}, 'expected "owners" to be a valid UUID', id="an owner by name"),
        pytest.param({"object_id": KEY_ID}, "Value for unconfigurable attribute", id="what only Entra decides"),
        pytest.param({"password": [{"display_name": "x"}]}, "stand-in.*does not support `password`", id="unsupported"),
        pytest.param(
            {"required_resource_access": permissions((SCOPE, "Delegated"))}, "Role.*Scope.*Delegated", id="a type"
        ),
    ],
)
def test_a_mistake_in_an_application_is_refused(azuread: StandIn, config: Values, sentence: str) -> None:
    with pytest.raises(Failed, match=sentence):
        azuread.plan("application", declared_application(**config))


# -- certificates


def test_a_certificate_without_its_type_is_replaced_on_every_plan(azuread: StandIn) -> None:
    application = azuread.create("application", **declared_application())
    config = declared_certificate(application, type=None)
    made = azuread.create("application_certificate", **config)
    assert azuread.plan("application_certificate", config, made).replaced_by == ("type", "id")


@pytest.mark.parametrize(
    "end_date",
    [
        pytest.param("2027-09-01T01:00:00+01:00", id="with an offset"),
        pytest.param("2027-09-01T00:00:00.5Z", id="with a fraction"),
    ],
)
def test_an_end_date_that_entra_writes_otherwise_is_replaced_on_every_plan(azuread: StandIn, end_date: str) -> None:
    application = azuread.create("application", **declared_application())
    config = declared_certificate(application, end_date=end_date)
    made = azuread.read("application_certificate", azuread.create("application_certificate", **config))
    assert made is not None
    assert made["end_date"] == "2027-09-01T00:00:00Z"
    assert azuread.plan("application_certificate", config, made).replaced_by == ("end_date", "id")


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("application_id", "/applications/22222222-2222-5222-8222-000000000009"),
        ("encoding", "base64"),
        ("end_date", "2027-08-01T00:00:00Z"),
        ("key_id", "22222222-2222-5222-8222-000000000009"),
        ("start_date", "2027-01-01T00:00:00Z"),
        ("type", "Symmetric"),
        ("value", "another"),
    ],
)
def test_every_argument_of_a_certificate_replaces_it(azuread: StandIn, argument: str, value: str) -> None:
    application = azuread.create("application", **declared_application())
    config = declared_certificate(application, start_date="2026-12-01T00:00:00Z", end_date="2027-09-01T00:00:00Z")
    made = azuread.create("application_certificate", **config)
    assert azuread.plan("application_certificate", config, made).state == made
    assert azuread.plan("application_certificate", {**config, argument: value}, made).replaced_by == (argument, "id")


def test_a_key_id_that_is_still_there_is_refused(azuread: StandIn) -> None:
    application = azuread.create("application", **declared_application())
    azuread.create("application_certificate", **declared_certificate(application))
    successor = to_pem(make_certificate(key=rsa_key("successor"))).decode()
    identifier = f"{application['object_id']}/certificate/{KEY_ID}"
    with pytest.raises(Failed, match=f'"{identifier}" already exists(.|\n)*needs to be imported into the State'):
        azuread.create("application_certificate", **declared_certificate(application, value=successor))


@pytest.mark.parametrize("encoding", ["pem", "base64", "hex"])
def test_a_certificate_is_sent_as_pem_whatever_its_encoding(azuread: StandIn, encoding: str) -> None:
    der = make_certificate()
    values = {"pem": to_pem(der).decode(), "base64": base64.b64encode(der).decode(), "hex": der.hex()}
    application = azuread.create("application", **declared_application())
    config = declared_certificate(application, encoding=encoding, value=values[encoding])
    made = azuread.create("application_certificate", **config)
    (change,) = [sent.body for sent in azuread.wire.sent if "keyCredentials" in str(sent.body)]
    assert base64.b64decode(change["keyCredentials"][0]["key"]) == to_pem(der)
    assert made["value"] == values[encoding]


def test_a_certificate_removed_elsewhere_leaves_the_state(azuread: StandIn, graph: Graph) -> None:
    application = azuread.create("application", **declared_application())
    made = azuread.create("application_certificate", **declared_certificate(application))
    graph.change(f"/v1.0{application['id']}", keyCredentials=[])
    assert azuread.read("application_certificate", made) is None


def test_the_certificate_of_an_application_deleted_elsewhere_is_an_error(azuread: StandIn, graph: Graph) -> None:
    application = azuread.create("application", **declared_application())
    made = azuread.create("application_certificate", **declared_certificate(application))
    graph.delete(f"/v1.0{application['id']}")
    with pytest.raises(Failed, match=r"Retrieving Application(.|\n)*404 \(404 Not Found\)"):
        azuread.read("application_certificate", made)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        pytest.param({"application_id": KEY_ID}, "/applications/<id>", id="an object id for a resource id"),
        pytest.param({"type": "X509"}, "expected type to be one of", id="type"),
        pytest.param({"end_date": "2027-09-01"}, "valid RFC3339 date", id="a day"),
        pytest.param({"end_date_relative": "240h"}, "does not support `end_date_relative`", id="unsupported"),
    ],
)
def test_a_mistake_in_a_certificate_is_refused(azuread: StandIn, config: Values, sentence: str) -> None:
    with pytest.raises(Failed, match=sentence):
        azuread.plan("application_certificate", declared_certificate({"id": f"/applications/{KEY_ID}"}, **config))
