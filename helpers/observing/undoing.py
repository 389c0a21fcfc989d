"""The calls of Graph that undo one difference, named as Graph names things. Whoever makes them needs the right to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.comparing import (
    CredentialAdded,
    CredentialChanged,
    PermissionAdded,
    PermissionRemoved,
    Surface,
    ValueAdded,
    ValueChanged,
    ValueRemoved,
)
from helpers.model import CredentialKind, Existence, Holder, PermissionType
from helpers.observing.application import permission_asked
from helpers.observing.calls import LISTED, Call, path
from helpers.observing.grants import assigned_role, for_everybody, for_one_user, scopes_of
from helpers.observing.relations import BY_GROUP, BY_MEMBERSHIP
from helpers.observing.resetting import reset, without_member
from helpers.observing.values import identifier, kind_of, members
from helpers.shapes import Misshapen, mapping, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from helpers.comparing import Difference
    from helpers.model import Credential, Permission
    from helpers.observing.documents import Document, Documents

    _Undo = Callable[[Difference, Documents], Iterator[Call]]

_COLLECTIONS = {Holder.APPLICATION: "applications", Holder.SERVICE_PRINCIPAL: "servicePrincipals"}
_PROPERTIES = {
    Surface.DISPLAY_NAME: "displayName",
    Surface.NOTES: "notes",
    Surface.SERVICE_MANAGEMENT_REFERENCE: "serviceManagementReference",
    Surface.SIGN_IN_AUDIENCE: "signInAudience",
}
# Which object has policies of a kind, and which kinds of objects can be owned, by the path they have below it.
_POLICIES = {
    "tokenLifetimePolicy": (Holder.APPLICATION, Holder.SERVICE_PRINCIPAL),
    "tokenIssuancePolicy": (Holder.APPLICATION,),
    "claimsMappingPolicy": (Holder.SERVICE_PRINCIPAL,),
    "homeRealmDiscoveryPolicy": (Holder.SERVICE_PRINCIPAL,),
    "appManagementPolicy": (Holder.APPLICATION, Holder.SERVICE_PRINCIPAL),
}
_OWNED = {"application": "applications", "servicePrincipal": "servicePrincipals", "group": "groups"}
_CONTAINERS = {"group": ("groups",), "administrativeUnit": ("directory", "administrativeUnits")}


def calls_to_undo(difference: Difference, documents: Documents) -> tuple[Call, ...]:
    """Return the calls that undo a difference, in their order; none where no call of Graph does.

    Where one call lists and the next has `LISTED` in its path, that stands for the id that was listed.
    """
    try:
        return tuple(_calls(difference, documents))
    except Misshapen:
        return ()


def _calls(difference: Difference, documents: Documents) -> Iterator[Call]:
    match difference:
        case CredentialAdded(credential=credential) | CredentialChanged(after=credential):
            yield from _without_credential(credential, documents)
        case PermissionAdded(permission=permission):
            yield from _without_permission(difference.surface, permission, documents)
        case PermissionRemoved(permission=permission):
            yield from _with_permission(difference.surface, permission, documents)
        case ValueAdded() | ValueRemoved() | ValueChanged():
            for surface, undo in _BY_SURFACE.items():
                if surface is difference.surface:
                    yield from undo(difference, documents)


def _object(documents: Documents, holder: Holder) -> Document:
    found = documents.application if holder is Holder.APPLICATION else documents.service_principal
    if not isinstance(found, dict):
        raise Misshapen(f"the {holder} was not seen")
    return found


def _at(documents: Documents, holder: Holder, *more: str) -> str:
    return path(_COLLECTIONS[holder], identifier(_object(documents, holder)), *more)


def _patch(documents: Documents, holder: Holder, body: Document) -> Call:
    return Call("PATCH", _at(documents, holder), body)


def _without_credential(credential: Credential, documents: Documents) -> Iterator[Call]:
    holder = credential.holder
    if credential.kind is CredentialKind.FEDERATED:
        yield Call("DELETE", _at(documents, holder, "federatedIdentityCredentials", credential.key_id))
    elif credential.kind is CredentialKind.SECRET:
        yield Call("POST", _at(documents, holder, "removePassword"), {"keyId": credential.key_id})
    else:
        # What is sent again without its key stays as it is (provider.md §2); what is left out goes.
        left = [
            {**{name: value for name, value in each.items() if "@" not in name}, "key": None}
            for each in members(_object(documents, holder), "keyCredentials")
            if identifier(each, "keyId") != credential.key_id
        ]
        yield _patch(documents, holder, {"keyCredentials": left})


def _without_permission(surface: Surface, permission: Permission, documents: Documents) -> Iterator[Call]:
    if surface is Surface.REQUESTED:
        yield _asking(documents, lambda asked: [each for each in asked if each != permission])
    elif permission.type is PermissionType.APPLICATION:
        for each in _listed(documents.app_role_assignments):
            if assigned_role(each, documents) == permission:
                yield Call("DELETE", _assignments(documents, text(each.get("id"), "`id`")))
    else:
        for grant in _listed(documents.delegated_grants):
            if for_everybody(grant):
                yield from _without_scope(grant, permission, documents)


def _with_permission(surface: Surface, permission: Permission, documents: Documents) -> Iterator[Call]:
    """Ask for it again, or grant it again: consent is somebody's decision, and this is what it makes."""
    if surface is Surface.REQUESTED:
        yield _asking(documents, lambda asked: [*asked, permission])
        return
    resource = next((id_ for id_, each in documents.resources.items() if each.get("appId") == permission.api), None)
    if resource is not None and permission.type is PermissionType.APPLICATION:
        principal = identifier(_object(documents, Holder.SERVICE_PRINCIPAL))
        body = {"principalId": principal, "resourceId": resource, "appRoleId": permission.id}
        yield Call("POST", _assignments(documents), body)


