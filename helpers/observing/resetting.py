"""The body of a PATCH that takes back one setting, told as `property.inner: value` (see properties.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.observing.properties import told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.observing.documents import Document

# What a service principal repeats of its application, by where it stands there.
_REPEATED = {"homepage": ("web", "homePageUrl"), "logoutUrl": ("web", "logoutUrl")}
# The directory's own: nobody sets them.
_FIXED = frozenset({"appOwnerOrganizationId", "servicePrincipalType", "signInAudience"})
_DEFINED = frozenset({"appRoles", "oauth2PermissionScopes"})


def reset(document: Document, setting: str, *, repeated: Document) -> Document:
    """Return what to send so that an object no longer has a setting; empty where nothing can be sent.

    `repeated` is the application where the object is its service principal, else empty.
    """
    name, _, value = setting.partition(": ")
    if repeated and name in _FIXED:
        return {}
    if repeated and name in _REPEATED:
        return {name: _inside(repeated, _REPEATED[name])}
    parts = tuple(name.split("."))
    present = _inside(document, parts)
    if repeated and name in _DEFINED and isinstance(present, list):
        return {name: [each for each in present if value not in (each.get("value"), str(each.get("id")).lower())]}
    return _nested(parts, _taken_back(present, value))


def without_member(present: object, value: str) -> list[Any]:
    """Return a list without the member that is told as `value`."""
    return [each for each in present if told(each) != value] if isinstance(present, list) else []


def _taken_back(present: object, value: str) -> object:
    """Return what a property has when nobody set it: true was false, one of several is gone, anything else is null."""
    if isinstance(present, list):
        return without_member(present, value)
    return False if present is True else None


def _inside(document: Mapping[str, Any], parts: tuple[str, ...]) -> object:
    value: object = document
    for part in parts:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _nested(parts: tuple[str, ...], value: object) -> Document:
    body: Any = value
    for part in reversed(parts):
        body = {part: body}
    result: Document = body
    return result
