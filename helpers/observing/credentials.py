"""Every way to sign in: certificates and other keys, secrets, federated credentials, on either object."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from helpers.certificates import KEY_TYPE, KEY_USAGE
from helpers.certificates.judging import recognized
from helpers.certificates.texts import pem_blocks
from helpers.errors import InputError
from helpers.model import Credential, CredentialKind, Holder, NotSeen, Seen
from helpers.observing.aside import listed, seen
from helpers.observing.documents import Unread
from helpers.observing.properties import Known
from helpers.observing.values import identifier, members, present
from helpers.shapes import Misshapen, mapping, moment, short, text, texts
from helpers.surfaces import Surface

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from helpers.observing.aside import Aside
    from helpers.observing.documents import Document, Documents, Listing

BYTES_NOT_READ = "not asked for"
NO_KEY = "Graph showed the credential without its key"
_OF_THE_PRINCIPAL = NotSeen("they are not asked for: none is declared there")
_NONE = {
    CredentialKind.SECRET: NotSeen("a secret is never shown"),
    CredentialKind.FEDERATED: NotSeen("a federated credential has none"),
    CredentialKind.OTHER_KEY: NotSeen("it is no certificate for sign-in"),
}
_PEM = b"-----BEGIN "
_SURFACES = {
    Holder.APPLICATION: Surface.CREDENTIALS,
    Holder.SERVICE_PRINCIPAL: Surface.SERVICE_PRINCIPAL_CREDENTIALS,
}

_COMMON = frozenset({"customKeyIdentifier", "displayName", "endDateTime", "keyId", "startDateTime"})
_KEY = Known(frozenset(), _COMMON | {"hasExtendedValue", "key", "type", "usage"})
_PASSWORD = Known(frozenset(), _COMMON | {"hint", "secretText"})
_FEDERATED = Known(
    frozenset(), frozenset({"audiences", "claimsMatchingExpression", "description", "id", "issuer", "name", "subject"})
)


def credentials(documents: Documents, aside: Aside) -> Seen[frozenset[Credential]] | NotSeen:
    """Return every way to sign in. What could not be read beside the application's own keys is kept as a gap."""
    application, principal = documents.application, documents.service_principal
    if not isinstance(application, dict):
        return NotSeen(application.reason if isinstance(application, Unread) else "there is no application")
    fingerprints = _fingerprints(documents.key_credentials)
    own = seen(lambda: [*_held(application, Holder.APPLICATION, fingerprints, aside)])
    if isinstance(own, NotSeen):
        return own
    found = [*own.items, *_federated(documents.federated_credentials, aside)]
    if principal is not None:
        found += _of_principal(principal, aside)
    _tell_twins(found, aside)
    return Seen(frozenset(found))


def _of_principal(principal: Document | Unread, aside: Aside) -> list[Credential]:
    if isinstance(principal, Unread):
        aside.gap(Surface.SERVICE_PRINCIPAL_CREDENTIALS, principal.reason)
        return []
    held = seen(lambda: [*_held(principal, Holder.SERVICE_PRINCIPAL, _OF_THE_PRINCIPAL, aside)])
    if isinstance(held, Seen):
        return held.items
    aside.gap(Surface.SERVICE_PRINCIPAL_CREDENTIALS, held.reason)
    return []


def _held(
    document: Document, holder: Holder, fingerprints: Mapping[str, Seen[str] | NotSeen] | NotSeen, aside: Aside
) -> Iterator[Credential]:
    for key in members(document, "keyCredentials"):
        credential = _key(key, holder, aside)
        if credential.kind is CredentialKind.CERTIFICATE:
            unseen = fingerprints if isinstance(fingerprints, NotSeen) else NotSeen(NO_KEY)
            known = {} if isinstance(fingerprints, NotSeen) else fingerprints
            credential = replace(credential, fingerprint=known.get(credential.key_id, unseen))
        yield credential
    for password in members(document, "passwordCredentials"):
        _wonder(_PASSWORD, password, "a client secret", aside)
        yield _dated(password, CredentialKind.SECRET, holder, aside)


def _key(key: Document, holder: Holder, aside: Aside) -> Credential:
    """Return a key credential: only a certificate that verifies signatures is what ISE signs in with."""
    _wonder(_KEY, key, "a key credential", aside)
    kind, usage = text(key.get("type"), "`type`"), text(key.get("usage"), "`usage`")
    if (kind, usage) == (KEY_TYPE, KEY_USAGE):
        return _dated(key, CredentialKind.CERTIFICATE, holder, aside)
    credential = _dated(key, CredentialKind.OTHER_KEY, holder, aside)
    aside.note(credential.key_id, f"of the type {short(kind) or '(none)'} for the usage {short(usage) or '(none)'}")
    return credential