def _assignments(documents: Documents, *more: str) -> str:
    return _at(documents, Holder.SERVICE_PRINCIPAL, "appRoleAssignments", *more)


def _asking(documents: Documents, changed: Callable[[list[Permission]], list[Permission]]) -> Call:
    """Return the call that asks for other permissions; those that stay, stay in Graph's order."""
    application = _object(documents, Holder.APPLICATION)
    asked = [
        permission_asked(api, access)
        for api in members(application, "requiredResourceAccess")
        for access in members(api, "resourceAccess")
    ]
    by_api: dict[str, list[Document]] = {}
    for each in changed(asked):
        kind = "Scope" if each.type is PermissionType.DELEGATED else "Role"
        by_api.setdefault(each.api, []).append({"id": each.id, "type": kind})
    required = [{"resourceAppId": api, "resourceAccess": access} for api, access in by_api.items()]
    return _patch(documents, Holder.APPLICATION, {"requiredResourceAccess": required})


def _without_scope(grant: Document, permission: Permission, documents: Documents) -> Iterator[Call]:
    names = text(grant.get("scope"), "`scope`").split()
    left = [name for name, each in zip(names, scopes_of(grant, documents), strict=True) if each != permission]
    if len(left) == len(names):
        return
    place = path("oauth2PermissionGrants", text(grant.get("id"), "`id`"))
    yield Call("PATCH", place, {"scope": " ".join(left)}) if left else Call("DELETE", place)


def _listed(listing: object) -> tuple[Document, ...]:
    return listing if isinstance(listing, tuple) else ()


def _value(difference: Difference) -> str:
    return difference.value if isinstance(difference, ValueAdded | ValueRemoved) else ""


def _before(difference: Difference) -> str:
    return difference.before if isinstance(difference, ValueChanged) else ""


def _related(difference: Difference) -> tuple[str, str]:
    """Return the id and the kind of what a service principal is related to, by the text that tells it."""
    id_, _, rest = _value(difference).partition(" ")
    return id_, rest.partition(" ")[0].rstrip(",")


def _single(difference: Difference, documents: Documents) -> Iterator[Call]:
    name = _PROPERTIES[difference.surface]
    yield _patch(documents, Holder.APPLICATION, {name: _before(difference) or None})


