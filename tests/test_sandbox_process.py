"""One process serves a sandbox: what it answers, what it writes down, and what is left when it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import stat
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography import x509

from helpers.clouds import CLOUDS
from helpers.errors import ServiceError, SetupError
from sandbox.admin_token import admin_token
from sandbox.control import Control
from sandbox.endpoint import find_server, is_served, joined
from sandbox.faults import Fault
from sandbox.folder import open_folder
from sandbox.hosts import SERVED
from sandbox.identities import CONSENTING_DEPLOYER, TENANTS
from sandbox.limits import Limits
from sandbox.serving import serving
from sandbox.trust import server_context
from tests.sandboxes import PATIENCE, begin, end, sandbox_arguments, served, start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.endpoint import Endpoint
    from sandbox.folder import SandboxFolder
    from sandbox.identities import SandboxTenant

    World = tuple[SandboxFolder, Endpoint]

TENANT = TENANTS[0].id
CONFIGURATION = f"https://login.microsoftonline.com/{TENANT}/v2.0/.well-known/openid-configuration"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(tmp_path_factory.mktemp("sandbox") / "one", new=True) as one:
        yield one


@contextmanager
def client(world: World) -> Iterator[httpx.Client]:
    folder, endpoint = world
    trust = ssl.create_default_context(cafile=str(folder.ca))
    with httpx.Client(proxy=endpoint.proxy_url, verify=trust, trust_env=False, timeout=PATIENCE) as one:
        yield one


def lines(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_real_host_names_are_answered_under_the_sandboxs_authority(world: World) -> None:
    with client(world) as one:
        assert one.get(CONFIGURATION).json()["token_endpoint"].startswith("https://login.microsoftonline.com/")


@pytest.mark.parametrize("tenant", TENANTS, ids=lambda tenant: tenant.name)
def test_a_tenant_is_found_at_its_own_clouds_login_host(world: World, tenant: SandboxTenant) -> None:
    with client(world) as one:
        login = CLOUDS[tenant.cloud].login_host
        answer = one.get(f"https://{login}/{tenant.id}/v2.0/.well-known/openid-configuration")
    assert answer.status_code == 200


def test_a_deployer_signs_in_and_graph_takes_the_token(world: World) -> None:
    secret = json.loads(world[0].secrets.read_text())[CONSENTING_DEPLOYER.client_id]
    form = {
        "grant_type": "client_credentials",
        "client_id": CONSENTING_DEPLOYER.client_id,
        "client_secret": secret,
        "scope": "https://graph.microsoft.com/.default",
    }
    with client(world) as one:
        token = one.post(f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token", data=form).json()
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        answer = one.get("https://graph.microsoft.com/v1.0/applications?$select=appId", headers=bearer)
    assert answer.status_code == 200
    written = "".join(log.read_text() for log in world[0].path.glob("*.log"))
    assert secret not in written
    assert token["access_token"] not in written


def test_what_the_services_were_asked_is_written_down_with_the_path_as_it_was_sent(
    world: World,
) -> None:
    with client(world) as one, Control(world[0]) as control:
        before = max((seen.number for seen in control.requests()), default=0)
        one.get("https://graph.microsoft.com//v1.0/servicePrincipals?$top=1")
        one.get("https://login.microsoftonline.com/nobody/adminconsent?code=not-for-a-log")
        seen = control.requests(after=before)
    assert [(each.method, each.host, each.path, each.status) for each in seen] == [
        ("GET", "graph.microsoft.com", "//v1.0/servicePrincipals", 401),
        ("GET", "login.microsoftonline.com", "/nobody/adminconsent", seen[1].status),
    ]
    assert [each.query for each in seen] == ["$top=1", ""]
    assert lines(world[0].requests_log)[-1]["path"] == "/nobody/adminconsent"


def test_the_host_header_alone_decides_and_an_unknown_one_is_misdirected(world: World) -> None:
    with client(world) as one:
        answer = one.get("https://graph.microsoft.com/", headers={"Host": "example.com"})
    assert answer.status_code == 421


def test_a_host_that_is_not_served_is_refused_and_noted(world: World) -> None:
    with client(world) as one, pytest.raises(httpx.ProxyError, match="403"):
        one.get("https://checkpoint-api.hashicorp.com/")
    assert lines(world[0].refused_log)[-1]["target"] == "checkpoint-api.hashicorp.com:443"


def test_a_fault_spoils_as_many_requests_as_it_was_meant_for(world: World) -> None:
    with client(world) as one, Control(world[0]) as control:
        control.set_fault(Fault(service="entra", path_prefix=f"/{TENANT}", count=2, status=429, retry_after=7))
        answers = [one.get(CONFIGURATION) for _ in range(3)]
        assert control.faults() == []
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(host="graph.microsoft.com", status=503), id="another host"),
        pytest.param(Fault(service="graph", status=503), id="another service"),
        pytest.param(Fault(method="POST", status=503), id="another method"),
        pytest.param(Fault(path_prefix="/elsewhere", status=503), id="another path"),
    ],
)
def test_a_fault_leaves_other_requests_alone(world: World, fault: Fault) -> None:
    with client(world) as one, Control(world[0]) as control:
        control.set_fault(fault)
        assert one.get(CONFIGURATION).status_code == 200
        assert control.faults() == [fault]
        control.clear_faults()
        assert control.faults() == []


def test_a_fault_without_a_status_lets_the_service_answer_late(world: World) -> None:
    with client(world) as one, Control(world[0]) as control:
        control.set_fault(Fault(service="entra", delay=0.1))
        assert one.get(CONFIGURATION).status_code == 200
        assert control.requests()[-1].milliseconds >= 100


def test_a_fault_has_a_body_of_its_own_where_one_is_given(world: World) -> None:
    with client(world) as one, Control(world[0]) as control:
        control.set_fault(Fault(status=502, body="<html>a gateway's</html>"))
        assert one.get(CONFIGURATION).text == "<html>a gateway's</html>"


def test_a_fault_that_makes_no_sense_is_refused(world: World) -> None:
    with Control(world[0]) as control, pytest.raises(ServiceError, match=r"fault\.status: is 9000"):
        control.set_fault(Fault(status=9000))


def test_limits_are_those_that_were_set(world: World) -> None:
    with Control(world[0]) as control:
        assert control.limits() == Limits()
        stricter = Limits(lag_lists=1, tenants_without_premium=(TENANT,)).without_quotas()
        control.set_limits(stricter)
        assert control.limits() == stricter
        control.set_limits(Limits())


@pytest.mark.parametrize("bearer", ["", "Bearer wrong", "Basic {token}"])
def test_admin_routes_need_the_folders_token(world: World, bearer: str) -> None:
    headers = {"Authorization": bearer.format(token=admin_token(world[0].path))}
    with client(world) as one:
        for method, path in (("GET", "/requests"), ("GET", "/faults"), ("POST", "/faults"), ("DELETE", "/faults")):
            assert one.request(method, f"https://admin.sandbox.test{path}", headers=headers).status_code == 401


def test_a_mistake_of_a_service_is_no_500_and_is_written_down(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The azuread provider would repeat a 500 for minutes."""

    def broken(*_: object, **__: object) -> object:
        message = "what a mistake"
        raise RuntimeError(message)

    monkeypatch.setattr("sandbox.entra.routes.openid_configuration", broken)
    with client(world) as one:
        assert one.get(CONFIGURATION).status_code == 501
    assert "what a mistake" in world[0].errors_log.read_text()


