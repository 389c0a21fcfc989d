"""What Graph answered to one read, alone or inside a batch: bounded, held to its form, and in words where it failed."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from clients.unreachable import unreachable
from helpers.shapes import short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.observing.documents import Document

# A page of 999 applications, each with more on it than any has; what is larger is no answer of Graph's.
MOST_BYTES = 64 * 1024 * 1024
NOT_GRAPHS = "answered with something that is not Graph's JSON"
# From its leaving to the end of its answer: who sends a byte a minute would never end.
MOST_SECONDS = 240.0
_TRUST = "give the root of whoever inspects TLS on the way in SSL_CERT_FILE"
_OK, _BAD_REQUEST, _NOT_FOUND, _TOO_MANY = 200, 400, 404, 429
# Those of a service that is busy or away, and 424, by which a batch with a throttled request was once answered.
_AGAIN = frozenset({424, 429, 500, 502, 503, 504})
# Microsoft's dearest request costs five; who says more would only make us wait.
_MOST_UNITS = 100
_CODE = re.compile(r"[A-Za-z][\w.]{0,79}")


@dataclass(frozen=True)
class Answer:
    """One answer. `status` is 0 where there was none to read; `trouble` then says why, and `again` whether to retry.

    `units` and `share` are what Graph said the request cost, and which part of the quota is used.
    """

    status: int
    content: Any = field(default=None, repr=False)
    trouble: str = ""
    again: bool = False
    retry_after: float | None = None
    units: int | None = None
    share: float | None = None

    @property
    def document(self) -> Document | None:
        """The object in an answer that is a success."""
        return self.content if self.status == _OK and isinstance(self.content, dict) else None

    @property
    def missing(self) -> bool:
        """Whether Graph says that there is no such object."""
        return self.status == _NOT_FOUND

    @property
    def throttled(self) -> bool:
        """Whether there were too many requests."""
        return self.status == _TOO_MANY

    @property
    def retryable(self) -> bool:
        """Whether the same request may be answered in a while."""
        return self.again or self.status in _AGAIN

    @property
    def code(self) -> str:
        """Graph's own name of what is wrong; empty where it gives none."""
        error = self.content.get("error") if isinstance(self.content, dict) else None
        code = error.get("code") if isinstance(error, dict) else None
        return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def no_answer(trouble: str, *, again: bool = False) -> Answer:
    """Return what stands for an answer that cannot be read."""
    return Answer(0, trouble=short(trouble), again=again)


def answer_of(status: int, headers: Mapping[str, str], content: object) -> Answer:
    """Return an answer; names of headers are in lower case, `content` is JSON that was read already."""
    return Answer(
        status,
        content,
        retry_after=_number(headers.get("retry-after")),
        units=_whole(headers.get("x-ms-resource-unit")),
        share=_number(headers.get("x-ms-throttle-limit-percentage")),
    )


async def sent(http: httpx.AsyncClient, request: httpx.Request) -> Answer:
    """Send a request and read its answer. Nothing is followed, and nothing raised but what stops the run."""
    try:
        async with asyncio.timeout(MOST_SECONDS):
            return await _answered(http, request)
    except TimeoutError:
        return no_answer(f"its answer did not end within {MOST_SECONDS:.0f} s", again=True)
    except httpx.DecodingError:
        return no_answer(NOT_GRAPHS)
    except httpx.HTTPError as error:
        cause = unreachable("Microsoft Graph", request.url.host, error, trust=_TRUST)
    return no_answer(f"{cause.cause}; {cause.remedy}", again=True)


async def _answered(http: httpx.AsyncClient, request: httpx.Request) -> Answer:
    response = await http.send(request, stream=True, follow_redirects=False)
    try:
        return await _read(response)
    finally:
        await response.aclose()


async def _read(response: httpx.Response) -> Answer:
    if response.is_redirect:
        host = response.headers.get("location", "").partition("?")[0]
        return no_answer(f"answered with a redirect to {host or 'nowhere'}: nothing was sent there")
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > MOST_BYTES:
            return no_answer(f"answered with more than {MOST_BYTES // 1024 // 1024} MiB")
    headers = {name.lower(): value for name, value in response.headers.items()}
    try:
        parsed = json.loads(content) if content else None
    except (ValueError, RecursionError):
        if response.status_code == _OK:
            return no_answer(NOT_GRAPHS)
        parsed = None
    return answer_of(response.status_code, headers, parsed)


def _number(text: object) -> float | None:
    """Return a header's number, which may be a fraction; None for anything else, a date included."""
    try:
        number = float(str(text))
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _whole(text: object) -> int | None:
    number = _number(text)
    return None if number is None or number > _MOST_UNITS else int(number)
