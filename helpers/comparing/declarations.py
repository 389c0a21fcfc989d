"""Compare two versions of one environment file beyond what is in Entra: entries with their nodes, and decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.comparing.differences import (
    CertificateEntryAdded,
    CertificateEntryRemoved,
    CertificateEntryRenamed,
    CertificateEntrySwapped,
    CertificateNodesChanged,
    TermChanged,
)
from helpers.permissions import api_name, permission_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from helpers.declaration.declaration import CertificateEntry, Declaration
    from helpers.terms import Terms

EntryDifference = (
    CertificateEntryAdded
    | CertificateEntryRemoved
    | CertificateEntryRenamed
    | CertificateEntrySwapped
    | CertificateNodesChanged
)


def compare_declarations(before: Declaration, after: Declaration) -> tuple[EntryDifference | TermChanged, ...]:
    """Return what differs in certificate entries, then in decisions, in a fixed order."""
    return (*_entries(_by_name(before), _by_name(after)), *_terms(before.terms, after.terms), *_places(before, after))


def _by_name(declaration: Declaration) -> dict[str, CertificateEntry]:
    return {entry.name: entry for entry in sorted(declaration.certificates, key=lambda entry: entry.name)}


def _entries(
    before: Mapping[str, CertificateEntry], after: Mapping[str, CertificateEntry]
) -> Iterator[EntryDifference]:
    gone = {entry.certificate: entry for name, entry in before.items() if name not in after}
    for name, entry in after.items():
        earlier = before.get(name)
        if earlier is None and entry.certificate in gone:
            yield CertificateEntryRenamed(gone.pop(entry.certificate), entry)
        elif earlier is None:
            yield CertificateEntryAdded(entry)
        elif earlier.certificate != entry.certificate:
            yield CertificateEntrySwapped(earlier, entry)
        elif earlier.nodes != entry.nodes:
            yield CertificateNodesChanged(earlier, entry)
    yield from (CertificateEntryRemoved(entry) for entry in gone.values())


def _terms(before: Terms, after: Terms) -> Iterator[TermChanged]:
    earlier, later = dict(_decisions(before)), dict(_decisions(after))
    for term in sorted(earlier.keys() | later.keys()):
        one, other = earlier.get(term, ""), later.get(term, "")
        if one != other:
            yield TermChanged(term, one, other)


def _decisions(terms: Terms) -> Iterator[tuple[str, str]]:
    """Yield every decision as a key of its own and a text, so that adding one exception shows as just that."""
    yield "permissions.profile", terms.profile
    yield "permissions.admin_consent", terms.admin_consent.value
    yield "ise", f"ISE {terms.ise}"
    for permission, reason in terms.reasons.items():
        name = f"{permission_name(permission)} ({permission.type}) on {api_name(permission.api)}"
        yield f"permissions.extra: {name}", reason
    for exception in terms.exceptions:
        key = f"exceptions: {exception.rule} about {exception.subject}"
        yield key, f"until {exception.until}: {exception.reason}"
    for revoked in terms.revoked:
        yield f"revoked: {revoked.sha256}", f"{revoked.common_name}, {revoked.date}: {revoked.reason}"
    for unaudited in terms.unaudited:
        yield f"unaudited: {unaudited.surface}", unaudited.reason


def _places(before: Declaration, after: Declaration) -> Iterator[TermChanged]:
    """Yield what decides where a deploy goes: another state loses sight of what is deployed."""
    pairs = (
        ("cloud", before.cloud.name, after.cloud.name),
        ("deployer", before.deployer, after.deployer),
        ("endpoints.login_host", before.cloud.login_host, after.cloud.login_host),
        ("endpoints.intune_audience", before.cloud.intune_audience, after.cloud.intune_audience),
        ("ise.api", before.ise_api or "", after.ise_api or ""),
        ("state", _state(before), _state(after)),
    )
    yield from (TermChanged(term, one, other) for term, one, other in pairs if one != other)


def _state(declaration: Declaration) -> str:
    settings = declaration.state.model_dump(exclude_none=True)
    return ", ".join(f"{key}: {value}" for key, value in settings.items())
