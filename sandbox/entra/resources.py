"""Which API a token is asked for, and whether the tenant has it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from helpers.clouds import CLOUDS
from sandbox.entra.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.entra.sign_in import Client, TokenRequest
    from sandbox.store import Document

_OPENID_SCOPES = {"openid", "profile", "email", "offline_access"}
_DEFAULT = "/.default"

# Microsoft's own APIs, known to Entra even where the tenant has no service principal for them.
GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
INTUNE_APP_ID = "c161e42e-d4df-4a3d-9b42-e7a3c31f59d4"


def requested_resource(request: TokenRequest) -> str:
    """Return the identifier of the API asked for, which becomes the token's audience.

    Version 1 names it in `resource`; version 2 as one scope that ends in `/.default`, among which ISE mixes OpenID's.
    The slash that Intune's audience ends in stays: `https://api.manage.microsoft.com//.default`.
    """
    if request.version == 1:
        return request.required("resource")
    scope = request.required("scope")
    asked = [name for name in scope.split() if name.lower() not in _OPENID_SCOPES]
    if not asked or not all(name.endswith(_DEFAULT) for name in asked):
        raise Refused(1002012, scope=scope)
    if len(asked) > 1:
        raise Refused(28000, scope=scope)
    return asked[0].removesuffix(_DEFAULT)


def resource_principal(client: Client, resource: str, version: int) -> Document:
    """Return the API's service principal in the client's tenant, or refuse with what is missing.

    Only version 1 insists that the application's registration lists the API. Version 2 answers an application
    without consent with a token that has no roles.
    """
    directory = client.tenant.directory
    principal = directory.service_principal_by_name(resource) or directory.service_principal_by_app_id(resource)
    if principal is None:
        raise _missing_api(client, resource)
    if version == 1 and client.application is not client.service_principal:
        _check_listed(client, resource, principal["appId"])
    return principal


def _missing_api(client: Client, resource: str) -> Refused:
    """Tell an API that is Microsoft's and asked for in the registration (650052) from an unknown one (500011)."""
    app_id = well_known_apis(client.tenant.directory.cloud).get(resource.rstrip("/").lower(), resource.lower())
    if app_id in _listed_apis(client):
        return Refused(650052, resource=resource, resource_app=app_id, **client.details)
    return Refused(500011, resource=resource, **client.details)


def _check_listed(client: Client, resource: str, api: str) -> None:
    listed = _listed_apis(client)
    if api.lower() not in listed:
        raise Refused(
            650057, resource=resource, resource_app=api, listed=", ".join(listed) or "(none)", **client.details
        )


def _listed_apis(client: Client) -> list[str]:
    return [entry["resourceAppId"].lower() for entry in client.application.get("requiredResourceAccess") or ()]


def well_known_apis(cloud: str) -> Mapping[str, str]:
    """Return Microsoft's APIs of a cloud: identifier without final slash → application id."""
    facts = CLOUDS[cloud]
    return MappingProxyType({facts.graph: GRAPH_APP_ID, facts.intune_audience.rstrip("/"): INTUNE_APP_ID})
