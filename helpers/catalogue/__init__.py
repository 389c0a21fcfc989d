"""The permission catalogue: what each permission allows, how bad that can get, and whether ISE needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.catalogue.facts import PermissionFacts, Tier
from helpers.findings import Severity
from helpers.permissions import api_name, permission_name

if TYPE_CHECKING:
    from helpers.model import Permission

__all__ = ["PermissionFacts", "Tier", "describe"]


def describe(permission: Permission) -> PermissionFacts:
    """Return what is known of a permission; whatever is not known counts as high."""
    return PermissionFacts(
        name=permission_name(permission),
        api=api_name(permission.api),
        type=permission.type,
        allows="do what this project does not know",
        worst="Nobody here can say.",
        tier=Tier.CHANGES_OR_READS_MUCH,
        severity=Severity.HIGH,
        reasoning="What is not known is taken for the worse.",
        purpose=None,
        enough_instead=None,
        writes=True,
        consent_by="a Privileged Role Administrator",
        reviewed=False,
        known=False,
    )
