"""Owners of applications and service principals, as the real provider sets and changes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.provider.resource import texts

if TYPE_CHECKING:
    from sandbox.provider.graph import Graph
    from sandbox.provider.values import Value

# Graph takes twenty owners with a new object, the caller always among them.
_WITH_CREATION = 19


@dataclass(frozen=True)
class FirstOwners:
    """Owners of an object that is about to be made.

    `bound` go into the creating request, `later` are added after it. The caller creates the object as an owner and is
    removed again unless the configuration lists it: with Application.ReadWrite.OwnedBy alone, what follows is a 403.
    """

    bound: list[str]
    later: list[str]
    caller_leaves: bool


def first_owners(graph: Graph, declared: Value) -> FirstOwners:
    """Return how a new object gets its declared owners."""
    caller = graph.caller_id.lower()
    others = [owner for owner in texts(declared) if owner.lower() != caller]
    return FirstOwners(
        bound=[graph.reference(owner) for owner in (graph.caller_id, *others[:_WITH_CREATION])],
        later=others[_WITH_CREATION:],
        caller_leaves=len(others) == len(texts(declared)),
    )


def finish_owners(graph: Graph, path: str, first: FirstOwners) -> None:
    """Add the owners that did not fit the creating request, and let the caller go."""
    for owner in first.later:
        add_owner(graph, path, owner)
    if first.caller_leaves:
        remove_owner(graph, path, graph.caller_id)


def change_owners(graph: Graph, path: str, declared: Value) -> None:
    """Add and remove owners until they are the declared ones."""
    present, wanted = list_owners(graph, path), texts(declared)
    for owner in wanted:
        if owner not in present:
            add_owner(graph, path, owner)
    for owner in present:
        if owner not in wanted:
            remove_owner(graph, path, owner)


def list_owners(graph: Graph, path: str) -> list[str]:
    """Return the object ids of an object's owners."""
    return [owner["id"] for owner in graph.list(f"{path}/owners")]


def add_owner(graph: Graph, path: str, owner: str) -> None:
    """Make a principal an owner."""
    graph.post(f"{path}/owners/$ref", {"@odata.id": graph.reference(owner)})


def remove_owner(graph: Graph, path: str, owner: str) -> None:
    """Take ownership from a principal."""
    graph.delete(f"{path}/owners/{owner}/$ref")
