"""What goes wrong on the way ISE goes: one clear line that names the link, the cause, and whose job it is."""

from __future__ import annotations

import json
import socket
import ssl
import zlib
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import jwt
import pytest

from clients import ise_wire
from clients.entra_refusals import ADVICE
from clients.ise_wire import Device, SignInRefused
from helpers.certificates import read_certificate
from helpers.errors import ServiceError
from sandbox.intune.devices import (
    COMPLIANT_MAC,
)
from tests.a_tenant import a_signer
from tests.an_ise_node import (
    CLIENT,
    LINKS,
    NAMESPACE,
    SERVICE,
    TOKEN,
    Ise,
    a_node,
    an_ise,
    answering,
    failing,
    now,
    refused_by_entra,
    running_ise,
    world_with_devices,
)
from tests.sandboxes import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox.world import World


@pytest.fixture
def ise(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Ise:
    return an_ise(world_with_devices(tmp_path, tmp_path_factory))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ise]:
    with running_ise(tmp_path_factory.mktemp("wire") / "sandbox") as ise:
        yield ise


@pytest.fixture
def world(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    return world_with_devices(tmp_path, tmp_path_factory)


# Refusals of Entra


def expired(ise: Ise) -> None:
    ise_wire.sign_in_to_graph(ise.web, ise.node, now=now() - timedelta(hours=1))


def stranger(ise: Ise) -> None:
    other = a_signer("stranger")
    certificate = read_certificate(other.der, name="stranger")
    ise_wire.sign_in_to_graph(ise.web, replace(ise.node, certificate=certificate, key=other.key), now=now())


def nobody(ise: Ise) -> None:
    ise_wire.sign_in_to_graph(ise.web, replace(ise.node, client_id=CLIENT), now=now())


def nowhere(ise: Ise) -> None:
    ise_wire.sign_in_to_graph(ise.web, replace(ise.node, tenant_id=CLIENT), now=now())


@pytest.mark.parametrize(
    ("sign_in", "code"),
    [
        pytest.param(stranger, 700027, id="certificate not registered"),
        pytest.param(expired, 700024, id="clock an hour behind"),
        pytest.param(nobody, 700016, id="unknown client id"),
        pytest.param(nowhere, 90002, id="unknown tenant"),
    ],
)
def test_a_refusal_of_the_sandboxs_entra_is_told_with_its_code(
    ise: Ise, sign_in: Callable[[Ise], None], code: int
) -> None:
    with pytest.raises(SignInRefused, match=f"Entra: refused the sign-in .* AADSTS{code}: ") as refused:
        sign_in(ise)
    assert refused.value.code == code
    assert refused.value.remedy == ADVICE[code]
    assert "Trace ID" not in str(refused.value)


def test_without_consent_the_next_link_says_what_to_grant(world: World) -> None:
    ise = an_ise(world, consent=False)
    graph, intune = ise.tokens()
    with pytest.raises(ServiceError, match=r"grant Application\.Read\.All to the application"):
        ise_wire.discover(ise.web, ise.node, graph)
    with pytest.raises(ServiceError, match="grant get_device_compliance to the application"):
        ise_wire.query_by_mac(ise.web, SERVICE, intune, COMPLIANT_MAC)


@pytest.mark.parametrize(
    ("code", "whose", "what"),
    [
        (700027, "ISE administrator", "Admin certificate"),
        (700024, "ISE administrator", "NTP"),
        (1000502, "ISE administrator", "renew"),
        (700016, "ISE administrator", "Client ID"),
        (90002, "ISE administrator", "Token Issuing URL"),
        (65001, "Entra administrator", "admin consent"),
        (650052, "Entra administrator", "licence"),
        (500011, "Entra administrator", "licence"),
        (650057, "platform engineer", "permission"),
        (7000215, "ISE administrator", "certificate as authentication"),
        (7000222, "ISE administrator", "certificate as authentication"),
        (53003, "Entra administrator", "Conditional Access"),
        (99999, "platform engineer", "look the AADSTS code up"),
    ],
)
def test_each_code_says_whose_job_it_is(code: int, whose: str, what: str) -> None:
    with pytest.raises(SignInRefused) as refused:
        ise_wire.sign_in_to_graph(answering(refused_by_entra(code), 401), a_node(), now=now())
    message = str(refused.value)
    assert message.startswith(f"Entra: refused the sign-in (401): AADSTS{code}: Something happened.; {whose}: ")
    assert what in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("document", "code", "says"),
    [
        ({"error": "invalid_client"}, 0, "invalid_client"),
        ({}, 0, "no reason given"),
        ({"error_codes": [700027]}, 700027, "AADSTS700027: no reason given"),
        ({"error_codes": "x", "error_description": "AADSTS90002: Where?"}, 90002, "AADSTS90002: Where?"),
        ({"error_codes": [], "error_description": ["odd"]}, 0, "odd"),
        ({"error_description": "\x1b[31mred " + "x" * 1000}, 0, r"\x1b[31mred x"),
    ],
)
def test_a_refusal_of_another_shape_is_told_as_far_as_it_goes(document: object, code: int, says: str) -> None:
    with pytest.raises(SignInRefused) as refused:
        ise_wire.sign_in_to_graph(answering(json.dumps(document), 400), a_node(), now=now())
    assert refused.value.code == code
    assert says in str(refused.value)
    assert len(str(refused.value)) < 600


