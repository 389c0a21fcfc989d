"""What ISE sends and reads (domain.md §7), to the letter: without a socket, and once over the proxy by real names."""

from __future__ import annotations

import base64
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import httpx
import jwt
import pytest

from clients import ise_wire
from clients.ise_wire import Device, SignInRefused
from helpers.clouds import CLOUDS
from helpers.errors import InputError, ServiceError
from sandbox.identities import COMPLIANCE_HOSTS, COMPLIANCE_PATH, TENANTS
from sandbox.intune.devices import (
    COMPLIANT_GUID,
    COMPLIANT_MAC,
    NONCOMPLIANT_GUID,
    NONCOMPLIANT_MAC,
    UNKNOWN_GUID,
    UNKNOWN_MAC,
)
from tests.an_ise_node import (
    CLIENT,
    LINKS,
    LOGIN,
    SERVICE,
    SIGNER,
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

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.identities import SandboxTenant
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


# The assertion


def test_an_assertion_names_the_certificate_by_its_sha1_in_plain_base64() -> None:
    header = jwt.get_unverified_header(ise_wire.assertion(a_node(), now()))
    assert header == {"alg": "RS256", "typ": "JWT", "x5t": base64.b64encode(SIGNER.thumbprint()).decode()}


def test_an_assertion_says_who_to_the_v1_endpoint_for_five_minutes() -> None:
    moment = datetime(2027, 3, 1, 12, tzinfo=UTC)
    text = ise_wire.assertion(a_node(), moment)
    options: Any = {"verify_exp": False, "verify_iat": False}
    key = SIGNER.key.public_key()
    claims = jwt.decode(text, key, algorithms=["RS256"], audience=f"{LOGIN}/oauth2/token", options=options)
    assert set(claims) == {"aud", "iss", "sub", "iat", "exp", "jti"}
    assert claims["iss"] == claims["sub"] == CLIENT
    assert (claims["iat"], claims["exp"] - claims["iat"]) == (int(moment.timestamp()), 300)


def test_no_two_assertions_are_the_same() -> None:
    moment = now()
    assert ise_wire.assertion(a_node(), moment) != ise_wire.assertion(a_node(), moment)


# Tokens


def test_a_token_for_graph_is_asked_for_field_by_field(ise: Ise) -> None:
    token = ise_wire.sign_in_to_graph(ise.web, ise.node, now=now())
    assert (ise.last.method, str(ise.last.url)) == ("POST", f"{LOGIN}/oauth2/v2.0/token")
    assert ise.last.headers["content-type"] == "application/x-www-form-urlencoded"
    assert ise.last_form[:-1] == [
        ("client_info", "1"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("grant_type", "client_credentials"),
        ("scope", "https://graph.microsoft.com/.default openid profile offline_access"),
        ("client_id", ise.node.client_id),
    ]
    assert ise.last_form[-1][0] == "client_assertion"
    assert token.roles == ("Application.Read.All",)


def test_a_token_for_intune_is_asked_for_with_openid_first_and_two_slashes(ise: Ise) -> None:
    token = ise_wire.sign_in_to_intune(ise.web, ise.node, now=now())
    scope = "openid https://api.manage.microsoft.com//.default profile offline_access"
    assert dict(ise.last_form)["scope"] == scope
    assert token.roles == ("get_device_compliance",)
    assert jwt.decode(token.value, options={"verify_signature": False})["aud"] == "https://api.manage.microsoft.com/"


def test_a_token_without_consent_has_no_roles(world: World) -> None:
    assert [token.roles for token in an_ise(world, consent=False).tokens()] == [(), ()]


# Discovery and the compliance service


def test_discovery_asks_with_two_slashes_and_chooses_the_service_that_is_not_retired(ise: Ise) -> None:
    graph, _ = ise.tokens()
    assert ise_wire.discover(ise.web, ise.node, graph) == SERVICE
    path = "/v1.0/servicePrincipals/appId=0000000a-0000-0000-c000-000000000000/endpoints"
    assert (ise.last.method, str(ise.last.url)) == ("GET", f"https://graph.microsoft.com/{path}")
    assert ise.last.headers["authorization"] == f"Bearer {graph.value}"


def test_the_compliance_service_says_what_it_is(ise: Ise) -> None:
    _, intune_token = ise.tokens()
    info = ise_wire.mdm_info(ise.web, SERVICE, intune_token)
    assert info == ise_wire.MdmInfo(
        name="mdminfo",
        api_version="3",
        api_path=f"{COMPLIANCE_PATH}/cisco",
        redirect_url="https://portal.manage.microsoft.com/networkaccesscontrol/index",
        query_max_size="100",
        messaging_support="false",
        vendor="Microsoft",
        product_name="Microsoft Intune",
        product_version="5.0",
    )
    assert str(ise.last.url) == f"{SERVICE}/ciscoise/mdminfo/?ise_api_version=3"
    assert ise.last.headers["accept"] == "application/xml"
    assert ise.last.headers["authorization"] == f"Bearer {intune_token.value}"


DEVICES = [
    pytest.param(COMPLIANT_MAC, COMPLIANT_GUID, Device(registered=True, compliant=True), id="compliant"),
    pytest.param(NONCOMPLIANT_MAC, NONCOMPLIANT_GUID, Device(registered=True, compliant=False), id="not compliant"),
    pytest.param(UNKNOWN_MAC, UNKNOWN_GUID, None, id="unknown"),
]


@pytest.mark.parametrize(("mac", "guid", "expected"), DEVICES)
def test_a_device_is_asked_for_by_mac_and_by_guid(ise: Ise, mac: str, guid: str, expected: Device | None) -> None:
    _, token = ise.tokens()
    assert ise_wire.query_by_mac(ise.web, SERVICE, token, mac) == expected
    devices = f"{SERVICE}/cisco/devices/?paging=0&querycriteria"
    assert str(ise.last.url) == f"{devices}=macaddress&value={mac}&filter=all"
    assert ise_wire.query_by_guid(ise.web, SERVICE, token, guid) == expected
    assert str(ise.last.url) == f"{devices}=guid&value={guid}&filter=all"


@pytest.mark.parametrize("notation", ["00:50:56:a4:c0:01", "0050.56a4.c001", "00-50-56-A4-C0-01", COMPLIANT_MAC])
def test_a_mac_address_may_be_written_as_people_do(ise: Ise, notation: str) -> None:
    _, token = ise.tokens()
    assert ise_wire.query_by_mac(ise.web, SERVICE, token, notation) is not None


@pytest.mark.parametrize(
    "text", ["", "0050", "00:50:56:A4:C0:0G", f"{COMPLIANT_MAC}&value=x", "\N{ARABIC-INDIC DIGIT ONE}" * 12]
)
def test_what_is_no_mac_address_is_not_asked_for(text: str) -> None:
    with pytest.raises(InputError, match="is no MAC address"):
        ise_wire.query_by_mac(answering(), SERVICE, TOKEN, text)


def test_what_is_no_guid_is_not_asked_for() -> None:
    with pytest.raises(InputError, match="is no Intune device id"):
        ise_wire.query_by_guid(answering(), SERVICE, TOKEN, COMPLIANT_MAC)


def whole_chain(ise: Ise) -> Device | None:
    """Go the way ISE goes when a device knocks."""
    graph, intune_token = ise.tokens()
    service = ise_wire.discover(ise.web, ise.node, graph)
    assert ise_wire.mdm_info(ise.web, service, intune_token).api_version == "3"
    return ise_wire.query_by_mac(ise.web, service, intune_token, COMPLIANT_MAC)


@pytest.mark.parametrize("tenant", TENANTS, ids=lambda tenant: tenant.name)
def test_the_whole_chain_stays_in_the_tenants_cloud(world: World, tenant: SandboxTenant) -> None:
    ise = an_ise(world, tenant)
    assert whole_chain(ise) == Device(registered=True, compliant=True)
    cloud = CLOUDS[tenant.cloud]
    hosts = {cloud.login_host, cloud.graph_host, COMPLIANCE_HOSTS[tenant.cloud]}
    assert {request.url.host for request in ise.said} == hosts


def test_the_whole_chain_goes_through_the_proxy_by_real_names(running: Ise) -> None:
    assert whole_chain(running) == Device(registered=True, compliant=True)


# What must never show


def test_no_key_token_or_assertion_shows_in_a_value(ise: Ise) -> None:
    token, _ = ise.tokens()
    shown = f"{token!r} {ise.node!r} {token} {ise.node}"
    assert token.value not in shown
    assert "key=" not in shown
    assert "PrivateKey" not in shown


def test_nothing_secret_is_logged_at_any_level(running: Ise, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    graph, intune_token = running.tokens()
    ise_wire.discover(running.web, running.node, graph)
    ise_wire.query_by_mac(running.web, SERVICE, intune_token, COMPLIANT_MAC)
    assert "httpx" in {record.name for record in caplog.records}
    # Every token and assertion is a JWT, and every JWT begins so.
    assert "eyJ" not in caplog.text


def test_an_entra_that_quotes_the_assertion_is_not_quoted() -> None:
    sent: list[str] = []

    def echo(request: httpx.Request) -> httpx.Response:
        sent.append(dict(parse_qsl(request.content.decode()))["client_assertion"])
        return httpx.Response(401, content=refused_by_entra(50027, f"Malformed: {sent[0]} and {sent[0]}."))

    with pytest.raises(SignInRefused, match=r"Malformed: \(a token\) and \(a token\)\.") as refused:
        ise_wire.sign_in_to_graph(httpx.Client(transport=httpx.MockTransport(echo)), a_node(), now=now())
    assert sent[0] not in repr(refused.value)


def test_a_failure_does_not_carry_the_request_along() -> None:
    with pytest.raises(ServiceError) as failed:
        LINKS["Microsoft Graph"](failing(httpx.ReadError("x")))
    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None