def _owner(holder: Holder) -> _Undo:
    def undo(difference: Difference, documents: Documents) -> Iterator[Call]:
        owner = _value(difference)
        if isinstance(difference, ValueAdded):
            yield Call("DELETE", _at(documents, holder, "owners", owner, "$ref"))
        else:
            yield Call("POST", _at(documents, holder, "owners", "$ref"), refers_to=owner)

    return undo


def _redirect_uri(difference: Difference, documents: Documents) -> Iterator[Call]:
    application = _object(documents, Holder.APPLICATION)
    body: Document = {}
    for platform in ("web", "spa", "publicClient"):
        uris = mapping(application.get(platform), f"`{platform}`").get("redirectUris") or []
        if _value(difference) in uris:
            body[platform] = {"redirectUris": [uri for uri in uris if uri != _value(difference)]}
    if body:
        yield _patch(documents, Holder.APPLICATION, body)


def _identifier_uri(difference: Difference, documents: Documents) -> Iterator[Call]:
    uris = _object(documents, Holder.APPLICATION).get("identifierUris")
    yield _patch(documents, Holder.APPLICATION, {"identifierUris": without_member(uris, _value(difference))})


def _public_client(_difference: Difference, documents: Documents) -> Iterator[Call]:
    yield _patch(documents, Holder.APPLICATION, {"isFallbackPublicClient": False})


def _app_role(difference: Difference, documents: Documents) -> Iterator[Call]:
    roles = _object(documents, Holder.APPLICATION).get("appRoles")
    yield from (
        _patch(documents, Holder.APPLICATION, {"appRoles": left}) for left in _retired(roles, _value(difference))
    )


def _scope(difference: Difference, documents: Documents) -> Iterator[Call]:
    api = mapping(_object(documents, Holder.APPLICATION).get("api"), "`api`")
    for left in _retired(api.get("oauth2PermissionScopes"), _value(difference)):
        yield _patch(documents, Holder.APPLICATION, {"api": {"oauth2PermissionScopes": left}})


def _retired(definitions: object, value: str) -> Iterator[list[Document]]:
    """Yield definitions with one disabled, then without it: Graph removes none that is enabled."""
    every = [each for each in definitions if isinstance(each, dict)] if isinstance(definitions, list) else []
    named = [each for each in every if value in (each.get("value"), identifier(each))]
    yield [{**each, "isEnabled": False} if each in named else each for each in every]
    yield [each for each in every if each not in named]


def _authorized_client(difference: Difference, documents: Documents) -> Iterator[Call]:
    api = mapping(_object(documents, Holder.APPLICATION).get("api"), "`api`")
    clients = members(api, "preAuthorizedApplications")
    left = [each for each in clients if identifier(each, "appId") != _value(difference)]
    yield _patch(documents, Holder.APPLICATION, {"api": {"preAuthorizedApplications": left}})


def _setting(holder: Holder) -> _Undo:
    def undo(difference: Difference, documents: Documents) -> Iterator[Call]:
        application = documents.application if holder is Holder.SERVICE_PRINCIPAL else None
        repeated = application if isinstance(application, dict) else {}
        body = reset(_object(documents, holder), _value(difference), repeated=repeated)
        if body and isinstance(difference, ValueAdded):
            yield _patch(documents, holder, body)

    return undo


def _enabled(holder: Holder, *switches: tuple[str, bool]) -> _Undo:
    """Put back each switch that says otherwise; what Microsoft took out of service nobody else puts back."""

    def undo(_difference: Difference, documents: Documents) -> Iterator[Call]:
        document = _object(documents, holder)
        body: dict[str, Any] = {name: value for name, value in switches if document.get(name) is (not value)}
        if body:
            yield _patch(documents, holder, body)

    return undo


def _existence(difference: Difference, documents: Documents) -> Iterator[Call]:
    """Restore what was deleted; of a service principal only the list of deleted ones knows the id."""
    if difference.surface is Surface.APPLICATION:
        if not isinstance(difference, ValueChanged) or difference.after != Existence.DELETED:
            return
        deleted = documents.deleted if isinstance(documents.deleted, dict) else {}
        yield Call("POST", path("directory", "deletedItems", identifier(deleted), "restore"))
    kind = path("directory", "deletedItems", "microsoft.graph.servicePrincipal")
    yield Call("GET", f"{kind}?$filter=appId%20eq%20'{documents.client_id.lower()}'")
    yield Call("POST", path("directory", "deletedItems", LISTED, "restore"))


