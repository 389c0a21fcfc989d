"""What is known of one permission, in words for a reviewer who knows nothing of GUIDs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from helpers.findings import Severity

if TYPE_CHECKING:
    from helpers.model import PermissionType


class Tier(IntEnum):
    """How far somebody who holds a permission gets; a tiering of our own, the lowest number is the worst.

    The word is that of Microsoft's enterprise access model.
    """

    TAKES_OVER = 0
    CHANGES_OR_READS_MUCH = 1
    READS_A_LOT = 2
    LITTLE = 3

    @property
    def meaning(self) -> str:
        """What the tier says of a permission, as a clause after "it"."""
        return _MEANINGS[self]

    @property
    def severity(self) -> Severity:
        """How much it matters that somebody gains a permission of this tier."""
        return _SEVERITIES[self]


_MEANINGS = {
    Tier.TAKES_OVER: "can take over the tenant, or give itself any other permission",
    Tier.CHANGES_OR_READS_MUCH: "can change what others rely on, or read what is meant for few",
    Tier.READS_A_LOT: "reads a lot, and changes nothing that matters",
    Tier.LITTLE: "reads little, and changes nothing",
}
_SEVERITIES = {
    Tier.TAKES_OVER: Severity.HIGH,
    Tier.CHANGES_OR_READS_MUCH: Severity.HIGH,
    Tier.READS_A_LOT: Severity.MEDIUM,
    Tier.LITTLE: Severity.LOW,
}


@dataclass(frozen=True)
class PermissionFacts:
    """One permission, described.

    `name` and `api` are display names, or ids where nothing is known. `allows` completes "it allows to …", `worst`
    completes "at worst, …", `purpose` completes "ISE needs it for …" and is None where ISE has no use for it;
    `enough_instead` names the permission that does for ISE, `consent_by` completes "needs consent by …". These are
    clauses without a full stop; `reasoning`, which says why this tier, is a whole sentence. `wrong` says why nobody
    should ask for it at all.
    `reviewed` says whether a person wrote all this; `known` whether even the name is known.
    """

    name: str
    api: str
    type: PermissionType
    allows: str
    worst: str
    tier: Tier
    severity: Severity
    reasoning: str
    purpose: str | None
    enough_instead: str | None
    writes: bool
    consent_by: str
    reviewed: bool
    known: bool
    wrong: str | None = None
