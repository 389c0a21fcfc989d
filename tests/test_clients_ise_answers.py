"""What is believed of ISE's API, with answers that no ISE gives: below Cisco's SDK, on a connection of our own."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from urllib3.exceptions import IncompleteRead

from clients.ise_answers import NotBelieved, guard
from clients.ise_api import IseApi
from helpers.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

URL = "https://pan.example.net"
_MEGABYTE = 1024 * 1024


class _Answering(HTTPAdapter):
    """Gives the same answer to everything; `asked` are the addresses."""

    def __init__(self, body: Callable[[], io.BytesIO], *, status: int = 200, headers: Mapping[str, str]) -> None:
        super().__init__()
        self._answer = (body, status, headers)
        self.asked: list[str] = []

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        self.asked.append(request.url or "")
        body, status, headers = self._answer
        raw = HTTPResponse(body=body(), status=status, headers=headers, preload_content=False)
        return self.build_response(request, raw)


def answering(content: bytes = b"{}", *, status: int = 200, **headers: str) -> _Answering:
    """Return a connection that answers so."""
    return _Answering(lambda: io.BytesIO(content), status=status, headers=headers)


def guarded(adapter: HTTPAdapter) -> requests.Session:
    """Return a session that believes only so much."""
    session = requests.Session()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    guard([session])
    return session


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("elsewhere", ["https://evil.example.net/", "http://pan.example.net/", "/admin/login.jsp"])
def test_a_redirect_is_not_followed(status: int, elsewhere: str) -> None:
    adapter = answering(status=status, Location=elsewhere)
    with pytest.raises(NotBelieved, match=f"answered {status}, a redirect"):
        guarded(adapter).post(f"{URL}/api", data="payload")
    assert adapter.asked == [f"{URL}/api"]


def test_an_answer_is_read_as_it_came() -> None:
    content = b"x" * _MEGABYTE
    session = guarded(answering(content))
    assert session.get(URL).content == content
    assert b"".join(session.get(URL, stream=True).iter_content(1024)) == content


def test_an_answer_without_end_is_left() -> None:
    with pytest.raises(NotBelieved, match="more than 8 MiB"):
        guarded(answering(b" " * (8 * _MEGABYTE + 1))).get(URL)


class _Torn(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise IncompleteRead(1, size or 0)


def test_an_answer_that_is_cut_off_is_a_failed_connection() -> None:
    with pytest.raises(requests.ConnectionError):
        guarded(_Answering(_Torn, headers={})).get(URL)


def test_the_client_of_ises_api_tells_what_it_does_not_believe(monkeypatch: pytest.MonkeyPatch) -> None:
    adapter: Any = answering(status=302, Location="https://evil.example.net/")
    monkeypatch.setattr(requests.Session, "get_adapter", lambda *_, **__: adapter)
    with pytest.raises(ServiceError, match="answered 302, a redirect, which is not followed; give the primary PAN"):
        IseApi(URL, user="u", password="p").nodes()
    assert {host_of(url) for url in adapter.asked} == {"pan.example.net"}


def host_of(url: str) -> str:
    """Return the host of an address."""
    return url.split("/")[2]
