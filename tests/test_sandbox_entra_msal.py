"""MSAL, unmodified and with its default authority, as a referee of the sandbox's Entra."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msal  # type: ignore[import-untyped]
import pytest
import requests

from sandbox.entra.tokens import read_access_token
from tests.a_tenant import (
    CLIENT,
    GOVERNMENT_TENANT,
    NOW,
    SECRET,
    SUBJECT,
    TENANT,
    ATenant,
    Signer,
    a_signer,
    id_token,
    key_credential,
    make_tenant,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEFAULT = ["https://graph.microsoft.com/.default"]
SIGNER = a_signer()


@pytest.fixture
def tenant(tmp_path: Path) -> ATenant:
    # MSAL dates what it sends by the clock, which goes on while other tests run.
    tenant = make_tenant(tmp_path).at(datetime.now(UTC))
    tenant.register(key_credential(SIGNER))
    return tenant


def acquire(tenant: ATenant, credential: object, *, scopes: list[str] | None = None, **options: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what MSAL brings back; it is told nothing but the tenant."""
    authority = options.pop("authority", f"https://login.microsoftonline.com/{TENANT}")
    application = msal.ConfidentialClientApplication(
        options.pop("client_id", CLIENT),
        client_credential=credential,
        authority=authority,
        http_client=tenant.services.below(requests.Session()),
    )
    answer: dict[str, Any] = application.acquire_token_for_client(scopes or DEFAULT)
    return answer


def by_certificate(signer: Signer, *, sha1: bool = False) -> dict[str, str]:
    credential = {"private_key": signer.key_pem, "public_certificate": signer.pem}
    return {**credential, "thumbprint": signer.thumbprint().hex()} if sha1 else credential


@pytest.mark.parametrize(
    "credential",
    [
        pytest.param(by_certificate(SIGNER), id="certificate, PS256 with x5t#S256"),
        pytest.param(by_certificate(SIGNER, sha1=True), id="certificate, RS256 with x5t"),
        pytest.param(SECRET, id="client secret"),
    ],
)
@pytest.mark.parametrize(
    ("scope", "role"),
    [
        ("https://graph.microsoft.com/.default", "Application.Read.All"),
        ("https://api.manage.microsoft.com//.default", "get_device_compliance"),
    ],
)
def test_msal_signs_in_with(tenant: ATenant, credential: object, scope: str, role: str) -> None:
    answer = acquire(tenant, credential, scopes=[scope])
    assert read_access_token(tenant.world, answer["access_token"]).roles == {role}


def test_msal_signs_in_with_a_pipelines_id_token(tenant: ATenant) -> None:
    assert "access_token" in acquire(tenant, {"client_assertion": lambda: id_token(tenant, subject=SUBJECT)})


def expired(tenant: ATenant) -> Signer:
    signer = a_signer("old", start=NOW - timedelta(days=365), end=NOW - timedelta(days=1))
    tenant.register(key_credential(signer))
    return signer


def wrong_key(_: ATenant) -> Signer:
    return Signer(SIGNER.certificate, a_signer("stranger").key)


@pytest.mark.parametrize(
    ("signer", "says"),
    [
        pytest.param(lambda _: a_signer("stranger"), "The key was not found.", id="an unregistered certificate"),
        pytest.param(expired, "The key used is expired.", id="an expired certificate"),
        pytest.param(wrong_key, "verify the signature failed", id="a wrong key"),
    ],
)
def test_msal_is_told_why_not(tenant: ATenant, signer: Callable[[ATenant], Signer], says: str) -> None:
    answer = acquire(tenant, by_certificate(signer(tenant)))
    assert (answer["error"], answer["error_codes"]) == ("invalid_client", [700027])
    assert says in answer["error_description"]


def test_msal_finds_no_tenant_that_does_not_exist(tenant: ATenant) -> None:
    with pytest.raises(ValueError, match="authority"):
        acquire(tenant, SECRET, authority=f"https://login.microsoftonline.com/{CLIENT}")


def test_msal_asks_a_government_clouds_own_host(tenant: ATenant) -> None:
    answer = acquire(tenant, SECRET, authority=f"https://login.microsoftonline.us/{GOVERNMENT_TENANT}")
    assert answer["error_codes"] == [700016]
    assert all("login.microsoftonline.us" in url for _, url in tenant.services.asked)
