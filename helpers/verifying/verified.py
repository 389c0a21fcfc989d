"""A finished verification, ready to be rendered."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from helpers.findings import Finding, Severity
from helpers.verifying.links import Link, Outcome, is_broken, is_complete

if TYPE_CHECKING:
    from helpers.declaration.locations import Location

BROKEN_LINK, SLOW_LINK = "broken-link", "slow-link"


class Proof(StrEnum):
    """With what the chain was walked."""

    NONE = "no credential"
    KEY = "a node's key"
    PROBE = "a probe"


@dataclass(frozen=True)
class Node:
    """A certificate entry, the nodes that present it, and what is known of it.

    `registered` is whether it is registered and valid now, None where nobody could look; `proven` whether its key was
    seen to sign in.
    """

    entry: str
    nodes: tuple[str, ...]
    registered: bool | None
    proven: bool


@dataclass(frozen=True)
class Verified:
    """One environment. `application` is its display name; `location` is where findings point."""

    name: str
    application: str
    tenant_id: str
    client_id: str
    location: Location
    proof: Proof
    links: tuple[Link, ...]
    nodes: tuple[Node, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def broken(self) -> bool:
        """Whether a link is broken, or too slow."""
        return is_broken(self.links)

    @property
    def complete(self) -> bool:
        """Whether every link was tested."""
        return is_complete(self.links)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return a finding for each link that is broken or slow, in ISE's order."""
        return tuple(self._finding(link) for link in self.links if link.outcome in (Outcome.BROKEN, Outcome.SLOW))

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over every link's outcome; the same however long each took."""
        told = [self.name, self.client_id, self.proof.value, [[each.name, each.outcome.value] for each in self.links]]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def _finding(self, link: Link) -> Finding:
        slow = link.outcome is Outcome.SLOW
        return Finding(
            rule=SLOW_LINK if slow else BROKEN_LINK,
            severity=Severity.MEDIUM if slow else Severity.HIGH,
            subject=link.name,
            what=f"{link.name}: {link.what}",
            remedy=f"{link.who}: {link.do}",
            location=self.location,
            why=link.means,
        )
