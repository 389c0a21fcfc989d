"""Many tenants at a time, the audit log, and all of it once over the proxy by real names."""

from __future__ import annotations

import asyncio
import json
import signal
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from clients.graph import AuditLog, Directories, Statistics, Tenant, logs
from clients.graph.choosing import lists_are_cheaper
from helpers.clouds import CLOUDS
from helpers.observing import observe
from sandbox.control import Control
from sandbox.faults import Fault
from sandbox.identities import ADMINISTRATOR_ID, AUDITOR, DEPLOYER, READER, TENANTS
from sandbox.oidc import request_token
from sandbox.seed import federated_subject
from sandbox.store import Store
from sandbox.world import World
from tests.reading_graph import HERE, Sandboxed, a_sandbox, documents_of, in_lists, register
from tests.sandboxes import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clients.graph import Step

EVERYWHERE = [Tenant(tenant.id, CLOUDS[tenant.cloud]) for tenant in TENANTS]
NOWHERE = Tenant("99999999-9999-4999-8999-999999999999", CLOUDS["global"])


@pytest.fixture
def sandbox(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Sandboxed:
    return a_sandbox(tmp_path, tmp_path_factory)


def test_tenants_of_every_cloud_are_read_at_their_own_graph(sandbox: Sandboxed) -> None:
    with sandbox.directories() as directories:
        readings = directories.read({tenant: [DEPLOYER.client_id] for tenant in EVERYWHERE})
    for tenant, reading in readings.items():
        read = documents_of(reading)[DEPLOYER.client_id]
        assert isinstance(read.application, dict)
        assert (read.tenant_id, read.application["publisherDomain"]) == (tenant.id, f"{tenant.id}.onmicrosoft.com")
    assert {request.host for request in sandbox.seen} == {cloud.graph_host for cloud in CLOUDS.values()}


def test_one_tenant_that_cannot_be_signed_in_to_spoils_no_other(sandbox: Sandboxed) -> None:
    wanted = {NOWHERE: [DEPLOYER.client_id], HERE: [DEPLOYER.client_id]}
    with sandbox.directories() as directories:
        for readings in (directories.read(wanted), directories.read_again(wanted)):
            assert readings[NOWHERE].documents == {}
            assert readings[NOWHERE].failure.startswith(
                f"Entra: login.microsoftonline.com knows no tenant {NOWHERE.id}"
            )
            assert set(documents_of(readings[HERE])) == {DEPLOYER.client_id}
        now = datetime.now(UTC)
        assert "knows no tenant" in directories.read_audit_log(NOWHERE, since=now, until=now).unread


def test_nothing_is_asked_of_graph_before_the_sign_in(sandbox: Sandboxed) -> None:
    with sandbox.directories(variables={"ARM_USE_CLI": "false"}) as directories:
        reading = directories.read({HERE: [DEPLOYER.client_id]})[HERE]
    assert reading.failure.startswith("sign-in: there is nothing to sign in with; set what Terraform has")
    assert sandbox.seen == []


def test_no_application_is_no_question_to_the_directory(sandbox: Sandboxed) -> None:
    with sandbox.directories() as directories:
        assert directories.read({}) == {}
        assert documents_of(directories.read({HERE: []})[HERE]) == {}


def test_what_it_cost_is_counted(sandbox: Sandboxed) -> None:
    with sandbox.directories() as directories:
        assert directories.statistics == Statistics()
        directories.read({HERE: [DEPLOYER.client_id]})
        cost = directories.statistics
    inner = [request for request in sandbox.seen if not request.path.endswith("$batch")]
    assert (cost.round_trips, cost.requests) == (sandbox.round_trips, len(inner))
    assert cost.resource_units > cost.requests
    assert (cost.throttled, cost.seconds_waited) == (0, 0)


def test_a_thousand_applications_take_a_few_hundred_round_trips_at_most(sandbox: Sandboxed) -> None:
    """A tenth of them here; each way grows with their number, and the cheaper one is chosen."""
    register(sandbox)
    store = sandbox.world.store
    wanted = []
    for number in range(100):
        client_id = f"0c1e0000-0000-4000-8000-{number:012}"
        for kind in ("application", "servicePrincipal"):
            (document, *_) = store.all(HERE.id, kind)
            copy = {**document, "id": f"0b1e0000-000{len(kind) % 7}-4000-8000-{number:012}", "appId": client_id}
            store.put(HERE.id, kind, copy["id"], copy)
        wanted.append(client_id)
    with sandbox.directories(choose=lists_are_cheaper) as directories:
        read = documents_of(directories.read({HERE: wanted})[HERE])
    assert all(
        isinstance(each.application, dict) and isinstance(each.service_principal, dict) for each in read.values()
    )
    assert sandbox.round_trips <= 45


@pytest.mark.parametrize(
    ("applications", "objects", "lists"),
    [
        pytest.param(1000, 1100, True, id="nearly all there are"),
        pytest.param(100, 400, True, id="many of few"),
        pytest.param(30, 200_000, False, id="few of very many"),
        pytest.param(1000, 400_000, False, id="many of very many"),
        pytest.param(25, 999, False, id="few of a page"),
        pytest.param(25, 30, True, id="nearly all of few"),
    ],
)
def test_the_cheaper_way_is_chosen(applications: int, objects: int, lists: bool) -> None:  # noqa: FBT001 — a table's column
    assert lists_are_cheaper(applications, objects, 3) is lists


def test_ctrl_c_stops_and_leaves_nothing_running(sandbox: Sandboxed) -> None:
    def interrupt(_: Step) -> None:
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt), sandbox.directories(progress=interrupt) as directories:
        directories.read({HERE: [DEPLOYER.client_id]})
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
    with sandbox.directories() as directories:
        assert documents_of(directories.read({HERE: [DEPLOYER.client_id]})[HERE])


