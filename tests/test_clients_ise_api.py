"""Cisco's SDK, unmodified, through our client: against the running sandbox, by real names, TLS and the proxy."""

from __future__ import annotations

import base64
import json
import logging
import socket
import ssl
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from clients.ise_api import IseApi, Node
from helpers.certificates import read_certificate
from helpers.errors import InputError, ServiceError
from helpers.trust_roots import import_payload, roots
from sandbox.admin_token import admin_token
from sandbox.identities import ADMIN_HOST, ISE_API_HOST, ISE_NODES
from sandbox.ise.accounts import ADMINISTRATOR, OPERATOR, accounts
from sandbox.ise.nodes import admin_certificate_path
from tests.sandboxes import lead_into, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox.endpoint import Endpoint
    from sandbox.folder import SandboxFolder

URL = f"https://{ISE_API_HOST}"
PAN, PSN = ISE_NODES


@dataclass(frozen=True)
class Running:
    """A running sandbox, entered as `sandbox run` does it."""

    folder: SandboxFolder
    endpoint: Endpoint

    def password(self, user: str = ADMINISTRATOR) -> str:
        """Return the password of an account of ISE's API."""
        return accounts(self.folder.path)[user].password

    def api(self, *, user: str = ADMINISTRATOR, password: str | None = None, **options: Any) -> IseApi:  # noqa: ANN401
        """Return the client, signed in."""
        return IseApi(options.pop("url", URL), user=user, password=password or self.password(user), **options)

    def spoil(self, **fault: Any) -> None:  # noqa: ANN401 — any JSON
        """Let ISE answer so, from now on."""
        bearer = {"Authorization": f"Bearer {admin_token(self.folder.path)}"}
        trust = ssl.create_default_context(cafile=str(self.folder.ca))
        with httpx.Client(proxy=self.endpoint.proxy_url, verify=trust, trust_env=False) as web:
            web.delete(f"https://{ADMIN_HOST}/faults", headers=bearer).raise_for_status()
            if fault:
                body = {"service": "ise", "count": None, **fault}
                web.post(f"https://{ADMIN_HOST}/faults", json=body, headers=bearer).raise_for_status()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with (
        served(tmp_path_factory.mktemp("ise") / "sandbox") as (folder, endpoint),
        pytest.MonkeyPatch.context() as environment,
    ):
        lead_into(environment, folder, endpoint)
        yield Running(folder, endpoint)


@pytest.fixture(scope="module")
def api(running: Running) -> IseApi:
    """The administrator's client, made once: the SDK takes most of a second."""
    return running.api()


@pytest.fixture
def spoiled(running: Running) -> Iterator[Callable[..., None]]:
    """Spoil ISE's answers for one test."""
    yield running.spoil
    running.spoil()


def test_the_nodes_of_a_deployment_are_listed_with_both_names(api: IseApi) -> None:
    assert api.nodes() == [Node("pan", PAN), Node("psn-01", PSN)]


def test_of_several_certificates_the_admin_one_is_picked_and_exported_without_its_key(
    running: Running, api: IseApi
) -> None:
    for node in api.nodes():
        listed = api.admin_certificate(node.host)
        assert "EAP" not in listed.friendly_name
        assert listed.used_by == {"Admin", "Portal", "RADIUS DTLS"}
        certificate = read_certificate(api.export(listed), name=f"export of {node.host}")
        assert certificate.pem == admin_certificate_path(running.folder.path, node.fqdn).read_text()
        assert certificate.sha256_hex == listed.sha256


def test_a_user_who_may_only_read_lists_but_does_not_export(running: Running) -> None:
    api = running.api(user=OPERATOR)
    listed = api.admin_certificate("psn-01")
    with pytest.raises(ServiceError, match=r"^ISE at pan\.\S+, node psn-01: answered 403; the user needs ISE's ERS"):
        api.export(listed)


