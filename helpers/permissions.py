"""The permissions this project knows by name, and the profiles an ISE integration chooses from.

GUIDs are in `data/permissions.json`, read from Microsoft's published listings. A permission that is not there can be
declared by its GUID and is shown as unknown.
"""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from helpers.guids import GUID
from helpers.model import Permission, PermissionType

if TYPE_CHECKING:
    from collections.abc import Mapping

MICROSOFT_GRAPH = "Microsoft Graph"
INTUNE_API = "Microsoft Intune API"
# Client ids that look like APIs to ask permissions of; `data/permissions.json` says why they are not.
AZURE_AD_GRAPH = "00000002-0000-0000-c000-000000000000"
MICROSOFT_INTUNE = "0000000a-0000-0000-c000-000000000000"

# The profile that asks for nothing by itself: what an application had that was adopted may be in no other.
AS_FOUND = "as-found"


@dataclass(frozen=True)
class Api:
    """An API with permissions. `name` is Microsoft's display name, `app_id` its client id in every tenant."""

    name: str
    app_id: str
    permissions: Mapping[tuple[PermissionType, str], str]

    def names(self, type_: PermissionType) -> list[str]:
        """Return the names of the API's known permissions of one type."""
        return [name for kind, name in self.permissions if kind is type_]


class UnknownName(LookupError):
    """No API or permission of that name. `nearest` are the closest known names, best first."""

    def __init__(self, name: str, nearest: list[str]) -> None:
        """Keep the name that was asked for and the names that come near it."""
        super().__init__(name)
        self.name = name
        self.nearest = nearest


class NotForPermissions(LookupError):
    """An application that looks like an API to ask permissions of, but is not; the message says why."""


@cache
def apis() -> tuple[Api, ...]:
    """Return every API of the catalogue."""
    return tuple(
        Api(
            name=name,
            app_id=entry["app_id"],
            permissions=MappingProxyType(
                {(type_, value): entry[type_.value][value] for type_ in PermissionType for value in entry[type_.value]}
            ),
        )
        for name, entry in _catalogue()["apis"].items()
    )


def find_api(name: str) -> Api:
    """Return the API called `name`, or with that client id; an unknown GUID is an API without known permissions.

    Raises `UnknownName`, and `NotForPermissions` for the retired Azure AD Graph and the like.
    """
    if name.lower() in _catalogue()["not_for_permissions"]:
        raise NotForPermissions(_catalogue()["not_for_permissions"][name.lower()])
    for api in apis():
        if name in (api.name, api.app_id) or name.lower() == api.app_id:
            return api
    if GUID.fullmatch(name):
        return Api(name=name.lower(), app_id=name.lower(), permissions=MappingProxyType({}))
    raise UnknownName(name, _nearest(name, [api.name for api in apis()]))


def find_permission(api: Api, name: str, type_: PermissionType) -> Permission:
    """Return the permission of `api` called `name`, or with that id.

    Raises `UnknownName`, also for the id of a permission that is known to be of the other type.
    """
    if GUID.fullmatch(name):
        if other_type(api, name, type_):
            raise UnknownName(name, [])
        return Permission(api.app_id, name.lower(), type_)
    identifier = api.permissions.get((type_, name))
    if identifier is None:
        raise UnknownName(name, nearest_permissions(api, name, type_))
    return Permission(api.app_id, identifier, type_)


def nearest_permissions(api: Api, name: str, type_: PermissionType) -> list[str]:
    """Return the known permissions of `api` with names near `name`, best first."""
    return _nearest(name, api.names(type_))


def other_type(api: Api, name: str, type_: PermissionType) -> PermissionType | None:
    """Return the type under which `api` knows a name or id, when it does not know it under `type_`."""
    kinds = {kind for (kind, known), id_ in api.permissions.items() if name == known or name.lower() == id_}
    return None if type_ in kinds else next(iter(kinds), None)


def api_name(app_id: str) -> str:
    """Return an API's display name, or its client id where the catalogue does not know it."""
    return next((api.name for api in apis() if api.app_id == app_id), app_id)


def permission_name(permission: Permission) -> str:
    """Return a permission's name, or its id where the catalogue does not know it."""
    for api in apis():
        if api.app_id != permission.api:
            continue
        for (type_, name), identifier in api.permissions.items():
            if identifier == permission.id and type_ is permission.type:
                return name
    return permission.id


def slug(name: str) -> str:
    """Return a name as a Terraform address may carry it: `Application.Read.All` → `application-read-all`."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


@dataclass(frozen=True)
class Profile:
    """A named set of permissions. `purpose` says who wants it (domain.md §3)."""

    name: str
    purpose: str
    permissions: frozenset[Permission]


def _profile(name: str, purpose: str, *, graph: tuple[str, ...], graph_delegated: tuple[str, ...] = ()) -> Profile:
    microsoft_graph, intune = find_api(MICROSOFT_GRAPH), find_api(INTUNE_API)
    return Profile(
        name,
        purpose,
        frozenset(
            {
                *(find_permission(microsoft_graph, value, PermissionType.APPLICATION) for value in graph),
                *(find_permission(microsoft_graph, value, PermissionType.DELEGATED) for value in graph_delegated),
                find_permission(intune, "get_device_compliance", PermissionType.APPLICATION),
            }
        ),
    )


@cache
def profiles() -> Mapping[str, Profile]:
    """Return the permission profiles by name; `minimal` first."""
    return MappingProxyType(
        {
            profile.name: profile
            for profile in (
                _profile("minimal", "every ISE that works today", graph=("Application.Read.All",)),
                _profile(
                    "article-2016",
                    "who must follow Microsoft's article of 2016 to the letter",
                    graph=("Directory.Read.All",),
                    graph_delegated=("openid", "offline_access"),
                ),
                _profile(
                    "support-tip-2020",
                    "applications made from Microsoft's support tip of 2020",
                    graph=("Directory.Read.All",),
                    graph_delegated=(
                        "Directory.Read.All",
                        "User.Read",
                        "DeviceManagementConfiguration.Read.All",
                        "DeviceManagementServiceConfig.Read.All",
                        "openid",
                        "offline_access",
                    ),
                ),
                Profile(
                    AS_FOUND, "adopted applications that ask for less than any other: all is under `extra`", frozenset()
                ),
            )
        }
    )


@cache
def _catalogue() -> dict[str, Any]:
    text = (Path(__file__).parent / "data" / "permissions.json").read_text(encoding="utf-8")
    catalogue: dict[str, Any] = json.loads(text)
    return catalogue


def _nearest(name: str, known: list[str]) -> list[str]:
    by_lower = {candidate.lower(): candidate for candidate in known}
    return [by_lower[close] for close in difflib.get_close_matches(name.lower(), by_lower, n=3, cutoff=0.5)]
