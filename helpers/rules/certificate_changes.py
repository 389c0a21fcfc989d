"""Guards over a change of certificates: what would leave a node, or all of ISE, unable to sign in.

A renewal is two deploys: the first adds the successor, the second removes what it replaced. Terraform keeps no order
between two addresses, so one change that does both may first take away (tried: the old one went first).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.comparing import (
    CertificateEntryAdded,
    CertificateEntryRemoved,
    CertificateEntryRenamed,
    CertificateEntrySwapped,
    CertificateNodesChanged,
)
from helpers.findings import Finding, Severity, exception_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from helpers.declaration.declaration import CertificateEntry
    from helpers.declared import Declared

REMOVED_WITH_SUCCESSOR = "certificate-removed-with-successor"
SWAPPED = "certificate-swapped"
LAST_VALID = "certificate-last-valid-removed"
RENAMED = "certificate-renamed"
NODE_UNCOVERED = "certificate-node-uncovered"


def certificate_change_findings(
    before: Declared, after: Declared, changes: Iterable[object], now: datetime
) -> Iterator[Finding]:
    """Yield what is dangerous about `changes`, which are those of `compare_declarations`, at `now` (aware)."""
    changes = list(changes)
    for found in (
        *_removed_with_successor(changes),
        *_swapped(changes),
        *_renamed(changes),
        *_last_valid(before, after, now),
        *_nodes_uncovered(before, after),
    ):
        rule, severity, entry, what, remedy = found
        yield Finding(
            rule=rule,
            severity=severity,
            subject=entry,
            what=what,
            remedy=remedy,
            location=after.locations.of(("certificates", entry)),
            exception=exception_for(rule, entry, after.exceptions, now.date()),
        )


_Found = tuple[str, Severity, str, str, str]


def _removed_with_successor(changes: list[object]) -> Iterator[_Found]:
    gained = {node: entry.name for node, entry in _gained(changes)}
    for change in changes:
        if not isinstance(change, CertificateEntryRemoved):
            continue
        for node in change.entry.nodes:
            if node in gained:
                what = (
                    f"node {node} loses certificate {change.entry.name} in the same change that adds"
                    f" {gained[node]}: whichever goes first, ISE may be left without"
                )
                remedy = (
                    f"keep {change.entry.name} in this change; remove it in the next, once {node} presents the new one"
                )
                yield REMOVED_WITH_SUCCESSOR, Severity.HIGH, change.entry.name, what, remedy
                break


def _gained(changes: list[object]) -> Iterator[tuple[str, CertificateEntry]]:
    for change in changes:
        if isinstance(change, CertificateEntryAdded):
            yield from ((node, change.entry) for node in change.entry.nodes)
        elif isinstance(change, CertificateNodesChanged):
            yield from ((node, change.after) for node in set(change.after.nodes) - set(change.before.nodes))


def _swapped(changes: list[object]) -> Iterator[_Found]:
    for change in changes:
        if isinstance(change, CertificateEntrySwapped):
            name = change.after.name
            what = (
                f"the file under {name} is another certificate: the deploy takes away the one that"
                f" {', '.join(change.before.nodes)} still presents (SHA-1 {change.before.certificate.sha1_hex})"
            )
            remedy = f"put the old file back, and add the new one under a name of its own beside {name}"
            yield SWAPPED, Severity.HIGH, name, what, remedy


def _renamed(changes: list[object]) -> Iterator[_Found]:
    for change in changes:
        if isinstance(change, CertificateEntryRenamed) and change.after.formerly != change.before.name:
            old, new = change.before.name, change.after.name
            what = (
                f"entry {old} is now called {new}: the deploy makes it anew under the same key id, which Entra refuses"
            )
            remedy = f"say `formerly: {old}` in {new}; the deploy then moves it (`ise-intune certificate rename`)"
            yield RENAMED, Severity.HIGH, new, what, remedy


def _last_valid(before: Declared, after: Declared, now: datetime) -> Iterator[_Found]:
    if _valid(before, now) and not _valid(after, now):
        name = _valid(before, now)[0].name
        what = "no certificate that is valid today is left: ISE can no longer sign in"
        yield LAST_VALID, Severity.HIGH, name, what, f"keep {name} until its successor is valid and presented"


def _nodes_uncovered(before: Declared, after: Declared) -> Iterator[_Found]:
    covered = {node for entry in after.certificates for node in entry.nodes}
    for entry in before.certificates:
        for node in entry.nodes:
            if node not in covered:
                covered.add(node)
                what = f"node {node} is left without a certificate"
                yield (
                    NODE_UNCOVERED,
                    Severity.LOW,
                    entry.name,
                    what,
                    "right if the node leaves; otherwise keep an entry for it",
                )


def _valid(declaration: Declared, now: datetime) -> list[CertificateEntry]:
    return [
        entry
        for entry in declaration.certificates
        if entry.certificate.not_before <= now <= entry.certificate.not_after
    ]