def _directory_role(difference: Difference, documents: Documents) -> Iterator[Call]:
    """Take the role away, or the membership of the group that has it: the group's role may be others' too."""
    told, principal = _value(difference), identifier(_object(documents, Holder.SERVICE_PRINCIPAL))
    _, by_group, group = told.partition(BY_GROUP)
    if by_group:
        yield Call("DELETE", path("groups", group, "members", principal, "$ref"))
    elif told.endswith(BY_MEMBERSHIP):
        yield Call("DELETE", path("directoryRoles", _related(difference)[0], "members", principal, "$ref"))
    else:
        yield Call("DELETE", path("roleManagement", "directory", "roleAssignments", _related(difference)[0]))


def _group(difference: Difference, documents: Documents) -> Iterator[Call]:
    id_, kind = _related(difference)
    if kind in _CONTAINERS:
        principal = identifier(_object(documents, Holder.SERVICE_PRINCIPAL))
        yield Call("DELETE", path(*_CONTAINERS[kind], id_, "members", principal, "$ref"))


def _owned(difference: Difference, documents: Documents) -> Iterator[Call]:
    id_, kind = _related(difference)
    if kind in _OWNED:
        principal = identifier(_object(documents, Holder.SERVICE_PRINCIPAL))
        yield Call("DELETE", path(_OWNED[kind], id_, "owners", principal, "$ref"))


def _policy(difference: Difference, documents: Documents) -> Iterator[Call]:
    """Take a policy off each object that can have it: Graph answers 404 for the one that has not."""
    for each in _listed(documents.policies):
        kind = kind_of(each)
        if identifier(each) == _related(difference)[0] and kind in _POLICIES:
            for holder in _POLICIES[kind]:
                yield Call("DELETE", _at(documents, holder, f"{kind[:-1]}ies", identifier(each), "$ref"))


def _for_user(difference: Difference, documents: Documents) -> Iterator[Call]:
    for grant in _listed(documents.delegated_grants):
        if for_everybody(grant):
            continue
        for permission in scopes_of(grant, documents):
            if for_one_user(grant, permission) == _value(difference):
                yield from _without_scope(grant, permission, documents)


_APPLICATION, _PRINCIPAL = Holder.APPLICATION, Holder.SERVICE_PRINCIPAL
_BY_SURFACE: dict[Surface, _Undo] = {
    **dict.fromkeys(_PROPERTIES, _single),
    Surface.APPLICATION: _existence,
    Surface.APPLICATION_ENABLED: _enabled(_APPLICATION, ("isDisabled", False)),
    Surface.APPLICATION_OWNERS: _owner(_APPLICATION),
    Surface.REDIRECT_URIS: _redirect_uri,
    Surface.IDENTIFIER_URIS: _identifier_uri,
    Surface.PUBLIC_CLIENT: _public_client,
    Surface.APP_ROLES: _app_role,
    Surface.SCOPES: _scope,
    Surface.AUTHORIZED_CLIENTS: _authorized_client,
    Surface.APPLICATION_SETTINGS: _setting(_APPLICATION),
    Surface.SERVICE_PRINCIPAL: _existence,
    Surface.SERVICE_PRINCIPAL_OWNERS: _owner(_PRINCIPAL),
    Surface.SERVICE_PRINCIPAL_ENABLED: _enabled(_PRINCIPAL, ("accountEnabled", True), ("isDisabled", False)),
    Surface.SERVICE_PRINCIPAL_SETTINGS: _setting(_PRINCIPAL),
    Surface.DIRECTORY_ROLES: _directory_role,
    Surface.GROUPS: _group,
    Surface.OWNED_OBJECTS: _owned,
    Surface.POLICIES: _policy,
    Surface.GRANTED_TO_USERS: _for_user,
}
