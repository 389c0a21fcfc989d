"""Sentences about the certificates of an environment file, by the names and fingerprints people know them by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.sentences.parts import Part, Sentence, code, listed, name, say, strong

if TYPE_CHECKING:
    from datetime import datetime

    from helpers.certificates.certificate import Certificate
    from helpers.comparing.differences import (
        CertificateEntryAdded,
        CertificateEntryRemoved,
        CertificateEntryRenamed,
        CertificateEntrySwapped,
        CertificateNodesChanged,
    )


def entry_added(difference: CertificateEntryAdded, application: str) -> Sentence:
    """Say which certificate comes, and who presents it."""
    entry = difference.entry
    return say(
        "The application ",
        name(application),
        " accepts one certificate more, ",
        strong(entry.name),
        ", ",
        *in_short(entry.certificate),
        ". It is presented by ",
        *listed(entry.nodes),
        ".",
    )


def entry_removed(difference: CertificateEntryRemoved, application: str) -> Sentence:
    """Say which certificate goes, and who presented it."""
    entry = difference.entry
    return say(
        "The application ",
        name(application),
        " no longer accepts the certificate ",
        strong(entry.name),
        ", ",
        *in_short(entry.certificate),
        ". ",
        *listed(entry.nodes),
        " can no longer sign in with it.",
    )


def entry_renamed(difference: CertificateEntryRenamed, application: str) -> Sentence:
    """Say what a certificate is called now, and whether the deploy knows that it is the same."""
    before, after = difference.before, difference.after
    if after.formerly == before.name:
        outcome = ". The deploy only moves it: nothing changes in Entra."
    else:
        outcome = ". Terraform takes it for another and makes it anew, which Entra refuses."
    return say(
        "The certificate ",
        strong(before.name),
        " of ",
        name(application),
        " is now called ",
        strong(after.name),
        ", ",
        *in_short(after.certificate),
        outcome,
    )


def entry_swapped(difference: CertificateEntrySwapped, application: str) -> Sentence:
    """Say what stood under a name and what stands there now."""
    before, after = difference.before, difference.after
    return say(
        "Under the name ",
        strong(after.name),
        ", ",
        name(application),
        " accepts another certificate: ",
        *in_short(after.certificate),
        "; no longer ",
        *in_short(before.certificate),
        ". Until ",
        *listed(before.nodes),
        " changes over, it cannot sign in." if len(before.nodes) == 1 else " change over, they cannot sign in.",
    )


def nodes_changed(difference: CertificateNodesChanged, application: str) -> Sentence:
    """Say who presents a certificate now."""
    before, after = difference.before, difference.after
    return say(
        "The certificate ",
        strong(after.name),
        " of ",
        name(application),
        " is now said to be presented by ",
        *listed(after.nodes),
        "; until now by ",
        *listed(before.nodes),
        ". Nothing changes in Entra.",
    )


def in_short(certificate: Certificate) -> tuple[Part | str, ...]:
    """Return a certificate as its common name, SHA-1 as Entra shows it, and validity."""
    return (
        name(certificate.common_name),
        " (SHA-1 ",
        code(certificate.sha1_hex),
        f", {validity(certificate.not_before, certificate.not_after)})",
    )


def validity(not_before: datetime | None, not_after: datetime | None) -> str:
    """Return from when until when something is valid, as days in UTC."""
    if not_before is None and not_after is None:
        return "validity not known"
    first = f"from {not_before.date()}" if not_before else "from an unknown day"
    last = f"to {not_after.date()}" if not_after else "without an end that is known"
    return f"valid {first} {last}"
