"""The permission catalogue: what each permission allows, how bad that can get, and whether ISE needs it.

To add a permission: its GUID in `helpers/data/permissions.json`, its entry in the module of its API and type below, and
its tier in the table of `tests/test_catalogue.py`, which fails until all three agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.catalogue.consent import consent_by
from helpers.catalogue.facts import PermissionFacts, Tier
from helpers.catalogue.graph_application import GRAPH_APPLICATION
from helpers.catalogue.graph_delegated import GRAPH_DELEGATED
from helpers.catalogue.intune import INTUNE_APPLICATION, INTUNE_DELEGATED
from helpers.catalogue.names import in_words, is_name, only_reads
from helpers.model import PermissionType
from helpers.permissions import (
    AZURE_AD_GRAPH,
    INTUNE_API,
    MICROSOFT_GRAPH,
    MICROSOFT_INTUNE,
    NotForPermissions,
    UnknownName,
    api_name,
    apis,
    find_api,
    permission_name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.catalogue.entry import Entry
    from helpers.model import Permission

__all__ = ["ENTRIES", "PermissionFacts", "Tier", "describe"]

ENTRIES: Mapping[tuple[str, PermissionType], Mapping[str, Entry]] = {
    (MICROSOFT_GRAPH, PermissionType.APPLICATION): GRAPH_APPLICATION,
    (MICROSOFT_GRAPH, PermissionType.DELEGATED): GRAPH_DELEGATED,
    (INTUNE_API, PermissionType.APPLICATION): INTUNE_APPLICATION,
    (INTUNE_API, PermissionType.DELEGATED): INTUNE_DELEGATED,
}

_INSTEAD_OF_NAMESAKE = "get_device_compliance on the Microsoft Intune API"
_INSTEAD_OF_RETIRED = "Application.Read.All on Microsoft Graph"
_WRONG_APIS = {
    AZURE_AD_GRAPH: ("Azure AD Graph (retired)", _INSTEAD_OF_RETIRED),
    MICROSOFT_INTUNE: ("Microsoft Intune", _INSTEAD_OF_NAMESAKE),
}


def describe(permission: Permission) -> PermissionFacts:
    """Return what is known of a permission; whatever is not known is taken for the worse."""
    wrong = _why_wrong(permission.api)
    if wrong:
        return _on_wrong_api(permission, wrong)
    entry = ENTRIES.get((api_name(permission.api), permission.type), {}).get(permission_name(permission))
    if entry:
        return _reviewed(permission, entry)
    return _by_name(permission) if is_name(permission.id) else _unknown(permission)


def _why_wrong(api: str) -> str | None:
    try:
        find_api(api)
    except NotForPermissions as reason:
        return str(reason)
    except UnknownName:
        return None  # not even a GUID, from a plan that somebody made up: unknown, and said so
    return None


def _reviewed(permission: Permission, entry: Entry) -> PermissionFacts:
    return PermissionFacts(
        name=permission_name(permission),
        api=api_name(permission.api),
        type=permission.type,
        allows=entry.allows,
        worst=entry.worst,
        tier=entry.tier,
        severity=entry.tier.severity,
        reasoning=entry.reasoning,
        purpose=entry.purpose,
        enough_instead=entry.enough_instead,
        writes=entry.writes,
        consent_by=consent_by(permission, users_may_consent=entry.users_may_consent),
        reviewed=True,
        known=True,
    )


def _by_name(permission: Permission) -> PermissionFacts:
    tier, reasoning = _tier_by_name(permission)
    return PermissionFacts(
        name=permission.id,
        api=api_name(permission.api),
        type=permission.type,
        allows=in_words(permission.id),
        worst="nobody here has reviewed it, so what it can do is guessed from its name",
        tier=tier,
        severity=tier.severity,
        reasoning=reasoning,
        purpose=None,
        enough_instead=None,
        writes=not only_reads(permission.id),
        consent_by=consent_by(permission, users_may_consent=None),
        reviewed=False,
        known=True,
    )


def _tier_by_name(permission: Permission) -> tuple[Tier, str]:
    microsofts = any(permission.api == api.app_id for api in apis())  # elsewhere a name promises nothing
    if microsofts and permission.type is PermissionType.DELEGATED and only_reads(permission.id):
        return Tier.READS_A_LOT, "Not reviewed; by its name it only reads, and only what a signed-in user may see."
    return Tier.CHANGES_OR_READS_MUCH, "Not reviewed, and so taken for the worse."


def _unknown(permission: Permission) -> PermissionFacts:
    return PermissionFacts(
        name=permission.id,
        api=api_name(permission.api),
        type=permission.type,
        allows="do what nobody here knows",
        worst="nobody here can say what it allows",
        tier=Tier.CHANGES_OR_READS_MUCH,
        severity=Tier.CHANGES_OR_READS_MUCH.severity,
        reasoning="Unknown, and so taken for the worse.",
        purpose=None,
        enough_instead=None,
        writes=True,
        consent_by=consent_by(permission, users_may_consent=None),
        reviewed=False,
        known=False,
    )


def _on_wrong_api(permission: Permission, reason: str) -> PermissionFacts:
    api, instead = _WRONG_APIS[permission.api]
    return PermissionFacts(
        name=permission.id,
        api=api,
        type=permission.type,
        allows="do nothing that ISE needs",
        worst=f"it is asked of the wrong application ({reason}), and the right one is easily left out",
        tier=Tier.CHANGES_OR_READS_MUCH,
        severity=Tier.CHANGES_OR_READS_MUCH.severity,
        reasoning="What it once allowed is not known here, and so taken for the worse.",
        purpose=None,
        enough_instead=instead,
        writes=True,
        consent_by=consent_by(permission, users_may_consent=None),
        reviewed=False,
        known=False,
        wrong=reason,
    )
