"""Registering an application as a deploy does, by whatever way there is to the sandbox: a socket or none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from helpers.clouds import CLOUDS
from sandbox.admin_token import admin_token
from sandbox.identities import DEPLOYER, TENANTS
from tests.a_tenant import GET_COMPLIANCE, READ_ALL, Signer, key_credential

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from sandbox.identities import Pipeline, SandboxTenant

GRAPH = ("00000003-0000-0000-c000-000000000000", READ_ALL)
INTUNE = ("c161e42e-d4df-4a3d-9b42-e7a3c31f59d4", GET_COMPLIANCE)


def register(
    web: httpx.Client,
    folder: Path,
    *signers: Signer,
    tenant: SandboxTenant = TENANTS[0],
    permissions: tuple[tuple[str, str], ...] = (GRAPH, INTUNE),
    consent: bool = True,
) -> str:
    """Make an application with these certificates in the sandbox of `folder`; return its client id."""
    cloud = CLOUDS[tenant.cloud]
    bearer = {"Authorization": f"Bearer {deployers_token(web, folder, tenant)}"}
    body = {
        "displayName": "Cisco ISE",
        "requiredResourceAccess": [_access(*permission) for permission in permissions],
        "keyCredentials": [{**key_credential(signer), "keyId": None} for signer in signers],
    }
    made = _made(web.post(f"{cloud.graph}/v1.0/applications", json=body, headers=bearer))
    _made(web.post(f"{cloud.graph}/v1.0/servicePrincipals", json={"appId": made["appId"]}, headers=bearer))
    client_id = str(made["appId"])
    if consent:
        admin = {"Authorization": f"Bearer {admin_token(folder)}"}
        web.post(cloud.admin_consent_url(tenant.id, client_id), headers=admin).raise_for_status()
    return client_id


def deployers_token(web: httpx.Client, folder: Path, tenant: SandboxTenant, deployer: Pipeline = DEPLOYER) -> str:
    """Return a token for Microsoft Graph, got with a deployer's secret."""
    cloud = CLOUDS[tenant.cloud]
    form = {
        "grant_type": "client_credentials",
        "client_id": deployer.client_id,
        "client_secret": json.loads((folder / "deployers.json").read_text())[deployer.client_id],
        "scope": f"{cloud.graph}/.default",
    }
    answer = web.post(cloud.token_url(tenant.id, version=2), data=form).raise_for_status()
    return str(answer.json()["access_token"])


def _access(api: str, role: str) -> dict[str, Any]:
    return {"resourceAppId": api, "resourceAccess": [{"id": role, "type": "Role"}]}


def _made(answer: httpx.Response) -> dict[str, Any]:
    document: dict[str, Any] = answer.raise_for_status().json()
    return document
