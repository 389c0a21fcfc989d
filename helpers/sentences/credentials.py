"""Sentences about credentials as Entra holds them: certificates, secrets and federated credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.comparing.differences import CredentialAdded, CredentialChanged, CredentialRemoved
from helpers.model import Credential, CredentialKind, Holder, NotSeen
from helpers.sentences.certificates import in_short, validity
from helpers.sentences.parts import Part, Sentence, code, name, say, strong

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpers.declaration.declaration import CertificateEntry

_KINDS = {
    CredentialKind.CERTIFICATE: ("a ", "certificate"),
    CredentialKind.SECRET: ("a ", "client secret"),
    CredentialKind.FEDERATED: ("a ", "federated credential"),
    CredentialKind.OTHER_KEY: ("a ", "key that is no certificate for sign-in"),
}
_CONSEQUENCES = {
    CredentialKind.CERTIFICATE: " Whoever holds its private key signs in as this application.",
    CredentialKind.SECRET: " Whoever knows it signs in as this application; ISE needs none.",
    CredentialKind.FEDERATED: " Whoever its issuer vouches for signs in as this application; ISE needs none.",
    CredentialKind.OTHER_KEY: " Whoever holds it may sign in as this application, or sign and read its tokens;"
    " ISE needs none.",
}


def credential_differs(
    difference: CredentialAdded | CredentialRemoved | CredentialChanged,
    application: str,
    entries: Iterable[CertificateEntry],
) -> Sentence:
    """Say with what one can sign in from now on, or no more."""
    match difference:
        case CredentialAdded():
            return _added(difference, application, entries)
        case CredentialRemoved():
            return _removed(difference, application, entries)
        case CredentialChanged():
            return _changed(difference, application, entries)


def _added(difference: CredentialAdded, application: str, entries: Iterable[CertificateEntry]) -> Sentence:
    credential = difference.credential
    article, kind = _KINDS[credential.kind]
    return say(
        *_holder(credential, application),
        f" gains {article}",
        strong(kind),
        ": ",
        *_which(credential, entries),
        ".",
        _CONSEQUENCES[credential.kind],
    )


def _removed(difference: CredentialRemoved, application: str, entries: Iterable[CertificateEntry]) -> Sentence:
    credential = difference.credential
    article, kind = _KINDS[credential.kind]
    return say(
        *_holder(credential, application),
        f" loses {article}",
        strong(kind),
        ": ",
        *_which(credential, entries),
        ". Nobody can sign in with it any more.",
    )


def _changed(difference: CredentialChanged, application: str, entries: Iterable[CertificateEntry]) -> Sentence:
    before, after = difference.before, difference.after
    return say(
        *_holder(after, application),
        " has something else behind the key id ",
        code(after.key_id),
        ": now a ",
        strong(_KINDS[after.kind][1]),
        ", ",
        *_content(after, entries),
        "; before a ",
        strong(_KINDS[before.kind][1]),
        ", ",
        *_content(before, entries),
        ".",
        _CONSEQUENCES[after.kind],
    )


def _holder(credential: Credential, application: str) -> tuple[Part | str, ...]:
    if credential.holder is Holder.APPLICATION:
        return ("The application ", name(application))
    # Not to be seen under "App registrations" in the portal, which is why it is said.
    return ("The service principal of ", name(application))


def _which(credential: Credential, entries: Iterable[CertificateEntry]) -> tuple[Part | str, ...]:
    return (*_content(credential, entries), ", key id ", code(credential.key_id))


def _content(credential: Credential, entries: Iterable[CertificateEntry]) -> tuple[Part | str, ...]:
    """Name a certificate as the environment file does where it is one of its, and by what Entra shows otherwise."""
    days = validity(credential.not_before, credential.not_after)
    if credential.kind is not CredentialKind.CERTIFICATE:
        return (days,)
    if isinstance(credential.fingerprint, NotSeen):
        return (f"{days}, its bytes not seen (", Part(credential.fingerprint.reason), ")")
    entry = next((each for each in entries if each.certificate.sha256_hex == credential.fingerprint.items), None)
    if entry:
        return (strong(entry.name), ", ", *in_short(entry.certificate))
    return ("SHA-256 ", code(credential.fingerprint.items), f", {days}")
