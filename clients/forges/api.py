"""A forge's REST API: JSON there and back, bounded, to one host, with a token that never shows."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from clients.unreachable import unreachable
from helpers.errors import InputError, Refused, ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# A page of a hundred comments, each as long as one may be.
_MOST_BYTES = 16 * 1024 * 1024
_MOST_PAGES = 50
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_TRUST = "give the root of whoever inspects TLS on the way in SSL_CERT_FILE"
_ADVICE = {
    401: "the job's token is missing or expired: give it as docs/pipelines.md says",
    403: "let the job's token do this: docs/pipelines.md says which permission it needs",
    404: "the token may not see it, or it is gone: docs/pipelines.md says which permission the job needs",
}


@dataclass(frozen=True)
class Api:
    """An API below `base`. `headers` carry the token."""

    service: str
    base: str
    headers: Mapping[str, str] = field(repr=False)
    http: httpx.Client

    def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 — any JSON value
        """Return what is at a path. Raises `ServiceError`."""
        return self.send("GET", path, query=query)

    def send(
        self,
        method: str,
        path: str,
        content: object = None,
        *,
        query: Mapping[str, str | int] | None = None,
        kind: str = "application/json",
    ) -> Any:  # noqa: ANN401 — any JSON value
        """Return the answer to a request with a JSON body. Raises `ServiceError`."""
        headers = {**self.headers, "Accept": "application/json"}
        body = None if content is None else json.dumps(content).encode()
        if body is not None:
            headers["Content-Type"] = kind
        url = httpx.URL(self.base + path).copy_merge_params({name: str(value) for name, value in (query or {}).items()})
        try:
            with self.http.stream(method, url, headers=headers, content=body) as response:
                return self._read(response)
        except httpx.HTTPError as error:
            failure = unreachable(self.service, url.host, error, trust=_TRUST)
        # Raised out here, it does not carry httpx's error along, which holds the request and so the token.
        raise failure

    def pages(self, path: str, **query: str | int) -> Iterator[Any]:
        """Yield what a list of many pages holds, a hundred at a time; beyond five thousand nobody looks."""
        for page in range(1, _MOST_PAGES + 1):
            found = self.get(path, **query, per_page=100, page=page)
            if not isinstance(found, list):
                raise ServiceError(self.service, "answered with something that is no list", "try again later")
            yield from found
            if len(found) < 100:  # noqa: PLR2004 — a whole page
                return

    def _read(self, response: httpx.Response) -> Any:  # noqa: ANN401 — any JSON value
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > _MOST_BYTES:
                raise ServiceError(self.service, "answered with more than 16 MiB", "try again later")
        if not response.is_success:
            remedy = _ADVICE.get(response.status_code, "try again later; if it lasts, see the service's health")
            raise Refused(self.service, f"answered {response.status_code}{_said(bytes(content))}", remedy)
        try:
            return json.loads(content) if content else None
        except (ValueError, RecursionError):
            raise ServiceError(
                self.service, "answered with something that is not its JSON", "try again later"
            ) from None


def api_of(service: str, base: str, headers: Mapping[str, str], http: httpx.Client) -> Api:
    """Return the API at an address. Raises `InputError` for one that a token must not go to."""
    if not base.startswith("https://"):
        raise InputError(service, f"its API is said to be at {base!r}", "a token goes to https:// alone")
    return Api(service, base.rstrip("/"), headers, http)


def required(environment: Mapping[str, str], name: str, remedy: str) -> str:
    """Return a variable's value. Raises `InputError` where it has none."""
    value = environment.get(name, "").strip()
    if not value:
        raise InputError(name, "is not set", remedy)
    return value


def commit_id(value: object, where: str) -> str:
    """Return a commit's full id. Raises `InputError` for anything else."""
    if not isinstance(value, str) or not _COMMIT.fullmatch(value):
        raise InputError(where, "names no commit", "run the pipeline as docs/pipelines.md says")
    return value


def number_in(value: object, where: str) -> int:
    """Return a change's number. Raises `InputError` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(where, "names no change", "run the pipeline as docs/pipelines.md says")
    return value


def _said(content: bytes) -> str:
    """Return what an error says of itself, where it does."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    said = document.get("message") or document.get("error") if isinstance(document, dict) else None
    return f" ({said[:200]})" if isinstance(said, str) else ""
