"""OData as Graph speaks it: keys in paths, $filter, $select, and pages."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from sandbox.graph.calls import Reply
from sandbox.graph.errors import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from sandbox.graph.calls import Call
    from sandbox.store import Document

_MOST_VALUES = 15  # in one `in` (graph-audit.md §0 point 7)

_ALTERNATE_KEY = re.compile(r"^(?P<collection>[A-Za-z]\w*)\((?P<key>[^()]+)\)$")
_QUOTED = r"'(?:[^']|'')*'"
_CLAUSE = re.compile(
    rf"""\s*(?:
        (?P<property>[A-Za-z]\w*)\s+(?:
            (?P<equals>eq)\s+(?P<value>{_QUOTED}|[\w.-]+)
          | in\s*\(\s*(?P<values>{_QUOTED}(?:\s*,\s*{_QUOTED})*)\s*\)
        )
      | startswith\(\s*(?P<prefixed>[A-Za-z]\w*)\s*,\s*(?P<prefix>{_QUOTED})\s*\)
    )\s*(?P<more>and\s|$)""",
    re.VERBOSE,
)
_OPTIONS = ("$select", "$filter", "$top", "$skiptoken")


@dataclass(frozen=True)
class Pages:
    """How many objects a page of a list holds: unless $top says otherwise, and at most."""

    usual: int = 100
    largest: int = 999


_DIRECTORYS = Pages()


def check_options(query: Iterable[str], further: Collection[str]) -> None:
    """Raise a 400 for an option that is not understood: to ignore `$expand` would be to answer something else.

    `further` are those that the operation understands besides what all do.
    """
    for option in query:
        if option.startswith("$") and option not in _OPTIONS and option not in further:
            raise bad_request(
                f"The sandbox's Microsoft Graph does not support {option}.", code="Request_UnsupportedQuery"
            )


def plain_path(path: str, literals: Mapping[str, str]) -> str:
    """Return a path in one form: `//v1.0/applications(appId='x')` → `/v1.0/applications/appId=x`.

    ISE really sends the double slash (domain.md §7). `literals` are the segments that are names, by their lower case:
    Graph does not mind how they are written.
    """
    segments: list[str] = []
    for segment in path.split("/"):
        if not segment:
            continue
        match = _ALTERNATE_KEY.match(segment)
        collection, key = (match["collection"], match["key"]) if match else (segment, None)
        segments.append(literals.get(collection.lower(), collection))
        if key is not None:
            segments.append(key.replace("'", ""))
    return "/" + "/".join(segments)


@dataclass(frozen=True)
class Clause:
    """One comparison of a $filter: the property starts with, or is one of, the values (in lower case)."""

    property: str
    operator: str
    values: tuple[str, ...]

    def matches(self, document: Document) -> bool:
        """Say whether a document fits, without regard to case as Graph compares."""
        value = _comparable(document.get(self.property))
        return value.startswith(self.values) if self.operator == "startswith" else value in self.values


def parse_filter(text: str, filterable: Mapping[str, Collection[str]]) -> list[Clause]:
    """Parse a $filter; raise Graph's 400 for what it does not understand or a property does not support."""
    clauses: list[Clause] = []
    position = 0
    while True:
        match = _CLAUSE.match(text, position)
        if match is None:
            raise bad_request(f"Invalid filter clause: {text}", code="BadRequest")
        clause = _clause(match)
        if clause.operator not in filterable.get(clause.property, ()):
            raise bad_request(
                f"Unsupported or invalid query filter clause specified for property '{clause.property}'.",
                code="Request_UnsupportedQuery",
            )
        clauses.append(clause)
        if not match["more"]:
            return clauses
        position = match.end()


def _clause(match: re.Match[str]) -> Clause:
    if match["prefixed"]:
        return Clause(match["prefixed"], "startswith", (_literal(match["prefix"]),))
    if match["equals"]:
        return Clause(match["property"], "eq", (_literal(match["value"]),))
    values = tuple(_literal(value) for value in re.findall(_QUOTED, match["values"]))
    if len(values) > _MOST_VALUES:
        raise bad_request(
            f"Too many child clauses specified in search filter expression containing 'OR' operators: {len(values)}. "
            f"Max allowed: {_MOST_VALUES}.",
            code="Request_UnsupportedQuery",
        )
    return Clause(match["property"], "in", values)


