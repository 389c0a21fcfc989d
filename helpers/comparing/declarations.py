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

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from helpers.declaration.declaration import CertificateEntry
    from helpers.declared import Declared

EntryDifference = (
    CertificateEntryAdded
    | CertificateEntryRemoved
    | CertificateEntryRenamed
    | CertificateEntrySwapped
    | CertificateNodesChanged
)


def compare_declarations(before: Declared, after: Declared) -> tuple[EntryDifference | TermChanged, ...]:
    """Return what differs in certificate entries, then in decisions, in a fixed order."""
    return (*_entries(_by_name(before), _by_name(after)), *_decisions(before.decisions, after.decisions))


def added_entries(after: Declared) -> tuple[EntryDifference | TermChanged, ...]:
    """Return what a new environment brings: every entry; its decisions are seen in what is there."""
    return tuple(CertificateEntryAdded(entry) for entry in _by_name(after).values())


def removed_entries(before: Declared) -> tuple[EntryDifference | TermChanged, ...]:
    """Return what goes with an environment: every entry."""
    return tuple(CertificateEntryRemoved(entry) for entry in _by_name(before).values())


def _by_name(declaration: Declared) -> dict[str, CertificateEntry]:
    return {entry.name: entry for entry in sorted(declaration.certificates, key=lambda entry: entry.name)}


def _entries(
    before: Mapping[str, CertificateEntry], after: Mapping[str, CertificateEntry]
) -> Iterator[EntryDifference]:
    gone = {entry.certificate: entry for name, entry in before.items() if name not in after}
    for name, entry in after.items():
        earlier = before.get(name)
        if earlier is None and entry.certificate in gone:
            earlier = gone.pop(entry.certificate)
            yield CertificateEntryRenamed(earlier, entry)
            if earlier.nodes != entry.nodes:
                yield CertificateNodesChanged(earlier, entry)
        elif earlier is None:
            yield CertificateEntryAdded(entry)
        elif earlier.certificate != entry.certificate:
            yield CertificateEntrySwapped(earlier, entry)
        elif earlier.nodes != entry.nodes:
            yield CertificateNodesChanged(earlier, entry)
    yield from (CertificateEntryRemoved(entry) for entry in gone.values())


def _decisions(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[TermChanged]:
    for term in sorted(before.keys() | after.keys()):
        one, other = before.get(term, ""), after.get(term, "")
        if one != other:
            yield TermChanged(term, one, other)
