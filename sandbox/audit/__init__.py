"""The directory's audit log: what every change leaves behind, in the words and with the oddities of Entra's own.

Shapes, spellings and traps: graph-audit.md §D. A record is a `directoryAudit` as Graph shows it, kept in the store as
kind `directoryAudit`.
"""

from __future__ import annotations

from sandbox.audit.actors import Actor, an_application, an_application_or_person, consenting, in_the_portal
from sandbox.audit.recording import KIND, recorded

__all__ = ["KIND", "Actor", "an_application", "an_application_or_person", "consenting", "in_the_portal", "recorded"]