def test_a_ca_file_is_trusted_in_place_of_the_machines_roots(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert running.api(ca_file=running.folder.ca).nodes()


def test_a_certificate_is_found_by_its_friendly_name_used_or_not(api: IseApi) -> None:
    found = api.certificate_called("Admin certificate of psn-01 until last year", "psn-01")
    assert found.used_by == {"Not in use"}
    with pytest.raises(ServiceError, match=r"node psn-01: has no certificate called 'Admin'; see Administration"):
        api.certificate_called("Admin", "psn-01")


def test_what_ise_trusts_is_listed_with_what_it_is_trusted_for(api: IseApi) -> None:
    trusted = {each.name: each for each in api.trusted_certificates()}
    g2 = trusted["DigiCert Global Root G2"]
    assert g2.trusted_for == frozenset({"Infrastructure", "Endpoints", "Cisco Services"})
    assert g2.enabled is True
    assert g2.sha256 == roots()[0].sha256


def test_an_import_says_whether_it_was_there_already(api: IseApi) -> None:
    payload = import_payload(roots()[1])
    assert [api.import_trusted(payload), api.import_trusted(payload)] == [True, False]
    assert roots()[1].sha256 in {each.sha256 for each in api.trusted_certificates()}


def test_a_success_that_changed_nothing_is_no_import(api: IseApi, spoiled: Callable[..., None]) -> None:
    spoiled(status=200, body='{"response": {"message": "they are binary equal. Hence skipping the replace"}}')
    assert not api.import_trusted(import_payload(roots()[1]))


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        pytest.param(
            {"status": 400, "body": '{"response": {"status": "Fail", "message": "Security Check Failed"}}'},
            r"answered 400 \(Security Check Failed\); see ISE's own log",
            id="ISE's words",
        ),
        pytest.param({"status": 409, "body": "{}"}, "answered 409; see ISE's own log", id="another conflict"),
        pytest.param({"status": 503, "body": "<html>"}, "answered 503; its services are starting", id="a restart"),
        pytest.param({"status": 200, "body": "<html>"}, "is not its API's JSON", id="a login page"),
    ],
)
def test_an_import_that_fails_is_told_in_ises_own_words(
    api: IseApi, spoiled: Callable[..., None], fault: dict[str, Any], says: str
) -> None:
    spoiled(**fault)
    with pytest.raises(ServiceError, match=says) as refused:
        api.import_trusted(import_payload(roots()[0]))
    assert refused.value.__context__ is None


def test_a_list_that_never_ends_is_left(api: IseApi, spoiled: Callable[..., None]) -> None:
    page = {"response": [{"sha256Fingerprint": "00" * 32}], "nextPage": {"href": "https://pan/next"}}
    spoiled(status=200, body=json.dumps(page))
    with pytest.raises(ServiceError, match="lists more than 2000 certificates"):
        api.trusted_certificates()


def test_a_list_without_fingerprints_is_told(api: IseApi, spoiled: Callable[..., None]) -> None:
    spoiled(status=200, body='{"response": [{"friendlyName": "x"}]}')
    with pytest.raises(ServiceError, match="lists a certificate without its sha256Fingerprint; list them in ISE"):
        api.trusted_certificates()


def test_ises_words_are_one_line_and_never_the_password(running: Running, spoiled: Callable[..., None]) -> None:
    api = running.api()
    told = {"response": {"message": f"no\u001b[2J\nsuch {running.password()} {'x' * 999}"}}
    spoiled(status=400, body=json.dumps(told))
    with pytest.raises(ServiceError) as refused:
        api.nodes()
    said = str(refused.value)
    assert said.isprintable()
    assert (running.password() in said, "(the password)" in said, len(said) < 400) == (False, True, True)


# What goes wrong is one line that says what to do


def test_a_wrong_password_names_the_variables(running: Running) -> None:
    with pytest.raises(ServiceError) as refused:
        running.api(password="wrong").nodes()
    variables = "ISE_INTUNE_ISE_USER, ISE_INTUNE_ISE_PASSWORD"
    assert str(refused.value) == f"ISE at {ISE_API_HOST}: answered 401; check user and password ({variables})"


@pytest.mark.parametrize(
    ("user", "password", "says"),
    [
        pytest.param("", "x", "ISE_INTUNE_ISE_USER: is not set; ", id="no user"),
        pytest.param("x", "", "ISE_INTUNE_ISE_PASSWORD: is not set; ", id="no password"),
        pytest.param("x:y", "z", "ISE_INTUNE_ISE_USER: holds a colon; ", id="both in one"),
    ],
)
def test_missing_credentials_are_named_before_anything_is_asked(user: str, password: str, says: str) -> None:
    with pytest.raises(InputError, match=f"^{says}"):
        IseApi(URL, user=user, password=password)


@pytest.mark.parametrize(
    "url", ["", "pan.example.net", "http://pan.example.net", "https://", "https://[", "https://u:pw@pan", "ftp://pan"]
)
def test_a_password_is_sent_to_an_https_address_alone(url: str) -> None:
    with pytest.raises(InputError, match="is no address of ISE's API; write https://") as refused:
        IseApi(url, user="x", password="y")
    assert "u:pw" not in str(refused.value)


def test_a_node_that_is_not_there_is_named(api: IseApi) -> None:
    with pytest.raises(ServiceError, match=r"node psn-99: answered 404 \(psn-99 is no node .*\); is psn-99 a node"):
        api.admin_certificate("psn-99")


