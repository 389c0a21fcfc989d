"""Microsoft's clouds, and which hosts are Microsoft's."""

from __future__ import annotations

import pytest

from helpers.clouds import CLOUDS, is_microsoft_host
from tests.declaring import OWNER, TENANT


@pytest.mark.parametrize(
    ("cloud", "login_host", "graph_host", "intune_host"),
    [
        ("global", "login.microsoftonline.com", "graph.microsoft.com", "api.manage.microsoft.com"),
        ("usgovernmentl4", "login.microsoftonline.us", "graph.microsoft.us", "api.manage.microsoft.us"),
        ("usgovernmentl5", "login.microsoftonline.us", "dod-graph.microsoft.us", "api.manage.microsoft.us"),
        ("china", "login.partner.microsoftonline.cn", "microsoftgraph.chinacloudapi.cn", "api.manage.microsoft.cn"),
    ],
)
def test_each_cloud_has_hosts_of_its_own(cloud: str, login_host: str, graph_host: str, intune_host: str) -> None:
    known = CLOUDS[cloud]
    assert (known.login_host, known.graph_host, known.intune_host) == (login_host, graph_host, intune_host)
    assert known.terraform_environment == cloud


def test_addresses_of_a_tenant() -> None:
    cloud = CLOUDS["global"]
    login = f"https://login.microsoftonline.com/{TENANT}"
    assert cloud.token_url(TENANT, version=1) == f"{login}/oauth2/token"
    assert cloud.token_url(TENANT, version=2) == f"{login}/oauth2/v2.0/token"
    assert cloud.admin_consent_url(TENANT, OWNER) == f"{login}/adminconsent?client_id={OWNER}"


def test_what_no_document_confirms_is_marked_and_stating_it_takes_the_mark_off() -> None:
    assert {name: sorted(cloud.unconfirmed) for name, cloud in CLOUDS.items()} == {
        "global": [],
        "usgovernmentl4": [],
        "usgovernmentl5": ["intune_audience"],
        "china": ["intune_audience", "login_host"],
    }
    stated = CLOUDS["china"].overridden(login_host="login.chinacloudapi.cn")
    assert (stated.login_host, stated.unconfirmed) == ("login.chinacloudapi.cn", frozenset({"intune_audience"}))
    assert CLOUDS["china"].overridden() == CLOUDS["china"]


@pytest.mark.parametrize(
    "host",
    [
        "microsoft.com",
        "api.manage.microsoft.com",
        "login.microsoftonline.us",
        "login.chinacloudapi.cn",
        "x.microsoft.cn",
    ],
)
def test_a_host_below_microsofts_suffixes_is_microsofts(host: str) -> None:
    assert is_microsoft_host(host)


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("microsoft.com.evil.example", id="as a prefix"),
        pytest.param("notmicrosoft.com", id="as an ending without a dot"),
        pytest.param("evil.example/.microsoft.com", id="in a path"),
        pytest.param("evil.example?.microsoft.com", id="in a query"),
        pytest.param("evil.example#.microsoft.com", id="in a fragment"),
        pytest.param("evil.example\\.microsoft.com", id="after a backslash"),
        pytest.param("user@login.microsoft.com", id="with a user"),
        pytest.param("login.microsoft.com:443", id="with a port"),
        pytest.param("login.microsoft.com.", id="with a dot at the end"),
        pytest.param("login.microsoft.com\n", id="with a line break"),
        pytest.param("LOGIN.MICROSOFT.COM", id="in capitals"),
        pytest.param("login\u3002microsoft.com", id="with another script's dot"),
        pytest.param("login.m\u0131crosoft.com", id="with another script's letter"),
        pytest.param("..microsoft.com", id="with an empty part"),
        pytest.param("vm.chinanorth.cloudapp.chinacloudapi.cn", id="where customers name their machines"),
        pytest.param("", id="none"),
    ],
)
def test_a_host_that_only_looks_like_it_is_not(host: str) -> None:
    assert not is_microsoft_host(host)
