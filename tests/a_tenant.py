"""A small tenant for the sandbox's Entra: Microsoft's two APIs, one application with one certificate, consent given."""

from __future__ import annotations

import base64
import json
import re
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from sandbox import oidc
from sandbox.entra import application as entra
from sandbox.keys import write_secret
from sandbox.store import Store
from sandbox.world import World
from tests.in_process import InProcess, Served
from tests.making_certificates import make_certificate, rsa_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import httpx
    from cryptography.hazmat.primitives.asymmetric import rsa

TENANT = "11111111-2222-3333-4444-555555555555"
GOVERNMENT_TENANT = "11111111-2222-3333-4444-666666666666"
CLIENT = "22222222-2222-3333-4444-000000000001"
PRINCIPAL = "22222222-2222-3333-4444-000000000002"
GRAPH = "33333333-0000-3333-4444-000000000001"
INTUNE = "33333333-0000-3333-4444-000000000002"
LOGIN = "https://login.microsoftonline.com"
SECRET = "a client secret of this test"
OLD_SECRET = "a client secret of last year"
SUBJECT = "repo:contoso/network:environment:production"
NOW = datetime.now(UTC).replace(microsecond=0)

READ_ALL = "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"
USER_READ = "e1fe6dd8-ba31-4d61-89e7-88639da4683d"
GET_COMPLIANCE = "7ec88bad-30c7-4928-a005-4455362cfd98"


@dataclass(frozen=True)
class Signer:
    """A certificate with its key, as an ISE node holds them."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def der(self) -> bytes:
        """The certificate, DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def key_pem(self) -> str:
        """The private key, PKCS#8 PEM."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    @property
    def pem(self) -> str:
        """The certificate, PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def thumbprint(self, algorithm: hashes.HashAlgorithm | None = None) -> bytes:
        """Return the hash of the DER, SHA-1 unless told otherwise."""
        return self.certificate.fingerprint(algorithm or hashes.SHA1())  # noqa: S303 — Entra's name for a certificate


def a_signer(name: str = "psn-01", *, start: datetime | None = None, end: datetime | None = None) -> Signer:
    """Return a self-signed certificate, valid from yesterday for a year unless told otherwise."""
    key = rsa_key(name)
    der = make_certificate(f"{name}.example.net", key=key, not_before=start, not_after=end)
    return Signer(x509.load_der_x509_certificate(der), key)


def instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def key_credential(signer: Signer, *, start: datetime | None = None, end: datetime | None = None) -> dict[str, Any]:
    return {
        "keyId": str(uuid.uuid4()),
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "key": base64.b64encode(signer.der).decode(),
        "startDateTime": instant(start or signer.certificate.not_valid_before_utc),
        "endDateTime": instant(end or signer.certificate.not_valid_after_utc),
    }


@dataclass(frozen=True)
class ATenant:
    """The tenant and the ways to ask its Entra."""

    world: World

    @cached_property
    def services(self) -> InProcess:
        """The login hosts and the pipeline's identity provider."""
        served = entra(self.world)
        hosts = {
            "login.microsoftonline.com": Served(served),
            "login.microsoftonline.us": Served(served, "usgovernmentl4"),
            "oidc.sandbox.test": Served(oidc.application(self.world)),
        }
        return InProcess(hosts)

    def at(self, moment: datetime) -> ATenant:
        """Return the same tenant at another time of day."""
        return ATenant(replace(self.world, now=lambda: moment))

    def change(self, kind: str, identifier: str, **changes: Any) -> None:  # noqa: ANN401 — any JSON
        """Set properties of a document, made where it is missing."""
        document = self.world.store.get(TENANT, kind, identifier) or {"id": identifier}
        self.world.store.put(TENANT, kind, identifier, {**document, **changes})

    def remove(self, kind: str, identifier: str) -> None:
        """Delete a document."""
        self.world.store.delete(TENANT, kind, identifier)

    def register(self, *credentials: dict[str, Any]) -> None:
        """Make these the application's only certificates."""
        self.change("application", CLIENT, keyCredentials=list(credentials))

    def token(self, *, version: int = 2, tenant: str = TENANT, **form: Any) -> httpx.Response:  # noqa: ANN401 — form fields
        """Ask for a token for Graph, with a secret unless the form says otherwise."""
        path = "oauth2/v2.0/token" if version == 2 else "oauth2/token"
        api = {"scope": "https://graph.microsoft.com/.default"}
        if version == 1:
            api = {"resource": "https://graph.microsoft.com", "scope": "openid"}
        proof = {} if "client_assertion" in form else {"client_secret": SECRET}
        defaults = {"grant_type": "client_credentials", "client_id": CLIENT, **api, **proof}
        fields = {name: value for name, value in {**defaults, **form}.items() if value}
        return self.services.post(f"{LOGIN}/{tenant}/{path}", data=fields)

    def token_by(self, assertion: str, *, version: int = 2, **form: Any) -> httpx.Response:  # noqa: ANN401 — form fields
        """Ask for a token with a client assertion."""
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        return self.token(version=version, client_assertion_type=kind, client_assertion=assertion, **form)


