"""Sentences about single values and sets of them: owners, addresses, names, and what was not compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.model import Existence
from helpers.sentences.parts import Part, Sentence, code, listed, name, quote, say, strong
from helpers.surfaces import Surface

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpers.comparing.differences import NotCompared, ValueAdded, ValueChanged, ValueRemoved

# What a surface is called, as the subject of "… of X".
_NAMES = {
    Surface.TENANT: "the tenant",
    Surface.CLIENT_ID: "the client id",
    Surface.APPLICATION: "whether there is an application",
    Surface.APPLICATION_OBJECT: "the application's object id",
    Surface.APPLICATION_ENABLED: "whether the application is active",
    Surface.DISPLAY_NAME: "the display name",
    Surface.NOTES: "the notes",
    Surface.SERVICE_MANAGEMENT_REFERENCE: "the service management reference",
    Surface.APPLICATION_OWNERS: "the application's owners",
    Surface.SIGN_IN_AUDIENCE: "the sign-in audience",
    Surface.REDIRECT_URIS: "the redirect URIs",
    Surface.IDENTIFIER_URIS: "the identifier URIs",
    Surface.PUBLIC_CLIENT: "whether it is a public client",
    Surface.APP_ROLES: "the app roles it offers",
    Surface.SCOPES: "the scopes it offers",
    Surface.AUTHORIZED_CLIENTS: "the clients it authorizes in advance",
    Surface.APPLICATION_SETTINGS: "the application's further settings",
    Surface.EXPOSURE: "the exposure (sign-in audience, redirect URIs and the like)",
    Surface.SERVICE_PRINCIPAL: "whether there is a service principal",
    Surface.SERVICE_PRINCIPAL_OBJECT: "the service principal's object id",
    Surface.SERVICE_PRINCIPAL_OWNERS: "the service principal's owners",
    Surface.SERVICE_PRINCIPAL_ENABLED: "whether the service principal is enabled",
    Surface.SERVICE_PRINCIPAL_SETTINGS: "the service principal's further settings",
    Surface.DIRECTORY_ROLES: "the directory roles",
    Surface.GROUPS: "the groups it is in",
    Surface.OWNED_OBJECTS: "the objects it owns",
    Surface.POLICIES: "the policies that apply",
    Surface.REQUESTED: "the permissions asked for",
    Surface.GRANTED: "the permissions granted",
    Surface.DELEGATED: "the delegated permissions granted",
    Surface.GRANTED_TO_USERS: "the permissions granted for single users",
    Surface.CREDENTIALS: "the credentials",
    Surface.FEDERATED_CREDENTIALS: "the federated credentials",
    Surface.SERVICE_PRINCIPAL_CREDENTIALS: "the service principal's credentials",
    Surface.CERTIFICATE_BYTES: "the certificates behind the key ids",
}

_OWNER = "Owners can add keys to it, and so sign in as it."
_SETTING = "It is not as a registration has it by default; ISE does not need it."
# With its article; what its value is; what one more of them opens.
_MEMBERS = {
    Surface.APPLICATION_OWNERS: ("an ", "owner", ", object id ", _OWNER),
    Surface.SERVICE_PRINCIPAL_OWNERS: ("an ", "owner of its service principal", ", object id ", _OWNER),
    Surface.REDIRECT_URIS: ("a ", "redirect URI", ": ", "Who signs in through it is sent there; ISE needs none."),
    Surface.IDENTIFIER_URIS: ("an ", "identifier URI", ": ", "It can be asked for as an API; ISE needs none."),
    Surface.APP_ROLES: (
        "an ",
        "app role",
        ": ",
        "Others can be given it, as if ISE's application were an API; ISE needs none.",
    ),
    Surface.SCOPES: (
        "a ",
        "scope",
        ": ",
        "Other applications can ask users for it, as if ISE's were an API; ISE needs none.",
    ),
    Surface.AUTHORIZED_CLIENTS: (
        "an ",
        "authorized client",
        ": ",
        "That application gets tokens for this one, and nobody is asked; ISE needs none.",
    ),
    Surface.APPLICATION_SETTINGS: ("a ", "setting", ": ", _SETTING),
    Surface.SERVICE_PRINCIPAL_SETTINGS: ("a ", "setting of its service principal", ": ", _SETTING),
    Surface.DIRECTORY_ROLES: (
        "a ",
        "directory role",
        ": ",
        "Whoever signs in as it administers the directory that far; ISE needs none.",
    ),
    Surface.GROUPS: (
        "a ",
        "group membership",
        ": ",
        "What the group may do, it may do; ISE needs none.",
    ),
    Surface.OWNED_OBJECTS: (
        "an ",
        "object it owns",
        ": ",
        "Whoever signs in as it can change that object, and add keys where it is an application; ISE needs none.",
    ),
    Surface.POLICIES: (
        "a ",
        "policy of its own",
        ": ",
        "It changes which credentials or tokens are accepted or issued here alone.",
    ),
    Surface.GRANTED_TO_USERS: (
        "a ",
        "permission for a single user",
        ": ",
        "With that user's sign-in it can do it in their name; ISE signs in as itself and cannot use it.",
    ),
}

_ANEW = " It is another object: what was granted to the old one is not granted to it."
_ANEW_FOR_ISE = f"{_ANEW} ISE knows the old one alone, and must be told."
_CHANGES = {
    Surface.TENANT: " Another tenant is another directory, with nothing of what was granted in this one.",
    Surface.CLIENT_ID: _ANEW_FOR_ISE,
    Surface.APPLICATION_OBJECT: _ANEW,
    Surface.SERVICE_PRINCIPAL_OBJECT: _ANEW,
}
_AUDIENCES = {
    "AzureADMyOrg": "accounts of its own tenant alone",
    "AzureADMultipleOrgs": "accounts of any organization's tenant",
    "AzureADandPersonalMicrosoftAccount": "accounts of any organization's tenant, and personal accounts",
    "PersonalMicrosoftAccount": "personal accounts alone",
}


def not_checked(surfaces: Iterable[Surface], reason: str) -> Sentence:
    """Say in one sentence what nobody could see for one reason."""
    names = [_NAMES[surface] for surface in surfaces]
    first = names[0][:1].upper() + names[0][1:]
    return say(*listed([first, *names[1:]], strong), ": ", quote(reason), ".")


def not_audited(surface: Surface, accepted: str, reason: str) -> Sentence:
    """Say what nobody could see, why somebody accepts that (both as they came), and why it was not seen."""
    why = accepted.rstrip(".")
    return say(
        strong(_NAMES[surface]), " (", code(surface.value), "): ", quote(why), ". Not seen: ", quote(reason), "."
    )


def not_compared(difference: NotCompared, application: str) -> Sentence:
    """Say what nobody can say."""
    return say(
        "Not compared: ",
        strong(_NAMES[difference.surface]),
        " of ",
        name(application),
        ". Nobody can say whether anything differs (",
        quote(difference.reason),
        ").",
    )


def value_added(difference: ValueAdded, application: str) -> Sentence:
    """Say which member a set has more, and what that opens."""
    return say(*_member(difference, application, "gains"), ". ", _MEMBERS[difference.surface][-1])


def value_removed(difference: ValueRemoved, application: str) -> Sentence:
    """Say which member a set has no more."""
    return say(*_member(difference, application, "loses"), ".")


def _member(difference: ValueAdded | ValueRemoved, application: str, verb: str) -> tuple[Part | str, ...]:
    article, what, before_value, _ = _MEMBERS[difference.surface]
    return (
        "The application ",
        name(application),
        f" {verb} {article}",
        strong(what),
        before_value,
        code(difference.value),
    )


def value_changed(difference: ValueChanged, application: str) -> Sentence:
    """Say what something was and what it is now."""
    match difference.surface:
        case Surface.DISPLAY_NAME:
            return say("The application ", name(difference.before), " is now called ", name(difference.after), ".")
        case Surface.PUBLIC_CLIENT:
            return _public_client(application, now=difference.after == "true")
        case Surface.SERVICE_PRINCIPAL_ENABLED:
            return _enabled(application, now=difference.after == "true")
        case Surface.APPLICATION_ENABLED:
            return _active(application, now=difference.after == "true")
        case Surface.APPLICATION | Surface.SERVICE_PRINCIPAL:
            return _existence(difference, application)
        case Surface.SIGN_IN_AUDIENCE:
            return _audience(difference, application)
        case Surface.NOTES | Surface.SERVICE_MANAGEMENT_REFERENCE:
            return _words(difference, application)
    return say(
        f"{_sentence_case(_NAMES[difference.surface])} of ",
        name(application),
        " changes from ",
        code(difference.before),
        " to ",
        code(difference.after),
        ".",
        _CHANGES.get(difference.surface, ""),
    )


def _public_client(application: str, *, now: bool) -> Sentence:
    if now:
        consequence = ": people can sign in through it though it proves nothing of itself. ISE does not need that."
        return say("The application ", name(application), " becomes a ", strong("public client"), consequence)
    return say("The application ", name(application), " is no longer a ", strong("public client"), ".")


def _enabled(application: str, *, now: bool) -> Sentence:
    if now:
        return say("The service principal of ", name(application), " is ", strong("enabled"), ": it can sign in again.")
    outcome = ": ISE can no longer sign in."
    return say("The service principal of ", name(application), " is ", strong("disabled"), outcome)


def _active(application: str, *, now: bool) -> Sentence:
    if now:
        return say("The application ", name(application), " is ", strong("active"), " again: it gets tokens.")
    outcome = ": ISE gets no new token. Those it has live on for about an hour."
    return say("The application ", name(application), " is ", strong("deactivated"), outcome)


def _existence(difference: ValueChanged, application: str) -> Sentence:
    """Say that an object is gone, or is there again."""
    thing = "application" if difference.surface is Surface.APPLICATION else "service principal of"
    subject = (f"The {thing} ", name(application))
    outcome = " ISE can no longer sign in."
    match difference.after:
        case Existence.DELETED:
            return say(*subject, " is ", strong("deleted"), f".{outcome} For 30 days it can be restored.")
        case Existence.ABSENT:
            return say(*subject, " is ", strong("gone"), f": the directory knows none.{outcome}")
    return say(*subject, " is ", strong("there"), " again.")


def _audience(difference: ValueChanged, application: str) -> Sentence:
    return say(
        "The ",
        strong("sign-in audience"),
        " of ",
        name(application),
        " changes from ",
        *_one_audience(difference.before),
        " to ",
        *_one_audience(difference.after),
        ".",
        "" if difference.after == "AzureADMyOrg" else " ISE needs its own tenant alone.",
    )


def _one_audience(value: str) -> tuple[Part | str, ...]:
    meaning = _AUDIENCES.get(value)
    return (code(value), f" ({meaning})") if meaning else (code(value),)


def _words(difference: ValueChanged, application: str) -> Sentence:
    return say(
        f"{_sentence_case(_NAMES[difference.surface])} of ",
        name(application),
        ": ",
        *_quoted(difference.after),
        ", before ",
        *_quoted(difference.before),
        ".",
    )


def _quoted(text: str) -> tuple[Part | str, ...]:
    return ("“", quote(text), "”") if text else ("nothing",)


def _sentence_case(text: str) -> str:
    return text[0].upper() + text[1:]
