"""What Graph's logs have in common: newest first, by few filters, for thirty days, for who has bought them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.graph.calls import Reply
from sandbox.graph.errors import bad_request, not_found
from sandbox.graph.licences import require_premium
from sandbox.graph.log_filters import moment_of, parse_clauses
from sandbox.graph.odata import Pages, listing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sandbox.graph.calls import Call
    from sandbox.graph.log_filters import Clause
    from sandbox.store import Document

ORDER = "$orderby"
# With Entra ID P1; a tenant without it is not answered at all (`licences.require_premium`).
_KEPT = timedelta(days=30)
# The largest page is that of the sign-in log, whose page says so.
_PAGES = Pages(usual=1000, largest=1000)


@dataclass(frozen=True)
class Log:
    """One log: where it is, its records' kind in the store, the property that says when, what can be asked of it."""

    path: str
    kind: str
    moment: str
    ordered_by: Collection[str]
    supported: Mapping[str, Collection[str]]
    numbers: Collection[str] = ()

    def clauses(self, call: Call) -> list[Clause]:
        """Return what a request's $filter asks for; raise Graph's 400."""
        text = call.query.get("$filter", "")
        return parse_clauses(text, moment=self.moment, supported=self.supported, numbers=self.numbers)

    def found(self, call: Call) -> list[Document]:
        """Return the records asked for, in the order asked for: newest first unless told, those of one moment too."""
        clauses = self.clauses(call)
        kept = self.kept(call, clauses)
        fitting = [record for record in kept if all(clause.matches(record, self.moment) for clause in clauses)]
        return self._ordered(call, fitting)

    def kept(self, call: Call, clauses: Collection[Clause] = ()) -> list[Document]:
        """Return what is kept of the log, or less where an equality lets the store look it up."""
        require_premium(call)
        oldest = call.world.now() - _KEPT
        return [record for record in self._candidates(call, clauses) if moment_of(record[self.moment]) >= oldest]

    def page(self, call: Call, records: list[Document]) -> Reply:
        """Return a page of records."""
        return listing(call, records, self.path, dict, pages=_PAGES)

    def one(self, call: Call, identifier: str) -> Reply:
        """Return one record by its id; raise Graph's 404."""
        for record in self.kept(call):
            if record["id"] == identifier:
                return Reply(200, {"@odata.context": call.context(f"{self.path}/$entity"), **record})
        raise not_found(identifier)

    def _candidates(self, call: Call, clauses: Collection[Clause]) -> list[Document]:
        for clause in clauses:
            if clause.operator == "eq" and clause.quoted and "/" not in clause.path:
                found = call.store.where(call.tenant_id, self.kind, clause.path, clause.value)
                if found:
                    return found
        return call.store.all(call.tenant_id, self.kind)

    def _ordered(self, call: Call, records: list[Document]) -> list[Document]:
        name, _, direction = call.query.get(ORDER, f"{self.moment} desc").partition(" ")
        if name not in self.ordered_by or direction.strip() not in ("", "asc", "desc"):
            raise bad_request(f"Unsupported {ORDER} expression.", code="Request_UnsupportedQuery")
        ascending = sorted(records, key=lambda record: str(record[name]))
        return ascending[::-1] if direction.strip() == "desc" else ascending
