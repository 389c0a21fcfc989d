"""The application: from a request to the one operation that answers it, authenticated and authorized on the way."""

from __future__ import annotations

import json
import logging
import re
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from helpers.clouds import CLOUDS
from sandbox.directory import Directory
from sandbox.entra.resources import GRAPH_APP_ID
from sandbox.entra.tokens import InvalidToken, read_access_token
from sandbox.graph import (
    app_role_assignments,
    applications,
    credential_actions,
    credential_activities,
    deleted_items,
    directory_audits,
    directory_objects,
    federated_credentials,
    groups,
    permission_grants,
    policies,
    roles,
    service_principals,
    sign_ins,
)
from sandbox.graph.authorization import RULES, Caller
from sandbox.graph.batch import batched
from sandbox.graph.calls import Call, Operation, Reply
from sandbox.graph.errors import GraphError, bad_request, not_offered, unauthenticated
from sandbox.graph.odata import check_options, plain_path
from sandbox.graph.performing import perform
from sandbox.graph.throttling import admit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from sandbox.entra.tokens import AccessToken
    from sandbox.store import Document
    from sandbox.world import World

VERSIONS = ("v1.0", "beta")

OPERATIONS: tuple[Operation, ...] = (
    *applications.OPERATIONS,
    *credential_actions.OPERATIONS,
    *federated_credentials.OPERATIONS,
    *service_principals.OPERATIONS,
    *app_role_assignments.OPERATIONS,
    *permission_grants.OPERATIONS,
    *deleted_items.OPERATIONS,
    *directory_objects.OPERATIONS,
    *groups.OPERATIONS,
    *roles.OPERATIONS,
    *policies.OPERATIONS,
    *directory_audits.OPERATIONS,
    *sign_ins.OPERATIONS,
    *credential_activities.OPERATIONS,
)

_logger = logging.getLogger(__name__)


def application(world: World) -> Starlette:
    """Return the Graph of every cloud; whoever mounts it sets `request.state.cloud` to a name of `CLOUDS`."""
    routes = [_batch(world), *(_route(world, operation) for operation in OPERATIONS)]
    app = Starlette(
        routes=[Mount(f"/{version}", routes=routes) for version in VERSIONS],
        middleware=[Middleware(_PlainPaths, literals=_literals(OPERATIONS))],
        exception_handlers={HTTPException: _Unknown(world)},
    )
    app.router.redirect_slashes = False
    return app


def _route(world: World, operation: Operation) -> Route:
    if operation.name not in RULES:  # an operation nobody thought about must not be open to all: no row, no start
        raise KeyError(operation.name)

    async def answer(request: Request) -> Response:
        told: dict[str, str] = {}
        try:
            call = await _call(world, request)
            told = admit(call, operation)
            check_options(call.query, operation.options)
            return _answered(request, perform(operation, _as_replicated(call, operation)), told)
        except GraphError as error:
            return _refused(world, request, error, told)
        except Exception:
            # A 500 would be retried for minutes (provider.md §2), and hide what is wrong here.
            _logger.exception("%s failed", operation.name)
            return _refused(world, request, not_offered(f"this request: {operation.name} failed, see the log"), told)

    return Route(operation.path, answer, methods=[operation.method])


def _batch(world: World) -> Route:
    async def answer(request: Request) -> Response:
        try:
            _token(world, request)
            content = await batched(request, _json_object(await request.body()), now=world.now())
            return _answered(request, Reply(200, content), {})
        except GraphError as error:
            return _refused(world, request, error, {})

    return Route("/$batch", answer, methods=["POST"])


