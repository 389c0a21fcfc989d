"""Certificate assertions: what ISE and MSAL send is believed only where a registered certificate has signed it, now."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes

from tests.a_tenant import (
    CLIENT,
    LOGIN,
    NOW,
    PRINCIPAL,
    TENANT,
    ATenant,
    a_signer,
    an_assertion,
    key_credential,
    make_tenant,
    refused_with,
)
from tests.making_certificates import to_pem

if TYPE_CHECKING:
    from pathlib import Path

SIGNER = a_signer()
SHA1 = SIGNER.thumbprint()
SHA256 = SIGNER.thumbprint(hashes.SHA256())


@pytest.fixture
def tenant(tmp_path: Path) -> ATenant:
    tenant = make_tenant(tmp_path)
    tenant.register(key_credential(SIGNER))
    return tenant


def test_ise_signs_in_as_the_simulator_of_a_cisco_engineer_does(tenant: ATenant) -> None:
    """One assertion, sent twice, addressed to the v1 endpoint though v2 is called (domain.md §7)."""
    assertion = an_assertion(SIGNER)
    for scope in (
        "https://graph.microsoft.com/.default openid profile offline_access",
        "openid https://api.manage.microsoft.com//.default profile offline_access",
    ):
        assert tenant.token_by(assertion, scope=scope, client_info="1").status_code == 200


def test_old_ise_sends_no_client_id(tenant: ATenant) -> None:
    assert tenant.token_by(an_assertion(SIGNER), version=1, client_id="").status_code == 200


@pytest.mark.parametrize(
    ("algorithm", "header"),
    [
        pytest.param("RS256", {"x5t": base64.b64encode(SHA1).decode()}, id="RS256, x5t in plain base64 (ISE)"),
        pytest.param("RS256", {"x5t": base64.urlsafe_b64encode(SHA1).decode()}, id="RS256, x5t in base64url, padded"),
        pytest.param("RS256", {"x5t": base64.urlsafe_b64encode(SHA1).decode().rstrip("=")}, id="RS256, x5t, unpadded"),
        pytest.param("PS256", {"x5t#S256": base64.urlsafe_b64encode(SHA256).decode().rstrip("=")}, id="PS256 (MSAL)"),
    ],
)
def test_a_registered_certificate_is_found_by(tenant: ATenant, algorithm: str, header: dict[str, Any]) -> None:
    assert tenant.token_by(an_assertion(SIGNER, algorithm=algorithm, header=header)).status_code == 200


@pytest.mark.parametrize(
    "audience",
    [
        f"{LOGIN}/{TENANT}/oauth2/token",
        f"{LOGIN}/{TENANT}/oauth2/v2.0/token",
        f"{LOGIN}/{TENANT}/v2.0",
        f"https://sts.windows.net/{TENANT}/",
        f"{LOGIN}/{TENANT.upper()}/oauth2/token",
    ],
)
def test_an_assertion_may_be_addressed_to(tenant: ATenant, audience: str) -> None:
    assert tenant.token_by(an_assertion(SIGNER, aud=audience)).status_code == 200


def test_a_stored_key_may_be_pem_text_as_the_provider_sends_it(tenant: ATenant) -> None:
    credential = {**key_credential(SIGNER), "key": base64.b64encode(to_pem(SIGNER.der)).decode()}
    tenant.register(credential)
    assert tenant.token_by(an_assertion(SIGNER)).status_code == 200


def test_a_certificate_of_the_service_principal_counts_too(tenant: ATenant) -> None:
    tenant.register()
    tenant.change("servicePrincipal", PRINCIPAL, keyCredentials=[key_credential(SIGNER)])
    assert tenant.token_by(an_assertion(SIGNER)).status_code == 200


def test_during_a_renewal_both_certificates_sign_in(tenant: ATenant) -> None:
    successor = a_signer("successor")
    tenant.register(key_credential(SIGNER), key_credential(successor))
    for signer in (SIGNER, successor):
        assert tenant.token_by(an_assertion(signer)).status_code == 200


@pytest.mark.parametrize(
    ("options", "code"),
    [
        pytest.param({"aud": f"{LOGIN}/{CLIENT}/oauth2/token"}, 700023, id="another tenant's audience"),
        pytest.param({"aud": f"https://login.microsoftonline.us/{TENANT}/oauth2/token"}, 700023, id="another cloud's"),
        pytest.param({"aud": "https://graph.microsoft.com"}, 700023, id="an API as audience"),
        pytest.param({"sub": PRINCIPAL}, 700021, id="subject and issuer differ"),
        pytest.param({"header": {}}, 50027, id="no thumbprint"),
        pytest.param({"header": {"x5t": "***"}}, 50027, id="no base64 in the thumbprint"),
        pytest.param({"algorithm": "RS512"}, 50027, id="another algorithm"),
        pytest.param({"exp": 1e300}, 50027, id="an absurd time"),
    ],
)
def test_an_assertion_is_refused_for(tenant: ATenant, options: dict[str, Any], code: int) -> None:
    refused_with(tenant.token_by(an_assertion(SIGNER, **options)), code)


@pytest.mark.parametrize("text", ["nonsense", "a.b.c", "e30.e30.e30", "W10.W10.W10"])
def test_what_is_no_assertion_is_refused(tenant: ATenant, text: str) -> None:
    answer = tenant.token_by(text)
    assert answer.status_code in {400, 401}
    assert answer.json()["error_codes"][0] in {50027, 700021, 700211}


def test_an_unsigned_assertion_is_refused(tenant: ATenant) -> None:
    claims = jwt.decode(an_assertion(SIGNER), options={"verify_signature": False})
    header = {"x5t": base64.b64encode(SHA1).decode()}
    refused_with(tenant.token_by(jwt.encode(claims, "", algorithm="none", headers=header)), 50027)


def test_an_assertion_with_nothing_saying_what_it_is_is_refused(tenant: ATenant) -> None:
    refused_with(tenant.token(client_assertion=an_assertion(SIGNER)), 900144)


def test_a_certificate_that_is_not_registered_is_named_by_its_thumbprint(tenant: ATenant) -> None:
    stranger = a_signer("stranger")
    text = refused_with(tenant.token_by(an_assertion(stranger)), 700027)["error_description"]
    assert "Reason - The key was not found." in text
    assert f"'{stranger.thumbprint().hex().upper()}'" in text


def test_another_key_below_a_registered_thumbprint_is_refused(tenant: ATenant) -> None:
    header = {"x5t": base64.b64encode(SHA1).decode()}
    text = refused_with(tenant.token_by(an_assertion(a_signer("stranger"), header=header)), 700027)["error_description"]
    assert "use of the key to verify the signature failed" in text


def test_claims_changed_after_signing_are_refused(tenant: ATenant) -> None:
    genuine, forged = an_assertion(SIGNER).split("."), an_assertion(a_signer("stranger"), jti="other").split(".")
    refused_with(tenant.token_by(".".join([genuine[0], forged[1], genuine[2]])), 700027)


def test_an_expired_credential_is_said_to_be_expired(tenant: ATenant) -> None:
    last_year = a_signer("old", start=NOW - timedelta(days=365), end=NOW)
    tenant.register(key_credential(last_year))
    text = refused_with(tenant.token_by(an_assertion(last_year)), 700027)["error_description"]
    assert "Reason - The key used is expired." in text
    assert f"End={NOW:%m/%d/%Y %H:%M:%S}" in text


def test_a_credential_may_end_before_its_certificate(tenant: ATenant) -> None:
    tenant.register(key_credential(SIGNER, end=NOW - timedelta(minutes=1)))
    refused_with(tenant.token_by(an_assertion(SIGNER)), 700027)


def test_a_certificate_of_tomorrow_is_outside_its_validity(tenant: ATenant) -> None:
    tomorrow = a_signer("tomorrow", start=NOW + timedelta(days=1))
    tenant.register(key_credential(tomorrow))
    refused_with(tenant.token_by(an_assertion(tomorrow)), 1000502)
    later = tenant.at(NOW + timedelta(days=1, minutes=4))
    assertion = an_assertion(tomorrow, exp=int((NOW + timedelta(days=2)).timestamp()))
    assert later.token_by(assertion).status_code == 200


@pytest.mark.parametrize(
    ("moment", "accepted"),
    [
        pytest.param(timedelta(minutes=9), True, id="five minutes over, as a slow clock may be"),
        pytest.param(timedelta(minutes=10), False, id="older"),
        pytest.param(timedelta(minutes=-5), True, id="from five minutes ahead"),
        pytest.param(timedelta(minutes=-6), False, id="from further ahead"),
    ],
)
def test_an_assertion_has_its_time(tenant: ATenant, moment: timedelta, *, accepted: bool) -> None:
    answer = tenant.at(NOW + moment).token_by(an_assertion(SIGNER))
    if accepted:
        assert answer.status_code == 200
    else:
        assert "assertion valid from" in refused_with(answer, 700024)["error_description"]


def test_an_assertion_without_an_end_is_refused(tenant: ATenant) -> None:
    refused_with(tenant.token_by(an_assertion(SIGNER, exp=None)), 700024)
