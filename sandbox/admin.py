"""The sandbox's own routes, for who has the folder's token.

Faults, limits, ISE's switch, the portal, sign-ins of the past, what was asked.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from helpers.errors import InputError
from sandbox.admin_token import admin_token, shows_admin_token
from sandbox.faults import Fault
from sandbox.ise.settings import open_api_is_on, turn_open_api
from sandbox.orders import Order, Registration
from sandbox.portal.ordering import carry_out
from sandbox.portal.registering import register
from sandbox.sign_ins import PastSignIns, keep_past

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from starlette.requests import Request

    from sandbox.faults import Faults
    from sandbox.orders import Made
    from sandbox.requests_seen import RequestLog
    from sandbox.world import World


def application(world: World, *, faults: Faults, log: RequestLog) -> Starlette:
    """Return the admin application; every route answers 401 without `Authorization: Bearer <token>`."""
    # Made now: who wants to show it must find it before the first request.
    admin_token(world.folder)

    async def health(_: Request) -> Response:
        return JSONResponse({"pid": os.getpid()})

    async def requests(request: Request) -> Response:
        after = request.query_params.get("after", "0")
        if not after.isdecimal():
            return _bad("after: is not a number")
        return JSONResponse([asdict(seen) for seen in log.after(int(after))])

    async def list_faults(_: Request) -> Response:
        return JSONResponse([asdict(fault) for fault in faults.all()])

    async def set_fault(request: Request) -> Response:
        try:
            fault = Fault.from_json(await request.json())
        except (InputError, json.JSONDecodeError) as error:
            return _bad(str(error))
        faults.set(fault)
        return JSONResponse(asdict(fault), status_code=201)

    async def clear_faults(_: Request) -> Response:
        faults.clear()
        return Response(status_code=204)

    routes = (
        ("GET", "/health", health),
        ("GET", "/requests", requests),
        ("GET", "/faults", list_faults),
        ("POST", "/faults", set_fault),
        ("DELETE", "/faults", clear_faults),
        *_limits(world),
        *_ise(world),
        *_portal(world),
        *_sign_ins(world),
    )
    return Starlette(
        routes=[Route(path, _guarded(route, world.folder), methods=[method]) for method, path, route in routes]
    )


def _limits(world: World) -> Iterator[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
    async def show(_: Request) -> Response:
        return JSONResponse(asdict(world.conditions.limits))

    async def change(request: Request) -> Response:
        try:
            world.conditions.set(world.conditions.limits.changed(await request.json()))
        except (InputError, json.JSONDecodeError) as error:
            return _bad(str(error))
        return await show(request)

    yield "GET", "/limits", show
    yield "PATCH", "/limits", change


def _ise(world: World) -> Iterator[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
    async def show(_: Request) -> Response:
        return JSONResponse({"open_api": open_api_is_on(world.store)})

    async def change(request: Request) -> Response:
        try:
            turned = await request.json()
        except json.JSONDecodeError as error:
            return _bad(str(error))
        if not isinstance(turned, dict) or set(turned) != {"open_api"} or not isinstance(turned["open_api"], bool):
            return _bad('ise: is not of the form {"open_api": true}')
        turn_open_api(world.store, on=turned["open_api"])
        return await show(request)

    yield "GET", "/ise", show
    yield "PATCH", "/ise", change


def _portal(world: World) -> Iterator[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
    async def change(request: Request) -> Response:
        return await _made(request, lambda sent: carry_out(world, Order.from_json(sent)))

    async def make(request: Request) -> Response:
        return await _made(request, lambda sent: register(world, Registration.from_json(sent)))

    yield "POST", "/portal", change
    yield "POST", "/registrations", make


def _sign_ins(world: World) -> Iterator[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
    async def put(request: Request) -> Response:
        try:
            keep_past(world, PastSignIns.from_json(await request.json()))
        except (InputError, json.JSONDecodeError) as error:
            return _bad(str(error))
        return Response(status_code=204)

    yield "POST", "/sign-ins", put


async def _made(request: Request, make: Callable[[object], Made]) -> Response:
    try:
        made = make(await request.json())
    except json.JSONDecodeError as error:
        return _bad(str(error))
    except InputError as error:
        # No error of HTTP's: it is the answer to the order.
        return JSONResponse({"error": asdict(error)})
    return JSONResponse(made.to_json())


def _guarded(route: Callable[[Request], Awaitable[Response]], folder: Path) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        if not shows_admin_token(request, folder):
            return JSONResponse({"error": "the token of the sandbox's folder is missing or wrong"}, status_code=401)
        return await route(request)

    return guarded


def _bad(message: str) -> Response:
    return JSONResponse({"error": message}, status_code=400)
