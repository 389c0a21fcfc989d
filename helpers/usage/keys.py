"""The keys that a verdict is given on: those an environment declares, and what else is on its application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.model import Credential, CredentialKind, Holder, NotSeen, Seen
from helpers.surfaces import Surface

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from helpers.declaration.declaration import CertificateEntry
    from helpers.model import Integration

_CREDENTIALS = {Surface.CREDENTIALS, Surface.FEDERATED_CREDENTIALS, Surface.SERVICE_PRINCIPAL_CREDENTIALS}


@dataclass(frozen=True)
class Key:
    """One way to sign in, by its key id in lower case. `entry` is empty, and there are no `nodes`, if undeclared.

    `holders` are the objects that carry it, none where it is on neither; `registered` is None where nobody could see.
    `superseded` says that each of its nodes has another certificate that is valid from later on: a successor may well
    end before what it replaces.
    """

    key_id: str
    kind: CredentialKind
    holders: frozenset[Holder] = frozenset()
    entry: str = ""
    nodes: tuple[str, ...] = ()
    not_after: datetime | None = None
    registered: bool | None = True
    superseded: bool = False

    @property
    def called(self) -> str:
        """What people call it: its entry's name, or its kind."""
        return self.entry or f"an undeclared {self.kind.value.replace('_', ' ')}"

    def is_called(self, name: str) -> bool:
        """Say whether a name is its entry's, or its key id."""
        return name == self.entry or name.lower() == self.key_id


def keys_of(entries: Sequence[CertificateEntry], observed: Integration | None) -> tuple[Key, ...]:
    """Return the declared keys in the order of the file, then the others on the application by key id."""
    found = observed.credentials if observed else NotSeen("")
    on_it: dict[str, list[Credential]] = {}
    for credential in found.items if isinstance(found, Seen) else ():
        on_it.setdefault(credential.key_id.lower(), []).append(credential)
    seen = isinstance(found, Seen)
    declared = [_declared(entry, entries, on_it.pop(entry.key_id.lower(), []), seen=seen) for entry in entries]
    return (*declared, *(_undeclared(key_id, on_it[key_id]) for key_id in sorted(on_it)))


def unseen_credentials(observed: Integration) -> str:
    """Return why not every credential of the application was seen; empty where all were."""
    if isinstance(observed.credentials, NotSeen):
        return observed.credentials.reason
    return "; ".join(sorted({gap.reason for gap in observed.gaps if gap.surface in _CREDENTIALS}))


def _declared(
    entry: CertificateEntry, entries: Iterable[CertificateEntry], found: Sequence[Credential], *, seen: bool
) -> Key:
    return Key(
        key_id=entry.key_id.lower(),
        kind=CredentialKind.CERTIFICATE,
        holders=frozenset(each.holder for each in found),
        entry=entry.name,
        nodes=entry.nodes,
        not_after=entry.not_after,
        registered=bool(found) if seen else None,
        superseded=all(_has_newer(node, entry, entries) for node in entry.nodes),
    )


def _has_newer(node: str, entry: CertificateEntry, entries: Iterable[CertificateEntry]) -> bool:
    return any(
        (other.not_before, other.not_after) > (entry.not_before, entry.not_after) and presents(node, other.nodes)
        for other in entries
    )


def presents(node: str, nodes: Iterable[str]) -> bool:
    """Say whether a node is among others, whose names differ from it by capitals at most."""
    return node.casefold() in {each.casefold() for each in nodes}


def _undeclared(key_id: str, found: Sequence[Credential]) -> Key:
    first, holders = found[0], frozenset(each.holder for each in found)
    return Key(key_id, first.kind, holders, not_after=first.not_after)
