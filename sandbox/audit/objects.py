"""Applications and service principals: made, changed, deleted, restored; their credentials and owners."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sandbox.audit.activity import Activity
from sandbox.audit.targets import added, attribute, included, key_description, key_descriptions, removed, target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sandbox.audit.activity import Touched
    from sandbox.directory import Directory
    from sandbox.store import Document

# An en dash, and a space at the end: no other form is ever logged (graph-audit.md §0 point 11).
_SECRETS = "application – Certificates and secrets management "
_CREDENTIALS = ("keyCredentials", "passwordCredentials")
# What other records tell, or none: who watches these would be told twice.
_TOLD_ELSEWHERE = (*_CREDENTIALS, "owners")
_OF_NEW = ("appId", "displayName", "signInAudience", "requiredResourceAccess")
_REDIRECTS = ("web", "spa", "publicClient")
# The log speaks the directory's own language, older than Graph's; what is not here is Graph's name with a capital.
_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "signInAudience": "AvailableToOtherTenants",
        "isFallbackPublicClient": "PublicClient",
        "identifierUris": "AppIdentifierUri",
        "servicePrincipalNames": "ServicePrincipalName",
        "replyUrls": "AppAddress",
    }
)


def of_application(touched: Touched, directory: Directory) -> Iterator[Activity]:
    """Yield what happened to an application that is there."""
    before, after = touched.before, touched.after
    if after is None:
        return
    if before is None:
        yield Activity("Add application", "Add", (target("application", after, _introduced(after)),))
        yield from _new_credentials(after)
    else:
        yield from _changed_application(before, after)
    yield from _owners("application", before, after, directory)


def of_service_principal(touched: Touched, directory: Directory) -> Iterator[Activity]:
    """Yield what happened to a service principal that is there."""
    before, after = touched.before, touched.after
    if after is None:
        return
    if before is None:
        yield Activity("Add service principal", "Add", (target("servicePrincipal", after, _introduced(after)),))
    else:
        yield from _changed_principal(before, after)
    yield from _owners("servicePrincipal", before, after, directory)


def of_deleted(touched: Touched, directory: Directory) -> Iterator[Activity]:
    """Yield that an object was deleted, restored, or is gone for good."""
    kind = "application" if touched.kind == "deletedApplication" else "servicePrincipal"
    noun = "application" if kind == "application" else "service principal"
    if touched.after is not None:
        # Of a service principal the log has no deletion, only this.
        name = "Delete application" if kind == "application" else "Remove service principal"
    elif directory.store.get(directory.tenant_id, kind, touched.id) is not None:
        name = f"Restore {noun}"
    else:
        name = f"Hard Delete {noun}"
    operation = "Update" if name.startswith("Restore") else "Delete"
    yield Activity(name, operation, (target(kind, touched.document),))


def _introduced(document: Document) -> list[Document]:
    names = [name for name in _OF_NEW if document.get(name)]
    return [*_attributes({}, document, names), included([_name(name) for name in names])]


def _new_credentials(application: Document) -> Iterator[Activity]:
    """Yield what every registration logs, with nothing on both sides, and the other verb where it came with some."""
    verb = "Create" if key_descriptions(application) else "Update"
    yield Activity(f"{verb} {_SECRETS}", "Update", (_with_keys("application", {}, application),))


def _changed_application(before: Document, after: Document) -> Iterator[Activity]:
    names = _changed(before, after)
    keys = _has_other_keys(before, after)
    if keys:
        yield Activity(f"Update {_SECRETS}", "Update", (_with_keys("application", before, after),))
    if names or keys or _is_reordered(before, after):
        properties = [*_attributes(before, after, names), included(sorted({_name(name) for name in names}))]
        yield Activity("Update application", "Update", (target("application", after, properties),))


def _changed_principal(before: Document, after: Document) -> Iterator[Activity]:
    names = _changed(before, after)
    for verb, present in (("Add", (before, after)), ("Remove", (after, before))):
        if set(key_descriptions(present[1])) - set(key_descriptions(present[0])):
            yield Activity(
                f"{verb} service principal credentials", "Update", (_with_keys("servicePrincipal", before, after),)
            )
    if names or _has_other_keys(before, after) or _is_reordered(before, after):
        called = added("TargetId.ServicePrincipalNames", after["appId"])
        properties = [*_attributes(before, after, names), included(sorted({_name(name) for name in names})), called]
        yield Activity("Update service principal", "Update", (target("servicePrincipal", after, properties),))


def _changed(before: Document, after: Document) -> list[str]:
    return [
        name
        for name in dict.fromkeys([*before, *after])
        if name not in _TOLD_ELSEWHERE and before.get(name) != after.get(name)
    ]


def _has_other_keys(before: Document, after: Document) -> bool:
    """Say whether the sets of credentials differ in anything, what the record leaves out included."""
    return any(_by_id(before.get(kind)) != _by_id(after.get(kind)) for kind in _CREDENTIALS)


def _is_reordered(before: Document, after: Document) -> bool:
    return any(before.get(kind) != after.get(kind) for kind in _CREDENTIALS)


def _by_id(entries: Sequence[Document] | None) -> dict[str, Document]:
    return {entry["keyId"].lower(): entry for entry in entries or ()}


def _with_keys(kind: str, before: Document, after: Document) -> Document:
    return target(kind, after, [key_description(before, after), included(["KeyDescription"])])


def _attributes(before: Document, after: Document, names: Sequence[str]) -> list[Document]:
    """Return the changed properties, each name once: three of an application's hold its addresses."""
    by_name: dict[str, Document] = {}
    for name in names:
        old, new = (_written(name, document) for document in (before, after))
        by_name[_name(name)] = attribute(_name(name), old, new)
    return list(by_name.values())