def test_an_entra_that_has_too_much_to_do_is_nobodys_fault() -> None:
    with pytest.raises(SignInRefused, match="try again later"):
        ise_wire.sign_in_to_graph(answering(refused_by_entra(90033), 503), a_node(), now=now())


@pytest.mark.parametrize(
    "document", [{}, {"access_token": None}, {"access_token": "opaque"}, {"access_token": ["a"]}], ids=str
)
def test_an_answer_without_a_token_is_no_sign_in(document: object) -> None:
    with pytest.raises(ServiceError, match="Entra: answered without a readable token"):
        ise_wire.sign_in_to_graph(answering(json.dumps(document)), a_node(), now=now())


def test_odd_roles_in_a_token_are_no_roles() -> None:
    odd = jwt.encode({"roles": 5}, "a key of no use to anyone, long enough", algorithm="HS256")
    answer = answering(json.dumps({"access_token": odd}))
    assert ise_wire.sign_in_to_graph(answer, a_node(), now=now()).roles == ()


LOGIN_PAGE = '<html xmlns="http://www.w3.org/1999/xhtml"><body>Please sign in to the guest network</body></html>'


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize(
    ("content", "status", "says"),
    [
        pytest.param(LOGIN_PAGE, 200, "answered with something that is not its", id="a login page"),
        pytest.param(LOGIN_PAGE, 302, "a proxy or a login page", id="a redirection"),
        pytest.param(b"", 200, "answered with something that is not its", id="nothing"),
        pytest.param(b"\xff\xfe\x00", 200, "answered with something that is not its", id="no text"),
        pytest.param(b"[" * 500_000, 200, "answered with something that is not its", id="deep JSON"),
        pytest.param(b" " * 1_100_000, 200, "answered with more than 1024 KiB", id="too much"),
        pytest.param(LOGIN_PAGE, 503, "answered 503 .*try again later", id="unavailable"),
        pytest.param(LOGIN_PAGE, 429, "answered 429 .*try again later", id="too many requests"),
    ],
)
def test_what_is_no_answer_of_the_services_names_the_link(
    link: str, content: bytes | str, status: int, says: str
) -> None:
    if (link, status) == ("Intune", 503):
        says = "answered 503 .*once in four hours"
    with pytest.raises(ServiceError, match=f"{link}: .*{says}") as failed:
        LINKS[link](answering(content, status))
    assert "guest network" not in str(failed.value)


@pytest.mark.parametrize("link", LINKS)
def test_an_answer_that_grows_when_it_is_unpacked_is_cut_short(link: str) -> None:
    bomb = zlib.compress(b" " * 50_000_000)
    with pytest.raises(ServiceError, match="answered with more than 1024 KiB"):
        LINKS[link](answering(bomb, encoding="deflate"))


def certificate_error() -> Exception:
    return caused(httpx.ConnectError("x"), ssl.SSLCertVerificationError(1, "self-signed certificate"))


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize(
    ("error", "says"),
    [
        pytest.param(certificate_error(), r"the certificate of \S+ is not trusted here", id="not trusted"),
        pytest.param(caused(httpx.ConnectError("x"), ssl.SSLError(1, "x")), "does not speak TLS", id="no TLS"),
        pytest.param(caused(httpx.ConnectError("x"), socket.gaierror(-2, "x")), "cannot be resolved", id="no name"),
        pytest.param(caused(httpx.ConnectError("x"), ConnectionRefusedError()), "is refused", id="refused"),
        pytest.param(caused(httpx.ReadTimeout("x"), TimeoutError()), "gave no answer in time", id="too late"),
        pytest.param(httpx.ProxyError("403"), "the proxy does not lead to", id="proxy"),
        pytest.param(httpx.ReadError("x"), r"cannot be asked \(ReadError\)", id="cut off"),
        pytest.param(httpx.RemoteProtocolError("x"), "cannot be asked", id="no HTTP"),
    ],
)
def test_who_cannot_be_reached_is_named_with_the_cause(link: str, error: Exception, says: str) -> None:
    with pytest.raises(ServiceError, match=f"^{link}: .*{says}"):
        LINKS[link](failing(error))


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "the token is not accepted"),
        (403, "Entra administrator: grant Application.Read.All"),
        (404, "licence"),
        (500, "try again later"),
    ],
)
@pytest.mark.parametrize("body", ['{"error": {"code": "x"}}', '{"error": "x"}', "[]"])
def test_a_refused_discovery_says_what_is_missing(status: int, says: str, body: str) -> None:
    with pytest.raises(ServiceError, match=f"Microsoft Graph: answered {status} .service discovery.; .*{says}"):
        LINKS["Microsoft Graph"](answering(body, status))


