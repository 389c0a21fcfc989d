"""Changes of what the application is: its name, audience and addresses, what it exposes, whether it may sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.errors import InputError
from sandbox.graph.documents import new_id
from sandbox.portal.change import Change

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.portal.desk import Desk

_REDIRECT = "https://portal.attacker.example/auth"
# Microsoft's command line, a client that everybody has.
_AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"


def _redirects_to(platform: str) -> Callable[..., None]:
    def add(desk: Desk, uri: str) -> None:
        present = desk.application[platform]["redirectUris"]
        desk.change_application(**{platform: {"redirectUris": [*present, uri]}})

    return add


def _widen_audience(desk: Desk, audience: str) -> None:
    desk.change_application(signInAudience=audience)


def _allow_public_client(desk: Desk) -> None:
    desk.change_application(isFallbackPublicClient=True)


def _add_identifier_uri(desk: Desk, uri: str) -> None:
    uris = desk.application["identifierUris"]
    desk.change_application(identifierUris=[*uris, uri or f"api://{desk.app_id}"])


def expose_scope(desk: Desk, scope: str) -> str:
    """Let the application expose a delegated permission that users may consent to; return its id."""
    identifier = new_id()
    exposed = {
        "id": identifier,
        "value": scope,
        "type": "User",
        "isEnabled": True,
        "adminConsentDescription": scope,
        "adminConsentDisplayName": scope,
        "userConsentDescription": None,
        "userConsentDisplayName": None,
    }
    present = desk.application["api"]["oauth2PermissionScopes"]
    desk.change_application(api={"oauth2PermissionScopes": [*present, exposed]})
    return identifier


def _expose(desk: Desk, scope: str) -> None:
    expose_scope(desk, scope)


def _pre_authorize(desk: Desk, client: str) -> None:
    """Let a client have a scope without asking anybody; there must be a scope to have."""
    api = desk.application["api"]
    scopes = [scope["id"] for scope in api["oauth2PermissionScopes"]] or [expose_scope(desk, "user_impersonation")]
    entry = {"appId": client, "delegatedPermissionIds": scopes}
    desk.change_application(api={"preAuthorizedApplications": [*api["preAuthorizedApplications"], entry]})


def _add_app_role(desk: Desk, value: str) -> None:
    role = {
        "id": new_id(),
        "value": value,
        "displayName": value,
        "description": value,
        "isEnabled": True,
        "allowedMemberTypes": ["Application"],
        "origin": "Application",
    }
    desk.change_application(appRoles=[*desk.application["appRoles"], role])


def _enable_implicit_grant(desk: Desk) -> None:
    desk.change_application(web={"implicitGrantSettings": {"enableAccessTokenIssuance": True}})


def _accept_mapped_claims(desk: Desk) -> None:
    desk.change_application(api={"acceptMappedClaims": True})


def _turn_on_saml(desk: Desk) -> None:
    desk.change_principal(preferredSingleSignOnMode="saml")


def _rename(desk: Desk, to: str) -> None:
    desk.change_application(displayName=to)


def _change_notes(desk: Desk, notes: str) -> None:
    desk.change_application(notes=notes)


def _disable(desk: Desk) -> None:
    desk.change_principal(accountEnabled=False)


def _deactivate(desk: Desk) -> None:
    desk.change_application(isDisabled=True)


def _disabled_by_microsoft(desk: Desk) -> None:
    desk.settle_application(disabledByMicrosoftStatus="DisabledDueToViolationOfServicesAgreement")


def _delete(desk: Desk) -> None:
    desk.ask("DELETE", desk.application_path)


def _delete_principal(desk: Desk) -> None:
    desk.ask("DELETE", desk.principal_path)


def _recreate_principal(desk: Desk) -> None:
    _delete_principal(desk)
    desk.ask("POST", "/servicePrincipals", {"appId": desk.app_id})


def _restore(desk: Desk) -> None:
    if desk.directory.application_by_app_id(desk.app_id) is not None:
        _delete(desk)
    resting = desk.world.store.where(desk.tenant_id, "deletedApplication", "appId", desk.app_id)
    if not resting:
        raise InputError(desk.app_id, "is not among the deleted applications", "name one that was there")
    desk.ask("POST", f"/directory/deletedItems/{resting[-1]['id']}/restore")


CHANGES = (
    Change(
        "widen-audience",
        "lets accounts of every tenant sign in to the application",
        harmful=True,
        make=_widen_audience,
        options={"audience": "AzureADMultipleOrgs"},
    ),
    Change(
        "add-web-redirect-uri",
        "adds a redirect URI of a web application",
        harmful=True,
        make=_redirects_to("web"),
        options={"uri": _REDIRECT},
    ),
    Change(
        "add-spa-redirect-uri",
        "adds a redirect URI of a single-page application",
        harmful=True,
        make=_redirects_to("spa"),
        options={"uri": _REDIRECT},
    ),
    Change(
        "add-public-client-redirect-uri",
        "adds a redirect URI of a public client",
        harmful=True,
        make=_redirects_to("publicClient"),
        options={"uri": "http://localhost"},
    ),
    Change(
        "allow-public-client",
        "lets the application sign in without any credential",
        harmful=True,
        make=_allow_public_client,
    ),
    Change(
        "add-identifier-uri",
        "gives the application an address as an API",
        harmful=True,
        make=_add_identifier_uri,
        options={"uri": ""},
    ),
    Change(
        "expose-scope",
        "lets the application expose a delegated permission",
        harmful=True,
        make=_expose,
        options={"scope": "user_impersonation"},
    ),
    Change(
        "pre-authorize-client",
        "gives a client a scope of the application's without anybody's consent",
        harmful=True,
        make=_pre_authorize,
        options={"client": _AZURE_CLI},
    ),
    Change(
        "add-app-role",
        "lets the application expose an application permission",
        harmful=True,
        make=_add_app_role,
        options={"value": "Everything.Write"},
    ),
    Change(
        "enable-implicit-grant",
        "lets tokens be handed out in the browser's address",
        harmful=True,
        make=_enable_implicit_grant,
    ),
    Change(
        "accept-mapped-claims",
        "lets claims in tokens be replaced by policy",
        harmful=True,
        make=_accept_mapped_claims,
    ),
    Change("turn-on-saml", "turns SAML on for the service principal", harmful=True, make=_turn_on_saml),
    Change(
        "rename",
        "gives the application another display name",
        harmful=True,
        make=_rename,
        options={"to": "Renamed in the portal"},
    ),
    Change(
        "change-notes",
        "changes the application's notes",
        harmful=True,
        make=_change_notes,
        options={"notes": "ask Carl before touching this"},
    ),
    Change("disable-service-principal", "lets nobody sign in as the service principal", harmful=True, make=_disable),
    Change("deactivate-application", "deactivates the application: no new tokens", harmful=True, make=_deactivate),
    Change(
        "disable-by-microsoft",
        "disables the application as Microsoft does for a breach of its terms",
        harmful=True,
        make=_disabled_by_microsoft,
    ),
    Change(
        "delete-application",
        "deletes the application, and its service principal with it",
        harmful=True,
        make=_delete,
    ),
    Change("delete-service-principal", "deletes the service principal", harmful=True, make=_delete_principal),
    Change(
        "recreate-service-principal",
        "deletes the service principal and makes another, to which nothing is granted",
        harmful=True,
        make=_recreate_principal,
    ),
    Change(
        "restore-application",
        "restores the deleted application (deletes it first if it is there), without its service principal",
        harmful=True,
        make=_restore,
    ),
)
