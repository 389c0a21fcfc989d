"""What is believed of ISE's API: answers of the host that was asked, to the account that was given, of bounded size."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import requests
from urllib3 import HTTPResponse
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from collections.abc import Iterable

# Far more than a page of a hundred certificates takes.
_MOST_BYTES = 8 * 1024 * 1024


class NotBelieved(requests.RequestException):
    """An answer that is not taken; `cause` and `remedy` are for a person."""

    def __init__(self, cause: str, remedy: str) -> None:
        """Keep what to tell."""
        super().__init__(cause)
        self.cause, self.remedy = cause, remedy


def guard(sessions: Iterable[requests.Session]) -> None:
    """Let sessions use no other account than their own, follow nobody elsewhere, and read no endless answer."""
    for session in sessions:
        # With an `auth`, even one that does nothing, `requests` does not look for another account in ~/.netrc.
        session.auth = _as_it_is
        session.hooks["response"] = [_believed]


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _believed(response: requests.Response, **_: Any) -> None:  # noqa: ANN401 — what `requests` gives its hooks
    """Raise `NotBelieved` for a redirect, before it is followed, and for an answer without end."""
    if response.is_redirect:
        response.close()
        remedy = "give the primary PAN's own address, and turn its Open API on: ISE's API sends nobody elsewhere"
        raise NotBelieved(f"answered {response.status_code}, a redirect, which is not followed", remedy)
    try:
        content = response.raw.read(_MOST_BYTES + 1, decode_content=True)
    except HTTPError as error:
        raise requests.ConnectionError(error) from error
    if len(content) > _MOST_BYTES:
        response.close()
        raise NotBelieved(
            f"answered with more than {_MOST_BYTES // 1024**2} MiB", "check that the address is the primary PAN's"
        )
    response.raw = HTTPResponse(
        body=io.BytesIO(content), status=response.status_code, reason=response.reason, preload_content=False
    )
