"""How strongly one activity speaks for having made one difference."""

from __future__ import annotations

import re
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from helpers.comparing.differences import (
    CredentialAdded,
    CredentialChanged,
    CredentialRemoved,
    PermissionAdded,
    PermissionRemoved,
    ValueAdded,
    ValueChanged,
    ValueRemoved,
)
from helpers.guids import GUID
from helpers.model import CredentialKind, Existence, Holder, PermissionType
from helpers.permissions import permission_name
from helpers.surfaces import Surface

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helpers.activities.activity import Activity, Key, Modified
    from helpers.comparing.differences import Difference
    from helpers.model import Credential, Permission

_APPLICATION, _SERVICE_PRINCIPAL = "application", "serviceprincipal"


class Strength(IntEnum):
    """How sure it is; only what is surest is told."""

    NONE = 0
    STUB = 1  # the object was updated, and the log does not say what of it
    NAMED = 2  # the property was modified, and its values are not told or in other words
    EXACT = 3  # the log shows this very thing


# The log's names for what a surface holds, without case: it is older than Graph, and knows some by another name.
_PROPERTIES = {
    Surface.DISPLAY_NAME: ("displayname",),
    Surface.NOTES: ("notes",),
    Surface.SERVICE_MANAGEMENT_REFERENCE: ("servicemanagementreference",),
    Surface.SIGN_IN_AUDIENCE: ("signinaudience", "availabletoothertenants"),
    Surface.REDIRECT_URIS: ("appaddress", "replyurls", "web", "spa", "publicclient"),
    Surface.IDENTIFIER_URIS: ("appidentifieruri", "identifieruris"),
    Surface.PUBLIC_CLIENT: ("publicclient", "isfallbackpublicclient"),
    Surface.APP_ROLES: ("approles", "entitlement"),
    Surface.SCOPES: ("api", "oauth2permissions", "oauth2permissionscopes", "publishedpermissionscopes"),
    Surface.AUTHORIZED_CLIENTS: ("api", "preauthorizedapplications"),
    Surface.APPLICATION_ENABLED: ("accountenabled", "isdisabled", "disabledbymicrosoftstatus"),
    Surface.SERVICE_PRINCIPAL_ENABLED: ("accountenabled", "isdisabled", "disabledbymicrosoftstatus"),
    Surface.REQUESTED: ("requiredresourceaccess",),
}
# What the log says in other words than the model: whether others may sign in for an audience, disabled for enabled.
_IN_OTHER_WORDS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "availabletoothertenants": lambda audience: "false" if audience == "AzureADMyOrg" else "true",
        "isdisabled": lambda enabled: "false" if enabled == "true" else "true",
    }
)
_FEDERATED = ("federatedidentitycredentials",)
# Where Graph's path of a setting begins with the one, the log speaks of the other.
_SETTINGS = {
    "web": "appaddress",
    "spa": "appaddress",
    "publicclient": "appaddress",
    "replyurls": "appaddress",
    "serviceprincipalnames": "serviceprincipalname",
}
# What makes an object be there, or not.
_GONE = {
    Surface.APPLICATION: ("delete application", "hard delete application"),
    Surface.SERVICE_PRINCIPAL: (
        "remove service principal",
        "delete service principal",
        "hard delete service principal",
        "delete application",
        "hard delete application",
    ),
}
_THERE = {
    Surface.APPLICATION: ("add application", "restore application"),
    Surface.SERVICE_PRINCIPAL: ("add service principal", "restore service principal"),
    Surface.CLIENT_ID: ("add application", "restore application"),
    Surface.APPLICATION_OBJECT: ("add application", "restore application"),
    Surface.SERVICE_PRINCIPAL_OBJECT: ("add service principal", "restore service principal"),
}
# What the log calls it when a service principal is put under something, or over it.
_RELATIONS = {
    Surface.DIRECTORY_ROLES: re.compile(r"(?<!app )\brole\b"),
    Surface.GROUPS: re.compile(r"\bgroup\b"),
    Surface.POLICIES: re.compile(r"\bpolicy\b"),
    Surface.OWNED_OBJECTS: re.compile(r"\bowner\b"),
}
_OWNERS = {Surface.APPLICATION_OWNERS: _APPLICATION, Surface.SERVICE_PRINCIPAL_OWNERS: _SERVICE_PRINCIPAL}


