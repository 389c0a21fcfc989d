"""The key credentials of one application in Microsoft Graph, read and changed: what a probe needs, and nothing else.

`clients.graph` only reads, and stays so. A change sends the whole list, since Graph knows no other way for whoever has
no key of the application yet; what is there is sent back as it came, without its bytes, which keeps it (provider.md
§2). Graph has no version of the list that could be named in a change: who changes must look again afterwards.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from clients.answers import Question, ask, json_object, refusal
from clients.chain import Clock
from clients.graph.sign_in import SignIn
from helpers.errors import Refused, ServiceError, Unreachable
from helpers.verifying.meanings import CREDENTIALS, FORBIDDEN_BY_POLICY
from helpers.verifying.probes import key_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from clients.answers import Answer
    from clients.graph import Tenant
    from helpers.clouds import Cloud

Document = dict[str, Any]

_GRAPH = "Microsoft Graph"
_TIMEOUT_SECONDS = 30.0
_WAITS = (1.0, 2.0, 4.0, 8.0)
_OK, _NO_CONTENT, _BAD_REQUEST, _TOO_MANY, _SERVER_ERROR = 200, 204, 400, 429, 500
_POLICIES = frozenset(
    {
        "CredentialInvalidLifetimeAsPerAppPolicy",
        "CredentialTypeNotAllowedAsPerAppPolicy",
        "KeyCredentialsInvalidCertificateAsPerAppPolicy",
    }
)
_ADVICE = {status: str(meaning) for status, meaning in CREDENTIALS.items()}


class ForbiddenByPolicy(Refused):
    """The tenant's policies for applications do not allow such a credential."""


@dataclass(frozen=True)
class Held:
    """An application, and its key credentials as Graph shows them."""

    object_id: str
    name: str
    entries: tuple[Document, ...] = field(repr=False)

    @property
    def key_ids(self) -> frozenset[str]:
        """The ids of all of them, in lower case."""
        return key_ids(self.entries)


@dataclass(frozen=True)
class ApplicationKeys:
    """The key credentials of the application with this client id. `token` gives a bearer token for Graph."""

    http: httpx.Client
    cloud: Cloud
    client_id: str
    token: Callable[[], str] = field(repr=False)
    clock: Clock

    def read(self) -> Held:
        """Return what is there. Raises `ServiceError`."""
        return self._patiently(self._read)

    def change(self, edit: Callable[[Held], Sequence[Document]]) -> Held:
        """Let the list be what `edit` makes of what is there just before; return what was there. Raises `ServiceError`.

        Where Graph is busy, both are done again: what was read must be of the moment before.
        """

        def changed() -> Held:
            held = self._read()
            url = f"{self.cloud.graph}/v1.0/applications/{held.object_id}"
            answer = self._ask("PATCH", url, body={"keyCredentials": [*edit(held)]})
            if answer.status not in (_OK, _NO_CONTENT):
                raise _refused(answer, "changing credentials")
            return held

        return self._patiently(changed)

    def _read(self) -> Held:
        answer = self._ask("GET", f"{self.cloud.graph}/v1.0/applications(appId='{self.client_id}')")
        if not answer.ok:
            raise _refused(answer, "reading credentials")
        document = json_object(answer)
        entries, object_id = document.get("keyCredentials"), document.get("id")
        if not isinstance(entries, list) or not isinstance(object_id, str) or not all(map(_is_whole, entries)):
            raise ServiceError(_GRAPH, "answered with an application of another form", "try again later")
        return Held(object_id, str(document.get("displayName") or ""), tuple(entries))

    def _ask(self, method: str, url: str, *, body: Document | None = None) -> Answer:
        return ask(self.http, Question(_GRAPH, method, url, token=self.token(), body=body))

    def _patiently(self, work: Callable[[], Held]) -> Held:
        for wait in _WAITS:
            try:
                return work()
            except Refused as error:
                if error.status != _TOO_MANY and error.status < _SERVER_ERROR:
                    raise
            except Unreachable:
                pass
            self.clock.sleep(wait)
        return work()


def _is_whole(entry: object) -> bool:
    """Say whether a credential can be sent back: one without its id would be taken for a new one."""
    return isinstance(entry, dict) and isinstance(entry.get("keyId"), str)


def _refused(answer: Answer, doing: str) -> Refused:
    error = refusal(answer, _ADVICE, saying=doing)
    code = _code(answer)
    if answer.status == _BAD_REQUEST and code in _POLICIES:
        return ForbiddenByPolicy(_GRAPH, f"answered 400 ({code})", str(FORBIDDEN_BY_POLICY), answer.status)
    return error


def _code(answer: Answer) -> str:
    """Return Graph's own name of what is wrong; empty where it gives none."""
    try:
        error = json_object(answer).get("error")
    except ServiceError:
        return ""
    return str(error.get("code", "")) if isinstance(error, dict) else ""


@contextmanager
def application_keys(
    tenant: Tenant, client_id: str, environment: Mapping[str, str], *, clock: Clock | None = None
) -> Iterator[ApplicationKeys]:
    """Give the credentials of an application, signed in with what a pipeline has for Terraform in `environment`."""
    sign_in = SignIn(tenant, environment)
    with httpx.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=False) as http:
        yield ApplicationKeys(http, tenant.cloud, client_id, sign_in.token, clock or Clock())
