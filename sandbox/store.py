"""The sandbox's memory: JSON documents by tenant, kind and id, in one SQLite file that outlives the process.

Deploy, drift and verify are separate commands, so what one changes the next must find. A document is kept as Graph
shows it plus what Graph hides (`key` of a certificate, `secretText` of a secret); the services decide what to show.
Ids are compared without regard to case, as Graph does.
"""

from __future__ import annotations

import json
import os
import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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


class Store:
    """Every document of one sandbox. Only one process serves a sandbox, so what is in memory is what is so."""

    def __init__(self, path: Path) -> None:
        """Open or make the file at `path`, readable by its owner alone: it holds the sandbox's own secrets."""
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute(_SCHEMA)
        self._documents: dict[tuple[str, str], dict[str, Document]] = {}
        rows = self._connection.execute("SELECT tenant, kind, id, document FROM documents ORDER BY position")
        for tenant, kind, identifier, document in rows:
            self._documents.setdefault((tenant, kind), {})[identifier] = json.loads(document)

    def get(self, tenant: str, kind: str, identifier: str) -> Document | None:
        """Return the document, or None. Change it only through `put`."""
        return self._documents.get((tenant.lower(), kind), {}).get(identifier.lower())

    def all(self, tenant: str, kind: str) -> list[Document]:
        """Return every document of a kind in the order they were made."""
        return list(self._documents.get((tenant.lower(), kind), {}).values())

    def put(self, tenant: str, kind: str, identifier: str, document: Document) -> None:
        """Make or replace a document; it is on disk when this returns."""
        tenant, identifier = tenant.lower(), identifier.lower()
        self._connection.execute(
            "INSERT INTO documents (tenant, kind, id, document) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (tenant, kind, id) DO UPDATE SET document = excluded.document",
            (tenant, kind, identifier, json.dumps(document)),
        )
        self._documents.setdefault((tenant, kind), {})[identifier] = document

    def delete(self, tenant: str, kind: str, identifier: str) -> None:
        """Forget a document; forgetting what is not there is no error."""
        tenant, identifier = tenant.lower(), identifier.lower()
        self._connection.execute(
            "DELETE FROM documents WHERE tenant = ? AND kind = ? AND id = ?", (tenant, kind, identifier)
        )
        self._documents.get((tenant, kind), {}).pop(identifier, None)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
