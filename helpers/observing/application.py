"""The application object: what it is called, who owns it, what it exposes and asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.model import Application, Existence, Exposure, NotSeen, Permission, PermissionType, Seen
from helpers.observing.aside import listed, seen
from helpers.observing.documents import Unread
from helpers.observing.properties import Known
from helpers.observing.values import identifier, kind_of, members, present, words
from helpers.shapes import flag, mapping, text
from helpers.surfaces import Surface

if TYPE_CHECKING:
    from helpers.observing.aside import Aside
    from helpers.observing.documents import Document, Documents, Listing

_KIND = "application"
# What only $select shows; whoever did not ask for it does not know.
_BEHAVIORS = "authenticationBehaviors"
_PLATFORMS = ("web", "spa", "publicClient")
_NOT_DISABLED = "NotDisabled"

# graph-audit.md §A.1. Silent are what the model holds itself, and what gives nobody access or is Microsoft's doing.
_KNOWN = Known(
    told=frozenset(
        {
            "addIns",
            "api.acceptMappedClaims",
            "api.knownClientApplications",
            _BEHAVIORS,
            "connectorGroup",
            "defaultRedirectUri",
            "groupMembershipClaims",
            "isDeviceOnlyAuthSupported",
            "managerApplications",
            "nativeAuthenticationApisEnabled",
            "oauth2RequirePostResponse",
            "onPremisesPublishing",
            "optionalClaims",
            "requestSignatureVerification",
            "samlMetadataUrl",
            "servicePrincipalLockConfiguration",
            "signInAudienceRestrictions",
            "tokenEncryptionKeyId",
            "web.homePageUrl",
            "web.implicitGrantSettings",
            "web.logoutUrl",
            "windows",
        }
    ),
    silent=frozenset(
        {
            "api.oauth2PermissionScopes",
            "api.preAuthorizedApplications",
            "api.requestedAccessTokenVersion",
            "appId",
            "appRoles",
            "applicationTemplateId",
            "certification",
            "createdByAppId",
            "createdDateTime",
            "deletedDateTime",
            "description",
            "disabledByMicrosoftStatus",
            "displayName",
            "federatedIdentityCredentials",
            "id",
            "identifierUris",
            "info",
            "isDisabled",
            "isFallbackPublicClient",
            "keyCredentials",
            "notes",
            "owners",
            "parentalControlSettings",
            "passwordCredentials",
            "publicClient.redirectUris",
            "publisherDomain",
            "requiredResourceAccess",
            "serviceManagementReference",
            "signInAudience",
            "spa.redirectUris",
            "tags",
            "uniqueName",
            "verifiedPublisher",
            "web.redirectUriSettings",
            "web.redirectUris",
        }
    ),
    defaults=frozenset({"groupMembershipClaims: None", "signInAudienceRestrictions.kind: allowAllTenants"}),
    # False lets the application read what is withheld from others.
    explicit=frozenset({_BEHAVIORS}),
)


def application(documents: Documents, aside: Aside) -> Application:
    """Return what there is of the application object."""
    document = documents.application
    if isinstance(document, Unread):
        return _unseen(NotSeen(document.reason), NotSeen(document.reason))
    if document is None:
        return _unseen(NotSeen("there is no application"), Seen(_remains(documents, aside)))
    _wonder(document, aside)
    return Application(
        object_id=seen(lambda: identifier(document)),
        display_name=_text(document, "displayName"),
        notes=_text(document, "notes"),
        service_management_reference=_text(document, "serviceManagementReference"),
        owners=owners(documents.application_owners),
        exposure=_exposure(document, aside),
        existence=Seen(Existence.PRESENT),
        enabled=_enabled(document),
    )


def owners(listing: Listing) -> Seen[frozenset[str]] | NotSeen:
    """Return who owns an object, by object id."""
    return listed(listing, lambda documents: frozenset(identifier(each) for each in documents))


def requested(documents: Documents, aside: Aside) -> Seen[frozenset[Permission]] | NotSeen:
    """Return the permissions that an application asks for."""
    document = documents.application
    if not isinstance(document, dict):
        return NotSeen(document.reason if isinstance(document, Unread) else "there is no application")
    return seen(
        lambda: frozenset(
            _known_type(permission_asked(api, access), access, aside)
            for api in members(document, "requiredResourceAccess")
            for access in members(api, "resourceAccess")
        )
    )


def permission_asked(api: Document, access: Document) -> Permission:
    """Return one requested permission. Entra has but two types; another is taken for the worse. Raises `Misshapen`."""
    delegated = access.get("type") == "Scope"
    type_ = PermissionType.DELEGATED if delegated else PermissionType.APPLICATION
    return Permission(identifier(api, "resourceAppId"), identifier(access), type_)


def redirect_uris(document: Document) -> frozenset[str]:
    """Return where answers may be sent, whatever the kind of client. Raises `Misshapen`."""
    stated = {
        uri
        for platform in _PLATFORMS
        if document.get(platform) is not None
        for uri in words(mapping(document[platform], f"`{platform}`"), "redirectUris")
    }
    web = mapping(document.get("web"), "`web`")
    # Graph repeats each of them here; what it does not repeat would be one more.
    repeated = {text(each.get("uri"), "`uri`") for each in _optional_members(web, "redirectUriSettings")}
    return frozenset(stated | (repeated - {""}))


def app_roles(document: Document) -> dict[str, str]:
    """Return the app roles of an application or a service principal: values, or ids, by id. Raises `Misshapen`."""
    return _named(members(document, "appRoles"))


def scopes(document: Document) -> dict[str, str]:
    """Return the scopes of a service principal, or of an application's `api`: values, or ids, by id."""
    return _named(_optional_members(document, "oauth2PermissionScopes"))


