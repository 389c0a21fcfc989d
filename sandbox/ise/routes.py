"""The API's addresses, and who may use them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.identities import ISE_API_HOST
from sandbox.ise.accounts import authenticated
from sandbox.ise.certificates import exported, link, system_certificate, trusted_certificate
from sandbox.ise.generating import generate
from sandbox.ise.nodes import node_documents, node_named, system_certificates
from sandbox.ise.pages import page_of
from sandbox.ise.refusals import IseRefused
from sandbox.ise.settings import answer_while_off, open_api_is_on
from sandbox.ise.trusted import import_trusted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from sandbox.store import Document
    from sandbox.world import World

    _Endpoint = Callable[[Request], Awaitable[Response]]

_SYSTEM = "/api/v1/certs/system-certificate"
_TRUSTED = "/api/v1/certs/trusted-certificate"
_SYSTEM_ATTRIBUTES = ("friendlyName", "issuedTo", "issuedBy", "validFrom", "expirationDate")
_TRUSTED_ATTRIBUTES = (*_SYSTEM_ATTRIBUTES, "subject", "status")
_ZIP_HEADERS = {"Content-Disposition": 'attachment; filename="certificate.zip"'}


def application(world: World) -> Starlette:
    """Return the API of ISE's primary administration node."""
    api = _Api(world)
    routes: tuple[tuple[str, str, _Endpoint], ...] = (
        ("GET", "/api/v1/deployment/node", api.nodes),
        ("POST", f"{_SYSTEM}/export", api.export),
        ("POST", f"{_SYSTEM}/generate-selfsigned-certificate", api.generate),
        ("GET", f"{_SYSTEM}/{{hostName}}", api.system_certificates),
        ("GET", f"{_SYSTEM}/{{hostName}}/{{id}}", api.system_certificate),
        ("POST", f"{_TRUSTED}/import", api.import_trusted),
        ("GET", _TRUSTED, api.trusted_certificates),
        ("GET", f"{_TRUSTED}/{{id}}", api.trusted_certificate),
        ("GET", f"{_TRUSTED}/export/{{id}}", api.export_trusted),
    )
    return Starlette(
        routes=[Route(path, _guarded(world, endpoint), methods=[method]) for method, path, endpoint in routes],
        exception_handlers={IseRefused: _refuse},
    )


class _Api:
    """The endpoints: each reads the request, calls what decides, and gives the answer its shape."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def nodes(self, _: Request) -> Response:
        return _answer(node_documents())

    async def system_certificates(self, request: Request) -> Response:
        shown = [system_certificate(document) for document in self._of_node(request)]
        return page_of(request, shown, by=_SYSTEM_ATTRIBUTES)

    async def system_certificate(self, request: Request) -> Response:
        wanted = request.path_params["id"]
        for document in self._of_node(request):
            if document["id"] == wanted:
                return _answer(system_certificate(document))
        raise IseRefused(404, f"The certificate {wanted} does not exist")

    async def export(self, request: Request) -> Response:
        body = await _json(request)
        if not body.get("hostName"):
            raise IseRefused(400, "HostName should not be null", bare=True)
        document = self._world.store.get("", "systemCertificate", str(body.get("id")))
        if document is None or node_named(str(body["hostName"])) != document["node"]:
            raise IseRefused(404, "The certificate does not exist on that node")
        if body.get("export") not in {"CERTIFICATE", "CERTIFICATE_WITH_PRIVATE_KEY"}:
            raise IseRefused(400, "export is CERTIFICATE or CERTIFICATE_WITH_PRIVATE_KEY")
        with_key = body["export"] == "CERTIFICATE_WITH_PRIVATE_KEY"
        content = exported(self._world, document, password=str(body.get("password") or "") if with_key else None)
        return Response(content, media_type="application/octet-stream", headers=_ZIP_HEADERS)

    async def generate(self, request: Request) -> Response:
        document = generate(self._world, await _json(request))
        path = f"{_SYSTEM}/{document['node']}/{document['id']}"
        message = "Self-signed certificate was generated successfully"
        return _answer({"id": document["id"], "message": message, "status": "Success", "link": link(path)})

    async def trusted_certificates(self, request: Request) -> Response:
        shown = [trusted_certificate(document) for document in self._all_trusted()]
        return page_of(request, shown, by=_TRUSTED_ATTRIBUTES)

    async def trusted_certificate(self, request: Request) -> Response:
        return _answer(trusted_certificate(self._trusted(request)))

    async def export_trusted(self, request: Request) -> Response:
        return Response(self._trusted(request)["pem"], media_type="application/octet-stream")

    async def import_trusted(self, request: Request) -> Response:
        document = import_trusted(self._world.store, await _json(request), now=self._world.now())
        return _answer(
            {
                "id": document["id"],
                "message": "Trust certificate was added successfully",
                "status": "Import was successful",
                "link": link(f"{_TRUSTED}/{document['id']}"),
            }
        )

    def _of_node(self, request: Request) -> list[Document]:
        name = request.path_params["hostName"]
        node = node_named(name)
        if node is None:
            raise IseRefused(404, f"{name} is no node of this deployment")
        return system_certificates(self._world.store, node)

    def _all_trusted(self) -> list[Document]:
        return self._world.store.all("", "trustedCertificate")

    def _trusted(self, request: Request) -> Document:
        document = self._world.store.get("", "trustedCertificate", request.path_params["id"])
        if document is None:
            raise IseRefused(404, "The certificate does not exist")
        return document


def _guarded(world: World, endpoint: _Endpoint) -> _Endpoint:
    """Let only accounts in, let only administrators write, and answer on the primary node alone."""

    async def guarded(request: Request) -> Response:
        if request.url.hostname != ISE_API_HOST:
            raise IseRefused(404, "The API is the primary administration node's")
        if not open_api_is_on(world.store):
            return answer_while_off()
        account = authenticated(world.folder, request.headers.get("authorization", ""))
        if account is None:
            raise IseRefused(401, "Unauthorized")
        if not (account.may_read if request.method == "GET" else account.may_write):
            raise IseRefused(403, "Forbidden")
        return await endpoint(request)

    return guarded


async def _json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise IseRefused(400, "The body is no JSON") from error
    if not isinstance(body, dict):
        raise IseRefused(400, "The body is no JSON object")
    return body


def _answer(content: object) -> Response:
    return JSONResponse({"response": content, "version": "1.0.0"})


async def _refuse(_: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, IseRefused):
        raise refusal
    headers = {"WWW-Authenticate": 'Basic realm="ISE"'} if refusal.status == 401 else None  # noqa: PLR2004 — HTTP
    return JSONResponse(refusal.body(), status_code=refusal.status, headers=headers)
