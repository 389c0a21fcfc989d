"""Lists as ISE's API gives them: filtered, sorted, and in pages. Shapes and operators: Cisco's OpenAPI description."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

from sandbox.ise.certificates import java_date, link
from sandbox.ise.refusals import IseRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

_PAGE_SIZE = 20
_LARGEST_PAGE = 100
_DATES = {"validFrom", "expirationDate"}
_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": lambda value, wanted: bool(value == wanted),
    "NEQ": lambda value, wanted: bool(value != wanted),
    "GT": lambda value, wanted: bool(value > wanted),
    "LT": lambda value, wanted: bool(value < wanted),
    "STARTSW": lambda value, wanted: value.startswith(wanted),
    "NSTARTSW": lambda value, wanted: not value.startswith(wanted),
    "ENDSW": lambda value, wanted: value.endswith(wanted),
    "NENDSW": lambda value, wanted: not value.endswith(wanted),
    "CONTAINS": lambda value, wanted: wanted in value,
    "NCONTAINS": lambda value, wanted: wanted not in value,
}
_OF_DATES = ("EQ", "NEQ", "GT", "LT")


def page_of(request: Request, shown: Sequence[dict[str, Any]], *, by: Collection[str]) -> Response:
    """Return the page of a list that a request asks for; it may be filtered and sorted `by` these attributes.

    Raises IseRefused for what cannot be asked so.
    """
    page, size = (_count(request, name, otherwise) for name, otherwise in (("page", 1), ("size", _PAGE_SIZE)))
    if size > _LARGEST_PAGE:
        raise IseRefused(400, f"size is at most {_LARGEST_PAGE}")
    wanted = _sorted(request, _filtered(request, shown, by), by)
    start = (page - 1) * size
    body: dict[str, Any] = {"response": wanted[start : start + size], "version": "1.0.0"}
    if len(wanted) > start + size:
        body["nextPage"] = link(_address(request, page + 1, size), "next")
    if page > 1:
        body["previousPage"] = link(_address(request, page - 1, size), "previous")
    return JSONResponse(body)


def _address(request: Request, page: int, size: int) -> str:
    url = request.url.remove_query_params(["page", "size"]).include_query_params(size=size, page=page)
    return f"{url.path}?{url.query}"


def _count(request: Request, name: str, otherwise: int) -> int:
    text = request.query_params.get(name, str(otherwise))
    if not text.isdecimal() or int(text) < 1:
        raise IseRefused(400, f"{name} is no number above 0")
    return int(text)


def _filtered(request: Request, shown: Sequence[dict[str, Any]], by: Collection[str]) -> list[dict[str, Any]]:
    tests = [_test(text, by) for text in request.query_params.getlist("filter")]
    if not tests:
        return list(shown)
    either = request.query_params.get("filterType", "AND").upper() == "OR"
    return [entry for entry in shown if (any if either else all)(test(entry) for test in tests)]


def _test(text: str, by: Collection[str]) -> Callable[[dict[str, Any]], bool]:
    """Read `attribute.OPERATOR.value`."""
    attribute, operator, wanted = (*text.split(".", 2), "", "")[:3]
    if attribute not in by or operator not in (_OF_DATES if attribute in _DATES else _TESTS):
        raise IseRefused(400, f"The filter {text} is not supported")
    compared = _date(wanted) if attribute in _DATES else wanted
    return lambda entry: _TESTS[operator](_value(entry, attribute), compared)


def _sorted(request: Request, shown: list[dict[str, Any]], by: Collection[str]) -> list[dict[str, Any]]:
    attribute, order = request.query_params.get("sortBy"), request.query_params.get("sort", "asc")
    if attribute is None:
        return shown
    if attribute not in by or order not in {"asc", "desc"}:
        raise IseRefused(400, f"Sorting by {attribute} {order} is not supported")
    return sorted(shown, key=lambda entry: _value(entry, attribute), reverse=order == "desc")


def _value(entry: dict[str, Any], attribute: str) -> Any:  # noqa: ANN401 — a date or a text
    return java_date(entry[attribute]) if attribute in _DATES else str(entry[attribute])


def _date(text: str) -> datetime:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", text):
        raise IseRefused(400, "A date has the form yyyy-MM-dd HH:mm:ss")
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
