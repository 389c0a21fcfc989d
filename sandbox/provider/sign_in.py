"""Who the stand-in signs in as: settings from the provider block, else from the environment, as for the real one.

Client secret and OIDC are what a pipeline of this project uses; other ways are refused by name.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from helpers.clouds import CLOUDS
from sandbox.provider.problems import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.provider.connection import Answer, Connections

# Names of clouds that the real provider takes besides Terraform's own.
_OTHER_CLOUD_NAMES = {"public": "global", "usgovernment": "usgovernmentl4", "dod": "usgovernmentl5"}

# The real provider signs in to China here, not at the host of Entra's documentation (helpers/clouds.py).
_LOGIN_HOSTS = {"china": "login.chinacloudapi.cn"}

_TOKEN_REQUEST_VARIABLES = ("ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
_URL_REQUEST_VARIABLES = ("ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL")
_NOT_SIGNED_IN = "building client: unable to obtain access token"
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class Settings:
    """What the provider block and the environment say together; an empty string is an absent setting."""

    tenant_id: str
    client_id: str
    login_host: str
    graph: str
    client_secret: str = field(default="", repr=False)
    oidc_token: str = field(default="", repr=False)
    oidc_request_url: str = ""
    oidc_request_token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Token:
    """An access token for Graph: what it says about its holder, and how long it lasts in seconds."""

    value: str = field(repr=False)
    object_id: str
    lifetime: float


def read_settings(block: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """Merge the provider block over the environment. Raises Refused for what nobody could sign in with."""

    def text(key: str, *variables: str) -> str:
        stated = block.get(key)
        return str(stated) if stated else next((environment[name] for name in variables if environment.get(name)), "")

    cloud = _cloud(text("environment", "ARM_ENVIRONMENT") or "global")
    oidc = block.get("use_oidc")
    uses_oidc = oidc if oidc is not None else environment.get("ARM_USE_OIDC", "").lower() in {"1", "t", "true"}
    settings = Settings(
        tenant_id=text("tenant_id", "ARM_TENANT_ID"),
        client_id=text("client_id", "ARM_CLIENT_ID")
        or _content(text("client_id_file_path", "ARM_CLIENT_ID_FILE_PATH")),
        login_host=_LOGIN_HOSTS.get(cloud, CLOUDS[cloud].login_host),
        graph=CLOUDS[cloud].graph,
        client_secret=text("client_secret", "ARM_CLIENT_SECRET")
        or _content(text("client_secret_file_path", "ARM_CLIENT_SECRET_FILE_PATH")),
        oidc_token=(
            text("oidc_token", "ARM_OIDC_TOKEN") or _content(text("oidc_token_file_path", "ARM_OIDC_TOKEN_FILE_PATH"))
        )
        if uses_oidc
        else "",
        oidc_request_url=text("oidc_request_url", *_URL_REQUEST_VARIABLES) if uses_oidc else "",
        oidc_request_token=text("oidc_request_token", *_TOKEN_REQUEST_VARIABLES) if uses_oidc else "",
    )
    _require(settings)
    return settings


def fetch_token(settings: Settings, connections: Connections) -> Token:
    """Sign in at the v2.0 token endpoint for Graph's default scope."""
    form = {
        "client_id": settings.client_id,
        "grant_type": "client_credentials",
        "scope": f"{settings.graph}/.default",
        **_proof(settings, connections),
    }
    url = f"https://{settings.login_host}/{settings.tenant_id}/oauth2/v2.0/token"
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer = connections.send("POST", url, headers, urlencode(sorted(form.items())).encode())
    except OSError as error:
        raise Refused(f"{_NOT_SIGNED_IN}: cannot request token: {error}") from error
    if not answer.status // 100 == 2:  # noqa: PLR2004 — any success
        raise Refused(
            f"{_NOT_SIGNED_IN}: clientCredentialsToken: received HTTP status {answer.status}"
            f" with response: {answer.body.decode(errors='replace')}"
        )
    return _token(answer)


def _cloud(name: str) -> str:
    cloud = _OTHER_CLOUD_NAMES.get(name.lower(), name.lower())
    if cloud not in CLOUDS:
        raise Refused(f"environment {name!r} is not one of {', '.join(CLOUDS)}")
    return cloud


def _content(path: str) -> str:
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Refused(f"reading {path}: {error.strerror}") from error


def _require(settings: Settings) -> None:
    if not settings.tenant_id or not settings.client_id:
        raise Refused("tenant_id and client_id are needed: set ARM_TENANT_ID and ARM_CLIENT_ID")
    if not (settings.client_secret or settings.oidc_token or settings.oidc_request_url):
        raise Refused(
            "no way to sign in: the stand-in provider takes ARM_CLIENT_SECRET, or ARM_USE_OIDC with ARM_OIDC_TOKEN,"
            " ARM_OIDC_TOKEN_FILE_PATH or ARM_OIDC_REQUEST_URL and ARM_OIDC_REQUEST_TOKEN"
        )


def _proof(settings: Settings, connections: Connections) -> dict[str, str]:
    if settings.client_secret:
        return {"client_secret": settings.client_secret}
    assertion = settings.oidc_token or _requested_assertion(settings, connections)
    return {"client_assertion": assertion, "client_assertion_type": _ASSERTION_TYPE}


def _requested_assertion(settings: Settings, connections: Connections) -> str:
    """Ask a pipeline's token service for an assertion, as GitHub's is asked."""
    parts = urlsplit(settings.oidc_request_url)
    query = dict(parse_qsl(parts.query)) | {"audience": "api://AzureADTokenExchange"}
    url = urlunsplit(parts._replace(query=urlencode(query)))
    headers = {"Accept": "application/json", "Authorization": f"Bearer {settings.oidc_request_token}"}
    try:
        answer = connections.send("GET", url, headers)
    except OSError as error:
        raise Refused(f"{_NOT_SIGNED_IN}: githubAssertion: cannot request token: {error}") from error
    if not answer.status // 100 == 2:  # noqa: PLR2004 — any success
        raise Refused(f"{_NOT_SIGNED_IN}: githubAssertion: received HTTP status {answer.status}")
    return str(json.loads(answer.body)["value"])


def _token(answer: Answer) -> Token:
    document = json.loads(answer.body)
    token = document["access_token"]
    claims = token.split(".")[1]
    holder = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))).get("oid")
    if not holder:
        raise Refused("parsing claims in access token: oid claim is empty")
    return Token(token, holder, float(document.get("expires_in", 0)))
