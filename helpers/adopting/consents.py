"""Consent that is there for what is asked for, by the ids that Terraform imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.declaration.adopted import AdoptedGrant, AdoptedRole
from helpers.model import Permission, PermissionType
from helpers.observing.grants import for_everybody, resource_of
from helpers.observing.values import identifier
from helpers.shapes import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from helpers.observing.documents import Document, Documents


def roles_for(
    requested: Iterable[Permission], assignments: Iterable[Document], documents: Documents
) -> Iterator[AdoptedRole]:
    """Yield the app role assignments that grant requested permissions, in these' order. Raises `Misshapen`."""
    found = [(_api(each, documents), identifier(each, "appRoleId"), each) for each in assignments]
    for permission in of_type(requested, PermissionType.APPLICATION):
        for api, role, each in found:
            if (api, role) == (permission.api, permission.id):
                yield AdoptedRole(role, identifier(each, "resourceId"), text(each.get("id"), "`id`"))


def grants_for(
    requested: Iterable[Permission], grants: Iterable[Document], documents: Documents
) -> Iterator[AdoptedGrant]:
    """Yield the grants for everybody on the APIs of requested delegated permissions, by API. Raises `Misshapen`."""
    found = [(_api(each, documents), each) for each in grants if for_everybody(each)]
    for wanted in sorted({each.api for each in of_type(requested, PermissionType.DELEGATED)}):
        yield from (AdoptedGrant(api, text(each.get("id"), "`id`")) for api, each in found if api == wanted)


def of_type(requested: Iterable[Permission], kind: PermissionType) -> list[Permission]:
    """Return the permissions of one type, sorted."""
    return sorted(each for each in requested if each.type is kind)


def _api(consent: Document, documents: Documents) -> str:
    """Return the client id of the API that consent is on. Raises `Misshapen` where it was not found."""
    return identifier(resource_of(consent, documents), "appId")
