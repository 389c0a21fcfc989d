"""Who acted, and from where: the address only where it is the actor's own."""

from __future__ import annotations

import ipaddress
from typing import Any

from helpers.activities.activity import Actor, ActorKind

NOBODY = Actor(ActorKind.UNKNOWN, "", "")
# The service that writes down a consent, instead of the person who gave it.
_SERVICE = "azure ests service"
# Entra's own ("Microsoft 365 URLs and IP address ranges", ID 56), and networks from which nobody reaches Graph.
_NOT_OF_PEOPLE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "20.190.128.0/18",
        "40.126.0.0/18",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "fc00::/7",
    )
)


def actor_of(initiated_by: object) -> Actor:
    """Return who acted: a person where one is named, else an application, else nobody known."""
    by = fields(initiated_by)
    user, app = fields(by.get("user")), fields(by.get("app"))
    person, person_id = text(user.get("userPrincipalName")), text(user.get("id")).lower()
    if person or person_id:
        return Actor(ActorKind.USER, person or _display_name(user) or person_id, person_id)
    app_id = text(app.get("servicePrincipalId")).lower() or text(app.get("appId")).lower()
    if app_id or text(app.get("displayName")):
        return Actor(ActorKind.APPLICATION, text(app.get("displayName")) or app_id, app_id)
    name = _display_name(user)
    return Actor(ActorKind.USER, name, "") if name else NOBODY


def address_of(initiated_by: object) -> str:
    """Return the address the record states, if it is one a person can have; applications have none there."""
    user = fields(fields(initiated_by).get("user"))
    if text(user.get("displayName")).casefold() == _SERVICE:
        return ""
    try:
        address = ipaddress.ip_address(text(user.get("ipAddress")))
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    if address.is_loopback or address.is_unspecified or address.is_link_local or address.is_multicast:
        return ""
    return "" if any(address in network for network in _NOT_OF_PEOPLE) else str(address)


def _display_name(user: dict[str, Any]) -> str:
    name = text(user.get("displayName"))
    return "" if name.casefold() == _SERVICE else name


def text(value: object) -> str:
    """Return a text without space around it; empty for what is none."""
    return value.strip() if isinstance(value, str) else ""


def fields(value: object) -> dict[str, Any]:
    """Return a JSON object; an empty one for what is none."""
    return value if isinstance(value, dict) else {}
