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
    TermChanged,
)
from helpers.declaration.decisions import adopted_entry
from helpers.findings import Severity
from helpers.rules.rule import Found, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.declaration.declaration import CertificateEntry
    from helpers.rules.rule import Case

REMOVED_WITH_SUCCESSOR = "certificate-removed-with-successor"
SWAPPED = "certificate-swapped"
LAST_VALID = "certificate-last-valid-removed"
RENAMED = "certificate-renamed"
NODE_UNCOVERED = "certificate-node-uncovered"
ADOPTED_OTHERWISE = "certificate-adopted-otherwise"


def _removed_with_successor(case: Case) -> Iterator[Found]:
    gained = {node.casefold(): entry.name for node, entry in _gained(case)}
    for change in case.changes:
        if not isinstance(change, CertificateEntryRemoved) or _is_revoked(change.entry, case):
            continue
        name = change.entry.name
        node = next((node for node in change.entry.nodes if node.casefold() in gained), None)
        if node is not None:
            what = (
                f"node {node} loses certificate {name} in the same change that adds {gained[node.casefold()]}:"
                " whichever goes first, ISE may be left without"
            )
            remedy = f"keep {name} in this change; remove it in the next, once {node} presents the new one"
            yield Found(name, what, remedy, ("certificates",))


def _is_revoked(entry: CertificateEntry, case: Case) -> bool:
    """Say whether the change revokes the certificate: then it must go at once, whatever the node still presents."""
    return case.after is not None and f"revoked: {entry.certificate.sha256_hex}" in case.after.decisions


def _gained(case: Case) -> Iterator[tuple[str, CertificateEntry]]:
    for change in case.changes:
        if isinstance(change, CertificateEntryAdded):
            yield from ((node, change.entry) for node in change.entry.nodes)
        elif isinstance(change, CertificateEntrySwapped):
            yield from ((node, change.after) for node in change.after.nodes)
        elif isinstance(change, CertificateNodesChanged):
            yield from ((node, change.after) for node in set(change.after.nodes) - set(change.before.nodes))


def _swapped(case: Case) -> Iterator[Found]:
    for change in case.changes:
        if isinstance(change, CertificateEntrySwapped):
            name = change.after.name
            what = (
                f"the file under {name} is another certificate: the deploy takes away the one that"
                f" {', '.join(change.before.nodes)} still presents (SHA-1 {change.before.certificate.sha1_hex})"
            )
            remedy = f"put the old file back, and add the new one under a name of its own beside {name}"
            yield Found(name, what, remedy, ("certificates", name))


def _renamed(case: Case) -> Iterator[Found]:
    for change in case.changes:
        if isinstance(change, CertificateEntryRenamed) and change.after.formerly != change.before.name:
            old, new = change.before.name, change.after.name
            what = (
                f"entry {old} is now called {new}: the deploy makes it anew under the same key id, which Entra refuses"
            )
            remedy = f"say `formerly: {old}` in {new}; the deploy then moves it (`ise-intune certificate rename`)"
            yield Found(new, what, remedy, ("certificates", new))


def _adopted_otherwise(case: Case) -> Iterator[Found]:
    """Find entries whose credential was imported, and that the change pins to another key id or to none."""
    left = {entry.name for entry in case.after.certificates} if case.after else set()
    for change in case.changes:
        if isinstance(change, TermChanged) and change.before and (name := adopted_entry(change.term)) in left:
            now = f"key id {change.after}" if change.after else "no key id of its own"
            what = (
                f"{name} was imported under key id {change.before} and now has {now}: the deploy replaces the"
                " credential, and ISE is without it meanwhile"
            )
            remedy = f"put `adopted` of {name} back; a renewal is an entry of its own beside it"
            yield Found(name, what, remedy, ("certificates", name))


def _last_valid(case: Case) -> Iterator[Found]:
    if case.before is None or case.after is None:
        return
    before = [entry for entry in case.before.certificates if _is_valid(entry, case)]
    if before and not any(_is_valid(entry, case) for entry in case.after.certificates):
        name = before[0].name
        what = "no certificate that is valid today is left: ISE can no longer sign in"
        yield Found(name, what, f"keep {name} until its successor is valid and presented", ("certificates",))


def _node_uncovered(case: Case) -> Iterator[Found]:
    if case.before is None or case.after is None:
        return
    covered = {node.casefold() for entry in case.after.certificates for node in entry.nodes}
    for entry in case.before.certificates:
        for node in entry.nodes:
            if node.casefold() not in covered:
                covered.add(node.casefold())
                what = f"node {node} is left without a certificate"
                remedy = "right if the node leaves; otherwise keep an entry for it"
                yield Found(entry.name, what, remedy, ("certificates",))


def _is_valid(entry: CertificateEntry, case: Case) -> bool:
    return entry.not_before <= case.now <= entry.not_after


RULES = (
    Rule(
        REMOVED_WITH_SUCCESSOR,
        Severity.HIGH,
        "a node's certificate that goes in the same change in which its successor comes",
        "Terraform keeps no order between the two, and the node presents the old one until somebody switches it.",
        _removed_with_successor,
    ),
    Rule(
        SWAPPED,
        Severity.HIGH,
        "another certificate under the name of an entry",
        "The node still presents the old one, which the deploy takes away.",
        _swapped,
    ),
    Rule(
        RENAMED,
        Severity.HIGH,
        "an entry renamed without its former name",
        "To Terraform it is one credential less and one more, and Entra refuses two with the same key id.",
        _renamed,
    ),
    Rule(
        ADOPTED_OTHERWISE,
        Severity.HIGH,
        "an imported certificate that is no longer said to have been there before",
        "Terraform does not know its bytes: it takes the credential away and makes it anew.",
        _adopted_otherwise,
    ),
    Rule(
        LAST_VALID,
        Severity.HIGH,
        "a change that leaves no valid certificate",
        "ISE gets no token, and every device that depends on the answer is kept out.",
        _last_valid,
    ),
    Rule(
        NODE_UNCOVERED,
        Severity.LOW,
        "a node that no entry names any more",
        "It can no longer ask Intune. Right when the node leaves, an outage when it does not.",
        _node_uncovered,
    ),
)
