"""Changes made behind Terraform's back: as an administrator makes them in the portal, as Microsoft does, or time.

`CHANGES` is all of them. Each acts by Graph's own operations, so that rules and audit log are Graph's, but for what no
operation does: that is put so, and leaves nothing in the log.
"""

from __future__ import annotations

from sandbox.portal import access, credentials, harmless, registration
from sandbox.portal.change import OPTIONS, Change, make_change
from sandbox.portal.desk import Desk

CHANGES: tuple[Change, ...] = (
    *credentials.CHANGES,
    *access.CHANGES,
    *registration.CHANGES,
    *harmless.CHANGES,
)

__all__ = ["CHANGES", "OPTIONS", "Change", "Desk", "make_change"]
