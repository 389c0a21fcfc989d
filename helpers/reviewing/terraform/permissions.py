"""Permissions asked for and granted, as resources say them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from helpers.guids import GUID
from helpers.model import NotSeen, Permission, PermissionType, Seen
from helpers.permissions import apis
from helpers.reviewing.terraform.grouping import bare_id
from helpers.reviewing.terraform.resource import API_ACCESS, APP_ROLE_ASSIGNMENT, DELEGATED_GRANT, read
from helpers.reviewing.terraform.shapes import blocks
from helpers.shapes import Misshapen, text, texts
from helpers.terms import AdminConsent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from helpers.reviewing.terraform.grouping import Bundle
    from helpers.reviewing.terraform.resource import Notes, Resource

Permissions = Seen[frozenset[Permission]] | NotSeen

# Entra's words in requiredResourceAccess.
_TYPES = {"Role": PermissionType.APPLICATION, "Scope": PermissionType.DELEGATED}
_NO_API = "is for an API that cannot be told"


@dataclass(frozen=True)
class ApisNamed:
    """The client ids of APIs, by the object id of their service principal in the tenant and by address.

    `guessing` allows to tell an API by a permission it is known for, where its data source is gone: on the side that
    was, for what Terraform takes away.
    """

    by_object_id: Mapping[str, str] = field(default_factory=dict)
    by_address: Mapping[str, str] = field(default_factory=dict)
    guessing: bool = False

    def of(self, resource: Resource, attribute: str) -> str | None:
        """Return the client id of the API whose service principal an attribute names."""
        value = resource.known_text(attribute)
        if value:
            return self.by_object_id.get(bare_id(value))
        return self.by_address.get(resource.links.get(attribute, ""))

    def known_for(self, *names: str, type_: PermissionType) -> str | None:
        """Return the one API that has permissions of all these names or ids, if guessing is allowed."""
        having = [
            api.app_id
            for api in apis()
            if all(
                any(kind is type_ and name in (known, id_) for (kind, known), id_ in api.permissions.items())
                for name in names
            )
        ]
        return having[0] if self.guessing and len(having) == 1 else None


def requested(bundle: Bundle, notes: Notes) -> Permissions:
    """Return what the application asks for."""
    asked = [read(bundle.application, ("required_resource_access",), _required, notes)]
    asked += [
        read(access, ("api_client_id", "role_ids", "scope_ids"), _api_access, notes) for access in bundle.of(API_ACCESS)
    ]
    return _together(asked)


def granted(bundle: Bundle, asked: Permissions, *, consent: str, apis_named: ApisNamed, notes: Notes) -> Permissions:
    """Return what is consented to, once whoever consents has done so.

    With consent by hand no resource grants anything, and an environment file says the same: an administrator grants
    what is asked for. `consent` is the file's word for it, empty where nobody recorded it.
    """
    given = [_assigned(each, apis_named, notes) for each in bundle.of(APP_ROLE_ASSIGNMENT)]
    given += [_delegated(each, apis_named, notes) for each in bundle.of(DELEGATED_GRANT)]
    by_hand = consent == AdminConsent.MANUAL or (not consent and not given)
    return _together([asked, *given] if by_hand else given)


def _together(surfaces: list[Permissions]) -> Permissions:
    """Return all permissions of these; one that was not seen may hold anything."""
    seen: set[Permission] = set()
    for surface in surfaces:
        if isinstance(surface, NotSeen):
            return surface
        seen |= surface.items
    return Seen(frozenset(seen))


def _required(values: Mapping[str, Any]) -> frozenset[Permission]:
    return frozenset(_required_one_by_one(values))


def _required_one_by_one(values: Mapping[str, Any]) -> Iterator[Permission]:
    for api in blocks(values.get("required_resource_access"), "`required_resource_access`"):
        app_id = text(api.get("resource_app_id"), "`resource_app_id`").lower()
        for access in blocks(api.get("resource_access"), "`resource_access`"):
            type_ = _TYPES.get(text(access.get("type"), "`type` of a permission"))
            id_ = text(access.get("id"), "`id` of a permission").lower()
            if type_ is None or not app_id or not id_:
                raise Misshapen("`required_resource_access` holds something else than permissions")
            yield Permission(app_id, id_, type_)


def _api_access(values: Mapping[str, Any]) -> frozenset[Permission]:
    api = text(values.get("api_client_id"), "`api_client_id`").lower()
    roles, scopes = (texts(values.get(key), f"`{key}`") for key in ("role_ids", "scope_ids"))
    return frozenset(
        {
            *(Permission(api, each.lower(), PermissionType.APPLICATION) for each in roles),
            *(Permission(api, each.lower(), PermissionType.DELEGATED) for each in scopes),
        }
    )


def _assigned(resource: Resource, apis_named: ApisNamed, notes: Notes) -> Permissions:
    role = read(resource, ("app_role_id",), lambda values: text(values.get("app_role_id"), "`app_role_id`"), notes)
    if isinstance(role, NotSeen):
        return role
    id_, type_ = role.items.lower(), PermissionType.APPLICATION
    api = apis_named.of(resource, "resource_object_id") or apis_named.known_for(id_, type_=type_)
    if api is None or not id_:
        return _of_no_api(resource, notes)
    return Seen(frozenset({Permission(api, id_, type_)}))


def _delegated(resource: Resource, apis_named: ApisNamed, notes: Notes) -> Permissions:
    claims = read(resource, ("claim_values",), _claims, notes)
    if isinstance(claims, NotSeen):
        return claims
    type_ = PermissionType.DELEGATED
    api = apis_named.of(resource, "resource_service_principal_object_id")
    api = api or apis_named.known_for(*claims.items, type_=type_)
    if api is None:
        return _of_no_api(resource, notes)
    return Seen(frozenset(Permission(api, _scope_id(api, claim), type_) for claim in claims.items))


def _claims(values: Mapping[str, Any]) -> list[str]:
    return texts(values.get("claim_values"), "`claim_values`")


def _of_no_api(resource: Resource, notes: Notes) -> NotSeen:
    notes.not_seen(resource.label, _NO_API)
    return NotSeen(f"{resource.label} {_NO_API}")


def _scope_id(api: str, claim: str) -> str:
    """A grant names scopes by their value; one that the catalogue does not know keeps it in place of an id."""
    known = next((each.permissions for each in apis() if each.app_id == api), {})
    return known.get((PermissionType.DELEGATED, claim), claim.lower() if GUID.fullmatch(claim) else claim)
