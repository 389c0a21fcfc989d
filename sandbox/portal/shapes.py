"""What people did in the portal to a new application, by the guide they followed or in the years since.

Orders are those of the guides, or of whoever clicked: Graph keeps them, and Terraform compares them.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from helpers.certificates import read_certificate
from helpers.model import PermissionType
from helpers.permissions import INTUNE_API, MICROSOFT_GRAPH, find_api, find_permission
from sandbox.identities import COLLEAGUE_ID, FORMER_COLLEAGUE_ID, ISE_NODES
from sandbox.ise.nodes import admin_certificate
from sandbox.portal.access import TYPES
from sandbox.portal.azure_ad_graph import REQUESTED as OF_AZURE_AD_GRAPH
from sandbox.portal.azure_ad_graph import bring_azure_ad_graph
from sandbox.portal.registration import expose_scope
from sandbox.portal.strangers import entry_of, new_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helpers.certificates import Certificate
    from sandbox.portal.desk import Desk
    from sandbox.store import Document

_APPLICATION, _DELEGATED = PermissionType.APPLICATION, PermissionType.DELEGATED
# The portal's mark on every service principal that it makes along with an application.
_OF_PORTAL = "WindowsAzureActiveDirectoryIntegratedApp"


@dataclass(frozen=True)
class Shape:
    """How one is made: what its creation sends beyond a name, what was done to it before somebody consented."""

    make: Callable[[Desk], None]
    application: Mapping[str, Any] = field(default_factory=dict)
    service_principal: Mapping[str, Any] = field(default_factory=lambda: {"tags": [_OF_PORTAL]})
    by_deployer: bool = False


def _article_2016(desk: Desk) -> None:
    bring_azure_ad_graph(desk)
    graph = _asked(
        MICROSOFT_GRAPH, (_DELEGATED, "offline_access"), (_DELEGATED, "openid"), (_APPLICATION, "Directory.Read.All")
    )
    desk.change_application(requiredResourceAccess=[OF_AZURE_AD_GRAPH, graph, _COMPLIANCE])
    _add(desk, *(_pasted(certificate) for certificate in _of_nodes(desk)))


def _support_tip_2020(desk: Desk) -> None:
    graph = _asked(
        MICROSOFT_GRAPH,
        (_DELEGATED, "User.Read"),
        (_APPLICATION, "Directory.Read.All"),
        (_DELEGATED, "DeviceManagementServiceConfig.Read.All"),
        (_DELEGATED, "DeviceManagementConfiguration.Read.All"),
        (_DELEGATED, "Directory.Read.All"),
        (_DELEGATED, "openid"),
        (_DELEGATED, "offline_access"),
    )
    desk.change_application(requiredResourceAccess=[_COMPLIANCE, graph])
    _upload_all(desk)


def _cisco(desk: Desk) -> None:
    _upload_all(desk, called=lambda certificate: certificate.common_name)
    graph = _asked(MICROSOFT_GRAPH, (_DELEGATED, "User.Read"), (_APPLICATION, "Application.Read.All"))
    desk.change_application(requiredResourceAccess=[graph, _COMPLIANCE])


def _with_secret(desk: Desk) -> None:
    desk.change_application(requiredResourceAccess=_MINIMAL)
    start, end = (datetime.fromisoformat(desk.timestamp(timedelta(days=-days))) for days in (800, 35))
    expired = entry_of(f"CN={ISE_NODES[-1]}", start, end)
    _add(desk, expired)
    _upload_all(desk)
    _add(desk, new_entry("CN=laptop-of-carl", start=desk.timestamp()))
    secret = {"passwordCredential": {"displayName": "for a test, delete after"}}
    desk.ask("POST", f"{desk.application_path}/addPassword", secret)


def _redirects_and_owners(desk: Desk) -> None:
    desk.change_application(requiredResourceAccess=_MINIMAL)
    _upload_all(desk)
    desk.change_application(
        identifierUris=[f"api://{desk.app_id}"],
        web={
            "homePageUrl": "https://ise.contoso.example",
            "implicitGrantSettings": {"enableIdTokenIssuance": True},
            "redirectUris": ["https://ise.contoso.example/signin", "https://ise-old.contoso.example/auth"],
        },
        info={
            "marketingUrl": "https://ise.contoso.example/about",
            "privacyStatementUrl": "https://contoso.example/privacy",
            "supportUrl": "https://contoso.example/support",
            "termsOfServiceUrl": "https://contoso.example/terms",
        },
    )
    expose_scope(desk, "user_impersonation")
    for path, owners in (
        (desk.application_path, (COLLEAGUE_ID, FORMER_COLLEAGUE_ID)),
        (desk.principal_path, (FORMER_COLLEAGUE_ID,)),
    ):
        for owner in owners:
            desk.ask("POST", f"{path}/owners/$ref", desk.reference(owner))


def _asked(name: str, *permissions: tuple[PermissionType, str]) -> Document:
    """Return what is asked of one API, in this order."""
    api = find_api(name)
    access = [{"id": find_permission(api, value, type_).id, "type": TYPES[type_]} for type_, value in permissions]
    return {"resourceAppId": api.app_id, "resourceAccess": access}


def _of_nodes(desk: Desk) -> list[Certificate]:
    """Return the certificate that each of ISE's nodes signs in with."""
    pems = {node: admin_certificate(desk.world.store, node)["pem"] for node in ISE_NODES}
    return [read_certificate(pem.encode(), name=node) for node, pem in pems.items()]


def _pasted(certificate: Certificate) -> Document:
    """Return what the article's script prints for the manifest: five values, the key id drawn by lot."""
    names = ("customKeyIdentifier", "type", "usage", "key")
    entry = certificate.manifest_entry("key")
    return {**{name: entry[name] for name in names}, "keyId": str(uuid.uuid4())}


def _upload_all(desk: Desk, *, called: Callable[[Certificate], str] = lambda certificate: certificate.subject) -> None:
    """Upload the nodes' certificates one by one, as the portal's button does."""
    for certificate in _of_nodes(desk):
        entry = certificate.manifest_entry("key")
        sent = {name: entry[name] for name in ("type", "usage", "key")}
        _add(desk, {**sent, "keyId": str(uuid.uuid4()), "displayName": called(certificate)})


def _add(desk: Desk, *entries: Document) -> None:
    desk.change_application(keyCredentials=[*desk.application["keyCredentials"], *entries])


_COMPLIANCE = _asked(INTUNE_API, (_APPLICATION, "get_device_compliance"))
_MINIMAL = [_COMPLIANCE, _asked(MICROSOFT_GRAPH, (_APPLICATION, "Application.Read.All"))]

# By the names of `sandbox.shapes.SHAPES`.
MAKING: Mapping[str, Shape] = MappingProxyType(
    {
        "article-2016": Shape(_article_2016),
        "support-tip-2020": Shape(_support_tip_2020),
        "cisco": Shape(_cisco),
        "with-secret": Shape(_with_secret),
        "redirects-and-owners": Shape(_redirects_and_owners),
        "half-in-terraform": Shape(
            _upload_all,
            # What the provider sends where nothing is declared (sandbox/provider/application_body.py).
            application={
                "api": {"acceptMappedClaims": False, "knownClientApplications": [], "requestedAccessTokenVersion": 1},
                "isDeviceOnlyAuthSupported": False,
                "isFallbackPublicClient": False,
                "requiredResourceAccess": sorted(_MINIMAL, key=lambda asked: str(asked["resourceAppId"])),
            },
            service_principal={"accountEnabled": True, "appRoleAssignmentRequired": False},
            by_deployer=True,
        ),
    }
)
