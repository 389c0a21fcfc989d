"""`$expand`: the objects of one relationship along with an object. After twenty they end, and nothing says so.

Source: Microsoft Graph's known issues, entry 13635; microsoft-graph-docs #96 for the refusal of a second relationship.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.graph.authorization import RULES, require
from sandbox.graph.errors import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from sandbox.graph.calls import Call
    from sandbox.graph.relationships import Related
    from sandbox.store import Document

OPTION = "$expand"
_MOST = 20


def expansion(call: Call, collection: str, related: Mapping[str, Related]) -> Callable[[Document], Document]:
    """Return what is to be added to an object of a collection, by its document; nothing if nothing was asked for.

    Raises:
        GraphError: 400, or 403 where the caller may not read the relationship by its own address.
    """
    name = requested(call, related)
    if name is None:
        return lambda _: {}
    require(RULES[f"GET /{collection}/{{id}}/{name}"], call.caller, None)
    return lambda document: {name: related[name](call, document)[:_MOST]}


def requested(call: Call, known: Collection[str]) -> str | None:
    """Return the one relationship that a request expands, or None; raise Graph's 400 for more, or another."""
    text = call.query.get(OPTION)
    if text is None:
        return None
    if "(" in text:
        raise bad_request(f"Query options within $expand are not supported: {text}", code="Request_UnsupportedQuery")
    names = text.split(",")
    if len(names) > 1:
        message = f"The result of parsing $expand contained at least {len(names)} items, but the maximum allowed is 1."
        raise bad_request(message, code="BadRequest")
    name = names[0].strip()
    if name not in known:
        raise bad_request(f"Parsing OData Select and Expand failed: Could not find '{name}'.", code="BadRequest")
    return name
