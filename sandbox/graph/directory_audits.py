"""The directory's audit log, read: newest first, by the few filters that it supports.

Source: microsoft-graph-docs-contrib, api/directoryaudit-list.md and resources/directoryaudit.md; the largest page is
that of the sign-in log, whose page says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from sandbox.audit import KIND
from sandbox.graph.calls import Operation, Reply
from sandbox.graph.errors import bad_request, not_found
from sandbox.graph.licences import require_premium
from sandbox.graph.odata import Pages, listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sandbox.graph.calls import Call
    from sandbox.store import Document

# With Entra ID P1; a tenant without it is not answered at all (`licences.require_premium`).
_KEPT = timedelta(days=30)
_PAGES = Pages(usual=1000, largest=1000)
_ORDER = "$orderby"
_WHEN = "activityDateTime"
_ORDERED_BY = ("activityDateTime", "activityDisplayName")
_COMPARISONS: Mapping[str, Callable[[datetime, datetime], bool]] = MappingProxyType(
    {
        "eq": datetime.__eq__,
        "ge": datetime.__ge__,
        "gt": datetime.__gt__,
        "le": datetime.__le__,
        "lt": datetime.__lt__,
    }
)
_SUPPORTED = MappingProxyType(
    {
        "activityDisplayName": ("eq", "startswith"),
        "correlationId": ("eq",),
        "loggedByService": ("eq",),
        "initiatedBy/user/id": ("eq",),
        "initiatedBy/user/userPrincipalName": ("eq", "startswith"),
        "initiatedBy/app/appId": ("eq",),
        "targetResources/id": ("eq",),
        "targetResources/displayName": ("eq", "startswith"),
    }
)
_TEXT = r"'(?P<{0}>(?:[^']|'')*)'"
_PATH = r"[A-Za-z]\w*(?:/[A-Za-z]\w*)*"
_CLAUSE = re.compile(
    rf"""\s*(?:
        activityDateTime\s+(?P<comparison>eq|ge|gt|le|lt)\s+(?P<moment>[\w:.+-]+)
      | (?P<property>{_PATH})\s+eq\s+{_TEXT.format("equal")}
      | startswith\(\s*(?P<prefixed>{_PATH})\s*,\s*{_TEXT.format("prefix")}\s*\)
      | targetResources/any\(\s*(?P<one>\w+)\s*:\s*(?:
            (?P=one)/(?P<of_target>\w+)\s+eq\s+{_TEXT.format("equal_of_target")}
          | startswith\(\s*(?P=one)/(?P<prefixed_of_target>\w+)\s*,\s*{_TEXT.format("prefix_of_target")}\s*\)
        )\s*\)
    )\s*(?P<more>and\s|$)""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class _Clause:
    """One condition: the text at a path, which may lead through several targets, is or starts with another."""

    path: str
    operator: str
    value: str

    def matches(self, record: Document) -> bool:
        if self.path == _WHEN:
            return _COMPARISONS[self.operator](_moment(record[_WHEN]), _moment(self.value))
        wanted = self.value.lower()
        found = [str(value).lower() for value in _values(record, self.path.split("/")) if value is not None]
        return any(value.startswith(wanted) if self.operator == "startswith" else value == wanted for value in found)


def _values(value: object, path: list[str]) -> Iterator[object]:
    """Yield what is at a path, through every object of a list."""
    if isinstance(value, list):
        for each in value:
            yield from _values(each, path)
    elif not path:
        yield value
    elif isinstance(value, dict):
        yield from _values(value.get(path[0]), path[1:])


def _clauses(text: str) -> Iterator[_Clause]:
    position, more = 0, bool(text.strip())
    while more:
        match = _CLAUSE.match(text, position)
        if match is None:
            raise bad_request(f"Invalid filter clause: {text}", code="BadRequest")
        yield _clause(match)
        position, more = match.end(), bool(match["more"])


def _clause(match: re.Match[str]) -> _Clause:
    if match["comparison"]:
        _moment(match["moment"])
        return _Clause(_WHEN, match["comparison"], match["moment"])
    for prefix, path, operator, value in (
        ("", "property", "eq", "equal"),
        ("", "prefixed", "startswith", "prefix"),
        ("targetResources/", "of_target", "eq", "equal_of_target"),
        ("targetResources/", "prefixed_of_target", "startswith", "prefix_of_target"),
    ):
        if match[path]:
            return _supported(_Clause(prefix + match[path], operator, match[value].replace("''", "'")))
    raise ValueError(match[0])


def _supported(clause: _Clause) -> _Clause:
    if clause.operator not in _SUPPORTED.get(clause.path, ()):
        raise bad_request(
            f"Unsupported or invalid query filter clause specified for property '{clause.path}'.",
            code="Request_UnsupportedQuery",
        )
    return clause


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise bad_request(f"Invalid value specified for property '{_WHEN}': {text}", code="BadRequest")
    return moment


def _kept(call: Call) -> list[Document]:
    require_premium(call)
    oldest = call.world.now() - _KEPT
    return [record for record in call.store.all(call.tenant_id, KIND) if _moment(record[_WHEN]) >= oldest]


def _list(call: Call) -> Reply:
    clauses = list(_clauses(call.query.get("$filter", "")))
    records = [record for record in _kept(call) if all(clause.matches(record) for clause in clauses)]
    return listing(call, _ordered(call, records), "auditLogs/directoryAudits", dict, pages=_PAGES)


def _ordered(call: Call, records: list[Document]) -> list[Document]:
    """Return the records as asked for; newest first unless told, those of one moment too."""
    name, _, direction = call.query.get(_ORDER, f"{_WHEN} desc").partition(" ")
    if name not in _ORDERED_BY or direction.strip() not in ("", "asc", "desc"):
        raise bad_request(f"Unsupported {_ORDER} expression.", code="Request_UnsupportedQuery")
    ascending = sorted(records, key=lambda record: str(record[name]))
    return ascending[::-1] if direction.strip() == "desc" else ascending


def _get(call: Call) -> Reply:
    for record in _kept(call):
        if record["id"] == call.path["audit"]:
            return Reply(200, {"@odata.context": call.context("auditLogs/directoryAudits/$entity"), **record})
    raise not_found(call.path["audit"])


OPERATIONS = (
    Operation("GET", "/auditLogs/directoryAudits", _list, options=(_ORDER,)),
    Operation("GET", "/auditLogs/directoryAudits/{audit}", _get),
)