def test_everything_in_the_folder_that_is_a_secret_is_for_its_owner_alone(
    world: World,
) -> None:
    folder = world[0]
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    for file in (*folder.path.glob("*.key"), folder.path / "ca-key.pem", folder.path / "leaf.pem", folder.secrets):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_one_folder_has_one_server(world: World) -> None:
    with pytest.raises(SetupError, match="another process serves"), serving(world[0], on_waiting=lambda: None):
        pass
    assert find_server(world[0]) == world[1]


def test_nothing_is_announced_once_the_server_has_ended(tmp_path: Path) -> None:
    with served(tmp_path / "one") as (folder, endpoint):
        assert find_server(folder) == endpoint
    assert not folder.endpoint.exists()
    assert not is_served(folder)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", endpoint.proxy_port), timeout=5)


def test_what_was_made_is_there_the_next_time(tmp_path: Path) -> None:
    with served(tmp_path / "one", new=True) as (folder, _):
        secret, authority = folder.secrets.read_text(), folder.ca.read_text()
    with served(tmp_path / "one"):
        assert (folder.secrets.read_text(), folder.ca.read_text()) == (secret, authority)


def test_a_killed_server_leaves_an_endpoint_that_nobody_believes(tmp_path: Path) -> None:
    begin(tmp_path / "one")
    process = start(sandbox_arguments("up", tmp_path / "one"))
    assert process.stdout
    assert process.stdout.readline()  # it is up
    folder = open_folder(tmp_path / "one")
    endpoint = find_server(folder)
    assert endpoint
    assert endpoint.pid == process.pid
    process.kill()
    end(process)
    assert folder.endpoint.exists()
    assert find_server(folder) is None
    with served(tmp_path / "one") as (_, fresh):
        assert fresh.pid == os.getpid()