@pytest.mark.parametrize(
    "value",
    [None, [], {}, ["x"], [{"providerName": "NACAPIService", "uri": SERVICE}]],
    ids=["none", "empty", "no list", "no objects", "the retired one alone"],
)
def test_a_discovery_without_the_compliance_service_says_so(value: object) -> None:
    with pytest.raises(ServiceError, match=r"names no ComplianceRetrievalService; Entra administrator: .*licence"):
        LINKS["Microsoft Graph"](answering(json.dumps({"value": value})))


@pytest.mark.parametrize(
    "uri",
    [None, "", "https://[", "http://fef.manage.microsoft.com/x", "https://manage.microsoft.com.example.net/", "x:y"],
)
def test_a_discovery_that_leads_away_from_microsoft_is_not_followed(uri: str | None) -> None:
    found = [{"providerName": "ComplianceRetrievalService", "uri": uri}]
    with pytest.raises(ServiceError, match="no token goes there"):
        LINKS["Microsoft Graph"](answering(json.dumps({"value": found})))


@pytest.mark.parametrize(
    ("status", "says"),
    [(401, "is get_device_compliance granted"), (403, "grant get_device_compliance"), (503, "once in four hours")],
)
def test_a_refused_query_says_what_is_missing(status: int, says: str) -> None:
    with pytest.raises(ServiceError, match=f"Intune: answered {status} .compliance service.; .*{says}"):
        LINKS["Intune"](answering(b"", status))


def xml(inner: str, namespace: str = NAMESPACE) -> str:
    return f'<ise_api xmlns="{namespace}">{inner}</ise_api>'


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>' + xml("&b;")
ELSEWHERE = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + xml("&a;")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(BOMB, id="a bomb"),
        pytest.param(ELSEWHERE, id="a file of ours"),
        pytest.param(xml("<deviceList>"), id="half"),
        pytest.param(xml("<deviceList/>", "urn:other"), id="another namespace"),
        pytest.param("<deviceList/>", id="another root"),
        pytest.param(xml("<name>attributes</name>"), id="no device list"),
    ],
)
def test_xml_of_another_kind_is_no_unknown_device(content: str) -> None:
    """An unknown device is one that Intune says it does not know; everything else is an error."""
    with pytest.raises(ServiceError, match="Intune: answered with"):
        LINKS["Intune"](answering(content))


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("<register_status>false</register_status>", Device(registered=False, compliant=None)),
        ("<Compliance><status/></Compliance>", Device(registered=False, compliant=None)),
        ("", Device(registered=False, compliant=None)),
    ],
)
def test_what_intune_leaves_out_is_not_made_up(attributes: str, expected: Device) -> None:
    content = xml(f"<deviceList><device><Attributes>{attributes}</Attributes></device></deviceList>")
    assert LINKS["Intune"](answering(content)) == expected


# The same failures, of real sockets


def test_a_sandbox_that_is_not_trusted_is_told_as_such(tmp_path: Path) -> None:
    with served(tmp_path / "sandbox") as (_, endpoint), httpx.Client(proxy=endpoint.proxy_url, trust_env=False) as web:
        for link, go in LINKS.items():
            with pytest.raises(ServiceError, match=rf"{link}: the certificate of \S+ is not trusted here .*inspected"):
                go(web)


def test_a_proxy_that_refuses_is_told_as_such(running: Ise) -> None:
    with pytest.raises(ServiceError, match=r"Intune: the proxy does not lead to fef\.other\.manage\.microsoft\.com;"):
        ise_wire.query_by_mac(running.web, "https://fef.other.manage.microsoft.com", TOKEN, COMPLIANT_MAC)


def test_a_port_where_nobody_listens_is_told_as_such() -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        here = f"https://127.0.0.1:{free.getsockname()[1]}"
        with httpx.Client(trust_env=False) as web, pytest.raises(ServiceError, match=r"127\.0\.0\.1 is refused"):
            ise_wire.query_by_mac(web, here, TOKEN, COMPLIANT_MAC)


def test_a_service_that_never_answers_is_told_as_such() -> None:
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        here = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (
            httpx.Client(trust_env=False, timeout=0.05) as web,
            pytest.raises(ServiceError, match=r"127\.0\.0\.1 gave no answer in time"),
        ):
            ise_wire.query_by_mac(web, here, TOKEN, COMPLIANT_MAC)