LOGIN_PAGE = "<html>Identity Services Engine</html>"


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        pytest.param({"status": 404, "body": LOGIN_PAGE}, "answered 404; turn the API on: ", id="API off"),
        pytest.param({"status": 200, "body": LOGIN_PAGE}, "is not its API's JSON; turn the API on", id="login page"),
        pytest.param({"status": 200, "body": "[]"}, "is not its API's JSON; ", id="a list"),
        pytest.param({"status": 200, "body": '{"response": 5}'}, "is not its API's JSON; ", id="a number"),
        pytest.param({"status": 200, "body": '{"response": [5]}'}, "is not its API's JSON; ", id="numbers"),
        pytest.param({"status": 200, "body": "[" * 200_000}, "is not its API's JSON; ", id="nested without end"),
        pytest.param({"status": 200, "body": ""}, "is not its API's JSON; ", id="nothing"),
        pytest.param({"status": 200, "body": '{"response": []}'}, "lists no node", id="no nodes"),
        pytest.param(
            {"status": 429, "retry_after": 600},
            r"answered 429 \(the sandbox was asked to answer so\); ISE has too much to do",
            id="too much",
        ),
        pytest.param({"status": 500}, r"answered 500 \(the sandbox .*\); see ISE's own log", id="a mistake of ISE's"),
    ],
)
def test_an_odd_answer_is_told_at_once(
    api: IseApi, spoiled: Callable[..., None], fault: dict[str, Any], says: str
) -> None:
    spoiled(**fault)
    with pytest.raises(ServiceError, match=says) as refused:
        api.nodes()
    assert "\n" not in str(refused.value)
    assert "Identity Services" not in str(refused.value)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param('{"response": []}', "node psn-01: has no certificate used by Admin; assign one", id="none at all"),
        pytest.param('{"response": [{"usedBy": "Administrators"}]}', "no certificate used by Admin", id="not Admin"),
    ],
)
def test_a_node_without_an_admin_certificate_is_told(
    api: IseApi, spoiled: Callable[..., None], body: str, says: str
) -> None:
    spoiled(status=200, body=body)
    with pytest.raises(ServiceError, match=says):
        api.admin_certificate("psn-01")


def test_an_export_that_is_no_archive_is_told(api: IseApi, spoiled: Callable[..., None]) -> None:
    listed = api.admin_certificate("psn-01")
    spoiled(status=200, body=LOGIN_PAGE)
    with pytest.raises(ServiceError, match="exported something that is not a ZIP"):
        api.export(listed)


def test_an_ise_that_is_not_trusted_is_told(api: IseApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    says = rf"the certificate of {ISE_API_HOST} is not trusted here \(.*\); give the CA that issued the certificate"
    with pytest.raises(ServiceError, match=says):
        api.nodes()


def test_a_ca_file_that_cannot_be_read_is_told(running: Running, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        running.api(ca_file=tmp_path / "none.pem")
    (tmp_path / "odd.pem").write_text("no certificate")
    with pytest.raises(InputError, match="holds no certificate"):
        running.api(ca_file=tmp_path / "odd.pem")


def test_an_ise_behind_no_proxy_of_ours_is_told(running: Running) -> None:
    with pytest.raises(ServiceError, match=r"ISE at pan\.example\.net: the proxy does not lead to pan\.example\.net;"):
        running.api(url="https://pan.example.net").nodes()


def test_an_ise_that_is_not_up_is_told(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HTTPS_PROXY")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(ServiceError, match=r"the connection to 127\.0\.0\.1 is refused"):
            running.api(url=url).nodes()


# What the SDK would do if it were let


def test_the_sdks_own_variables_do_not_count(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another account, another address, a log of every header: whoever uses the SDK elsewhere may have them set."""
    for name, value in (
        ("ENCODED_AUTH", base64.b64encode(b"other:wrong").decode()),
        ("USERNAME", "other"),
        ("BASE_URL", "https://elsewhere.example.net"),
        ("DEBUG", "true"),
        ("VERIFY", "false"),
        ("VERSION", "3.1.0"),
        ("USES_API_GATEWAY", "false"),
    ):
        monkeypatch.setenv(f"IDENTITY_SERVICES_ENGINE_{name}", value)
    assert running.api().nodes()


def test_an_account_in_netrc_does_not_count(running: Running, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`requests` would prefer it to the one that was given."""
    (tmp_path / "netrc").write_text(f"machine {ISE_API_HOST} login other password wrong\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert running.api().nodes()


def test_nothing_secret_is_printed_or_logged_at_any_level(
    running: Running,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("IDENTITY_SERVICES_ENGINE_DEBUG", "true")
    caplog.set_level(logging.DEBUG)
    api = running.api()
    api.export(api.admin_certificate("psn-01"))
    with pytest.raises(ServiceError) as refused:
        running.api(user=OPERATOR).export(api.admin_certificate("psn-01"))
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
    assert caplog.records
    for user in (ADMINISTRATOR, OPERATOR):
        password = running.password(user)
        for secret in (password, base64.b64encode(f"{user}:{password}".encode()).decode()):
            assert secret not in caplog.text
            assert secret not in repr(refused.value)
    # The SDK's error quotes user and password.
    assert refused.value.__context__ is None


def test_nothing_is_left_on_disk(api: IseApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    api.export(api.admin_certificate("psn-01"))
    assert list(tmp_path.iterdir()) == []