def strength(difference: Difference, activity: Activity, ours: frozenset[str]) -> Strength:
    """Return how strongly `activity` speaks for `difference`; `ours` are the ids of both objects, in lower case."""
    if activity.ids.isdisjoint(ours):
        return Strength.NONE
    match difference:
        case CredentialAdded(credential=credential) | CredentialRemoved(credential=credential):
            return _credential(credential, activity, ours, adds=isinstance(difference, CredentialAdded))
        case CredentialChanged(after=credential):
            return _changed_credential(credential, activity, ours)
        case PermissionAdded(permission=permission) | PermissionRemoved(permission=permission):
            return _permission(difference, permission, activity, ours)
        case ValueAdded(value=value) | ValueRemoved(value=value):
            return _member(difference.surface, value, activity, ours, adds=isinstance(difference, ValueAdded))
        case ValueChanged():
            return _value(difference, activity, ours)
    return Strength.NONE


def _credential(credential: Credential, activity: Activity, ours: frozenset[str], *, adds: bool) -> Strength:
    if not _acts_on(_holder(credential), activity, ours):
        return Strength.NONE
    if credential.kind is CredentialKind.FEDERATED:
        return _property(_FEDERATED, credential.key_id, activity, adds=adds)
    told = activity.change.keys_added if adds else activity.change.keys_removed
    if any(key.id == credential.key_id and _is_of(credential.kind, key) for key in told):
        return Strength.EXACT
    # No stub speaks for a key: the log has a record of its own for every one that comes or goes.
    return Strength.NONE if activity.change.keys_understood else Strength.NAMED


def _is_of(kind: CredentialKind, key: Key) -> bool:
    return not key.type or (key.type.casefold() == "password") == (kind is CredentialKind.SECRET)


def _changed_credential(credential: Credential, activity: Activity, ours: frozenset[str]) -> Strength:
    found = max(_credential(credential, activity, ours, adds=adds) for adds in (True, False))
    if found is Strength.NONE and activity.is_stub and _acts_on(_holder(credential), activity, ours):
        return Strength.STUB
    return found


def _holder(credential: Credential) -> str:
    return _APPLICATION if credential.holder is Holder.APPLICATION else _SERVICE_PRINCIPAL


def _permission(difference: Difference, permission: Permission, activity: Activity, ours: frozenset[str]) -> Strength:
    adds = isinstance(difference, PermissionAdded)
    if difference.surface is Surface.REQUESTED:
        if not _acts_on(_APPLICATION, activity, ours):
            return Strength.NONE
        return _property(_PROPERTIES[Surface.REQUESTED], permission.id, activity, adds=adds)
    if not _is_client(activity, ours) or (activity.change.apis and permission.api not in activity.change.apis):
        return Strength.NONE
    if permission.type is PermissionType.DELEGATED:
        return Strength.NONE if activity.change.users else _scope(permission_name(permission), activity, adds=adds)
    role = activity.change.app_role
    if role is not None and role[0] == permission.id and _goes(activity, adds=adds):
        return Strength.EXACT
    return _consented(permission.id, activity, adds=adds)


def _scope(scope: str, activity: Activity, *, adds: bool) -> Strength:
    """Read what was given from both sides: the verb of an amended grant says nothing."""
    before, after = activity.change.scopes_before, activity.change.scopes_after
    if scope in (after - before if adds else before - after):
        return Strength.EXACT
    return _consented(scope, activity, adds=adds)


def _consented(permission: str, activity: Activity, *, adds: bool) -> Strength:
    """Say what a consent by itself is worth, where the log has not what was granted through it."""
    named = adds and activity.is_consent and permission in activity.change.scopes_after
    return Strength.NAMED if named else Strength.NONE


def _is_client(activity: Activity, ours: frozenset[str]) -> bool:
    """Say whether a permission was given to us; the API may be ours too, and somebody else's then the permission."""
    clients = activity.change.clients or activity.target_ids
    return not clients.isdisjoint(ours)


def _member(surface: Surface, value: str, activity: Activity, ours: frozenset[str], *, adds: bool) -> Strength:
    if surface in _OWNERS:
        found = _owner(surface, value, activity, ours) and _goes(activity, adds=adds)
        return Strength.EXACT if found else Strength.NONE
    if surface in _RELATIONS:
        found = _relation(surface, value, activity, ours) and _goes(activity, adds=adds)
        return Strength.EXACT if found else Strength.NONE
    if surface is Surface.GRANTED_TO_USERS:
        return _granted_to_user(value, activity, ours, adds=adds)
    if not _acts_on(_object(surface), activity, ours):
        return Strength.NONE
    if surface in (Surface.APPLICATION_SETTINGS, Surface.SERVICE_PRINCIPAL_SETTINGS):
        return _setting(value, activity)
    return _property(_PROPERTIES.get(surface, ()), value, activity, adds=adds)


