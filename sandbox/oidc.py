"""A pipeline's identity provider: vouches for subjects, as GitHub's does, so that a deployer needs no secret.

`GET /token?subject=…&audience=…` with the request token as Bearer answers `{"value": "<JWT>"}`, which is the shape of
GitHub's ACTIONS_ID_TOKEN_REQUEST_URL (GitHub documentation, "OpenID Connect reference"). The request token is kept in
the sandbox's folder: whoever may read that may act as any pipeline of the sandbox.
"""

from __future__ import annotations

import hmac
import secrets
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import jwt
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.identities import OIDC_ISSUER
from sandbox.keys import published_key, rsa_key_at, write_secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from starlette.requests import Request

    from sandbox.world import World

DEFAULT_AUDIENCE = "api://AzureADTokenExchange"
_LIFETIME = timedelta(minutes=5)


def application(world: World) -> Starlette:
    """Return the service for `OIDC_HOST`."""

    async def configuration(_: Request) -> JSONResponse:
        return JSONResponse(_configuration())

    async def keys(_: Request) -> JSONResponse:
        return JSONResponse({"keys": [published_key(issuer_key(world))]})

    async def token(request: Request) -> JSONResponse:
        return _answer_token(world, request)

    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", configuration),
            Route("/.well-known/jwks", keys),
            Route("/token", token),
        ]
    )


def issuer_key(world: World) -> rsa.RSAPrivateKey:
    """Return the key that the issuer signs with."""
    return rsa_key_at(world.folder / "oidc.key")


def request_token(world: World) -> str:
    """Return what a pipeline shows to be given an id token, made on first use (`oidc-request-token`, mode 0600)."""
    path = world.folder / "oidc-request-token"
    if not path.exists():
        write_secret(path, secrets.token_urlsafe(32).encode())
    return path.read_text()


def id_token(world: World, *, subject: str, audience: str = DEFAULT_AUDIENCE) -> str:
    """Return an id token (compact JWT) that vouches for `subject` for five minutes."""
    now = world.now()
    claims = {
        "iss": OIDC_ISSUER,
        "sub": subject,
        "aud": audience,
        "jti": str(uuid.uuid4()),
        "iat": int(now.timestamp()),
        "nbf": int(now.timestamp()),
        "exp": int((now + _LIFETIME).timestamp()),
    }
    key = issuer_key(world)
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": published_key(key)["kid"]})


def _answer_token(world: World, request: Request) -> JSONResponse:
    scheme, _, presented = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(presented.encode(), request_token(world).encode()):
        return JSONResponse({"message": "the request token is missing or wrong"}, status_code=401)
    subject = request.query_params.get("subject")
    if not subject:
        return JSONResponse({"message": "name the subject: /token?subject=…"}, status_code=400)
    audience = request.query_params.get("audience", DEFAULT_AUDIENCE)
    return JSONResponse({"count": 1, "value": id_token(world, subject=subject, audience=audience)})


def _configuration() -> dict[str, object]:
    return {
        "issuer": OIDC_ISSUER,
        "jwks_uri": f"{OIDC_ISSUER}/.well-known/jwks",
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["iss", "sub", "aud", "jti", "iat", "nbf", "exp"],
        "scopes_supported": ["openid"],
    }
