"""Every difference in a sentence, in the language of somebody who reviews access and has not read the documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from helpers.comparing.differences import (
    CertificateEntryAdded,
    CertificateEntryRemoved,
    CertificateEntryRenamed,
    CertificateEntrySwapped,
    CertificateNodesChanged,
    CredentialAdded,
    CredentialChanged,
    CredentialRemoved,
    Difference,
    NotCompared,
    PermissionAdded,
    PermissionRemoved,
    TermChanged,
    ValueAdded,
    ValueChanged,
    ValueRemoved,
)
from helpers.sentences import certificates, credentials, permissions, terms, values
from helpers.sentences.parts import Mark, Part, Sentence
from helpers.terms import AdminConsent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpers.comparing.declarations import EntryDifference
    from helpers.declaration.declaration import CertificateEntry

__all__ = ["Mark", "Part", "Sentence", "sentence"]


def sentence(
    difference: Difference | EntryDifference | TermChanged,
    *,
    application: str,
    entries: Iterable[CertificateEntry] = (),
    consent: str = AdminConsent.MANUAL,
) -> Sentence:
    """Say a difference in words. `application` is the display name, raw as it came.

    `entries` are the certificates of the environment files on both sides, by which certificates in Entra are named.
    `consent` says who grants what is asked for, a person (`manual`) or the deploy (`terraform`).
    Raises `TypeError` for a difference that nobody wrote a sentence for.
    """
    match difference:
        case Difference():
            return _in_entra(difference, application, entries, consent)
        case TermChanged():
            return terms.term_changed(difference, application)
        case CertificateEntryAdded():
            return certificates.entry_added(difference, application)
        case CertificateEntryRemoved():
            return certificates.entry_removed(difference, application)
        case CertificateEntryRenamed():
            return certificates.entry_renamed(difference, application)
        case CertificateEntrySwapped():
            return certificates.entry_swapped(difference, application)
        case CertificateNodesChanged():
            return certificates.nodes_changed(difference, application)
    assert_never(difference)


def _in_entra(difference: Difference, application: str, entries: Iterable[CertificateEntry], consent: str) -> Sentence:
    match difference:
        case PermissionAdded():
            return permissions.permission_added(difference, application, by_deploy=consent == AdminConsent.TERRAFORM)
        case PermissionRemoved():
            return permissions.permission_removed(difference, application)
        case CredentialAdded() | CredentialRemoved() | CredentialChanged():
            return credentials.credential_differs(difference, application, entries)
        case ValueAdded():
            return values.value_added(difference, application)
        case ValueRemoved():
            return values.value_removed(difference, application)
        case ValueChanged():
            return values.value_changed(difference, application)
        case NotCompared():
            return values.not_compared(difference, application)
    message = f"no sentence for {type(difference).__name__}"
    raise TypeError(message)
