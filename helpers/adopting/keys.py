"""The certificates that an application has: which of them a file can declare, and which nobody can."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from helpers.certificates.judging import recognized, usable
from helpers.errors import InputError
from helpers.model import Credential, CredentialKind, Holder, Seen
from helpers.observing.credentials import der_of
from helpers.observing.values import identifier
from helpers.shapes import Misshapen
from helpers.terraform_text import CDKTF_MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from helpers.certificates import Certificate
    from helpers.model import Integration
    from helpers.observing.observed import Observed

_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class FoundKey:
    """One certificate under its key id. `cause` says why no file can declare it; empty where one can.

    `certificate` is None where its bytes were not shown, or are none of a certificate.
    """

    credential: Credential
    certificate: Certificate | None
    cause: str = ""

    @property
    def key_id(self) -> str:
        """What Entra calls it, in lower case."""
        return self.credential.key_id

    @property
    def in_words(self) -> str:
        """What it is, for a person; raw text from elsewhere in it."""
        if self.certificate is None:
            return "a certificate that could not be read"
        return f"CN {self.certificate.common_name}, SHA-1 {self.certificate.sha1_hex}, ends {_day(self.credential)}"


def found_keys(observed: Observed, *, revoked: Mapping[str, str]) -> tuple[FoundKey, ...]:
    """Return the application's certificates, those that end first before others.

    `revoked` are reasons against certificates and keys, by SHA-256 of either in upper-case hex.
    """
    found = sorted(_found(observed), key=lambda key: (key.credential.not_after or _EVER, key.key_id))
    return tuple(_judged(found, revoked))


def certificates_of(integration: Integration) -> tuple[Credential, ...]:
    """Return the certificates of the application itself, as far as credentials were seen."""
    credentials = integration.credentials
    seen = credentials.items if isinstance(credentials, Seen) else frozenset[Credential]()
    return tuple(each for each in seen if each.kind is CredentialKind.CERTIFICATE and each.holder is Holder.APPLICATION)


def _found(observed: Observed) -> Iterator[FoundKey]:
    shown = _shown(observed)
    for each in certificates_of(observed.integration):
        yield _read(each, shown.get(each.key_id))


def _shown(observed: Observed) -> dict[str, dict[str, object]]:
    listing = observed.documents.key_credentials if observed.documents else None
    found: dict[str, dict[str, object]] = {}
    for each in listing if isinstance(listing, tuple) else ():
        try:
            found[identifier(each, "keyId")] = each
        except Misshapen:
            continue  # told with the credentials already
    return found


def _read(credential: Credential, document: dict[str, object] | None) -> FoundKey:
    if document is None:
        return FoundKey(credential, None, "its bytes were not shown")
    try:
        certificate = recognized(der_of(document), name=credential.key_id)
    except (Misshapen, InputError) as error:
        return FoundKey(credential, None, error.cause if isinstance(error, InputError) else str(error))
    return FoundKey(credential, certificate)


def _judged(found: list[FoundKey], revoked: Mapping[str, str]) -> Iterator[FoundKey]:
    """Yield keys, each with what the project's own judge has against its certificate."""
    seen: dict[str, str] = {}
    for key in found:
        if key.certificate is None:
            yield key
            continue
        cause = _cause(key.certificate, revoked)
        twin = seen.setdefault(key.certificate.sha256_hex, key.key_id)
        if not cause and twin != key.key_id:
            cause = f"is the certificate that {twin} is too, and one entry cannot be both"
        yield FoundKey(key.credential, key.certificate, cause)


def _cause(certificate: Certificate, revoked: Mapping[str, str]) -> str:
    try:
        usable(certificate, name="")
    except InputError as error:
        return error.cause
    for fingerprint in (certificate.sha256_hex, certificate.public_key_sha256):
        if fingerprint in revoked:
            return f"is revoked: {revoked[fingerprint]}"
    if CDKTF_MARKER in certificate.common_name or CDKTF_MARKER in certificate.subject:
        return f"has a name that holds `{CDKTF_MARKER}`, a marker of CDKTF's own"
    return ""


def _day(credential: Credential) -> str:
    return f"{credential.not_after:%Y-%m-%d}" if credential.not_after else "at no known time"
