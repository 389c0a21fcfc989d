"""What is known of one permission, in words for a reviewer who knows nothing of GUIDs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.findings import Severity
    from helpers.model import PermissionType


class Tier(IntEnum):
    """How far somebody who holds a permission gets; a tiering of our own, the lowest number is the worst.

    The word is the one of Microsoft's enterprise access model: what can take over the tenant is tier 0.
    """

    TAKES_OVER = 0
    CHANGES_OR_READS_MUCH = 1
    READS_A_LOT = 2
    LITTLE = 3


@dataclass(frozen=True)
class PermissionFacts:
    """One permission, described. Texts are plain sentences or parts of one, as each field says.

    `name` and `api` are display names, or ids where nothing is known. `allows` completes "it allows to …", `worst`
    and `reasoning` are whole sentences, `purpose` completes "ISE uses it for …" and is None where ISE has no use for
    it, `enough_instead` is the name of what does for ISE, `consent_by` completes "needs consent by …".
    `reviewed` says whether a person wrote this; `known` whether even the name is known.
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
