"""What Terraform would strip: arguments that a stack does not state, where Entra has something else than their default.

A table over Graph's documents. What is in it is left alone by the stack (`lifecycle.ignore_changes`), so that a deploy
neither takes it away nor sends anything else than what is there. Source: the schema of azuread 3.7.0, and what its
resources read (`sandbox/provider/application_body.py` writes it down the other way around).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from helpers.observing.documents import Document, Documents, Unread

# By argument, the properties it is made of. Each has nothing in it by default: null, false, an empty text or list.
# Not here are what the stack states, and what the provider computes where it is left out: tags, a template, a logo.
_OF_APPLICATION: Mapping[str, tuple[str, ...]] = {
    "api": (
        "api.acceptMappedClaims",
        "api.knownClientApplications",
        "api.oauth2PermissionScopes",
        "api.requestedAccessTokenVersion",
    ),
    "app_role": ("appRoles",),
    "description": ("description",),
    "device_only_auth_enabled": ("isDeviceOnlyAuthSupported",),
    "fallback_public_client_enabled": ("isFallbackPublicClient",),
    "group_membership_claims": ("groupMembershipClaims",),
    "identifier_uris": ("identifierUris",),
    "marketing_url": ("info.marketingUrl",),
    "oauth2_post_response_required": ("oauth2RequirePostResponse",),
    "optional_claims": ("optionalClaims",),
    "privacy_statement_url": ("info.privacyStatementUrl",),
    "public_client": ("publicClient.redirectUris",),
    "single_page_application": ("spa.redirectUris",),
    "support_url": ("info.supportUrl",),
    "terms_of_service_url": ("info.termsOfServiceUrl",),
    # The provider does not see the two addresses when it plans, and clears them with the next change of anything.
    "web": ("web.homePageUrl", "web.implicitGrantSettings", "web.logoutUrl", "web.redirectUris"),
}
_OF_SERVICE_PRINCIPAL: Mapping[str, tuple[str, ...]] = {
    "alternative_names": ("alternativeNames",),
    "app_role_assignment_required": ("appRoleAssignmentRequired",),
    "description": ("description",),
    "login_url": ("loginUrl",),
    "notes": ("notes",),
    "notification_email_addresses": ("notificationEmailAddresses",),
    "preferred_single_sign_on_mode": ("preferredSingleSignOnMode",),
    "saml_single_sign_on": ("samlSingleSignOnSettings",),
}
# The version of access tokens: the provider takes a missing one for the first.
_DEFAULTS: Mapping[str, object] = {"api.requestedAccessTokenVersion": 1}


def unmanaged_of_application(documents: Documents) -> tuple[str, ...]:
    """Return the arguments of azuread_application to leave alone, sorted."""
    return tuple(_differing(documents.application, _OF_APPLICATION))


def unmanaged_of_service_principal(documents: Documents) -> tuple[str, ...]:
    """Return the arguments of azuread_service_principal to leave alone, sorted."""
    return tuple(_differing(documents.service_principal, _OF_SERVICE_PRINCIPAL))


def _differing(document: Document | Unread | None, arguments: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    if isinstance(document, dict):
        for argument, paths in sorted(arguments.items()):
            if any(_has_something(_at(document, path), path) for path in paths):
                yield argument


def _at(document: Document, path: str) -> object:
    value: object = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _has_something(value: object, path: str) -> bool:
    """Say whether anything but a default stands there; what has no form we know is something too."""
    if isinstance(value, dict):
        return any(_has_something(inner, f"{path}.{name}") for name, inner in value.items() if "@" not in name)
    return value != _DEFAULTS.get(path, False) and value not in (None, False, "", [], 0)