def _owner(surface: Surface, owner: str, activity: Activity, ours: frozenset[str]) -> bool:
    """Say whether `owner` became or ceased to be an owner of ours: of the right one of both objects."""
    owned = _SERVICE_PRINCIPAL if "service principal" in activity.activity.casefold() else _APPLICATION
    is_owner = owner.lower() in activity.change.owner_ids
    return is_owner and owned == _OWNERS[surface] and not (activity.ids - {owner.lower()}).isdisjoint(ours)


def _relation(surface: Surface, value: str, activity: Activity, ours: frozenset[str]) -> bool:
    """Say whether we were put under, or over, the object that `value` begins with."""
    if not _RELATIONS[surface].search(activity.activity.casefold()):
        return False
    if surface is Surface.OWNED_OBJECTS and ours.isdisjoint(activity.change.owner_ids):
        return False
    role = activity.change.role
    return not (activity.ids - ours).isdisjoint(_guids(value)) or bool(role and _mentions((value,), role))


def _granted_to_user(value: str, activity: Activity, ours: frozenset[str], *, adds: bool) -> Strength:
    """Judge `scope on API for user id`."""
    if not _is_client(activity, ours) or activity.change.users.isdisjoint(_guids(value)):
        return Strength.NONE
    return _scope(value.partition(" ")[0], activity, adds=adds)


def _setting(value: str, activity: Activity) -> Strength:
    """Judge `property: value`, where the property may be a path."""
    names = [_plain(name) for name in value.partition(":")[0].split(".")]
    others = [_SETTINGS[name] for name in names if name in _SETTINGS]
    return _property((*names, *others), None, activity, adds=True)


def _value(difference: ValueChanged, activity: Activity, ours: frozenset[str]) -> Strength:
    surface = difference.surface
    if surface in _THERE:
        gone = surface in _GONE and difference.after != Existence.PRESENT
        words = _GONE[surface] if gone else _THERE[surface]
        is_so = activity.activity.casefold() in words and not activity.target_ids.isdisjoint(ours)
        return Strength.EXACT if is_so else Strength.NONE
    if not _acts_on(_object(surface), activity, ours):
        return Strength.NONE
    adds = bool(difference.after)
    value = difference.after if adds else difference.before
    return _property(_PROPERTIES.get(surface, ()), value, activity, adds=adds)


def _property(names: tuple[str, ...], value: str | None, activity: Activity, *, adds: bool) -> Strength:
    """Judge by the modified property of one of these names; without a `value` its name is all there is to see."""
    if activity.is_stub:
        return Strength.STUB if names else Strength.NONE
    modified = (each for each in activity.change.properties if _plain(each.name) in names)
    return max((_modified(each, value, adds=adds) for each in modified), default=Strength.NONE)


def _modified(modified: Modified, value: str | None, *, adds: bool) -> Strength:
    if value is None:
        return Strength.NAMED
    value = _IN_OTHER_WORDS.get(_plain(modified.name), str)(value)
    before, after = _mentions(modified.before, value), _mentions(modified.after, value)
    if before != after:
        return Strength.EXACT if after is adds else Strength.NONE
    return Strength.NONE if before else Strength.NAMED


def _mentions(side: tuple[str, ...] | None, value: str) -> bool:
    """Say whether a value stands on its own in one side's texts: `https://a/` does not stand in `https://a/b`."""
    if not side:
        return False
    if any(text.casefold() == value.casefold() for text in side):
        return True
    alone = re.compile(rf"(?<![\w./:%@-]){re.escape(value)}(?![\w./:%@-])", re.IGNORECASE)
    return any(alone.search(text) for text in side)


def _acts_on(kind: str, activity: Activity, ours: frozenset[str]) -> bool:
    """Say whether one of our objects is a target, and the right one of both as far as the log tells."""
    return any(target.id in ours and _plain(target.type) in (kind, "") for target in activity.targets)


def _object(surface: Surface) -> str:
    return _SERVICE_PRINCIPAL if surface.value.startswith("service_principal.") else _APPLICATION


def _goes(activity: Activity, *, adds: bool) -> bool:
    return activity.change.adds in (adds, None)


def _guids(value: str) -> frozenset[str]:
    return frozenset(match[0].lower() for match in GUID.finditer(value))


def _plain(name: str) -> str:
    return name.replace(" ", "").casefold()
