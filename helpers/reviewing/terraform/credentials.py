"""Ways to sign in, as resources say them, and the certificate entries among them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from helpers.certificates import KEY_TYPE, Certificate
from helpers.declaration.adopted import AdoptedCertificate
from helpers.declaration.declaration import CertificateEntry
from helpers.model import Credential, CredentialKind, Holder, NotSeen, Seen
from helpers.reviewing.terraform.resource import (
    CERTIFICATE,
    FEDERATED,
    FLEXIBLE_FEDERATED,
    PASSWORD,
    PRINCIPAL_CERTIFICATE,
    PRINCIPAL_PASSWORD,
    read,
)
from helpers.reviewing.terraform.shapes import blocks
from helpers.shapes import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from helpers.reviewing.terraform.certificates import CertificatesRead
    from helpers.reviewing.terraform.grouping import Bundle
    from helpers.reviewing.terraform.resource import Notes, Resource

Credentials = Seen[frozenset[Credential]] | NotSeen

_KINDS = {
    CERTIFICATE: (CredentialKind.CERTIFICATE, Holder.APPLICATION),
    PASSWORD: (CredentialKind.SECRET, Holder.APPLICATION),
    FEDERATED: (CredentialKind.FEDERATED, Holder.APPLICATION),
    FLEXIBLE_FEDERATED: (CredentialKind.FEDERATED, Holder.APPLICATION),
    PRINCIPAL_CERTIFICATE: (CredentialKind.CERTIFICATE, Holder.SERVICE_PRINCIPAL),
    PRINCIPAL_PASSWORD: (CredentialKind.SECRET, Holder.SERVICE_PRINCIPAL),
}
_NO_BYTES = {
    CredentialKind.SECRET: NotSeen("a secret is never shown"),
    CredentialKind.FEDERATED: NotSeen("a federated credential has no bytes"),
}
IMPORTED = NotSeen("it was there before Terraform, which does not know its bytes: `ise-intune drift --deep` reads them")
# How the stacks name an entry's resource (stacks/certificates.py); any other address stands for itself.
_ENTRY = re.compile(rf"{CERTIFICATE}\.certificate-([A-Za-z0-9_-]+)")


def credentials(bundle: Bundle, certificates: CertificatesRead, notes: Notes) -> Credentials:
    """Return every way to sign in as the application."""
    found = [_credential(each, certificates, notes) for each in bundle.of(*_KINDS)]
    application = bundle.application
    # Parts of it are always hidden, and no secret is looked at; as a whole it may be unknown.
    hidden = ("password",) if application.unknown.get("password") is True else ()
    inline = read(application, hidden, lambda values: _inline_secrets(values, application.address), notes)
    if isinstance(inline, NotSeen):
        return inline
    return Seen(frozenset({*found, *inline.items}))


def entries(
    bundle: Bundle, certificates: CertificatesRead, nodes: Mapping[str, tuple[str, ...]] | None, notes: Notes
) -> Iterator[CertificateEntry]:
    """Yield the application's certificates under the names of their addresses, presented by `nodes`.

    `nodes` is None where nobody recorded any.
    """
    for resource in bundle.of(CERTIFICATE):
        declared = resource.declared if _is_imported(resource) else ""
        certificate = certificates.read(declared, "pem") if declared else _certificate(resource, certificates)
        if not isinstance(certificate, Certificate):
            continue
        name = entry_name(resource.label)
        if nodes is not None and name not in nodes:
            notes.not_seen(f"{resource.label}:", "the output `certificates` does not say which nodes present it")
        former = entry_name(resource.former) if resource.former else ""
        # Code names the bytes as well; under a key id of another origin it is still one that was there before.
        is_pinned = _key_id(resource.values) not in ("", certificate.key_id)
        there = _was_there(resource, certificate, notes) if is_pinned or _is_imported(resource) else None
        yield CertificateEntry(name, "", (nodes or {}).get(name, ()), certificate, former, there)


def entry_name(label: str) -> str:
    """Return the name of a certificate entry by its resource's address."""
    named = _ENTRY.fullmatch(label)
    return named[1] if named else label


def _credential(resource: Resource, certificates: CertificatesRead, notes: Notes) -> Credential:
    kind, holder = _KINDS[resource.type]
    certificate = _certificate(resource, certificates) if kind is CredentialKind.CERTIFICATE else None
    if isinstance(certificate, str) and not _is_imported(resource):
        notes.not_seen(f"the certificate of {resource.label}", certificate)
    given = certificate if isinstance(certificate, Certificate) else None
    unseen = IMPORTED if _is_imported(resource) else NotSeen(str(certificate))
    fingerprint = Seen(given.sha256_hex) if given else _NO_BYTES.get(kind, unseen)
    return Credential(
        kind=kind,
        holder=holder,
        # Entra chooses the id of a secret when it is made: until then the address keeps it apart from others.
        key_id=_key_id(resource.values) or f"({resource.address})",
        fingerprint=fingerprint,
        not_before=_date(resource, "start_date", notes) or (given.not_before if given else None),
        not_after=_date(resource, "end_date", notes) or (given.not_after if given else None),
    )


def _was_there(resource: Resource, certificate: Certificate, notes: Notes) -> AdoptedCertificate:
    """Return what Terraform took over: under Entra's key id and dates, and, the code says, of this certificate."""
    start, end = _date(resource, "start_date", notes), _date(resource, "end_date", notes)
    return AdoptedCertificate(_key_id(resource.values), certificate.sha256_hex, start, end)


def _is_imported(resource: Resource) -> bool:
    """Say whether Terraform took over a certificate that was there: only then it knows none of its bytes."""
    known = resource.hidden("value") is None and "value" in resource.values
    return resource.type == CERTIFICATE and known and resource.values["value"] is None


def _certificate(resource: Resource, certificates: CertificatesRead) -> Certificate | str:
    """Return a resource's certificate, or why it cannot be read."""
    hidden = resource.hidden("value")
    if hidden:
        return hidden
    if resource.values.get("type") != KEY_TYPE:
        return f"is not of the type {KEY_TYPE}"
    value, encoding = resource.values.get("value"), resource.values.get("encoding") or "pem"
    if not isinstance(value, str) or not isinstance(encoding, str):
        return "is not there"
    return certificates.read(value, encoding)


def _key_id(values: Mapping[str, Any]) -> str:
    value = values.get("key_id") or values.get("credential_id")
    return value.lower() if isinstance(value, str) else ""


def _date(resource: Resource, attribute: str, notes: Notes) -> datetime | None:
    """Return a date of a resource's; None where there is none, or Entra or the provider chooses it."""
    if resource.hidden(attribute) and attribute not in resource.configured:
        return None
    found = read(resource, (attribute,), lambda values: moment(values.get(attribute), f"`{attribute}`"), notes)
    return found.items if isinstance(found, Seen) else None


def _inline_secrets(values: Mapping[str, Any], address: str) -> list[Credential]:
    """Return the secrets that an application's own blocks hold."""
    return [
        Credential(
            kind=CredentialKind.SECRET,
            holder=Holder.APPLICATION,
            key_id=_key_id(secret) or f"({address} password {number})",
            fingerprint=_NO_BYTES[CredentialKind.SECRET],
            not_before=moment(secret.get("start_date"), "`start_date`"),
            not_after=moment(secret.get("end_date"), "`end_date`"),
        )
        for number, secret in enumerate(blocks(values.get("password"), "`password`"))
    ]
