"""Which keys there are at a place of the file, and which ones people write that stand for a secret."""

from __future__ import annotations

import re
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# What people know from Terraform's own documentation and would write here, and where it goes instead.
_SECRET_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "access_key": "ARM_ACCESS_KEY",
        "sas_token": "ARM_SAS_TOKEN",
        "client_secret": "ARM_CLIENT_SECRET",
        "client_certificate_password": "ARM_CLIENT_CERTIFICATE_PASSWORD",
        "oidc_token": "ARM_OIDC_TOKEN",
        "oidc_request_token": "ARM_OIDC_REQUEST_TOKEN",
        "conn_str": "PG_CONN_STR",
        "username": "TF_HTTP_USERNAME",
        "password": "TF_HTTP_PASSWORD",
        "client_private_key_pem": "TF_HTTP_CLIENT_PRIVATE_KEY_PEM",
        "token": "TF_TOKEN_<host>",
    }
)
_SECRET_WORD = re.compile(r"secret|passw|passphrase|token|private_?key|access_?key|credential", re.IGNORECASE)


def secret_remedy(key: str) -> str | None:
    """Return what to do about a key that stands for a secret; None for any other key."""
    variable = _SECRET_KEYS.get(key)
    if variable:
        return f"take it out, change it if it was pushed, and set {variable} in the pipeline's environment"
    if _SECRET_WORD.search(key):
        return "take it out, and change the secret if it was pushed"
    return None


def known_keys(loc: tuple[int | str, ...]) -> list[str]:
    """Return the keys allowed at `loc`, a path as pydantic gives it, by walking the JSON Schema down to there."""
    schema = _schema()
    node = schema
    for part in loc:
        node = _step(_resolved(node, schema), part)
    return list(_resolved(node, schema).get("properties", {}))


@cache
def _schema() -> dict[str, Any]:
    from helpers.declaration.file_schema import EnvironmentFile

    return EnvironmentFile.model_json_schema(by_alias=True)


def _step(node: dict[str, Any], part: int | str) -> dict[str, Any]:
    if isinstance(part, int):
        below = node.get("items", {})
    elif "discriminator" in node:
        below = {"$ref": node["discriminator"]["mapping"].get(part, "")}
    elif "patternProperties" in node:
        below = next(iter(node["patternProperties"].values()))["anyOf"][-1]
    else:
        below = node.get("properties", {}).get(part, {})
    step: dict[str, Any] = below
    return step


def _resolved(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = node.get("$ref")
    if not reference:
        return node
    definition: dict[str, Any] = schema["$defs"].get(reference.rpartition("/")[2], {})
    return definition