def test_a_server_that_does_not_answer_is_said_not_to(tmp_path: Path) -> None:
    with served(tmp_path / "one") as (folder, endpoint), socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        unheard = {"pid": endpoint.pid, "proxy_port": taken.getsockname()[1]}
        folder.endpoint.write_text(json.dumps(unheard))
        with pytest.raises(SetupError, match=rf"process {endpoint.pid}\) does not answer"):
            find_server(folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_up_ends_cleanly_when_asked_to(tmp_path: Path, number: signal.Signals) -> None:
    begin(tmp_path / "one")
    process = start(sandbox_arguments("up", tmp_path / "one"))
    assert process.stdout
    script = process.stdout.readline()
    assert script.startswith(". ")
    process.send_signal(number)
    done = end(process)
    assert done.returncode == 0
    assert "has ended" in done.stderr
    assert "Traceback" not in done.stderr
    assert not open_folder(tmp_path / "one").endpoint.exists()


def test_who_serves_waits_for_who_joined(tmp_path: Path) -> None:
    """The server outlives its own command until the joined one is done."""
    path = tmp_path / "one"
    waits: list[bool] = []

    def told() -> None:
        waits.append(True)
        guest.__exit__(None, None, None)

    folder = begin(path)
    with serving(folder, on_waiting=told):
        guest = joined(folder)
        assert guest.__enter__() is not None
    assert waits == [True]
    assert find_server(folder) is None


@pytest.mark.parametrize(
    ("later", "hosts", "renewed"),
    [
        pytest.param(timedelta(days=300), ["a.test", "b.test"], False, id="fresh"),
        pytest.param(timedelta(days=370), ["a.test", "b.test"], True, id="about to expire"),
        pytest.param(timedelta(days=1), ["a.test", "c.test"], True, id="other hosts"),
    ],
)
def test_the_leaf_is_renewed_when_it_must_be(
    tmp_path: Path, later: timedelta, hosts: list[str], *, renewed: bool
) -> None:
    folder, now = open_folder(tmp_path / "one"), datetime(2030, 1, 1, tzinfo=UTC)
    server_context(folder, ["a.test", "b.test"], now=now)
    leaf, authority = (folder.path / "leaf.pem").read_text(), folder.ca.read_text()
    server_context(folder, hosts, now=now + later)
    assert ((folder.path / "leaf.pem").read_text() != leaf) is renewed
    assert folder.ca.read_text() == authority


def test_the_leaf_carries_every_name(world: World) -> None:
    leaf = x509.load_pem_x509_certificates((world[0].path / "leaf.pem").read_bytes())[0]
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == set(SERVED)
