"""Access tokens: signed by a key of the sandbox's folder, read by the services they are for.

Microsoft Graph and the Intune API both ask for tokens of version 1.0 (their `accessTokenAcceptedVersion`), whichever
endpoint issued them: that is why the issuer is sts.windows.net and the client is in `appid`.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jwt

from sandbox.entra.signing import key_id, public_pem, signing_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.world import World

LIFETIME = timedelta(seconds=3599)
_SKEW = timedelta(minutes=5)  # Entra dates a token five minutes back, for clients whose clock is behind.


class InvalidToken(Exception):
    """An access token that proves nothing; `reason` is a sentence without any of the token in it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class AccessToken:
    """What a service may rely on. Ids are lower-case text; `roles` are app role values."""

    tenant_id: str
    audience: str
    app_id: str
    object_id: str
    roles: frozenset[str]


def issue_access_token(
    world: World, *, tenant_id: str, audience: str, app_id: str, object_id: str, roles: Iterable[str]
) -> str:
    """Return a signed token (compact JWT) that lives for LIFETIME; without roles it has no `roles` claim at all."""
    now = world.now()
    claims: dict[str, Any] = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{tenant_id}/",
        "iat": int((now - _SKEW).timestamp()),
        "nbf": int((now - _SKEW).timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "appid": app_id,
        "azp": app_id,
        "idtyp": "app",
        "oid": object_id,
        "sub": object_id,
        "tid": tenant_id,
        "uti": uuid.uuid4().hex,
        "ver": "1.0",
    }
    granted = sorted(roles)
    if granted:
        claims["roles"] = granted
    return jwt.encode(claims, signing_key(world), algorithm="RS256", headers={"kid": key_id(world)})


def read_access_token(world: World, token: str) -> AccessToken:
    """Return what the token says, its signature and lifetime checked by the sandbox's clock; raise InvalidToken.

    The audience is for the caller to judge.
    """
    claims = _verified_claims(public_pem(world), token)
    now = world.now().timestamp()
    if claims["exp"] <= now:
        raise InvalidToken("Lifetime validation failed, the token is expired.")
    if claims["nbf"] > now:
        raise InvalidToken("Lifetime validation failed, the token is not yet valid.")
    return AccessToken(
        tenant_id=claims["tid"].lower(),
        audience=claims["aud"],
        app_id=claims["appid"].lower(),
        object_id=claims["oid"].lower(),
        roles=frozenset(claims.get("roles", ())),
    )


# A batch brings one token up to twenty times. By the key as well: a sandbox that was reset signs with another.
@lru_cache(maxsize=256)
def _verified_claims(public_key: bytes, token: str) -> Mapping[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            public_key,
            algorithms=["RS256"],
            # Times are judged by the sandbox's clock, which is not always the machine's.
            options={
                "require": ["aud", "exp", "nbf", "tid", "oid", "appid"],
                "verify_aud": False,
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except jwt.InvalidTokenError as error:
        raise InvalidToken("IDX10511: Signature validation failed.") from error
    return claims
