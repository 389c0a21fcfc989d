"""Sentences about decisions: what people agreed on in an environment file, which Entra knows nothing of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpers.declaration.decisions import KEPT, adopted_entry
from helpers.permissions import profiles
from helpers.sentences.parts import Part, Sentence, code, name, quote, say, strong
from helpers.terms import AdminConsent

if TYPE_CHECKING:
    from helpers.comparing.differences import TermChanged

# What the azuread provider's resources for app role assignments and delegated grants need, by their documentation.
_PIPELINE_CONSENTS = (
    " To do so its identity must hold AppRoleAssignment.ReadWrite.All and Application.Read.All (for delegated"
    " permissions Directory.ReadWrite.All too). Whoever controls the pipeline can then give any application any"
    " permission, and so take over the tenant."
)
_PERSON_CONSENTS = (
    " The pipeline then needs no more than Application.ReadWrite.OwnedBy; what let it consent should be taken from it."
)
_STATE_MOVED = "Unless the state is moved there, Terraform makes everything anew, and what is deployed lives on unseen."

_IMPORTED = (
    "The deploy takes what is there into Terraform's state; from then on it changes and destroys it like its own. See"
    " that this is the application that ISE uses."
)
# An exception as `helpers.declaration.decisions` writes it.
_DATED = re.compile(r"until (?P<until>[0-9]{4}-[0-9]{2}-[0-9]{2}): (?P<reason>.*)", re.DOTALL)
# What another value of a setting means, by the setting's key.
_SETTINGS = {
    "cloud": ("Microsoft's cloud", "Another cloud is another Entra: nothing of what is deployed is there."),
    "deployer": ("the pipeline's identity", "It owns the application, and can therefore sign in as it."),
    "endpoints.login_host": ("the sign-in host", "ISE's Token Issuing URL changes with it and must be typed in again."),
    "endpoints.intune_audience": ("the Token Audience", "ISE's form must be changed with it."),
    "adopted.application": ("the application to import", _IMPORTED),
    "adopted.service_principal": ("the service principal to import", _IMPORTED),
    "adopted.unmanaged.application": (
        "what Terraform leaves alone of the application",
        "Changes of it are seen by drift alone.",
    ),
    "adopted.unmanaged.service_principal": (
        "what Terraform leaves alone of the service principal",
        "Changes of it are seen by drift alone.",
    ),
    "ise.api": ("the address of ISE's API", "Administrators of ISE send their password there."),
    "ise": ("the ISE release", "What ISE's form wants depends on it."),
    "state": ("the place of Terraform's state", _STATE_MOVED),
}


def term_changed(difference: TermChanged, application: str) -> Sentence:
    """Say which decision is another, and what follows from it."""
    key, _, subject = difference.term.partition(": ")
    match key:
        case "permissions.admin_consent":
            return _consent(difference, application)
        case "permissions.profile":
            return _profile(difference, application)
        case "permissions.extra":
            return _reason(subject, difference, application)
        case "exceptions":
            return _exception(subject, difference, application)
        case "revoked":
            return _revoked(subject, difference, application)
        case "unaudited":
            return _unaudited(subject, difference, application)
    return _of_adoption(key, subject, difference, application)


def _of_adoption(key: str, subject: str, difference: TermChanged, application: str) -> Sentence:
    """Say what is another of what was there before, or any decision that is a setting alone."""
    if key == "adopted.consents":
        return _consent_imported(subject, difference, application)
    if key.startswith(KEPT):
        return _kept(key.removeprefix(KEPT), subject, difference, application)
    entry = adopted_entry(key)
    return _adopted_certificate(entry, difference, application) if entry else _setting(difference, application)


def _consent(difference: TermChanged, application: str) -> Sentence:
    if difference.after == AdminConsent.TERRAFORM:
        who = strong("the pipeline consents")
        return say(
            "For ", name(application), ", ", who, " to permissions, no longer an administrator.", _PIPELINE_CONSENTS
        )
    who = strong("an administrator consents")
    return say(
        "For ", name(application), ", ", who, " to permissions by hand, no longer the pipeline.", _PERSON_CONSENTS
    )


def _profile(difference: TermChanged, application: str) -> Sentence:
    profile = profiles().get(difference.after)
    return say(
        "The permission profile of ",
        name(application),
        " changes from ",
        strong(difference.before),
        " to ",
        strong(difference.after),
        f", for {profile.purpose}." if profile else ".",
    )


def _reason(permission: str, difference: TermChanged, application: str) -> Sentence:
    if not difference.after:
        return say(*_for(application), "no reason is given any more for ", strong(permission), ".")
    words = "the reason for " if not difference.before else "another reason for "
    return say(*_for(application), words, strong(permission), " is given: “", quote(difference.after), "”.")


def _exception(subject: str, difference: TermChanged, application: str) -> Sentence:
    about = (*_for(application), "the finding ", strong(subject))
    if not difference.after:
        return say(*about, " is no longer accepted.")
    verb = " is accepted" if not difference.before else " is accepted otherwise, now"
    dated = _DATED.fullmatch(difference.after)
    if dated is None:
        return say(*about, verb, ": “", quote(difference.after), "”.")
    return say(*about, verb, f" until {dated['until']}: “", quote(dated["reason"]), "”.")


def _revoked(fingerprint: str, difference: TermChanged, application: str) -> Sentence:
    about = (*_for(application), "the certificate with SHA-256 ", code(fingerprint))
    if not difference.after:
        return say(*about, " is ", strong("no longer revoked"), ". It was: “", quote(difference.before), "”.")
    if difference.before:
        was = ("”; before: “", quote(difference.before), "”.")
        return say(*about, " is ", strong("revoked otherwise"), ": “", quote(difference.after), *was)
    return say(*about, " is ", strong("revoked"), " and must never come back: “", quote(difference.after), "”.")


def _unaudited(surface: str, difference: TermChanged, application: str) -> Sentence:
    about = (*_for(application), "the surface ", strong(surface))
    if not difference.after:
        return say(*about, " is audited again.")
    return say(
        *about, " is not audited: whatever changes there goes unnoticed. Reason given: “", quote(difference.after), "”."
    )


def _consent_imported(subject: str, difference: TermChanged, application: str) -> Sentence:
    about = (*_for(application), "the consent to ", code(subject))
    if not difference.after:
        return say(*about, " is no longer imported.")
    return say(*about, " that was given by hand is imported: Terraform manages it, and can withdraw it.")


def _kept(key: str, value: str, difference: TermChanged, application: str) -> Sentence:
    about = (*_for(application), "of its ", strong(key.replace("_", " ")), ", ", code(value))
    if not difference.after:
        return say(*about, " is no longer to be kept: drift tells of it while it is there.")
    return say(*about, " is to be kept: drift takes it for what shall be, and says nothing of it any more.")


def _adopted_certificate(entry: str, difference: TermChanged, application: str) -> Sentence:
    about = (*_for(application), "the certificate ", strong(entry))
    if not difference.after:
        without = "is no longer said to have been there before: Terraform replaces it, and ISE is without it meanwhile."
        return say(*about, f" {without}")
    return say(
        *about, " was there before, under key id ", code(difference.after), ": Terraform never compares its bytes."
    )


def _setting(difference: TermChanged, application: str) -> Sentence:
    what, consequence = _SETTINGS.get(difference.term, (difference.term, "What follows from that is not known here."))
    return say(*_for(application), strong(what), *_from_to(difference), ". ", consequence)


def _from_to(difference: TermChanged) -> tuple[Part | str, ...]:
    if not difference.before:
        return (" is now ", code(difference.after))
    if not difference.after:
        return (" is no longer stated; it was ", code(difference.before))
    return (" changes from ", code(difference.before), " to ", code(difference.after))


def _for(application: str) -> tuple[Part | str, ...]:
    return ("For ", name(application), ", ")
