"""What there is of one application, as Graph shows it: the model, and what nobody here understood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.model import Integration
    from helpers.observing.documents import Documents


@dataclass(frozen=True)
class Observed:
    """One application in Entra.

    `not_understood` says in words which properties and types with something in them the model does not know.
    `noted` are facts beside the model, in words, by what a difference is about (`helpers.comparing.subject_of`):
    when an assignment was made, until when a deleted application can be restored. `object_ids` are those of both
    objects, in lower case: the audit log names them by these. `documents` are what it was read from: the call that
    takes something away names things as Graph does. `departed` are owners whose accounts are disabled, and
    `departed_unknown` says why nobody can tell of others; it is empty where all are known.
    """

    integration: Integration
    object_ids: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()
    noted: Mapping[str, str] = field(default_factory=dict)
    documents: Documents | None = None
    departed: frozenset[str] = frozenset()
    departed_unknown: str = ""
