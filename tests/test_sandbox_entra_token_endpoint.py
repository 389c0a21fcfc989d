"""The sandbox's token endpoint: who gets a token for which API, and with which words the others are refused."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.entra.refusals import ANSWERS
from sandbox.entra.tokens import read_access_token
from tests.a_tenant import (
    CLIENT,
    GOVERNMENT_TENANT,
    INTUNE,
    LOGIN,
    NOW,
    OLD_SECRET,
    PRINCIPAL,
    READ_ALL,
    SECRET,
    SUBJECT,
    TENANT,
    ATenant,
    id_token,
    make_tenant,
    refused_with,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


GRAPH_SCOPE = "https://graph.microsoft.com/.default"
INTUNE_SCOPE = "openid https://api.manage.microsoft.com//.default profile offline_access"


@pytest.fixture
def tenant(tmp_path: Path) -> ATenant:
    return make_tenant(tmp_path)


def test_a_token_carries_the_roles_that_were_granted(tenant: ATenant) -> None:
    answer = tenant.token()
    assert answer.status_code == 200
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3599)
    token = read_access_token(tenant.world, body["access_token"])
    assert token.roles == {"Application.Read.All"}
    assert (token.tenant_id, token.app_id, token.object_id) == (TENANT, CLIENT, PRINCIPAL)
    assert answer.headers["cache-control"].startswith("no-store")


@pytest.mark.parametrize(
    ("form", "audience", "role"),
    [
        pytest.param({"scope": GRAPH_SCOPE}, "https://graph.microsoft.com", "Application.Read.All", id="graph"),
        pytest.param(
            {"scope": f"{GRAPH_SCOPE} openid profile offline_access"},
            "https://graph.microsoft.com",
            "Application.Read.All",
            id="as ISE asks for Graph",
        ),
        pytest.param(
            {"scope": INTUNE_SCOPE},
            "https://api.manage.microsoft.com/",
            "get_device_compliance",
            id="as ISE asks for Intune, with the double slash",
        ),
        pytest.param(
            {"scope": "c161e42e-d4df-4a3d-9b42-e7a3c31f59d4/.default"},
            "c161e42e-d4df-4a3d-9b42-e7a3c31f59d4",
            "get_device_compliance",
            id="by application id",
        ),
    ],
)
def test_the_audience_is_the_scope_less_default(
    tenant: ATenant, form: dict[str, Any], audience: str, role: str
) -> None:
    token = read_access_token(tenant.world, tenant.token(**form).json()["access_token"])
    assert (token.audience, token.roles) == (audience, frozenset({role}))


def test_version_1_names_the_api_in_resource_and_answers_with_text(tenant: ATenant) -> None:
    body = tenant.token(version=1, resource="https://api.manage.microsoft.com/").json()
    assert (body["expires_in"], body["resource"]) == ("3599", "https://api.manage.microsoft.com/")
    assert int(body["expires_on"]) == int(NOW.timestamp()) + 3599
    assert read_access_token(tenant.world, body["access_token"]).roles == {"get_device_compliance"}


def test_without_consent_there_is_a_token_but_no_role(tenant: ATenant) -> None:
    tenant.remove("appRoleAssignment", READ_ALL)
    token = read_access_token(tenant.world, tenant.token().json()["access_token"])
    assert token.roles == frozenset()


def test_a_client_may_send_its_secret_in_a_basic_header(tenant: ATenant) -> None:
    basic = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '+')}".encode()).decode()
    form = {"grant_type": "client_credentials", "scope": GRAPH_SCOPE}
    url = f"{LOGIN}/{TENANT}/oauth2/v2.0/token"
    answer = tenant.services.post(url, data=form, headers={"Authorization": f"Basic {basic}"})
    assert answer.status_code == 200


def test_a_credential_of_the_service_principal_counts_too(tenant: ATenant) -> None:
    tenant.change("servicePrincipal", PRINCIPAL, passwordCredentials=[{"secretText": "the principal's"}])
    assert tenant.token(client_secret="the principal's").status_code == 200


def test_the_callers_correlation_id_comes_back(tenant: ATenant) -> None:
    url = f"{LOGIN}/{TENANT}/oauth2/v2.0/token"
    answer = tenant.services.post(url, data={}, headers={"client-request-id": "mine"})
    assert refused_with(answer, 900144)["correlation_id"] == "mine"


REFUSALS: list[Any] = [
    pytest.param(None, {"grant_type": ""}, (900144, 400, "invalid_request"), id="no grant type"),
    pytest.param(None, {"client_id": ""}, (900144, 400, "invalid_request"), id="no client id"),
    pytest.param(None, {"scope": ""}, (900144, 400, "invalid_request"), id="no scope"),
    pytest.param(None, {"grant_type": "password"}, (70003, 400, "unsupported_grant_type"), id="another grant"),
    pytest.param(None, {"scope": "openid"}, (1002012, 400, "invalid_scope"), id="no API in the scope"),
    pytest.param(
        None, {"scope": "https://graph.microsoft.com/User.Read"}, (1002012, 400, "invalid_scope"), id="not .default"
    ),
    pytest.param(
        None,
        {"scope": f"{GRAPH_SCOPE} https://api.manage.microsoft.com//.default"},
        (28000, 400, "invalid_scope"),
        id="two APIs",
    ),
    pytest.param(None, {"tenant": CLIENT}, (90002, 400, "invalid_request"), id="a tenant that does not exist"),
    pytest.param(
        None,
        {"tenant": GOVERNMENT_TENANT},
        (90002, 400, "invalid_request"),
        id="a tenant of another cloud's login host",
    ),
    pytest.param(None, {"client_id": PRINCIPAL}, (700016, 400, "unauthorized_client"), id="an unknown application"),
    pytest.param(None, {"client_secret": ""}, (7000216, 401, "invalid_client"), id="no credential"),
    pytest.param(None, {"client_secret": "wrong"}, (7000215, 401, "invalid_client"), id="a wrong secret"),
    pytest.param(None, {"client_secret": OLD_SECRET}, (7000222, 401, "invalid_client"), id="an expired secret"),
    pytest.param(
        lambda tenant: tenant.remove("servicePrincipal", PRINCIPAL),
        {},
        (7000229, 401, "invalid_client"),
        id="no service principal of the client",
    ),
    pytest.param(
        lambda tenant: tenant.change("servicePrincipal", PRINCIPAL, accountEnabled=False),
        {},
        (7000112, 400, "unauthorized_client"),
        id="a disabled service principal",
    ),
    pytest.param(
        lambda tenant: tenant.change("conditionalAccessBlock", "everyone"),
        {},
        (53003, 400, "invalid_grant"),
        id="blocked by Conditional Access",
    ),
    pytest.param(
        lambda tenant: tenant.change("tokenRefusal", "one", appId=CLIENT, code=65001),
        {},
        (65001, 400, "invalid_grant"),
        id="told to miss consent",
    ),
    pytest.param(
        lambda tenant: tenant.remove("servicePrincipal", INTUNE),
        {"scope": INTUNE_SCOPE},
        (650052, 401, "invalid_client"),
        id="Intune's API has no service principal here",
    ),
    pytest.param(
        None,
        {"scope": "https://api.manage.microsoft.us//.default"},
        (500011, 400, "invalid_resource"),
        id="another cloud's audience",
    ),
]


@pytest.mark.parametrize(("setup", "form", "expected"), REFUSALS)
def test_entra_refuses(
    tenant: ATenant, setup: Callable[[ATenant], None] | None, form: dict[str, Any], expected: tuple[int, int, str]
) -> None:
    assert tenant.token().status_code == 200, "the same request is answered where nothing is wrong"
    if setup:
        setup(tenant)
    answer = tenant.token(**form)
    code, status, error = expected
    assert (answer.status_code, refused_with(answer, code)["error"]) == (status, error)


def test_version_1_refuses_an_api_that_the_registration_does_not_list(tenant: ATenant) -> None:
    tenant.change("application", CLIENT, requiredResourceAccess=[])
    assert "List of valid resources" in refused_with(tenant.token(version=1), 650057)["error_description"]
    assert tenant.token(version=2).status_code == 200


def test_a_block_for_another_client_does_not_hold_for_this_one(tenant: ATenant) -> None:
    tenant.change("conditionalAccessBlock", "other", appId=PRINCIPAL)
    assert tenant.token().status_code == 200


@pytest.mark.parametrize("code", sorted(ANSWERS))
def test_any_refusal_can_be_had_on_request(tenant: ATenant, code: int) -> None:
    tenant.change("tokenRefusal", "one", appId=CLIENT, code=code, details={"resource": "what the test says"})
    refused_with(tenant.token(), code)


def test_two_government_clouds_share_a_login_host(tenant: ATenant) -> None:
    url = f"https://login.microsoftonline.us/{GOVERNMENT_TENANT}/v2.0/.well-known/openid-configuration"
    assert tenant.services.get(url).json()["msgraph_host"] == "dod-graph.microsoft.us"


# A pipeline that signs in without a secret


def test_a_pipeline_signs_in_with_what_its_identity_provider_vouches_for(tenant: ATenant) -> None:
    assert tenant.token_by(id_token(tenant)).status_code == 200


@pytest.mark.parametrize(
    ("query", "code"),
    [
        pytest.param({"subject": "repo:contoso/network:pull_request"}, 700213, id="another subject"),
        pytest.param({"audience": "api://other"}, 700212, id="another audience"),
    ],
)
def test_a_pipeline_is_refused_with(tenant: ATenant, query: dict[str, str], code: int) -> None:
    refused_with(tenant.token_by(id_token(tenant, **query)), code)


def test_an_issuer_that_the_application_does_not_trust_is_named(tenant: ATenant) -> None:
    trusted = [{"issuer": "https://token.actions.example", "subject": SUBJECT, "audiences": ["x"]}]
    tenant.change("application", CLIENT, federatedIdentityCredentials=trusted)
    assert "oidc.sandbox.test" in refused_with(tenant.token_by(id_token(tenant)), 700211)["error_description"]


def test_an_id_token_is_over_after_five_minutes_and_the_clocks_tolerance(tenant: ATenant) -> None:
    token = id_token(tenant)
    assert tenant.at(NOW + timedelta(minutes=9)).token_by(token).status_code == 200
    refused_with(tenant.at(NOW + timedelta(minutes=10)).token_by(token), 700024)


def test_an_id_token_of_another_sandbox_is_worth_nothing(tenant: ATenant, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    refused_with(tenant.token_by(id_token(make_tenant(tmp_path / "other"))), 50027)


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic x"])
def test_the_identity_provider_vouches_for_no_stranger(tenant: ATenant, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    url = f"https://oidc.sandbox.test/token?subject={SUBJECT}"
    assert tenant.services.get(url, headers=headers).status_code == 401
