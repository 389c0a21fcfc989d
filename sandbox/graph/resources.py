"""What applications and service principals have in common: both are found by id or client id, and hold credentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.graph import key_credentials
from sandbox.graph.calls import Reply
from sandbox.graph.documents import check_properties, check_read_only, merged, new_id
from sandbox.graph.errors import bad_request, not_found
from sandbox.graph.expanding import expansion
from sandbox.graph.odata import found, listing, projected, selection
from sandbox.graph.password_credentials import repeated, without_secrets

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sandbox.graph.calls import Call
    from sandbox.graph.relationships import Related
    from sandbox.store import Document


@dataclass(frozen=True)
class Resource:
    """One of the two kinds.

    `shape` is every property with its default; `on_request` are shown where $select names them, `hidden` never,
    `read_only` are the directory's own; `filterable` says which operators a property supports in $filter; `related` are
    the relationships that $expand knows.
    """

    kind: str
    shape: Mapping[str, Any]
    hidden: Mapping[str, Any]
    on_request: Collection[str]
    read_only: Collection[str]
    filterable: Mapping[str, Collection[str]]
    related: Mapping[str, Related]

    @property
    def collection(self) -> str:
        """Its name in paths."""
        return f"{self.kind}s"

    def new(self, document: Document) -> Document:
        """Return a complete object: what is given over what one has by default."""
        return merged({**self.shape, **self.hidden, "id": new_id()}, document)

    def find(self, call: Call) -> Document:
        """Return the object a path names, by id or by `appId=` as ISE does; raise Graph's 404."""
        identifier = call.path["id"]
        name, _, app_id = identifier.partition("=")
        by_app_id = name.lower() == "appid"
        key, value = ("appId", app_id) if by_app_id else ("id", identifier)
        for document in call.store.where(call.tenant_id, self.kind, key, value):
            return document
        raise not_found(identifier)

    def keep(self, call: Call, document: Document) -> None:
        """Store an object."""
        call.store.put(call.tenant_id, self.kind, document["id"], document)

    def changed(self, document: Document, sent: Document) -> Document:
        """Return an object with what was sent; raise Graph's 400 for what cannot be set."""
        check_properties(self.kind, sent, (*self.shape, *self.on_request))
        check_read_only(document, sent, self.read_only)
        plain = {name: value for name, value in sent.items() if name not in self.read_only}
        if "keyCredentials" in plain:
            plain["keyCredentials"] = key_credentials.updated(document["keyCredentials"], plain["keyCredentials"])
        if "passwordCredentials" in plain:
            plain["passwordCredentials"] = repeated(document["passwordCredentials"], plain["passwordCredentials"])
        return merged(document, plain)

    def shown(self, call: Call, document: Document, *, select: list[str], single: bool) -> Document:
        """Return what Graph shows of an object.

        Certificates are in the answer to `$select=keyCredentials` for one object; of lists Microsoft's pages say yes
        and no (graph-audit.md §0 point 2), so a client must live with no, and the limits may say yes.
        """
        asked = "keycredentials" in (name.lower() for name in select)
        with_key = asked and (single or call.world.conditions.limits.certificates_in_lists)
        visible = {
            **self.shape,
            **document,
            "keyCredentials": [key_credentials.shown(entry, with_key=with_key) for entry in document["keyCredentials"]],
            "passwordCredentials": without_secrets(document["passwordCredentials"]),
        }
        result = projected(visible, select, resource=self.kind, hidden=self.hidden, on_request=self.on_request)
        return {"@odata.context": call.context(f"{self.collection}/$entity"), **result} if single else result

    def list_(self, call: Call) -> Reply:
        """Return a page of those the request asks for."""
        return self.page(call, found(call, self.kind, self.filterable))

    def page(self, call: Call, documents: list[Document]) -> Reply:
        """Return a page of `documents`."""
        select, more = selection(call), expansion(call, self.collection, self.related)
        return listing(
            call,
            documents,
            self.collection,
            lambda document: {**self.shown(call, document, select=select, single=False), **more(document)},
        )

    def get(self, call: Call) -> Reply:
        """Return the one that a path names."""
        more, document = expansion(call, self.collection, self.related), self.find(call)
        return Reply(200, {**self.shown(call, document, select=selection(call), single=True), **more(document)})

    def count(self, call: Call) -> Reply:
        """Return how many the request asks for: text, and only of the index that may be behind."""
        if not call.eventual:
            raise bad_request("$count is not currently supported.")
        return Reply(200, text=str(len(found(call, self.kind, self.filterable))))

    def created(self, call: Call, document: Document, **headers: str) -> Reply:
        """Store a new object and return it."""
        self.keep(call, document)
        return Reply(201, self.shown(call, document, select=[], single=True), headers)
