"""Who may consent to a permission (Entra documentation, "Grant tenant-wide admin consent to an application")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.model import PermissionType
from helpers.permissions import AZURE_AD_GRAPH, MICROSOFT_GRAPH, find_api

if TYPE_CHECKING:
    from helpers.model import Permission

ANY = "a Privileged Role Administrator"
ANY_BUT_GRAPH_APPLICATION = "an Application Administrator or Cloud Application Administrator"


def consent_by(permission: Permission, *, users_may_consent: bool | None) -> str:
    """Return the least privileged that may consent to a permission for the whole tenant, and whether users may too.

    `users_may_consent` counts for delegated permissions only; None where nobody published it.
    """
    if permission.type is PermissionType.APPLICATION:
        # The retired predecessor of Microsoft Graph is held to the same rule in older versions of that page.
        graph = {find_api(MICROSOFT_GRAPH).app_id, AZURE_AD_GRAPH}
        return ANY if permission.api in graph else ANY_BUT_GRAPH_APPLICATION
    if users_may_consent is None:
        return f"{ANY_BUT_GRAPH_APPLICATION}; whether users may for themselves is not known here"
    if users_may_consent:
        return f"{ANY_BUT_GRAPH_APPLICATION} for everybody, or by users for themselves where the tenant lets them"
    return ANY_BUT_GRAPH_APPLICATION
