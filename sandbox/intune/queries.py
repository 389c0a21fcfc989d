"""What ISE asks about devices: the query of domain.md §7.6, read from an address, and its answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from sandbox.intune.devices import device_by_guid, devices_by_compliance, devices_by_mac
from sandbox.intune.documents import QUERY_MAX_SIZE, device_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.directory import Directory

# Intune answers for all devices at most once in this time (domain.md §5, polling interval).
BULK_INTERVAL = timedelta(hours=4)

Identifier = Literal["guid", "macaddress"]
_SHAPES: dict[str, re.Pattern[str]] = {
    "guid": re.compile(r"[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"),
    "macaddress": re.compile(r"[0-9A-F]{12}"),
    "compliance": re.compile(r"true|false"),
}


class Unanswered(Exception):
    """A query that gets no devices: an HTTP status and what is wrong."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True)
class DeviceQuery:
    """One query: by which criterion, for which value, from which page; `identifier` is what the answer names."""

    criterion: str
    value: str
    identifier: Identifier
    page: int


def parse_query(parameters: Mapping[str, str]) -> DeviceQuery:
    """Return the query in an address; raise Unanswered (400) for one that Intune would not understand."""
    criterion = parameters.get("querycriteria", "")
    shape = _SHAPES.get(criterion)
    if shape is None:
        raise Unanswered(400, f"querycriteria is one of {', '.join(_SHAPES)}, not {criterion!r}")
    value = parameters.get("value", "")
    if not shape.fullmatch(value):
        raise Unanswered(400, f"value is no {criterion}: {value!r}")
    page = parameters.get("paging", "0")
    if not re.fullmatch(r"[0-9]{1,6}", page):
        raise Unanswered(400, f"paging is no page: {page!r}")
    if parameters.get("filter", "all") != "all":
        raise Unanswered(400, "filter is always all")
    return DeviceQuery(criterion, value, _identifier(criterion, parameters), int(page))


def answer_query(directory: Directory, query: DeviceQuery, *, now: datetime) -> bytes:
    """Return the XML for a query, or raise Unanswered (503) for a bulk query that comes too soon."""
    if query.criterion == "compliance":
        return _answer_bulk(directory, query, now)
    find = device_by_guid if query.criterion == "guid" else devices_by_mac
    return device_list(find(directory, query.value), by=query.identifier)


def _answer_bulk(directory: Directory, query: DeviceQuery, now: datetime) -> bytes:
    # Only the first page starts a new query: the others belong to it.
    if query.page == 0:
        _take_turn(directory, now)
    devices = devices_by_compliance(directory, compliant=query.value == "true")
    start = query.page * QUERY_MAX_SIZE
    following = query.page + 1 if len(devices) > start + QUERY_MAX_SIZE else 0
    return device_list(devices[start : start + QUERY_MAX_SIZE], by=query.identifier, paging_info=following)


def _take_turn(directory: Directory, now: datetime) -> None:
    """Note that the tenant was answered in bulk; raise Unanswered if that was less than BULK_INTERVAL ago."""
    last = directory.store.get(directory.tenant_id, "bulkQuery", "last")
    if last is not None and now < datetime.fromisoformat(last["answered"]) + BULK_INTERVAL:
        raise Unanswered(503, "the bulk query is answered once in four hours")
    directory.store.put(directory.tenant_id, "bulkQuery", "last", {"id": "last", "answered": now.isoformat()})


def _identifier(criterion: str, parameters: Mapping[str, str]) -> Identifier:
    asked = parameters.get("deviceidentifier") if criterion == "compliance" else criterion
    if asked == "guid":
        return "guid"
    if asked == "macaddress":
        return "macaddress"
    raise Unanswered(400, f"deviceidentifier is guid or macaddress, not {asked!r}")
