"""Rules over what nobody declares: whether the application is there at all, what it may do, and who may ask it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.comparing import Surface
from helpers.findings import Severity
from helpers.rules.looking import value_added, value_changed
from helpers.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Callable

_NEEDS_NONE = "find out who did it and why; remove it, ISE needs none"
_NO_API = "remove it; ISE's application is no API"

# Settings of the application and of its service principal that let somebody in, or let tokens say what others chose.
_OPENING = (
    "api.acceptMappedClaims",
    "authenticationBehaviors",
    "customSecurityAttributes",
    "managerApplications",
    "nativeAuthenticationApisEnabled",
    "onPremisesPublishing",
    "passwordSingleSignOnSettings",
    "preferredSingleSignOnMode",
    "preferredTokenSigningKeyThumbprint",
    "replyUrls",
    "samlSingleSignOnSettings",
    "servicePrincipalNames",
    "signInAudience",
    "web.implicitGrantSettings",
)
# Those that only lead a browser somewhere, or that only make things stricter.
_HARMLESS = (
    "appRoleAssignmentRequired",
    "homepage",
    "loginUrl",
    "logoutUrl",
    "notificationEmailAddresses",
    "requestSignatureVerification",
    "servicePrincipalLockConfiguration",
    "web.homePageUrl",
    "web.logoutUrl",
)


def _of_setting(setting: str) -> Severity | None:
    if setting.startswith(_OPENING):
        return Severity.HIGH
    return Severity.LOW if setting.startswith(_HARMLESS) else None


def _if_it_tells(words: str, severity: Severity) -> Callable[[str], Severity | None]:
    """Return the severity of what is told with these words; the rule's own holds otherwise."""
    return lambda told: severity if words in told else None


RULES = (
    Rule(
        "application-missing",
        Severity.HIGH,
        "an application that was deleted",
        "ISE gets no token, and devices are kept out. For 30 days it can be restored.",
        value_changed(
            Surface.APPLICATION,
            lambda after: after != "present",
            "the application is no longer there",
            "restore it; find out who deleted it",
        ),
    ),
    Rule(
        "application-deactivated",
        Severity.HIGH,
        "an application that was deactivated",
        "ISE gets no token, and devices are kept out as soon as the last one has ended.",
        value_changed(
            Surface.APPLICATION_ENABLED,
            lambda after: after == "false",
            "the application is deactivated",
            "activate it again; if Microsoft did it, ask why first",
        ),
    ),
    Rule(
        "service-principal-missing",
        Severity.HIGH,
        "an application without its service principal",
        "Without it the application has no identity in the tenant: no token, and no consent either.",
        value_changed(
            Surface.SERVICE_PRINCIPAL,
            lambda after: after != "present",
            "the service principal is no longer there",
            "restore it; a new one has to be consented to anew",
        ),
    ),
    Rule(
        "directory-role",
        Severity.HIGH,
        "a directory role of the service principal",
        "Whoever steals a node's key administers the directory that far.",
        value_added(Surface.DIRECTORY_ROLES, "the application has the directory role", _NEEDS_NONE),
    ),
    Rule(
        "group-membership",
        Severity.MEDIUM,
        "the service principal in a group; graver where roles can be assigned to the group",
        "What the group may do, somewhere in Azure, Exchange or a file share, the application may do.",
        value_added(
            Surface.GROUPS,
            "the application is a member of",
            _NEEDS_NONE,
            severity=_if_it_tells("to which roles can be assigned", Severity.HIGH),
        ),
    ),
    Rule(
        "object-owned",
        Severity.HIGH,
        "something that the service principal owns",
        "The owner of another application can add a key to it, and is that application from then on.",
        value_added(Surface.OWNED_OBJECTS, "the application owns", _NEEDS_NONE),
    ),
    Rule(
        "policy-applied",
        Severity.MEDIUM,
        "a policy for this application alone; graver where it is about credentials",
        "It exempts the application from what holds for all others, or changes what its tokens say and how long.",
        value_added(
            Surface.POLICIES,
            "to this application alone applies the policy",
            "find out who did it and why; take the policy off it",
            severity=_if_it_tells(" appManagementPolicy", Severity.HIGH),
        ),
    ),
    Rule(
        "consent-for-user",
        Severity.MEDIUM,
        "a delegated permission granted for a single user",
        "ISE signs in as itself and cannot use it. Somebody let it act for a person.",
        value_added(Surface.GRANTED_TO_USERS, "the application may act for a person:", _NEEDS_NONE),
    ),
    Rule(
        "app-role-exposed",
        Severity.MEDIUM,
        "an app role that the application offers",
        "The application becomes an API to which others can be given access. ISE's is none.",
        value_added(Surface.APP_ROLES, "the application offers the app role", _NO_API),
    ),
    Rule(
        "scope-exposed",
        Severity.MEDIUM,
        "a scope that the application offers",
        "The application becomes an API that others can ask users' consent for. ISE's is none.",
        value_added(Surface.SCOPES, "the application offers the scope", _NO_API),
    ),
    Rule(
        "client-authorized",
        Severity.MEDIUM,
        "a client that needs nobody's consent to use the application",
        "Its users get tokens for the application without being asked.",
        value_added(Surface.AUTHORIZED_CLIENTS, "nobody is asked any more about the client", _NO_API),
    ),
    Rule(
        "application-setting",
        Severity.MEDIUM,
        "a property of the application that is not as it is by default; graver where it lets somebody in",
        "Sign-in flows, claims and keys of tokens hang on such properties. ISE needs none of them changed.",
        value_added(
            Surface.APPLICATION_SETTINGS,
            "the application is set to",
            "find out who did it and why; take it back",
            severity=_of_setting,
        ),
    ),
    Rule(
        "service-principal-setting",
        Severity.MEDIUM,
        "a property of the service principal that is not as it is by default; graver where it lets somebody in",
        "Here single sign-on, names and addresses can differ from what the application's own page shows.",
        value_added(
            Surface.SERVICE_PRINCIPAL_SETTINGS,
            "the service principal is set to",
            "find out who did it and why; take it back",
            severity=_of_setting,
        ),
    ),
)
