"""What clients read of the sandbox's Entra before they sign in, and how an administrator says yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jwt
import pytest

from sandbox.admin_token import admin_token
from sandbox.entra.tokens import read_access_token
from tests.a_tenant import (
    CLIENT,
    GET_COMPLIANCE,
    GRAPH,
    INTUNE,
    LOGIN,
    PRINCIPAL,
    READ_ALL,
    TENANT,
    USER_READ,
    ATenant,
    make_tenant,
    refused_with,
)

if TYPE_CHECKING:
    from pathlib import Path

CONSENT = f"{LOGIN}/{TENANT}/adminconsent?client_id={CLIENT}"


@pytest.fixture
def tenant(tmp_path: Path) -> ATenant:
    return make_tenant(tmp_path)


@pytest.fixture
def unconsented(tenant: ATenant) -> ATenant:
    for assignment in (READ_ALL, GET_COMPLIANCE):
        tenant.remove("appRoleAssignment", assignment)
    return tenant


@pytest.mark.parametrize(
    ("path", "issuer", "token_path"),
    [
        pytest.param("", f"https://sts.windows.net/{TENANT}/", "oauth2/token", id="v1"),
        pytest.param("v2.0/", f"{LOGIN}/{TENANT}/v2.0", "oauth2/v2.0/token", id="v2"),
    ],
)
def test_the_configuration_names_issuer_and_token_endpoint(
    tenant: ATenant, path: str, issuer: str, token_path: str
) -> None:
    body = tenant.services.get(f"{LOGIN}/{TENANT}/{path}.well-known/openid-configuration").json()
    assert (body["issuer"], body["token_endpoint"]) == (issuer, f"{LOGIN}/{TENANT}/{token_path}")


def test_the_published_key_verifies_the_tokens(tenant: ATenant) -> None:
    for path in ("", "v2.0/"):
        configuration = tenant.services.get(f"{LOGIN}/{TENANT}/{path}.well-known/openid-configuration").json()
        keys = jwt.PyJWKSet.from_dict(tenant.services.get(configuration["jwks_uri"]).json())
        token = tenant.token().json()["access_token"]
        key = keys[jwt.get_unverified_header(token)["kid"]]
        assert jwt.decode(token, key, audience="https://graph.microsoft.com")["tid"] == TENANT


def test_a_tenant_that_does_not_exist_has_no_configuration(tenant: ATenant) -> None:
    answer = tenant.services.get(f"{LOGIN}/{CLIENT}/v2.0/.well-known/openid-configuration")
    assert answer.status_code == 400
    refused_with(answer, 90002)


@pytest.mark.parametrize(
    ("host", "path", "version"),
    [
        pytest.param("login.microsoftonline.com", "oauth2/v2.0/authorize", "/v2.0", id="global, v2"),
        pytest.param("login.microsoftonline.us", "oauth2/v2.0/authorize", "/v2.0", id="government, v2"),
        pytest.param("login.windows.net", "oauth2/authorize", "", id="an old name, v1"),
    ],
)
def test_instance_discovery_leads_to_the_configuration(tenant: ATenant, host: str, path: str, version: str) -> None:
    query = {"api-version": "1.1", "authorization_endpoint": f"https://{host}/{TENANT}/{path}"}
    body = tenant.services.get(f"{LOGIN}/common/discovery/instance", params=query).json()
    expected = f"https://{host}/{TENANT}{version}/.well-known/openid-configuration"
    assert body["tenant_discovery_endpoint"] == expected
    assert any(host in family["aliases"] for family in body["metadata"])


def test_instance_discovery_does_not_vouch_for_a_stranger(tenant: ATenant) -> None:
    query = {"authorization_endpoint": f"https://login.example.net/{TENANT}/oauth2/v2.0/authorize"}
    answer = tenant.services.get(f"{LOGIN}/common/discovery/instance", params=query)
    assert refused_with(answer, 50049)["error"] == "invalid_instance"


@pytest.mark.parametrize(
    ("host", "name", "graph"),
    [
        ("login.microsoftonline.com", "AzureCloud", "https://graph.microsoft.com"),
        ("login.microsoftonline.us", "AzureUSGovernment", "https://graph.microsoft.us"),
    ],
)
def test_the_metadata_document_names_login_and_graph(tenant: ATenant, host: str, name: str, graph: str) -> None:
    body = tenant.services.get(f"https://{host}/metadata/endpoints", params={"api-version": "2022-09-01"}).json()
    assert body["name"] == name
    assert body["authentication"]["loginEndpoint"] == f"https://{host}"
    assert body["microsoftGraphResourceId"] == graph


def test_the_consent_page_says_who_asks_for_what(unconsented: ATenant) -> None:
    unconsented.change("application", CLIENT, displayName="<b>ISE</b>")
    page = unconsented.services.get(CONSENT)
    assert page.headers["content-type"].startswith("text/html")
    for text in ("&lt;b&gt;ISE&lt;/b&gt;", "Microsoft Graph", "Application.Read.All", "get_device_compliance"):
        assert text in page.text
    assert unconsented.world.store.all(TENANT, "appRoleAssignment") == []


def test_consent_needs_the_token_of_the_folder(unconsented: ATenant) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        assert unconsented.services.post(CONSENT, headers=headers).status_code == 401
    assert unconsented.world.store.all(TENANT, "appRoleAssignment") == []


def test_consent_grants_what_was_asked_and_only_once(unconsented: ATenant) -> None:
    headers = {"Authorization": f"Bearer {admin_token(unconsented.world.folder)}"}
    for _ in range(2):
        granted = unconsented.services.post(CONSENT, headers=headers).json()["granted"]
        assert granted == ["Application.Read.All", "User.Read", "get_device_compliance"]
    assignments = unconsented.world.store.all(TENANT, "appRoleAssignment")
    expected = {(READ_ALL, PRINCIPAL, GRAPH), (GET_COMPLIANCE, PRINCIPAL, INTUNE)}
    assert {(known["appRoleId"], known["principalId"], known["resourceId"]) for known in assignments} == expected
    assert len(assignments) == 2
    (grant,) = unconsented.world.store.all(TENANT, "oauth2PermissionGrant")
    assert (grant["clientId"], grant["resourceId"], grant["scope"]) == (PRINCIPAL, GRAPH, "User.Read")
    token = read_access_token(unconsented.world, unconsented.token().json()["access_token"])
    assert token.roles == {"Application.Read.All"}


def test_consent_adds_to_a_grant_that_is_there(unconsented: ATenant) -> None:
    ends = {"clientId": PRINCIPAL, "resourceId": GRAPH, "principalId": None}
    unconsented.change("oauth2PermissionGrant", "grant", **ends, consentType="AllPrincipals", scope="openid")
    unconsented.services.post(CONSENT, headers={"Authorization": f"Bearer {admin_token(unconsented.world.folder)}"})
    (known,) = unconsented.world.store.all(TENANT, "oauth2PermissionGrant")
    assert (known["id"], known["scope"]) == ("grant", "openid User.Read")


def test_consent_to_an_api_that_the_tenant_lacks_is_refused(unconsented: ATenant) -> None:
    unconsented.remove("servicePrincipal", INTUNE)
    refused_with(unconsented.services.get(CONSENT), 650052)


def test_consent_is_to_permissions_that_exist(unconsented: ATenant) -> None:
    access = [
        {"resourceAppId": "00000003-0000-0000-c000-000000000000", "resourceAccess": [{"id": "x", "type": "Role"}]}
    ]
    unconsented.change("application", CLIENT, requiredResourceAccess=access)
    assert "(unknown permission)" in unconsented.services.get(CONSENT).text
    assert USER_READ not in unconsented.services.get(CONSENT).text
