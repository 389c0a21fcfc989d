"""Outputs of a deploy, examined before anything is typed or sent by them.

Outputs travel: by mail, in pipelines, between people. Whoever changes them could lead ISE's sign-in elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from helpers.clouds import CLOUDS, is_microsoft_host
from helpers.errors import InputError
from helpers.guids import GUID

if TYPE_CHECKING:
    from helpers.clouds import Cloud
    from helpers.declaration.declaration import Declaration
    from helpers.outputs import StackOutputs

DEPLOY_AGAIN = "deploy again with this version of ise-intune, and take the new outputs"
_TOKEN_URL = re.compile(r"https://([a-z0-9.-]+)/([0-9A-Fa-f-]+)/oauth2/(v2\.0/)?token", re.ASCII)
_AUDIENCE = re.compile(r"https://([a-z0-9.-]+)/", re.ASCII)


def require_the_same(name: str, outputs: StackOutputs, declaration: Declaration | None, source: str) -> None:
    """Raise `InputError` for outputs of another stack or tenant; `source` says in messages where they are from."""
    deployed = outputs.applied.get("name", name)
    if deployed != name:
        raise InputError(source, f"holds outputs of {deployed!r}, not of {name!r}", "give that stack's own outputs")
    for label, value in (("client_id", outputs.client_id), ("tenant_id", outputs.tenant_id)):
        if not GUID.fullmatch(value):
            raise InputError(source, f"holds a {label} that is no GUID ({value[:64]!r})", DEPLOY_AGAIN)
    if declaration and declaration.integration.tenant_id != outputs.tenant_id.lower():
        cause = f"is of the tenant {outputs.tenant_id}, and {declaration.file} names another"
        raise InputError(source, cause, "deploy again, or give the outputs of the last deploy")


def cloud_of(outputs: StackOutputs, declaration: Declaration | None, source: str) -> Cloud:
    """Return the cloud that the outputs are of, with the endpoints they name: Microsoft's own hosts, and no other.

    Raises `InputError` for any other host, or a page of another tenant.
    """
    cloud = next((each for each in CLOUDS.values() if each.graph == outputs.auto_discovery_url), None)
    if cloud is None:
        raise not_microsofts(source, "Auto Discovery URL", outputs.auto_discovery_url)
    token = _TOKEN_URL.fullmatch(outputs.token_url)
    if token is None or not is_microsoft_host(token[1]) or token[2] != outputs.tenant_id:
        raise not_microsofts(source, "Token Issuing URL", outputs.token_url)
    audience = _AUDIENCE.fullmatch(outputs.token_audience)
    if audience is None or not is_microsoft_host(audience[1]):
        raise not_microsofts(source, "Token Audience", outputs.token_audience)
    deployed = _overridden(cloud, token[1], outputs.token_audience)
    # Who wrote an endpoint into the file has confirmed it, even where it is what would have been taken anyway.
    known = declaration and replace(declaration.cloud, unconfirmed=deployed.unconfirmed) == deployed
    return declaration.cloud if declaration and known else deployed


def _overridden(cloud: Cloud, login_host: str, intune_audience: str) -> Cloud:
    """Return a cloud with the endpoints that were deployed; one that is not the cloud's own was stated by somebody."""
    return cloud.overridden(
        login_host=login_host if login_host != cloud.login_host else None,
        intune_audience=intune_audience if intune_audience != cloud.intune_audience else None,
    )


def not_microsofts(source: str, label: str, value: str) -> InputError:
    """Return the error for an address in outputs that leads elsewhere."""
    return InputError(source, f"holds a {label} that is not Microsoft's ({value[:200]!r})", DEPLOY_AGAIN)
