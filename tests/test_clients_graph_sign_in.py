"""Signing in with what a pipeline has for Terraform: which way is taken, to whose tenant, and what a refusal says."""

from __future__ import annotations

import json
import logging
import os
import stat
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests
from azure.core.pipeline.transport import RequestsTransport

from clients.graph import Tenant
from clients.graph.sign_in import SignIn, _Means
from helpers.clouds import CLOUDS
from helpers.errors import InputError, ServiceError
from sandbox.entra.tokens import issue_access_token, read_access_token
from sandbox.identities import AUDITOR, DEPLOYER, TENANTS
from sandbox.oidc import id_token
from sandbox.seed import federated_subject
from tests.a_tenant import a_signer, key_credential
from tests.in_process import InProcess
from tests.reading_graph import HERE, Sandboxed, a_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.identities import SandboxTenant

ELSEWHERE = Tenant(TENANTS[1].id, CLOUDS["global"])


@pytest.fixture
def sandbox(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Sandboxed:
    return a_sandbox(tmp_path, tmp_path_factory)


def sign_in(sandbox: Sandboxed, variables: dict[str, str], tenant: Tenant = HERE) -> SignIn:
    return SignIn(tenant, variables, sandbox.ways.sign_in)


def signed_in(sandbox: Sandboxed, variables: dict[str, str], tenant: Tenant = HERE) -> tuple[str, str, str]:
    """Return for whom, where and for what the token is."""
    token = read_access_token(sandbox.world, sign_in(sandbox, variables, tenant).token())
    return token.app_id, token.tenant_id, token.audience


def by_secret(sandbox: Sandboxed) -> dict[str, str]:
    return sandbox.variables(AUDITOR)


def by_azures_secret(sandbox: Sandboxed) -> dict[str, str]:
    return {name.replace("ARM_", "AZURE_"): value for name, value in by_secret(sandbox).items()}


def by_token(sandbox: Sandboxed) -> dict[str, str]:
    token = id_token(sandbox.world, subject=federated_subject(AUDITOR))
    return {"ARM_CLIENT_ID": AUDITOR.client_id, "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": token}


def by_token_file(sandbox: Sandboxed) -> dict[str, str]:
    path = sandbox.folder / "token"
    path.write_text(by_token(sandbox)["ARM_OIDC_TOKEN"] + "\n")
    return {"ARM_CLIENT_ID": AUDITOR.client_id, "ARM_USE_OIDC": "1", "ARM_OIDC_TOKEN_FILE_PATH": str(path)}


def by_azures_token_file(sandbox: Sandboxed) -> dict[str, str]:
    path = by_token_file(sandbox)["ARM_OIDC_TOKEN_FILE_PATH"]
    return {"AZURE_CLIENT_ID": AUDITOR.client_id, "AZURE_FEDERATED_TOKEN_FILE": path}


def by_certificate(sandbox: Sandboxed) -> dict[str, str]:
    signer, store = a_signer("auditor"), sandbox.world.store
    (application,) = store.where(HERE.id, "application", "appId", AUDITOR.client_id)
    keys = [{**key_credential(signer), "customKeyIdentifier": None, "displayName": "x"}]
    store.put(HERE.id, "application", application["id"], {**application, "keyCredentials": keys})
    path = sandbox.folder / "auditor.pem"
    path.write_text(signer.key_pem + signer.pem)
    # The sandbox's day is not today, and the assertion is signed by azure-identity with today's.
    sandbox.time.day.go_on(time.time() - sandbox.world.now().timestamp())
    return {"ARM_CLIENT_ID": AUDITOR.client_id, "ARM_CLIENT_CERTIFICATE_PATH": str(path)}


WAYS = [by_secret, by_azures_secret, by_token, by_token_file, by_azures_token_file, by_certificate]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_pipeline_signs_in_with_what_it_has(sandbox: Sandboxed, way: Callable[[Sandboxed], dict[str, str]]) -> None:
    assert signed_in(sandbox, way(sandbox)) == (AUDITOR.client_id, HERE.id, "https://graph.microsoft.com")


@pytest.mark.parametrize("tenant", TENANTS, ids=lambda tenant: tenant.name)
def test_the_tenant_and_the_cloud_are_the_environments_whatever_the_variables_say(
    sandbox: Sandboxed, tenant: SandboxTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_TENANT_ID", "11111111-1111-4111-8111-111111111111")
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "https://login.evil.example")
    variables = {**by_secret(sandbox), "ARM_TENANT_ID": TENANTS[0].id, "ARM_ENVIRONMENT": "china"}
    cloud = CLOUDS[tenant.cloud]
    assert signed_in(sandbox, variables, Tenant(tenant.id, cloud)) == (AUDITOR.client_id, tenant.id, cloud.graph)


def test_terraforms_variables_come_before_azures(sandbox: Sandboxed) -> None:
    others = {name.replace("ARM_", "AZURE_"): value for name, value in sandbox.variables(DEPLOYER).items()}
    assert signed_in(sandbox, {**others, **by_secret(sandbox)})[0] == AUDITOR.client_id


def test_a_managed_identity_is_taken_where_it_is_asked_for() -> None:
    means = _Means(HERE, {"ARM_USE_MSI": "true", "ARM_CLIENT_ID": AUDITOR.client_id}, None)
    assert type(means.credential()).__name__ == "ManagedIdentityCredential"


def an_az(folder: Path, answer: str, *, fails: bool = False) -> str:
    """Write a program that answers as Azure's command line does; return a PATH on which it is found."""
    program = folder / "az"
    program.write_text(f"#!/bin/sh\ncat <<'END' {'>&2' if fails else ''}\n{answer}\nEND\nexit {int(fails)}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return os.pathsep.join([str(folder), os.environ["PATH"]])


def azs_token(sandbox: Sandboxed, tenant_id: str) -> str:
    token = issue_access_token(
        sandbox.world,
        tenant_id=tenant_id,
        audience="https://graph.microsoft.com",
        app_id=AUDITOR.client_id,
        object_id=AUDITOR.object_id,
        roles=(),
    )
    return json.dumps({"accessToken": token, "expires_on": int(time.time()) + 3600, "tokenType": "Bearer"})


def test_without_variables_azures_command_line_is_asked(sandbox: Sandboxed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", an_az(sandbox.folder, azs_token(sandbox, HERE.id)))
    assert signed_in(sandbox, {})[1] == HERE.id


def test_a_token_of_another_tenant_is_not_used(sandbox: Sandboxed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", an_az(sandbox.folder, azs_token(sandbox, ELSEWHERE.id)))
    with pytest.raises(ServiceError, match=f"tenant {ELSEWHERE.id}, and the environment is in {HERE.id}"):
        sign_in(sandbox, {}).token()


def test_a_token_that_names_no_tenant_is_not_used(sandbox: Sandboxed, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = json.dumps({"accessToken": "opaque", "expires_on": int(time.time()) + 3600})
    monkeypatch.setenv("PATH", an_az(sandbox.folder, answer))
    with pytest.raises(ServiceError, match="does not say of which tenant") as refused:
        sign_in(sandbox, {}).token()
    assert "opaque" not in str(refused.value)


BAD_TOKEN = {"ARM_CLIENT_SECRET": "", "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "eyJa.eyJi.secret"}
REFUSED: list[Any] = [
    pytest.param(
        {"ARM_CLIENT_SECRET": "wrong-secret"}, "AADSTS7000215: .*give the application a new client secret", id="secret"
    ),
    pytest.param({"ARM_CLIENT_ID": HERE.id}, "AADSTS700016: .*check ARM_CLIENT_ID", id="client"),
    pytest.param(BAD_TOKEN, r"\(401\): AADSTS50027: .*compare the application's federated credential", id="token"),
]


@pytest.mark.parametrize(("changes", "said"), REFUSED)
def test_a_refusal_names_entras_code_and_what_to_do_and_shows_no_secret(
    sandbox: Sandboxed, changes: dict[str, str], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    variables = {**by_secret(sandbox), **changes}
    with pytest.raises(ServiceError, match=said) as refused:
        sign_in(sandbox, variables).token()
    shown = str(refused.value) + repr(refused.value) + caplog.text
    secrets = (variables["ARM_CLIENT_SECRET"], variables.get("ARM_OIDC_TOKEN", ""))
    assert not [secret for secret in secrets if secret and secret in shown]
    assert "Trace ID" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_tenant_that_does_not_exist_is_named(sandbox: Sandboxed) -> None:
    nowhere = Tenant("99999999-9999-4999-8999-999999999999", CLOUDS["global"])
    with pytest.raises(ServiceError, match=r"login.microsoftonline.com knows no tenant 9999"):
        sign_in(sandbox, by_secret(sandbox), nowhere).token()


UNUSABLE: list[Any] = [
    pytest.param({"ARM_USE_CLI": "false"}, "nothing to sign in with.*ARM_CLIENT_ID", id="nothing"),
    pytest.param(
        {"ARM_CLIENT_ID": AUDITOR.client_id, "ARM_USE_OIDC": "true"}, "no token is there.*ARM_OIDC_TOKEN", id="no token"
    ),
    pytest.param(
        {"ARM_CLIENT_ID": AUDITOR.client_id, "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN_FILE_PATH": "/nowhere/token"},
        "/nowhere/token: the file with the token cannot be read",
        id="no file",
    ),
    pytest.param(
        {"ARM_CLIENT_ID": AUDITOR.client_id, "ARM_CLIENT_CERTIFICATE_PATH": __file__},
        "ARM_CLIENT_CERTIFICATE_PATH: .* cannot be used",
        id="no certificate",
    ),
    pytest.param(
        {
            "ARM_CLIENT_ID": AUDITOR.client_id,
            "ARM_USE_OIDC": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": "http://runner.example/token",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "the-request-token",
        },
        "request URL: is not https",
        id="a request without TLS",
    ),
]


@pytest.mark.parametrize(("variables", "said"), UNUSABLE)
def test_what_cannot_be_used_to_sign_in_is_named(sandbox: Sandboxed, variables: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said) as refused:
        sign_in(sandbox, variables).token()
    assert "the-request-token" not in str(refused.value)


def test_where_azures_command_line_is_not_signed_in_it_says_what_to_set(
    sandbox: Sandboxed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", an_az(sandbox.folder, "Please run 'az login' to setup account.", fails=True))
    with pytest.raises(ServiceError, match=r"nothing to sign in to the tenant .* with; set what Terraform has"):
        sign_in(sandbox, {}).token()


def test_entra_that_cannot_be_reached_is_named_by_host(sandbox: Sandboxed) -> None:
    class Refusing(requests.Session):
        def request(self, *_: object, **__: object) -> requests.Response:
            raise requests.exceptions.ConnectionError(ConnectionRefusedError())

    transport = RequestsTransport(session=Refusing(), session_owner=False)
    means = SignIn(HERE, by_secret(sandbox), transport)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("azure.core.pipeline.transport.RequestsTransport.sleep", lambda *_: None)
        with pytest.raises(ServiceError, match=r"connection to login.microsoftonline.com is refused"):
            means.token()


def test_a_token_is_used_until_shortly_before_its_end_and_then_another(sandbox: Sandboxed) -> None:
    now = time.time()
    means = SignIn(HERE, by_secret(sandbox), sandbox.ways.sign_in, wall=lambda: now)
    first = means.token()
    now += 3000
    assert means.token() == first
    now += 600
    assert not means.is_signed_in


def test_who_was_refused_is_not_asked_again(sandbox: Sandboxed) -> None:
    asked = InProcess({})
    transport = RequestsTransport(session=asked.below(requests.Session()), session_owner=False)
    means = SignIn(HERE, {**by_secret(sandbox), "ARM_CLIENT_SECRET": "wrong"}, sandbox.ways.sign_in)
    with pytest.raises(ServiceError, match="7000215"):
        means.token()
    means.transport, means._credential = transport, None
    with pytest.raises(ServiceError, match="7000215"):
        means.token()
    assert asked.asked == []


def test_nothing_of_a_sign_in_shows(sandbox: Sandboxed) -> None:
    means = sign_in(sandbox, by_secret(sandbox))
    token = means.token()
    assert token not in repr(means)
    assert by_secret(sandbox)["ARM_CLIENT_SECRET"] not in repr(means)
