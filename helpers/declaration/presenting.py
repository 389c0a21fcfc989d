"""What ISE's nodes present, held against what an environment declares: which entries that makes, and none swapped.

A node that presents another certificate than before gets a second entry beside the first (a renewal is two deploys): a
file that was exchanged under its name would take the old credential away before the new one is there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from helpers.declaration.adding import Addition, predecessors, require_addable, successor_name
from helpers.declaration.editing import with_entry, with_further_nodes
from helpers.declaration.forms import ENTRY_NAME
from helpers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from helpers.certificates.certificate import Certificate
    from helpers.declaration.awaiting import Awaited
    from helpers.declaration.declaration import CertificateEntry, Declaration


@dataclass(frozen=True)
class Presented:
    """A node, by ISE's short name and by its full one, and the certificate it presents."""

    host: str
    fqdn: str
    certificate: Certificate

    def is_called(self, node: str) -> bool:
        """Say whether a file means this node by a name."""
        return node.lower() in {self.host.lower(), self.fqdn.lower()}


class Change(StrEnum):
    """What an entry needs so that the nodes are declared as they are."""

    NOTHING = "unchanged"
    FILE = "file written"  # the entry was there, its file was not
    ENTRY = "added"
    SUCCESSOR = "added as successor"
    NODES = "nodes added"


@dataclass(frozen=True)
class Step:
    """One entry, after the change. `file` is as written in the environment, `nodes` are as its file calls them.

    `further` are those nodes that it was not for. `presented` are the nodes that present its certificate; `beside` are
    entries of theirs with other certificates.
    """

    change: Change
    entry: str
    file: str
    nodes: tuple[str, ...]
    certificate: Certificate
    presented: tuple[Presented, ...]
    beside: tuple[str, ...] = ()
    further: tuple[str, ...] = ()


@dataclass(frozen=True)
class Steps:
    """What to do, and which certificates cannot be entries, each with the nodes that present it."""

    steps: tuple[Step, ...]
    refused: tuple[tuple[tuple[Presented, ...], InputError], ...]

    @property
    def changes(self) -> tuple[Step, ...]:
        """Those steps that change anything."""
        return tuple(step for step in self.steps if step.change is not Change.NOTHING)


def certificates_to_come(awaited: Iterable[Awaited], presented: Sequence[Presented]) -> dict[str, Certificate]:
    """Return the certificates of files that entries name and that are not there, by path as written.

    Raises `InputError` for an entry whose certificate these nodes do not settle.
    """
    return {each.file: _settled(each, presented) for each in awaited}


def steps_to(
    declaration: Declaration,
    presented: Sequence[Presented],
    *,
    awaited: Collection[str] = (),
    revoked: Mapping[str, str],
    now: datetime,
) -> Steps:
    """Return what makes the declaration say what the nodes present. `awaited` are entries whose files are to come.

    `revoked` are the reasons against certificates and keys, by SHA-256 in upper-case hex.
    """
    steps: list[Step] = []
    refused: list[tuple[tuple[Presented, ...], InputError]] = []
    for nodes in _by_certificate(presented):
        entry = next((each for each in declaration.certificates if each.certificate == nodes[0].certificate), None)
        if entry is not None:
            steps.append(_of_entry(entry, nodes, declaration, is_awaited=entry.name in awaited))
            continue
        step = _new(declaration, nodes, taken={each.entry.lower() for each in steps})
        try:
            asked = Addition(step.entry, step.certificate, step.nodes, source=_called(nodes))
            require_addable(asked, declaration, revoked=revoked, now=now)
        except InputError as error:
            refused.append((nodes, error))
        else:
            steps.append(step)
    return Steps(tuple(steps), tuple(refused))


