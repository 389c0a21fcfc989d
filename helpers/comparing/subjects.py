"""What a difference is about, as an exception names it: the same words whichever rule speaks, and in every report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.comparing.differences import (
    CredentialAdded,
    CredentialChanged,
    CredentialRemoved,
    PermissionAdded,
    PermissionRemoved,
    ValueAdded,
    ValueRemoved,
)
from helpers.permissions import permission_name

if TYPE_CHECKING:
    from helpers.comparing.differences import Difference


def subject_of(difference: Difference) -> str:
    """Return a permission's name, a credential's key id, a member of a set, or the surface itself."""
    match difference:
        case PermissionAdded(permission=permission) | PermissionRemoved(permission=permission):
            return permission_name(permission)
        case CredentialAdded(credential=credential) | CredentialRemoved(credential=credential):
            return credential.key_id
        case CredentialChanged(after=credential):
            return credential.key_id
        case ValueAdded(value=value) | ValueRemoved(value=value):
            return value
    return difference.surface.value
