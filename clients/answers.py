"""One question to one of Microsoft's services and its answer: bounded in size, JSON or XML, or else a clear error."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
from defusedxml.ElementTree import fromstring

from clients.unreachable import unreachable
from helpers.errors import Refused, ServiceError
from helpers.verifying.meanings import IN_BETWEEN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

# Far more than a token, an answer of discovery or a device takes.
_MAX_BYTES = 1024 * 1024
_TRUST = "where TLS is inspected on the way, exempt this host, for ISE too; else give its root in SSL_CERT_FILE"


@dataclass(frozen=True)
class Question:
    """A request to `service`, as messages name it, with a form or a JSON body.

    `token` is a bearer token; neither it nor what is sent ever shows.
    """

    service: str
    method: str
    url: str
    accept: str = "application/json"
    token: str = field(default="", repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    body: Mapping[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Answer:
    """What `service` answered. The content can hold a token, and does not show."""

    service: str
    status: int
    content: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the service did what it was asked."""
        return self.status == httpx.codes.OK


def ask(http: httpx.Client, question: Question) -> Answer:
    """Ask, and read no more than such an answer takes. Raises `ServiceError` where there is none."""
    headers = {"Accept": question.accept}
    if question.token:
        headers["Authorization"] = f"Bearer {question.token}"
    try:
        sent: dict[str, Any] = {"data": question.form} if question.body is None else {"json": question.body}
        with http.stream(question.method, question.url, headers=headers, **sent) as response:
            return Answer(question.service, response.status_code, _bounded(response, question.service))
    except httpx.HTTPError as error:
        failure = unreachable(question.service, httpx.URL(question.url).host, error, trust=_TRUST)
    # Raised out here, it does not carry httpx's error along, which holds the request and so the token.
    raise failure


def json_object(answer: Answer) -> dict[str, Any]:
    """Return the answer's JSON object. Raises `ServiceError` for anything else."""
    try:
        document = json.loads(answer.content)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise _not_its("JSON", answer)
    return document


def xml_element(answer: Answer, name: str) -> Element:
    """Return the answer's XML, whose root is called `name`. Raises `ServiceError` for anything else.

    Entities are refused before they are expanded.
    """
    try:
        root: Element = fromstring(answer.content)
    except Exception:  # noqa: BLE001 — whatever is wrong with the XML, it is not the service's
        raise _not_its("XML", answer) from None
    if root.tag != name:
        raise _not_its("XML", answer)
    return root


def refusal(answer: Answer, advice: Mapping[int, str], *, saying: str = "") -> Refused:
    """Return the error for an answer that is no success; `advice` says what to do, by status."""
    later = answer.status >= httpx.codes.INTERNAL_SERVER_ERROR or answer.status == httpx.codes.TOO_MANY_REQUESTS
    otherwise = "try again later, and see Microsoft's service health if it lasts" if later else IN_BETWEEN
    said = f" ({saying})" if saying else ""
    remedy = advice.get(answer.status, otherwise)
    return Refused(answer.service, f"answered {answer.status}{said}", remedy, answer.status)


def _bounded(response: httpx.Response, service: str) -> bytes:
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > _MAX_BYTES:
            raise ServiceError(service, f"answered with more than {_MAX_BYTES // 1024} KiB", IN_BETWEEN)
    return bytes(content)


def _not_its(form: str, answer: Answer) -> ServiceError:
    if not answer.ok:
        return refusal(answer, {}, saying=f"not in its {form}")
    return ServiceError(answer.service, f"answered with something that is not its {form}", IN_BETWEEN)