def with_steps(content: bytes, steps: Iterable[Step], *, called: str) -> bytes:
    """Return the environment file `content` after these steps; `called` is its name. Raises `InputError`."""
    for step in steps:
        if step.change in {Change.ENTRY, Change.SUCCESSOR}:
            content = with_entry(content, step.entry, file=step.file, nodes=step.nodes, called=called)
        elif step.further:
            content = with_further_nodes(content, step.entry, step.further, called=called)
    return content


def left_behind(declaration: Declaration, presented: Sequence[Presented]) -> list[CertificateEntry]:
    """Return the entries that all their nodes have left for a certificate that lasts longer."""
    return [entry for entry in declaration.certificates if _is_left_behind(entry, presented)]


def unknown_nodes(declaration: Declaration, known: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the entries and nodes of theirs that none of `known` is called, each given by its two names."""
    names = {name.lower() for both in known for name in both}
    return [
        (entry.name, node) for entry in declaration.certificates for node in entry.nodes if node.lower() not in names
    ]


def _settled(awaited: Awaited, presented: Sequence[Presented]) -> Certificate:
    found = {each.certificate: each for each in presented if any(each.is_called(node) for node in awaited.nodes)}
    if len(found) == 1:
        return next(iter(found))
    subject, who = f"certificates.{awaited.entry}", ", ".join(awaited.nodes)
    if found:
        cause = f"is for nodes that present different certificates ({who})"
        raise InputError(subject, cause, "give each an entry of its own")
    known = ", ".join(each.host for each in presented)
    cause = f"has no file, and is for {who}, which is none of the nodes that were asked ({known})"
    raise InputError(subject, cause, "write the name of a node there")


def _by_certificate(presented: Sequence[Presented]) -> Iterator[tuple[Presented, ...]]:
    for certificate in dict.fromkeys(each.certificate for each in presented):
        yield tuple(each for each in presented if each.certificate == certificate)


def _of_entry(
    entry: CertificateEntry, nodes: tuple[Presented, ...], declaration: Declaration, *, is_awaited: bool
) -> Step:
    names = tuple(_named(declaration, each) for each in nodes)
    further = tuple(name for name in names if name not in entry.nodes)
    change = Change.FILE if is_awaited else Change.NODES if further else Change.NOTHING
    beside = tuple(each.name for each in predecessors(declaration, names, but=entry.name))
    listed = (*entry.nodes, *further)
    return Step(change, entry.name, entry.file, listed, entry.certificate, nodes, beside, further)


def _new(declaration: Declaration, nodes: tuple[Presented, ...], *, taken: set[str]) -> Step:
    certificate = nodes[0].certificate
    names = tuple(_named(declaration, each) for each in nodes)
    beside = tuple(each.name for each in predecessors(declaration, names))
    taken = taken | {each.name.lower() for each in declaration.certificates}
    stem = _stem(names[0])
    name = successor_name(stem, certificate, taken) if beside or stem.lower() in taken else stem
    change = Change.SUCCESSOR if beside else Change.ENTRY
    file = f"certificates/{declaration.name}-{name}.pem"
    return Step(change, name, file, names, certificate, nodes, beside)


def _stem(node: str) -> str:
    """Return a node's name as an entry can be called."""
    short = node.partition(".")[0]
    return short if re.fullmatch(ENTRY_NAME.removeprefix("^").removesuffix("$"), short) else f"node-{short}"


def _named(declaration: Declaration, presented: Presented) -> str:
    """Return what the file calls a node, if it knows it."""
    known = (node for entry in declaration.certificates for node in entry.nodes if presented.is_called(node))
    return next(known, presented.host)


def _is_left_behind(entry: CertificateEntry, presented: Sequence[Presented]) -> bool:
    now_at = [each for node in entry.nodes for each in presented if each.is_called(node)]
    return len(now_at) == len(entry.nodes) and all(
        each.certificate != entry.certificate and each.certificate.not_after > entry.certificate.not_after
        for each in now_at
    )


def _called(nodes: tuple[Presented, ...]) -> str:
    return f"the certificate of {', '.join(each.host for each in nodes)}"