def disabled_by_microsoft(document: Document) -> bool:
    """Say whether Microsoft took it out of service. Raises `Misshapen`."""
    return text(document.get("disabledByMicrosoftStatus"), "`disabledByMicrosoftStatus`") not in ("", _NOT_DISABLED)


def _unseen(why: NotSeen, existence: Seen[Existence] | NotSeen) -> Application:
    return Application(
        object_id=why,
        display_name=why,
        notes=why,
        service_management_reference=why,
        owners=why,
        exposure=why,
        existence=existence,
        enabled=why,
    )


def _remains(documents: Documents, aside: Aside) -> Existence:
    deleted = documents.deleted
    if isinstance(deleted, Unread):
        aside.note(Surface.APPLICATION, f"whether it can be restored could not be read: {deleted.reason}")
    return Existence.DELETED if isinstance(deleted, dict) else Existence.ABSENT


def _wonder(document: Document, aside: Aside) -> None:
    kind = seen(lambda: kind_of(document))
    if isinstance(kind, Seen) and kind.items not in ("", _KIND):
        aside.wonder(f"the application is of the type `{kind.items}`")
    for path in _KNOWN.unknown(document):
        aside.wonder(f"the application has `{path}`")


def _exposure(document: Document, aside: Aside) -> Seen[Exposure] | NotSeen:
    if _BEHAVIORS not in document:
        aside.gap(Surface.APPLICATION_SETTINGS, f"Graph did not show `{_BEHAVIORS}`")
    return seen(lambda: _exposed(document))


def _exposed(document: Document) -> Exposure:
    api = mapping(document.get("api"), "`api`")
    return Exposure(
        sign_in_audience=text(present(document, "signInAudience"), "`signInAudience`"),
        redirect_uris=redirect_uris(document),
        identifier_uris=frozenset(words(document, "identifierUris")),
        public_client=flag(document.get("isFallbackPublicClient"), "`isFallbackPublicClient`"),
        app_roles=frozenset(app_roles(document).values()),
        scopes=frozenset(scopes(api).values()),
        authorized_clients=frozenset(
            identifier(each, "appId") for each in _optional_members(api, "preAuthorizedApplications")
        ),
        settings=frozenset(_KNOWN.settings(document)),
    )


def _enabled(document: Document) -> Seen[bool] | NotSeen:
    """Say whether it may get tokens; where `isDisabled` was not shown nobody knows."""
    if "isDisabled" not in document:
        return NotSeen("Graph did not show `isDisabled`")
    return seen(lambda: not (flag(document["isDisabled"], "`isDisabled`") or disabled_by_microsoft(document)))


def _text(document: Document, name: str) -> Seen[str] | NotSeen:
    return seen(lambda: text(document.get(name), f"`{name}`"))


def _known_type(permission: Permission, access: Document, aside: Aside) -> Permission:
    if access.get("type") not in ("Role", "Scope"):
        aside.wonder("the application asks for a permission that is neither a role nor a scope")
    return permission


def _named(definitions: list[Document]) -> dict[str, str]:
    return {identifier(each): text(each.get("value"), "`value`") or identifier(each) for each in definitions}


def _optional_members(document: Document, name: str) -> list[Document]:
    return members(document, name) if document.get(name) is not None else []