def _dated(entry: Document, kind: CredentialKind, holder: Holder, aside: Aside) -> Credential:
    """Return a key or password credential; a key has both its dates always."""
    key_id = identifier(entry, "keyId")
    dates = [moment(entry.get(name), f"`{name}`") for name in ("startDateTime", "endDateTime")]
    if None in dates and kind is CredentialKind.CERTIFICATE:
        raise Misshapen(f"the key credential {short(key_id)} lacks a date")
    name = text(entry.get("displayName"), "`displayName`")
    aside.note(key_id, f"called {short(name)}" if name else "")
    unseen = NotSeen(BYTES_NOT_READ) if kind is CredentialKind.CERTIFICATE else _NONE[kind]
    return Credential(kind, holder, key_id, unseen, *dates)


def _federated(listing: Listing, aside: Aside) -> list[Credential]:
    found = listed(listing, lambda documents: [_one_federated(each, aside) for each in documents])
    if isinstance(found, Seen):
        return found.items
    aside.gap(Surface.FEDERATED_CREDENTIALS, found.reason)
    return []


def _one_federated(document: Document, aside: Aside) -> Credential:
    _wonder(_FEDERATED, document, "a federated credential", aside)
    key_id = identifier(document)
    aside.note(key_id, ", ".join(_trusted(document)))
    return Credential(CredentialKind.FEDERATED, Holder.APPLICATION, key_id, _NONE[CredentialKind.FEDERATED])


def _trusted(document: Document) -> Iterator[str]:
    """Yield whom a federated credential trusts: a flexible one has an expression where others have a subject."""
    expression = mapping(document.get("claimsMatchingExpression"), "`claimsMatchingExpression`")
    for word, value in (
        ("called", document.get("name")),
        ("issuer", document.get("issuer")),
        ("subject", document.get("subject")),
        ("expression", expression.get("value")),
    ):
        told = text(value, f"`{word}`")
        if told:
            yield f"{word} {short(told)}"
    yield from (f"audience {short(each)}" for each in texts(document.get("audiences"), "`audiences`"))


def _fingerprints(listing: Listing | None) -> Mapping[str, Seen[str] | NotSeen] | NotSeen:
    """Return the SHA-256 of each certificate, by key id. `customKeyIdentifier` proves nothing: anyone can set it."""
    if listing is None:
        return NotSeen(BYTES_NOT_READ)
    read = listed(listing, lambda found: {identifier(each, "keyId"): _fingerprint(each) for each in found})
    return read if isinstance(read, NotSeen) else read.items


def _fingerprint(key: Document) -> Seen[str] | NotSeen:
    return NotSeen(NO_KEY) if key.get("key") is None else seen(lambda: sha256_of(key))


def sha256_of(key: Document) -> str:
    """Return the SHA-256 (upper-case hex) of a key credential's certificate. Raises `Misshapen`."""
    return hashlib.sha256(der_of(key)).hexdigest().upper()


def der_of(key: Document) -> bytes:
    """Return the DER of a key credential's certificate. Raises `Misshapen`, also where Graph did not show the key."""
    return _der(text(present(key, "key"), "`key`"))


def _der(key: str) -> bytes:
    """Return the DER in base64 of DER, or of PEM text, as the azuread provider sends it (provider.md §2)."""
    try:
        content = base64.b64decode(key, validate=True)
        if content.lstrip().startswith(_PEM):
            ((_, body),) = pem_blocks(content.decode("ascii"), name="`key`")
            content = base64.b64decode("".join(body.split()), validate=True)
        return recognized(content, name="`key`").der
    except (ValueError, InputError):  # base64's own error is a ValueError too
        raise Misshapen("`key` is no certificate") from None


def _wonder(known: Known, document: Document, what: str, aside: Aside) -> None:
    for path in known.unknown(document):
        aside.wonder(f"{what} has `{short(path)}`")


def _tell_twins(found: Iterable[Credential], aside: Aside) -> None:
    """Say where two of a kind have one key id on one object: the model keeps them apart by that alone.

    Of certificates one may be declared, and hide the other: those were not checked. Any other is nobody's anyway.
    """
    counted = Counter((each.holder, each.key_id, each.kind) for each in found)
    for holder, key_id, kind in (key for key, number in counted.items() if number > 1):
        twice = f"the key id {short(key_id)} is there twice"
        if kind is CredentialKind.CERTIFICATE:
            aside.gap(_SURFACES[holder], f"{twice}: nobody can tell the certificates apart")
        else:
            aside.wonder(twice)