def _as_replicated(call: Call, operation: Operation) -> Call:
    """Return a call that sees of the store what has arrived where it reads; a write sees all."""
    if operation.method != "GET":
        return call
    conditions, now = call.world.conditions, call.world.now()
    options = "&".join(f"{name}={value}" for name, value in sorted(call.query.items()))
    single = operation.reads_one and not call.eventual
    address = call.url_path if single else f"{call.url_path}?{options}"
    store = conditions.lag.behind(call.store, call.tenant_id, address, single=single, limits=conditions.limits, now=now)
    if store is call.store:
        return call
    return replace(call, world=replace(call.world, store=store), directory=replace(call.directory, store=store))


async def _call(world: World, request: Request) -> Call:
    token = _token(world, request)
    return Call(
        world=world,
        directory=_directory(world, request, token),
        caller=Caller(token.app_id, token.object_id, token.roles),
        version=request.url.path.split("/")[1],
        url_path=request.url.path,
        path=request.path_params,
        query=dict(request.query_params),
        body=_json_object(await request.body()),
        user_agent=request.headers.get("user-agent", ""),
        eventual=request.headers.get("consistencylevel", "").lower() == "eventual",
    )


def _token(world: World, request: Request) -> AccessToken:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise unauthenticated("Access token is empty.")
    try:
        token = read_access_token(world, value.strip())
    except InvalidToken as error:
        raise unauthenticated(error.reason) from error
    if token.audience.rstrip("/").lower() not in (CLOUDS[request.state.cloud].graph, GRAPH_APP_ID):
        raise unauthenticated("Access token validation failure. Invalid audience.")
    return token


def _directory(world: World, request: Request, token: AccessToken) -> Directory:
    tenant = world.store.get("", "tenant", token.tenant_id)
    if tenant is None or tenant["cloud"] != request.state.cloud:
        raise unauthenticated("The tenant of the access token does not exist in this cloud.")
    return Directory(world.store, tenant["id"], tenant["cloud"])


def _json_object(body: bytes) -> Document:
    if not body.strip():
        return {}
    try:
        parsed = json.loads(body)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise bad_request(
            "Unable to read JSON request payload. Please ensure the payload is a JSON object.", code="BadRequest"
        )
    return parsed


def _answered(request: Request, reply: Reply, told: Mapping[str, str]) -> Response:
    headers = {**reply.headers, **told, **_identification(request)}
    if reply.text is not None:
        return PlainTextResponse(reply.text, reply.status, headers)
    if reply.content is None:
        return Response(status_code=reply.status, headers=headers)
    return JSONResponse(reply.content, reply.status, headers)


def _refused(world: World, request: Request, error: GraphError, told: Mapping[str, str]) -> Response:
    headers = {**told, **error.headers, **_identification(request)}
    body = error.body(world.now(), request_id=headers["request-id"], client_request_id=headers["client-request-id"])
    if error.status == 401:  # noqa: PLR2004 — HTTP's own number
        headers["WWW-Authenticate"] = 'Bearer realm="", error="invalid_token"'
    return JSONResponse(body, error.status, headers)


def _identification(request: Request) -> dict[str, str]:
    request_id = str(uuid.uuid4())
    return {
        "request-id": request_id,
        "client-request-id": request.headers.get("client-request-id", request_id),
        "OData-Version": "4.0",
    }


@dataclass(frozen=True)
class _Unknown:
    """Answers what no operation does; says whose limit that is."""

    world: World

    def __call__(self, request: Request, _: Exception) -> Response:
        return _refused(self.world, request, not_offered(f"{request.method} {request.url.path}"), {})


def _literals(operations: Iterable[Operation]) -> dict[str, str]:
    segments = {segment for operation in operations for segment in operation.path.split("/")} | set(VERSIONS)
    return {segment.lower(): segment for segment in segments if re.fullmatch(r"[\w.$]+", segment)}


class _PlainPaths:
    """Brings every way to write a path into the one the routes have."""

    def __init__(self, app: ASGIApp, literals: Mapping[str, str]) -> None:
        self._app = app
        self._literals = literals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "path": plain_path(scope["path"], self._literals)}
        await self._app(scope, receive, send)
