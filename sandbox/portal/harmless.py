"""Differences in Graph's answers that mean nothing: orders, spellings, Microsoft's own doings, and neighbours'."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING

from helpers.errors import InputError
from helpers.permissions import MICROSOFT_GRAPH, find_api
from sandbox.identities import COLLEAGUE_ID
from sandbox.portal.change import Change

if TYPE_CHECKING:
    from sandbox.portal.desk import Desk
    from sandbox.store import Document

_DATES = ("startDateTime", "endDateTime")
_FRACTION = ".1234567Z"


def _two(values: list[Document], desk: Desk, what: str) -> list[Document]:
    """Return the values in another order; raise InputError where there is no other."""
    if values == values[::-1]:
        raise InputError(desk.app_id, f"has no two {what} to reorder", "deploy it with more")
    return values[::-1]


def _reorder_permissions(desk: Desk) -> None:
    apis = desk.application["requiredResourceAccess"]
    reordered = [{**api, "resourceAccess": api["resourceAccess"][::-1]} for api in apis]
    if reordered == apis:
        raise InputError(desk.app_id, "asks no API for two permissions", "deploy it with more")
    desk.change_application(requiredResourceAccess=reordered)


def _reorder_apis(desk: Desk) -> None:
    desk.change_application(requiredResourceAccess=_two(desk.application["requiredResourceAccess"], desk, "APIs"))


def _reorder_certificates(desk: Desk) -> None:
    desk.change_application(keyCredentials=_two(desk.application["keyCredentials"], desk, "certificates"))


def _reorder_owners(desk: Desk) -> None:
    desk.settle_application(owners=_two(desk.application["owners"], desk, "owners"))


def _upper_case(desk: Desk) -> None:
    application = desk.application
    apis = [
        {
            "resourceAppId": api["resourceAppId"].upper(),
            "resourceAccess": [{**each, "id": each["id"].upper()} for each in api["resourceAccess"]],
        }
        for api in application["requiredResourceAccess"]
    ]
    keys = [{**entry, "keyId": entry["keyId"].upper()} for entry in application["keyCredentials"]]
    desk.settle_application(requiredResourceAccess=apis, keyCredentials=keys)
    ends = ("appRoleId", "principalId", "resourceId")
    for assignment in desk.world.store.where(desk.tenant_id, "appRoleAssignment", "principalId", desk.principal["id"]):
        desk.settle("appRoleAssignment", {**assignment, **{name: assignment[name].upper() for name in ends}})


def _fractions(desk: Desk) -> None:
    application = desk.application
    keys = [
        {**entry, **{name: entry[name].partition(".")[0].removesuffix("Z") + _FRACTION for name in _DATES}}
        for entry in application["keyCredentials"]
    ]
    created = application["createdDateTime"].partition(".")[0].removesuffix("Z") + _FRACTION
    desk.settle_application(keyCredentials=keys, createdDateTime=created)


def _other_created_time(desk: Desk) -> None:
    created = desk.timestamp(timedelta(seconds=-7))
    desk.settle_application(createdDateTime=created)
    desk.settle_principal(createdDateTime=created)


def _portal_tags(desk: Desk) -> None:
    desk.change_application(tags=[*desk.application["tags"], "webApp", "apiConsumer"])


def _gallery_tag(desk: Desk) -> None:
    desk.change_principal(tags=[*desk.principal["tags"], "WindowsAzureActiveDirectoryIntegratedApp"])


def _spell_out_defaults(desk: Desk) -> None:
    spelled = {"isDisabled": False, "disabledByMicrosoftStatus": "NotDisabled"}
    desk.settle_application(**spelled, isFallbackPublicClient=False, groupMembershipClaims="None")
    desk.settle_principal(**spelled)


def _logo_and_links(desk: Desk) -> None:
    links = {"logoUrl": "https://aadcdn.example/logo.png", "supportUrl": "https://help.contoso.example"}
    desk.settle_application(info={**desk.application["info"], **links})
    desk.settle_principal(info={**desk.principal["info"], **links})


def _publisher_domain(desk: Desk) -> None:
    desk.settle_application(publisherDomain="contoso.example")


def _no_verified_publisher(desk: Desk) -> None:
    desk.settle_application(verifiedPublisher=None)
    desk.settle_principal(verifiedPublisher=None)


def _thumbprints_in_base64(desk: Desk) -> None:
    keys = [
        {**entry, "customKeyIdentifier": base64.b64encode(bytes.fromhex(entry["customKeyIdentifier"])).decode()}
        for entry in desk.application["keyCredentials"]
    ]
    desk.settle_application(keyCredentials=keys)


def _rename_certificate(desk: Desk, name: str) -> None:
    keys = [{**entry, "displayName": name} for entry in desk.application["keyCredentials"]]
    desk.settle_application(keyCredentials=keys)


def _new_empty_properties(desk: Desk) -> None:
    new: dict[str, object] = {"somethingNew": None, "somethingNewToo": [], "somethingNewAgain": False}
    desk.settle_application(**new)
    desk.settle_principal(**new)


def _odata_types(desk: Desk) -> None:
    application = desk.application
    keys = [{"@odata.type": "#microsoft.graph.keyCredential", **entry} for entry in application["keyCredentials"]]
    apis = [
        {"@odata.type": "#microsoft.graph.requiredResourceAccess", **api}
        for api in application["requiredResourceAccess"]
    ]
    desk.settle_application(keyCredentials=keys, requiredResourceAccess=apis)


def _api_renamed(desk: Desk, to: str) -> None:
    """Rename Microsoft Graph: assignments repeat its name."""
    api = desk.directory.service_principal_by_app_id(find_api(MICROSOFT_GRAPH).app_id) or {}
    desk.settle("servicePrincipal", {**api, "displayName": to, "appDisplayName": to})
    for assignment in desk.world.store.where(desk.tenant_id, "appRoleAssignment", "resourceId", api["id"]):
        desk.settle("appRoleAssignment", {**assignment, "resourceDisplayName": to})


def _neighbour(desk: Desk, name: str = "Payroll") -> tuple[Document, Document]:
    """Return another application of the tenant and its service principal, registered now."""
    application = desk.ask("POST", "/applications", {"displayName": name})
    return application, desk.ask("POST", "/servicePrincipals", {"appId": application["appId"]})


def _neighbours_secret(desk: Desk) -> None:
    application, _ = _neighbour(desk)
    desk.ask("POST", f"/applications/{application['id']}/addPassword", {"passwordCredential": None})


def _neighbours_owner(desk: Desk) -> None:
    application, _ = _neighbour(desk)
    desk.ask("POST", f"/applications/{application['id']}/owners/$ref", desk.reference(COLLEAGUE_ID))


def _neighbours_permission(desk: Desk) -> None:
    _, principal = _neighbour(desk)
    api = desk.directory.service_principal_by_app_id(find_api(MICROSOFT_GRAPH).app_id) or {}
    assignment = {"principalId": principal["id"], "resourceId": api["id"], "appRoleId": api["appRoles"][0]["id"]}
    desk.ask("POST", f"/servicePrincipals/{principal['id']}/appRoleAssignments", assignment)


def _neighbours_group(desk: Desk) -> None:
    _, principal = _neighbour(desk)
    body = {"displayName": "Tier 2", "mailEnabled": False, "mailNickname": "tier2", "securityEnabled": True}
    made = desk.ask("POST", "/groups", body)
    desk.ask("POST", f"/groups/{made['id']}/members/$ref", desk.reference(principal["id"]))


def _namesake(desk: Desk) -> None:
    _neighbour(desk, desk.application["displayName"])


def _neighbour_deleted(desk: Desk) -> None:
    application, _ = _neighbour(desk, desk.application["displayName"])
    desk.ask("DELETE", f"/applications/{application['id']}")


CHANGES = (
    Change(
        "reorder-permissions",
        "names the permissions of an API in another order",
        harmful=False,
        make=_reorder_permissions,
    ),
    Change("reorder-apis", "names the APIs in another order", harmful=False, make=_reorder_apis),
    Change(
        "reorder-certificates", "lists the certificates in another order", harmful=False, make=_reorder_certificates
    ),
    Change("reorder-owners", "lists the owners in another order", harmful=False, make=_reorder_owners),
    Change("upper-case-ids", "writes ids in capitals", harmful=False, make=_upper_case),
    Change("fractions-of-seconds", "writes dates with fractions of a second", harmful=False, make=_fractions),
    Change("other-created-time", "corrects the times of creation", harmful=False, make=_other_created_time),
    Change("add-portal-tags", "tags the application as its own pages do", harmful=False, make=_portal_tags),
    Change(
        "add-gallery-tag",
        "tags the service principal, so that Enterprise applications lists it",
        harmful=False,
        make=_gallery_tag,
    ),
    Change("spell-out-defaults", "says false or None where null was", harmful=False, make=_spell_out_defaults),
    Change("add-logo-and-links", "gives the application a logo and links", harmful=False, make=_logo_and_links),
    Change("change-publisher-domain", "changes the publisher's domain", harmful=False, make=_publisher_domain),
    Change(
        "null-verified-publisher",
        "says null where an object of nulls was for the verified publisher",
        harmful=False,
        make=_no_verified_publisher,
    ),
    Change(
        "thumbprints-in-base64",
        "writes thumbprints in base64 instead of hex",
        harmful=False,
        make=_thumbprints_in_base64,
    ),
    Change(
        "rename-certificate",
        "gives the certificates another display name",
        harmful=False,
        make=_rename_certificate,
        options={"name": "rotated in spring"},
    ),
    Change(
        "new-empty-properties",
        "shows properties that nobody knows yet, with nothing in them",
        harmful=False,
        make=_new_empty_properties,
    ),
    Change("odata-types", "says of inner objects what types they are", harmful=False, make=_odata_types),
    Change(
        "rename-api",
        "gives Microsoft Graph another display name, which assignments repeat",
        harmful=False,
        make=_api_renamed,
        options={"to": "Microsoft Graph API"},
    ),
    Change("neighbour-secret", "adds a secret to another application", harmful=False, make=_neighbours_secret),
    Change("neighbour-owner", "gives another application an owner", harmful=False, make=_neighbours_owner),
    Change(
        "neighbour-permission", "grants another application a permission", harmful=False, make=_neighbours_permission
    ),
    Change("neighbour-group", "puts another service principal into a group", harmful=False, make=_neighbours_group),
    Change("namesake", "registers another application of the same display name", harmful=False, make=_namesake),
    Change(
        "deleted-namesake",
        "registers and deletes another application of the same display name",
        harmful=False,
        make=_neighbour_deleted,
    ),
)
