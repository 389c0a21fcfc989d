"""The compliance service's addresses, and who may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from helpers.clouds import CLOUDS
from sandbox.directory import Directory
from sandbox.entra.tokens import AccessToken, InvalidToken, read_access_token
from sandbox.identities import COMPLIANCE_PATH, NAC_PATH
from sandbox.intune.devices import devices_by_mac
from sandbox.intune.documents import mdm_info, old_device_list, problem
from sandbox.intune.queries import Unanswered, answer_query, parse_query

if TYPE_CHECKING:
    from starlette.requests import Request

    from sandbox.world import World

ROLE = "get_device_compliance"


def application(world: World) -> Starlette:
    """Return the compliance service. The router sets `request.state.cloud` by the host that was asked."""
    service = _ComplianceService(world)
    return Starlette(
        routes=[
            Route(f"{COMPLIANCE_PATH}/ciscoise/mdminfo/", service.mdm_info),
            Route(f"{COMPLIANCE_PATH}/cisco/devices/", service.devices),
            Route(f"{NAC_PATH}/ciscoise/mdminfo/", service.old_mdm_info),
            Route(f"{NAC_PATH}/ciscodeviceinfo/mdm/api/devices/", service.old_devices),
        ],
        exception_handlers={Unanswered: _refuse},
    )


class _ComplianceService:
    """The endpoints, version 3 and, where a document switches it on again, the retired version 2.

    The switch is a document of kind `nacService` under the tenant `""`; without it, version 2 answers 410 as a
    service that ended. What the real one answers today is not known.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    async def mdm_info(self, request: Request) -> Response:
        self._directory(request)
        if not request.query_params.get("ise_api_version", "").isdecimal():
            raise Unanswered(400, "ise_api_version is missing or no number")
        return _xml(mdm_info(3))

    async def devices(self, request: Request) -> Response:
        directory = self._directory(request)
        query = parse_query(request.query_params)
        return _xml(answer_query(directory, query, now=self._world.now()))

    async def old_mdm_info(self, request: Request) -> Response:
        self._check_not_retired()
        self._directory(request)
        return _xml(mdm_info(2))

    async def old_devices(self, request: Request) -> Response:
        self._check_not_retired()
        directory = self._directory(request)
        query = parse_query(request.query_params)
        if query.criterion != "macaddress":
            raise Unanswered(400, "version 2 knows devices by MAC address only")
        return _xml(old_device_list(devices_by_mac(directory, query.value)))

    def _check_not_retired(self) -> None:
        if not self._world.store.all("", "nacService"):
            raise Unanswered(410, "the Intune NAC service ended in March 2024")

    def _directory(self, request: Request) -> Directory:
        """Return the caller's tenant; raise Unanswered without a token for this service, or without the role."""
        token = self._token(request)
        cloud = CLOUDS[request.state.cloud]
        tenant = self._world.store.get("", "tenant", token.tenant_id)
        if token.audience != cloud.intune_audience or tenant is None or tenant["cloud"] != cloud.name:
            raise Unanswered(401, "the token is not for this service")
        if ROLE not in token.roles:
            raise Unanswered(403, f"the token lacks the role {ROLE}")
        return Directory(self._world.store, tenant["id"], tenant["cloud"])

    def _token(self, request: Request) -> AccessToken:
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Unanswered(401, "a bearer token is needed")
        try:
            return read_access_token(self._world, text)
        except InvalidToken as invalid:
            raise Unanswered(401, invalid.reason) from invalid


def _xml(content: bytes, status: int = 200) -> Response:
    return Response(content, status_code=status, media_type="application/xml; charset=utf-8")


async def _refuse(_: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, Unanswered):
        raise refusal
    response = _xml(problem(refusal.message), refusal.status)
    if refusal.status == 401:  # noqa: PLR2004 — RFC 9110 §15.5.2 asks for the header
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
