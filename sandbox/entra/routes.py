"""Entra's addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from helpers.clouds import CLOUDS
from sandbox.admin_token import shows_admin_token
from sandbox.audit import consenting, recorded
from sandbox.entra.consent import grant_requested, render_consent_page
from sandbox.entra.discovery import cloud_metadata, instance_discovery, openid_configuration
from sandbox.entra.refusals import Refused, refusal
from sandbox.entra.sign_in import Tenant, TokenRequest, tenant_at
from sandbox.entra.signing import signing_key
from sandbox.entra.token_endpoint import answer_token_request, with_basic_authentication
from sandbox.identities import ADMINISTRATOR_ID
from sandbox.keys import published_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from helpers.clouds import Cloud
    from sandbox.world import World

    _Endpoint = Callable[[Request], Awaitable[Response]]


def application(world: World) -> Starlette:
    """Return Entra's login service. The router sets `request.state.cloud` by the host that was asked."""
    login = _Login(world)
    return Starlette(
        routes=[
            Route("/common/discovery/instance", login.instance),
            Route("/metadata/endpoints", login.metadata),
            Route("/{tenant}/.well-known/openid-configuration", login.configuration(1)),
            Route("/{tenant}/v2.0/.well-known/openid-configuration", login.configuration(2)),
            Route("/{tenant}/discovery/keys", login.keys),
            Route("/{tenant}/discovery/v2.0/keys", login.keys),
            Route("/{tenant}/oauth2/token", login.token(1), methods=["POST"]),
            Route("/{tenant}/oauth2/v2.0/token", login.token(2), methods=["POST"]),
            Route("/{tenant}/adminconsent", login.consent_page),
            Route("/{tenant}/adminconsent", login.consent, methods=["POST"]),
        ],
        exception_handlers={Refused: login.refuse},
    )


class _Login:
    """The endpoints: each reads the request, calls what decides, and gives the answer its shape.

    All are coroutines: the store belongs to the thread of the event loop.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    async def instance(self, request: Request) -> Response:
        return JSONResponse(instance_discovery(request.query_params.get("authorization_endpoint", "")))

    async def metadata(self, request: Request) -> Response:
        return JSONResponse(cloud_metadata(_cloud(request)))

    async def keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [published_key(signing_key(self._world))]})

    def configuration(self, version: int) -> _Endpoint:
        async def answer(request: Request) -> Response:
            return JSONResponse(openid_configuration(self._tenant(request), version=version))

        return answer

    def token(self, version: int) -> _Endpoint:
        async def answer(request: Request) -> Response:
            fields = dict(parse_qsl((await request.body()).decode(errors="replace")))
            form = with_basic_authentication(fields, request.headers.get("authorization", ""))
            asked = TokenRequest(version, form, _address(request), request.headers.get("user-agent", ""))
            body = answer_token_request(self._world, self._tenant(request), asked)
            return JSONResponse(body, headers={"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"})

        return answer

    async def consent_page(self, request: Request) -> Response:
        return HTMLResponse(render_consent_page(self._tenant(request), _client_id(request)))

    async def consent(self, request: Request) -> Response:
        tenant = self._tenant(request)
        if not shows_admin_token(request, self._world.folder):
            return JSONResponse({"error": "the token of the sandbox's folder is missing or wrong"}, status_code=401)
        with recorded(self._world, tenant.directory, consenting(tenant.directory, ADMINISTRATOR_ID)):
            granted = grant_requested(tenant, _client_id(request), now=self._world.now())
        return JSONResponse(
            {"tenant": tenant.id, "admin_consent": True, "granted": [permission.value for permission in granted]}
        )

    async def refuse(self, request: Request, refused: Exception) -> Response:
        if not isinstance(refused, Refused):
            raise refused
        return refusal(
            refused,
            now=self._world.now(),
            login_host=_cloud(request).login_host,
            correlation_id=request.headers.get("client-request-id"),
        )

    def _tenant(self, request: Request) -> Tenant:
        return tenant_at(self._world.store, _cloud(request), request.path_params["tenant"])


def _cloud(request: Request) -> Cloud:
    return CLOUDS[request.state.cloud]


def _address(request: Request) -> str:
    """Return where a request came from: this machine, however it is led here."""
    return request.client.host if request.client else "127.0.0.1"


def _client_id(request: Request) -> str:
    return request.query_params.get("client_id", "")
