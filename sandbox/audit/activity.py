"""The two ends of the way to a record: what was touched, and what it is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.store import Document


@dataclass(frozen=True)
class Touched:
    """An object of the store before and after an operation; None where it was not there."""

    kind: str
    before: Document | None
    after: Document | None

    @property
    def document(self) -> Document:
        """What it is, or last was."""
        return self.after or self.before or {}

    @property
    def id(self) -> str:
        """Its id, in lower case."""
        return str(self.document.get("id")).lower()


@dataclass(frozen=True)
class Activity:
    """One record's own part. `operation` is Add, Update, Delete, Assign or Unassign."""

    name: str
    operation: str
    targets: tuple[Document, ...]
    category: str = "ApplicationManagement"
