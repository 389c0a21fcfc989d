"""The permissions a file asks for beyond its profile: each known or given by id, asked for once, and grantable."""

from __future__ import annotations

import difflib
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING

from helpers.guids import GUID
from helpers.model import Permission, PermissionType
from helpers.nearest import did_you_mean
from helpers.permissions import (
    Api,
    NotForPermissions,
    UnknownName,
    api_name,
    apis,
    find_api,
    find_permission,
    nearest_permissions,
    other_type,
    permission_name,
    profiles,
)
from helpers.terms import AdminConsent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from helpers.declaration.locations import KeyPath
    from helpers.declaration.mistakes import Complaints
    from helpers.declaration.sound_parts import AskedPermission

# As alike as two names are that differ by a letter or by capitals.
_A_SLIP = 0.9


def judge_extra(
    extra: Mapping[int, AskedPermission],
    complaints: Complaints,
    *,
    profile: str | None,
    admin_consent: str | None,
    adopted: bool = False,
) -> Mapping[Permission, str]:
    """Return the reason for each permission that can be asked for, and complain of the others.

    An `adopted` application may go on asking the retired API for what it asked: a deploy is not what takes it away.
    """
    in_profile = profiles()[profile].permissions if isinstance(profile, str) and profile in profiles() else frozenset()
    reasons: dict[Permission, str] = {}
    for index, asked in extra.items():
        path = ("permissions", "extra", index)
        permission = _known(asked, complaints, path, adopted=adopted)
        if permission is None:
            continue
        if permission in in_profile or permission in reasons:
            where = f"the profile `{profile}`" if permission in in_profile else "an entry above"
            complaints.about(path, f"{asked.permission} is asked for by {where} already", "take this entry out")
        if admin_consent == AdminConsent.TERRAFORM and needs_a_name(permission):
            remedy = "write it by its name, or use `admin_consent: manual`"
            complaints.about((*path, "permission"), "cannot be granted by Terraform, which grants by name", remedy)
        reasons.setdefault(permission, asked.reason or "")
    return MappingProxyType(reasons)


def _known(asked: AskedPermission, complaints: Complaints, path: KeyPath, *, adopted: bool) -> Permission | None:
    """Return the permission if it is known, and of which type; complain of a name that no type has."""
    api = _api(asked.api, complaints, (*path, "api"), adopted=adopted) if asked.api else None
    if api is None or asked.permission is None:
        return None
    types = [asked.type] if asked.type else list(PermissionType)
    for type_ in types:
        with suppress(UnknownName):
            permission = find_permission(api, asked.permission, type_)
            return permission if asked.type else None
    complaints.about((*path, "permission"), *_unknown_permission(api, asked.permission, asked.type))
    return None


def _api(name: str, complaints: Complaints, path: KeyPath, *, adopted: bool) -> Api | None:
    known = [api.name for api in apis()]
    try:
        return find_api(name)
    except NotForPermissions as error:
        if adopted:
            return Api(name.lower(), name.lower(), MappingProxyType({}))
        remedy = "ask for permissions of " + " or ".join(f"`{each}`" for each in known)
        complaints.about(path, f"{name} is not for permissions: {error}", remedy)
    except UnknownName:
        remedy = f"{did_you_mean(name, known)} Write any other API by its client id (GUID)"
        complaints.about(path, f"{name[:80]!r} is not an API this project knows", remedy)
    return None


def extra_item(permission: Permission, *, reason: str) -> dict[str, str]:
    """Return the item of `permissions.extra` that asks for a permission."""
    return {
        "api": api_name(permission.api),
        "permission": permission_name(permission),
        "type": permission.type.value,
        "reason": reason,
    }


def needs_a_name(permission: Permission) -> bool:
    """Say whether a grant would need a name that nobody here knows: delegated permissions are granted by name."""
    return permission.type is PermissionType.DELEGATED and GUID.fullmatch(permission_name(permission)) is not None


def _unknown_permission(api: Api, name: str, type_: PermissionType | None) -> tuple[str, str]:
    cause = f"{name[:80]!r} is not a known {f'{type_} ' if type_ else ''}permission of {api.name}"
    other = other_type(api, name, type_) if type_ else None
    if other is not None:
        return cause, f"it is a permission of type `{other}`"
    by_id = "write a permission this project does not know by its id (GUID)"
    nearest = [each for type_ in ([type_] if type_ else PermissionType) for each in _suggested(api, name, type_)]
    if not nearest:
        return cause, by_id
    return cause, f"did you mean {' or '.join(f'`{each}`' for each in dict.fromkeys(nearest))}? Else {by_id}"


def _suggested(api: Api, name: str, type_: PermissionType) -> Iterator[str]:
    """Yield near names. One that allows more than to read is only meant by whoever wrote it but for a slip."""
    from helpers.catalogue import Tier, describe

    for each in nearest_permissions(api, name, type_):
        facts = describe(find_permission(api, each, type_))
        slip = difflib.SequenceMatcher(None, name.lower(), each.lower()).ratio() >= _A_SLIP
        if slip or (not facts.writes and facts.tier >= Tier.READS_A_LOT):
            yield each
