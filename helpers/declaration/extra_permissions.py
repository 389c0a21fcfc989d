"""The permissions a file asks for beyond its profile: each known or given by id, asked for once, and grantable."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from helpers.declaration.mistakes import did_you_mean
from helpers.model import Permission, PermissionType
from helpers.permissions import (
    GUID,
    Api,
    NotForPermissions,
    UnknownName,
    apis,
    find_api,
    find_permission,
    other_type,
    permission_name,
    profiles,
)
from helpers.terms import AdminConsent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.declaration.file_schema import ExtraPermission
    from helpers.declaration.locations import KeyPath
    from helpers.declaration.mistakes import Complaints


def judge_extra(
    extra: Mapping[int, ExtraPermission], complaints: Complaints, *, profile: str | None, admin_consent: str | None
) -> Mapping[Permission, str]:
    """Return the reason for each permission that can be asked for, and complain of the others."""
    in_profile = profiles()[profile].permissions if isinstance(profile, str) and profile in profiles() else frozenset()
    reasons: dict[Permission, str] = {}
    for index, asked in extra.items():
        path = ("permissions", "extra", index)
        permission = _known(asked, complaints, path)
        if permission is None:
            continue
        if permission in in_profile or permission in reasons:
            where = f"the profile `{profile}`" if permission in in_profile else "an entry above"
            complaints.about(path, f"{asked.permission} is asked for by {where} already", "take this entry out")
        if admin_consent == AdminConsent.TERRAFORM and _needs_a_name(permission):
            remedy = "write it by its name, or use `admin_consent: manual`"
            complaints.about((*path, "permission"), "cannot be granted by Terraform, which grants by name", remedy)
        reasons.setdefault(permission, asked.reason)
    return MappingProxyType(reasons)


def _known(asked: ExtraPermission, complaints: Complaints, path: KeyPath) -> Permission | None:
    api = _api(asked.api, complaints, (*path, "api"))
    if api is None:
        return None
    type_ = PermissionType(asked.type)
    try:
        return find_permission(api, asked.permission, type_)
    except UnknownName as error:
        complaints.about((*path, "permission"), *_unknown_permission(api, error, type_))
        return None


def _api(name: str, complaints: Complaints, path: KeyPath) -> Api | None:
    known = [api.name for api in apis()]
    try:
        return find_api(name)
    except NotForPermissions as error:
        remedy = "ask for permissions of " + " or ".join(f"`{each}`" for each in known)
        complaints.about(path, f"{name} is not for permissions: {error}", remedy)
    except UnknownName:
        remedy = f"{did_you_mean(name, known)} Write any other API by its client id (GUID)"
        complaints.about(path, f"{name[:80]!r} is not an API this project knows", remedy)
    return None


def _needs_a_name(permission: Permission) -> bool:
    """Say whether a grant would need a name that nobody here knows: delegated permissions are granted by name."""
    return permission.type is PermissionType.DELEGATED and GUID.fullmatch(permission_name(permission)) is not None


def _unknown_permission(api: Api, error: UnknownName, type_: PermissionType) -> tuple[str, str]:
    cause = f"{error.name[:80]!r} is not a known {type_} permission of {api.name}"
    other = other_type(api, error.name, type_)
    if other is not None:
        return cause, f"it is a permission of type `{other}`"
    if error.nearest:
        return cause, "did you mean " + " or ".join(f"`{name}`" for name in error.nearest) + "?"
    return cause, "write a permission this project does not know by its id (GUID)"