def _literal(text: str) -> str:
    return (text[1:-1].replace("''", "'") if text.startswith("'") else text).lower()


def _comparable(value: object) -> str:
    if value is None:
        return "null"
    return str(value).lower()


def selection(call: Call) -> list[str]:
    """Return the properties named by $select; none means Graph's default."""
    return [name.strip() for name in call.query.get("$select", "").split(",") if name.strip()]


def projected(
    document: Document, select: Sequence[str], *, resource: str, hidden: Collection[str], on_request: Collection[str]
) -> Document:
    """Return what is shown of a document: the selected properties, or all but those shown `on_request` only."""
    visible = {name: value for name, value in document.items() if name not in hidden}
    if not select:
        return {name: value for name, value in visible.items() if name not in on_request}
    names = {name.lower(): name for name in (*visible, *on_request)}
    for name in select:
        if name.lower() not in names:
            raise bad_request(
                f"Could not find a property named '{name}' on type 'microsoft.graph.{resource}'.", code="BadRequest"
            )
    return {names[name.lower()]: visible.get(names[name.lower()]) for name in select}


def found(call: Call, kind: str, filterable: Mapping[str, Collection[str]]) -> list[Document]:
    """Return the documents of a kind that the request's $filter asks for."""
    clauses = _clauses(call, filterable)
    return _fitting(_candidates(call, kind, clauses), clauses)


def filtered(call: Call, documents: list[Document], filterable: Mapping[str, Collection[str]]) -> list[Document]:
    """Return those of the documents that the request's $filter asks for."""
    return _fitting(documents, _clauses(call, filterable))


def _clauses(call: Call, filterable: Mapping[str, Collection[str]]) -> list[Clause]:
    text = call.query.get("$filter", "")
    return parse_filter(text, filterable) if text.strip() else []


def _fitting(documents: list[Document], clauses: list[Clause]) -> list[Document]:
    return [document for document in documents if all(clause.matches(document) for clause in clauses)]


def _candidates(call: Call, kind: str, clauses: list[Clause]) -> list[Document]:
    """Return fewer documents than all where an equality lets the store look them up."""
    for clause in clauses:
        if clause.operator == "eq" and clause.values != ("null",):
            return call.store.where(call.tenant_id, kind, clause.property, clause.values[0])
    return call.store.all(call.tenant_id, kind)


def listing(
    call: Call,
    documents: Sequence[Document],
    entity: str,
    show: Callable[[Document], Document],
    *,
    pages: Pages = _DIRECTORYS,
) -> Reply:
    """Return one page of documents, each as `show` makes it, with the link to the next."""
    size, start = _page_size(call, pages), _page_start(call)
    content: Document = {"@odata.context": call.context(entity)}
    if start + size < len(documents):
        content["@odata.nextLink"] = _next_link(call, start + size)
    content["value"] = [show(document) for document in documents[start : start + size]]
    return Reply(200, content)


def _page_size(call: Call, pages: Pages) -> int:
    text = call.query.get("$top", str(pages.usual))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= pages.largest:
        raise bad_request(
            f"Invalid page size specified: '{text}'. Must be between 1 and {pages.largest} inclusive.",
            code="Request_UnsupportedQuery",
        )
    return int(text)


def _page_start(call: Call) -> int:
    token = call.query.get("$skiptoken")
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token))
    except ValueError:
        raise bad_request("The specified page token value has expired or is invalid.") from None


def _next_link(call: Call, start: int) -> str:
    token = base64.urlsafe_b64encode(str(start).encode()).decode()
    options = {**call.query, "$skiptoken": token}
    query = "&".join(f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in options.items())
    return f"{call.cloud.graph}{call.url_path}?{query}"
