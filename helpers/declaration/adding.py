"""Whether a certificate may become an entry of an environment. What a file's judge says anyway is left to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.declaration.forms import ENTRY_NAME, FORMS, NODE_NAME
from helpers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from helpers.certificates.certificate import Certificate
    from helpers.declaration.awaiting import Awaited
    from helpers.declaration.declaration import CertificateEntry, Declaration

_YEAR = re.compile(r"-[0-9]{4}(-[0-9]+)?$")
_LONGEST_STEM = 50


@dataclass(frozen=True)
class Addition:
    """What was asked for. `source` is what to call the certificate's file; no `nodes` stand for the one of the name."""

    name: str
    certificate: Certificate
    nodes: Sequence[str]
    source: str


def require_entry_name(name: str) -> None:
    """Raise `InputError` for a name that no entry can have."""
    _require_form(name, ENTRY_NAME, subject=name)


def require_addable(asked: Addition, declaration: Declaration, *, revoked: Mapping[str, str], now: datetime) -> bool:
    """Return whether there is anything to add: False when just this is declared already.

    `revoked` are the reasons against certificates and keys, by SHA-256 in upper-case hex. Raises `InputError` for an
    entry that cannot be, with how to renew where that is what was meant.
    """
    require_entry_name(asked.name)
    for node in asked.nodes:
        _require_form(node, NODE_NAME, subject="--node")
    same = next((entry for entry in declaration.certificates if entry.certificate == asked.certificate), None)
    there = next((entry for entry in declaration.certificates if entry.name == asked.name), None)
    if same and same is there:
        _require_same_nodes(there, asked.nodes, file=declaration.file)
        return False
    if same:
        remedy = f"to let more nodes present it, list them in `nodes:` of {same.name} in {declaration.file}"
        raise InputError(asked.source, f"is entry {same.name} of {declaration.name} already", remedy)
    require_wanted(asked, revoked=revoked, now=now)
    if there:
        raise _taken(asked, declaration, there)
    return True


def predecessors(declaration: Declaration, nodes: Iterable[str], *, but: str = "") -> list[CertificateEntry]:
    """Return the entries that any of these nodes present, but the one named so."""
    wanted = set(nodes)
    return [entry for entry in declaration.certificates if wanted & set(entry.nodes) and entry.name != but]


def of_same_key(declaration: Declaration, certificate: Certificate) -> list[CertificateEntry]:
    """Return the entries whose certificates are over the key of this one."""
    key = certificate.public_key_sha256
    return [entry for entry in declaration.certificates if entry.certificate.public_key_sha256 == key]


def meant_node(declaration: Declaration, name: str) -> str:
    """Return the node whose successor an entry's name seems to mean, as in `psn-01-2027`; empty for none."""
    nodes = {node for entry in declaration.certificates for node in entry.nodes}
    return max((node for node in nodes if name.startswith(f"{node}-")), key=len, default="")


def successor_name(name: str, new: Certificate, taken: Collection[str]) -> str:
    """Return what to call the entry that comes after `name`, by its last year; `taken` are names in small letters."""
    stem = f"{_YEAR.sub('', name)[:_LONGEST_STEM]}-{new.not_after.year}"
    numbered = (stem if number == 1 else f"{stem}-{number}" for number in range(1, len(taken) + 2))
    return next(each for each in numbered if each.lower() not in taken)


def _require_form(text: str, pattern: str, *, subject: str) -> None:
    form = FORMS[pattern]
    if not re.fullmatch(pattern.removeprefix("^").removesuffix("$"), text) or len(text) > form.longest:
        raise InputError(subject, f"{text!r} {form.cause}" if subject != text else form.cause, form.remedy)


def require_fitting(asked: Addition, awaited: Awaited, *, file: str) -> None:
    """Raise `InputError` if the nodes asked for are others than those of the entry that awaits the certificate."""
    if asked.nodes and set(asked.nodes) != set(awaited.nodes):
        raise _other_nodes(awaited.entry, awaited.nodes, file=file)


def require_wanted(asked: Addition, *, revoked: Mapping[str, str], now: datetime) -> None:
    """Raise `InputError` for a certificate that is revoked or has ended; `revoked` is as for `require_addable`."""
    reason = revoked.get(asked.certificate.sha256_hex)
    if reason:
        remedy = "generate a new certificate with a new key in ISE, and export that"
        raise InputError(asked.source, f"is revoked ({reason})", remedy)
    reason = revoked.get(asked.certificate.public_key_sha256)
    if reason:
        remedy = "make a new key in ISE: generate a new certificate there, and export that"
        raise InputError(asked.source, f"its key is revoked: {reason}", remedy)
    if now > asked.certificate.not_after:
        cause = f"expired on {asked.certificate.end_date}: Entra refuses its signatures"
        raise InputError(asked.source, cause, "renew it in ISE and export the new one")


def _require_same_nodes(entry: CertificateEntry, nodes: Sequence[str], *, file: str) -> None:
    if nodes and set(nodes) != set(entry.nodes):
        raise _other_nodes(entry.name, entry.nodes, file=file)


def _other_nodes(entry: str, nodes: Iterable[str], *, file: str) -> InputError:
    cause = f"is there already, presented by {', '.join(nodes)}"
    return InputError(entry, cause, f"change `nodes:` of the entry in {file}")


def _taken(asked: Addition, declaration: Declaration, entry: CertificateEntry) -> InputError:
    old = entry.certificate
    cause = f"is an entry of {declaration.name} with another certificate (SHA-1 {old.sha1_hex}, until {old.end_date})"
    taken = {each.name.lower() for each in declaration.certificates}
    successor = successor_name(entry.name, asked.certificate, taken)
    options = " ".join(f"--node {node}" for node in asked.nodes or entry.nodes)
    command = f"ise-intune certificate add {declaration.name} {successor} {asked.source} {options}"
    return InputError(entry.name, cause, f"let both stand side by side until ISE has switched: `{command}`")