def _written(name: str, document: Document) -> Any:  # noqa: ANN401 — any JSON
    """Return a property as the log writes it."""
    value = document.get(name)
    if name in _REDIRECTS:
        return _addresses(document)
    if name == "signInAudience":
        return None if value is None else value != "AzureADMyOrg"
    if name == "requiredResourceAccess":
        return [_required(api) for api in value or ()]
    return value


def _required(api: Document) -> Document:
    permissions = [
        {
            "EntitlementId": access["id"],
            "DirectAccessGrant": access["type"] == "Role",
            "ImpersonationAccessGrants": [20] if access["type"] == "Scope" else [],
        }
        for access in api["resourceAccess"]
    ]
    return {"ResourceAppId": api["resourceAppId"], "RequiredAppPermissions": permissions, "EncodingVersion": 1}


def _addresses(document: Document) -> list[Document]:
    return [
        {"AddressType": 0, "Address": uri, "ReplyAddressClientType": number}
        for number, name in enumerate(_REDIRECTS, 1)
        for uri in (document.get(name) or {}).get("redirectUris") or ()
    ]


def _name(name: str) -> str:
    if name in _REDIRECTS:
        return "AppAddress"
    return _NAMES.get(name, name[:1].upper() + name[1:])


def _owners(kind: str, before: Document | None, after: Document, directory: Directory) -> Iterator[Activity]:
    noun = "application" if kind == "application" else "service principal"
    old, new = (before or {}).get("owners") or [], after.get("owners") or []
    for owner in new:
        if owner not in old:
            targets = (_owner(owner, directory, _owned(kind, after, added)), target(kind, after))
            yield Activity(f"Add owner to {noun}", "Assign", targets)
    for owner in old:
        if owner not in new:
            targets = (_owner(owner, directory, _owned(kind, after, removed)), target(kind, after))
            yield Activity(f"Remove owner from {noun}", "Unassign", targets)


def _owned(kind: str, owned: Document, told: Callable[[str, object], Document]) -> list[Document]:
    noun = kind[:1].upper() + kind[1:]
    pairs = (("ObjectID", "id"), ("DisplayName", "displayName"), ("AppId", "appId"))
    return [told(f"{noun}.{name}", owned.get(key)) for name, key in pairs]


def _owner(identifier: str, directory: Directory, properties: list[Document]) -> Document:
    """Return the owner as the first target: the record is about it as much as about what it owns."""
    for kind in ("user", "servicePrincipal"):
        document = directory.store.get(directory.tenant_id, kind, identifier)
        if document is not None:
            return target(kind, document, properties)
    return target("other", {"id": identifier}, properties)
