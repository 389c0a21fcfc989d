"""Who did it: a person or an application, as `initiatedBy` says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.identities import ADMINISTRATOR_ADDRESS

if TYPE_CHECKING:
    from sandbox.directory import Directory
    from sandbox.store import Document

# The service that records a consent names itself, and an address of Microsoft's (in the range 20.190.128.0/18, which
# is published as Entra's) instead of the person's.
_CONSENT_SERVICE = "Azure ESTS Service"
_CONSENT_ADDRESS = "20.190.159.23"


@dataclass(frozen=True)
class Actor:
    """Who acts. `initiated_by` is Graph's; `consents` makes a consent of what is granted."""

    initiated_by: Document
    user_agent: str = ""
    consents: bool = False


def an_application_or_person(directory: Directory, app_id: str, object_id: str, user_agent: str) -> Actor:
    """Return who signed in to Graph."""
    if directory.store.get(directory.tenant_id, "user", object_id) is not None:
        return in_the_portal(directory, object_id, user_agent)
    return an_application(directory, app_id, object_id, user_agent)


def an_application(directory: Directory, app_id: str, object_id: str, user_agent: str) -> Actor:
    """Return an application that acts by itself."""
    principal = directory.store.get(directory.tenant_id, "servicePrincipal", object_id) or {}
    app = {
        "appId": app_id,
        "displayName": principal.get("displayName"),
        "servicePrincipalId": object_id,
        "servicePrincipalName": None,
    }
    return Actor({"user": None, "app": app}, user_agent)


def in_the_portal(directory: Directory, user_id: str, user_agent: str = "") -> Actor:
    """Return a person who acts from where the person is."""
    return Actor(_by(directory, user_id, ADMINISTRATOR_ADDRESS, None), user_agent)


def consenting(directory: Directory, user_id: str) -> Actor:
    """Return a person who says yes on the consent page: the id and the name are the person's, the address is not."""
    return Actor(_by(directory, user_id, _CONSENT_ADDRESS, _CONSENT_SERVICE), consents=True)


def _by(directory: Directory, user_id: str, address: str, shown_as: str | None) -> Document:
    person = directory.store.get(directory.tenant_id, "user", user_id) or {}
    user = {
        "id": user_id,
        "displayName": shown_as,
        "userPrincipalName": person.get("userPrincipalName"),
        "ipAddress": address,
        "userType": None,
        "homeTenantId": None,
        "homeTenantName": None,
    }
    return {"user": user, "app": None}
