"""The service principal: who owns it, whether it may sign in, and what it has that its application does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.model import Existence, NotSeen, Seen, ServicePrincipal
from helpers.observing.application import app_roles, disabled_by_microsoft, owners, redirect_uris, scopes
from helpers.observing.aside import seen
from helpers.observing.documents import Unread
from helpers.observing.properties import Known
from helpers.observing.relations import directory_roles, groups, owned_objects, policies
from helpers.observing.values import identifier, present, words
from helpers.shapes import flag, mapping, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.observing.aside import Aside
    from helpers.observing.documents import Document, Documents

# graph-audit.md §A.2. Silent are what the model holds itself, what repeats the application (compared below), and what
# gives nobody access or is Microsoft's doing.
_KNOWN = Known(
    told=frozenset(
        {
            "addIns",
            "alternativeNames",
            "appRoleAssignmentRequired",
            "customSecurityAttributes",
            "loginUrl",
            "notificationEmailAddresses",
            "passwordSingleSignOnSettings",
            "preferredSingleSignOnMode",
            "preferredTokenSigningKeyEndDateTime",
            "preferredTokenSigningKeyThumbprint",
            "resourceSpecificApplicationPermissions",
            "samlMetadataUrl",
            "samlSingleSignOnSettings",
            "servicePrincipalType",
            "tokenEncryptionKeyId",
        }
    ),
    silent=frozenset(
        {
            "accountEnabled",
            "appDescription",
            "appDisplayName",
            "appId",
            "appOwnerOrganizationId",
            "appRoleAssignments",
            "appRoles",
            "applicationTemplateId",
            "createdByAppId",
            "createdDateTime",
            "deletedDateTime",
            "description",
            "disabledByMicrosoftStatus",
            "displayName",
            "homepage",
            "id",
            "info",
            "isDisabled",
            "keyCredentials",
            "logoutUrl",
            "notes",
            "oauth2PermissionScopes",
            "owners",
            "passwordCredentials",
            "publisherName",
            "replyUrls",
            "servicePrincipalNames",
            "signInAudience",
            "tags",
            "verifiedPublisher",
        }
    ),
    defaults=frozenset({"servicePrincipalType: Application"}),
)


def service_principal(documents: Documents, aside: Aside) -> ServicePrincipal:
    """Return what there is of the service principal."""
    document = documents.service_principal
    if isinstance(document, Unread):
        return _unseen(NotSeen(document.reason), NotSeen(document.reason))
    if document is None:
        return _unseen(NotSeen("there is no service principal"), Seen(Existence.ABSENT))
    for path in _KNOWN.unknown(document):
        aside.wonder(f"the service principal has `{path}`")
    return ServicePrincipal(
        object_id=seen(lambda: identifier(document)),
        owners=owners(documents.service_principal_owners),
        enabled=seen(lambda: _enabled(document)),
        existence=Seen(Existence.PRESENT),
        settings=_settings(document, documents),
        directory_roles=directory_roles(documents, aside),
        groups=groups(documents.memberships, aside),
        owned_objects=owned_objects(documents),
        policies=policies(documents.policies),
    )


def _unseen(why: NotSeen, existence: Seen[Existence] | NotSeen) -> ServicePrincipal:
    return ServicePrincipal(
        object_id=why,
        owners=why,
        enabled=why,
        existence=existence,
        settings=why,
        directory_roles=why,
        groups=why,
        owned_objects=why,
        policies=why,
    )


def _enabled(document: Document) -> bool:
    enabled = flag(present(document, "accountEnabled"), "`accountEnabled`")
    return enabled and not flag(document.get("isDisabled"), "`isDisabled`") and not disabled_by_microsoft(document)


def _settings(document: Document, documents: Documents) -> Seen[frozenset[str]] | NotSeen:
    """Return what is not as by default; what the application says itself is not the service principal's own."""
    application = documents.application
    if not isinstance(application, dict):
        reason = application.reason if isinstance(application, Unread) else "there is no application"
        return NotSeen(f"nothing to hold it against: {reason}")
    own = (_own_names, _own_addresses, _own_definitions, _own_singles)
    return seen(
        lambda: frozenset(
            {
                *_KNOWN.settings(document),
                *_foreign_home(document, documents.tenant_id),
                *(setting for each in own for setting in each(document, application)),
            }
        )
    )


def _own_names(document: Document, application: Document) -> Iterator[str]:
    known = {identifier(document, "appId"), *(uri.casefold() for uri in words(application, "identifierUris"))}
    for name in words(document, "servicePrincipalNames"):
        if name.casefold() not in known:
            yield f"servicePrincipalNames: {name}"


def _own_addresses(document: Document, application: Document) -> Iterator[str]:
    known = redirect_uris(application)
    yield from (f"replyUrls: {address}" for address in words(document, "replyUrls") if address not in known)


def _own_definitions(document: Document, application: Document) -> Iterator[str]:
    api = mapping(application.get("api"), "`api`")
    for name, here, there in (
        ("appRoles", app_roles(document), app_roles(application)),
        ("oauth2PermissionScopes", scopes(document), scopes(api)),
    ):
        yield from (f"{name}: {value}" for id_, value in here.items() if there.get(id_) != value)


def _own_singles(document: Document, application: Document) -> Iterator[str]:
    web = mapping(application.get("web"), "`web`")
    for name, there in (
        ("homepage", web.get("homePageUrl")),
        ("logoutUrl", web.get("logoutUrl")),
        ("signInAudience", present(application, "signInAudience")),
    ):
        value = text(document.get(name), f"`{name}`")
        if value and value != there:
            yield f"{name}: {value}"


def _foreign_home(document: Document, tenant_id: str) -> Iterator[str]:
    home = text(document.get("appOwnerOrganizationId"), "`appOwnerOrganizationId`").lower()
    if home and home != tenant_id.lower():
        yield f"appOwnerOrganizationId: {home}"