def an_assertion(
    signer: Signer,
    *,
    algorithm: str = "RS256",
    header: Mapping[str, Any] | None = None,
    **claims: Any,  # noqa: ANN401
) -> str:
    """Return the assertion that ISE sends (domain.md §7.1), less or plus what the test says."""
    body = {
        "aud": f"{LOGIN}/{TENANT}/oauth2/token",
        "iss": CLIENT,
        "sub": CLIENT,
        "iat": int(NOW.timestamp()),
        "exp": int((NOW + timedelta(minutes=5)).timestamp()),
        "jti": str(uuid.uuid4()),
        **claims,
    }
    headers = dict(header) if header is not None else {"x5t": base64.b64encode(signer.thumbprint()).decode()}
    return jwt.encode(body, signer.key, algorithm=algorithm, headers=headers)


def lend_signing_key(folder: Path) -> None:
    """Give a sandbox's Entra a key that is made once in this process: making one for every test takes long."""
    key = rsa_key("entra").private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_secret(folder / "entra.key", key)


def make_tenant(folder: Path) -> ATenant:
    """Fill a store: a tenant in the global cloud, one in a government cloud, an application that may sign in."""
    lend_signing_key(folder)
    world = World(folder, Store(folder / "world.sqlite"), now=lambda: NOW)
    for tenant, name, cloud in ((TENANT, "Contoso", "global"), (GOVERNMENT_TENANT, "Contoso Gov", "usgovernmentl5")):
        world.store.put("", "tenant", tenant, {"id": tenant, "cloud": cloud, "displayName": name})
    for document in json.loads(json.dumps(_PRINCIPALS)):
        world.store.put(TENANT, "servicePrincipal", document["id"], document)
    world.store.put(TENANT, "application", CLIENT, json.loads(json.dumps(_APPLICATION)))
    for role, resource in ((READ_ALL, GRAPH), (GET_COMPLIANCE, INTUNE)):
        assignment = {"id": role, "appRoleId": role, "principalId": PRINCIPAL, "resourceId": resource}
        world.store.put(TENANT, "appRoleAssignment", role, assignment)
    return ATenant(world)


def refused_with(response: httpx.Response, code: int) -> dict[str, Any]:
    """Return the refusal's JSON after seeing that it has Entra's shape and this code."""
    body: dict[str, Any] = response.json()
    assert body["error_codes"] == [code], body
    assert body["error_description"].startswith(f"AADSTS{code}: ")
    tail = r" Trace ID: (\S+) Correlation ID: (\S+) Timestamp: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ)$"
    found = re.search(tail, body["error_description"])
    assert found is not None
    assert found.groups() == (body["trace_id"], body["correlation_id"], body["timestamp"])
    assert body["error_uri"] == f"{LOGIN}/error?code={code}"
    return body


def id_token(tenant: ATenant, **query: str) -> str:
    """Return what the pipeline's identity provider vouches for, SUBJECT unless the query says otherwise."""
    headers = {"Authorization": f"bearer {oidc.request_token(tenant.world)}"}
    answer = tenant.services.get(
        "https://oidc.sandbox.test/token", params={"subject": SUBJECT, **query}, headers=headers
    )
    return str(answer.json()["value"])


_PRINCIPALS: list[dict[str, Any]] = [
    {
        "id": GRAPH,
        "appId": "00000003-0000-0000-c000-000000000000",
        "displayName": "Microsoft Graph",
        "servicePrincipalNames": ["00000003-0000-0000-c000-000000000000", "https://graph.microsoft.com"],
        "appRoles": [{"id": READ_ALL, "value": "Application.Read.All"}],
        "oauth2PermissionScopes": [{"id": USER_READ, "value": "User.Read"}],
    },
    {
        "id": INTUNE,
        "appId": "c161e42e-d4df-4a3d-9b42-e7a3c31f59d4",
        "displayName": "Microsoft Intune API",
        "servicePrincipalNames": ["c161e42e-d4df-4a3d-9b42-e7a3c31f59d4", "https://api.manage.microsoft.com/"],
        "appRoles": [{"id": GET_COMPLIANCE, "value": "get_device_compliance"}],
        "oauth2PermissionScopes": [],
    },
    {
        "id": PRINCIPAL,
        "appId": CLIENT,
        "displayName": "Cisco ISE",
        "accountEnabled": True,
        "servicePrincipalNames": [CLIENT],
        "appRoles": [],
        "keyCredentials": [],
        "passwordCredentials": [],
    },
]

_APPLICATION: dict[str, Any] = {
    "id": CLIENT,
    "appId": CLIENT,
    "displayName": "Cisco ISE",
    "requiredResourceAccess": [
        {
            "resourceAppId": "00000003-0000-0000-c000-000000000000",
            "resourceAccess": [{"id": READ_ALL, "type": "Role"}, {"id": USER_READ, "type": "Scope"}],
        },
        {
            "resourceAppId": "c161e42e-d4df-4a3d-9b42-e7a3c31f59d4",
            "resourceAccess": [{"id": GET_COMPLIANCE, "type": "Role"}],
        },
    ],
    "keyCredentials": [],
    "passwordCredentials": [
        {"secretText": SECRET, "endDateTime": instant(NOW + timedelta(days=90))},
        {"secretText": OLD_SECRET, "endDateTime": instant(NOW - timedelta(days=1))},
    ],
    "federatedIdentityCredentials": [
        {"issuer": "https://oidc.sandbox.test", "subject": SUBJECT, "audiences": ["api://AzureADTokenExchange"]}
    ],
}
