"""The sandbox's memory: JSON documents by tenant, kind and id, in one SQLite file that outlives the process.

Deploy, drift and verify are separate commands, so what one changes the next must find. A document is kept as Graph
shows it plus what Graph hides (`key` of a certificate, `secretText` of a secret); the services decide what to show.
Ids are compared without regard to case, as Graph does.
"""

from __future__ import annotations

import json
import os
import sqlite3
import weakref
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Document = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    position INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (tenant, kind, id)
)
"""


@dataclass(frozen=True)
class Change:
    """A document that was made (`before` is None), replaced or forgotten (`after` is None)."""

    tenant: str
    kind: str
    before: Document | None
    after: Document | None


class Store:
    """Every document of one sandbox. Only one process serves a sandbox, so what is in memory is what is so."""

    def __init__(self, path: Path) -> None:
        """Open or make the file at `path`, readable by its owner alone: it holds the sandbox's own secrets."""
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        # The services run in one event loop, but not always in the thread that opened the store.
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        # Closed with the store itself, whoever forgets it: Python 3.13 warns of a connection that is just dropped.
        self._closing = weakref.finalize(self, self._connection.close)
        # A write must outlive this process, not a power cut: what reached the operating system is enough, and filling
        # a sandbox with a thousand applications takes a second instead of a minute.
        self._connection.execute("PRAGMA synchronous = OFF")
        # Kept empty between writes instead of made and deleted by each, which would take two thirds of its time.
        self._connection.execute("PRAGMA journal_mode = PERSIST")
        self._connection.execute(_SCHEMA)
        self._documents: dict[tuple[str, str], dict[str, Document]] = {}
        self._indexes: dict[tuple[str, str], dict[str, _Index]] = {}
        self._watching: list[list[Change]] = []
        rows = self._connection.execute("SELECT tenant, kind, id, document FROM documents ORDER BY position")
        for tenant, kind, identifier, document in rows:
            self._documents.setdefault((tenant, kind), {})[identifier] = json.loads(document)

    def get(self, tenant: str, kind: str, identifier: str) -> Document | None:
        """Return the document, or None. Change it only through `put`."""
        return self._documents.get((tenant.lower(), kind), {}).get(identifier.lower())

    def all(self, tenant: str, kind: str) -> list[Document]:
        """Return every document of a kind in the order they were made."""
        return list(self._documents.get((tenant.lower(), kind), {}).values())

    def where(self, tenant: str, kind: str, key: str, value: str) -> list[Document]:
        """Return the documents of a kind whose property `key` is `value`, less case, in the order they were made.

        Nothing is searched: a property asked for once is indexed from then on.
        """
        kept = (tenant.lower(), kind)
        documents = self._documents.get(kept, {})
        index = self._indexes.setdefault(kept, {}).get(key)
        if index is None:
            index = self._indexes[kept][key] = _Index(key, documents)
        return [documents[identifier] for identifier in index.identifiers(value)]

    def put(self, tenant: str, kind: str, identifier: str, document: Document) -> None:
        """Make or replace a document; it is on disk when this returns."""
        tenant, identifier = tenant.lower(), identifier.lower()
        self._connection.execute(
            "INSERT INTO documents (tenant, kind, id, document) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (tenant, kind, id) DO UPDATE SET document = excluded.document",
            (tenant, kind, identifier, json.dumps(document)),
        )
        documents = self._documents.setdefault((tenant, kind), {})
        self._tell(Change(tenant, kind, documents.get(identifier), document))
        documents[identifier] = document
        for index in self._indexes.get((tenant, kind), {}).values():
            index.put(identifier, document)

    def delete(self, tenant: str, kind: str, identifier: str) -> None:
        """Forget a document; forgetting what is not there is no error."""
        tenant, identifier = tenant.lower(), identifier.lower()
        self._connection.execute(
            "DELETE FROM documents WHERE tenant = ? AND kind = ? AND id = ?", (tenant, kind, identifier)
        )
        forgotten = self._documents.get((tenant, kind), {}).pop(identifier, None)
        if forgotten is not None:
            self._tell(Change(tenant, kind, forgotten, None))
        for index in self._indexes.get((tenant, kind), {}).values():
            index.forget(identifier)

    @contextmanager
    def watched(self) -> Iterator[list[Change]]:
        """Give a list that every change is added to while the context lasts, in the order they are made."""
        changes: list[Change] = []
        self._watching.append(changes)
        try:
            yield changes
        finally:
            self._watching = [others for others in self._watching if others is not changes]

    def behind(self, tenant: str, past: Mapping[tuple[str, str], Document | None]) -> Store:
        """Return this store, to be read only, as if some documents of a tenant were still what they were.

        `past` has them by kind and id (lower case), None for one that was not there.
        """
        documents = dict(self._documents)
        for kind in {kind for kind, _ in past}:
            documents[tenant.lower(), kind] = dict(documents.get((tenant.lower(), kind), {}))
        for (kind, identifier), document in past.items():
            kept = documents[tenant.lower(), kind]
            if document is None:
                kept.pop(identifier, None)
            else:
                kept[identifier] = document
        return _Past(documents)

    def _tell(self, change: Change) -> None:
        for changes in self._watching:
            changes.append(change)

    def close(self) -> None:
        """Close the file."""
        self._closing()


class _Past(Store):
    """What the store was: it has no file."""

    def __init__(self, documents: dict[tuple[str, str], dict[str, Document]]) -> None:
        self._documents = documents
        self._indexes = {}
        self._watching = []

    def put(self, tenant: str, kind: str, identifier: str, document: Document) -> None:
        raise NotImplementedError

    def delete(self, tenant: str, kind: str, identifier: str) -> None:
        raise NotImplementedError


class _Index:
    """Which documents of one kind carry which value of one property."""

    def __init__(self, key: str, documents: dict[str, Document]) -> None:
        self._key = key
        self._identifiers: dict[str, dict[str, None]] = {}  # a set that keeps its order
        self._values: dict[str, str] = {}
        for identifier, document in documents.items():
            self.put(identifier, document)

    def identifiers(self, value: str) -> list[str]:
        return list(self._identifiers.get(value.lower(), {}))

    def put(self, identifier: str, document: Document) -> None:
        value = str(document.get(self._key)).lower()
        if self._values.get(identifier) != value:
            self.forget(identifier)
            self._values[identifier] = value
            self._identifiers.setdefault(value, {})[identifier] = None

    def forget(self, identifier: str) -> None:
        value = self._values.pop(identifier, None)
        if value is not None:
            del self._identifiers[value][identifier]