# The audit log


def log_of(sandbox: Sandboxed, *about: str) -> AuditLog:
    now = sandbox.world.now()
    window = {"since": now - timedelta(days=1), "until": now + timedelta(minutes=5)}
    with sandbox.directories() as directories:
        return directories.read_audit_log(HERE, **window, about=about or None)


def test_the_log_is_read_to_the_windows_beginning_five_pages_in_ten_seconds(
    sandbox: Sandboxed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "PAGE", 5)
    for _ in range(20):
        register(sandbox)
    log = log_of(sandbox)
    times = [record["activityDateTime"] for record in log.records]
    assert log.unread == ""
    assert len(times) >= 40
    assert times == sorted(times, reverse=True)
    assert sandbox.paths()["/v1.0/auditLogs/directoryAudits"] >= len(times) // 5
    assert sum(sandbox.time.waits) >= 10
    assert not [request for request in sandbox.seen if request.status == 429]


def test_the_log_of_another_time_is_empty(sandbox: Sandboxed) -> None:
    register(sandbox)
    sandbox.time.day.go_on(7 * 24 * 60 * 60)
    assert log_of(sandbox) == AuditLog()


def test_only_records_that_name_what_is_asked_about_are_brought(sandbox: Sandboxed) -> None:
    ours, other = register(sandbox), register(sandbox)
    records = log_of(sandbox, ours["id"].upper()).records
    assert records
    assert all(ours["id"] in json.dumps(record) and other["id"] not in json.dumps(record) for record in records)
    assert log_of(sandbox, ADMINISTRATOR_ID).records == ()


def test_a_log_that_is_too_long_is_cut_and_says_so(sandbox: Sandboxed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "PAGE", 5)
    monkeypatch.setattr(logs, "MOST_PAGES", 2)
    for _ in range(10):
        register(sandbox)
    log = log_of(sandbox)
    assert (len(log.records), log.unread) == (10, "only its newest 10 records were read")


def test_a_log_that_cannot_be_read_says_why_and_brings_what_there_was(
    sandbox: Sandboxed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "PAGE", 5)
    for _ in range(10):
        register(sandbox)

    def spoil(_: Step) -> None:
        sandbox.faults.set(Fault(service="graph", status=503, count=None))

    now = sandbox.world.now()
    with sandbox.directories(progress=spoil) as directories:
        log = directories.read_audit_log(HERE, since=now - timedelta(days=1), until=now)
    assert (len(log.records), log.unread) == (5, "Graph answered 503 (FaultOnRequest)")
    with sandbox.directories(variables=sandbox.variables(READER)) as directories:
        sandbox.faults.clear()
        log = directories.read_audit_log(HERE, since=now, until=now)
    assert log.unread == "needs AuditLog.Read.All (403)"


# Over the proxy


@pytest.fixture
def behind_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, dict[str, str], Control]]:
    """Give a sandbox behind its proxy as a command inside it finds it, and what a pipeline there signs in with."""
    with served(tmp_path / "sandbox") as (folder, endpoint), Control(folder) as control:
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, endpoint.proxy_url)
        monkeypatch.setenv("SSL_CERT_FILE", str(folder.ca))
        monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
        world = World(folder.path, Store(folder.store))
        subject = federated_subject(AUDITOR)
        variables = {
            "ARM_CLIENT_ID": AUDITOR.client_id,
            "ARM_USE_OIDC": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"https://oidc.sandbox.test/token?subject={subject}",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": request_token(world),
            "SSL_CERT_FILE": str(folder.ca),
        }
        yield folder.path, variables, control


def test_a_pipeline_reads_over_the_proxy_with_its_own_identity(
    behind_proxy: tuple[Path, dict[str, str], Control], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, variables, control = behind_proxy
    monkeypatch.setattr("clients.graph.objects.FEW", 0)
    with Directories(variables, choose=in_lists) as directories:
        read = documents_of(directories.read({HERE: [DEPLOYER.client_id]}, kept=folder / "kept")[HERE])
        again = documents_of(directories.read_again({HERE: [DEPLOYER.client_id]}, deep=True)[HERE])
    assert again == read
    assert observe(read[DEPLOYER.client_id]).not_understood == ()
    seen = [request for request in control.requests() if request.host == HERE.cloud.graph_host]
    assert {request.status for request in seen} == {200}
