"""One kind of change that somebody makes behind Terraform's back."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from helpers.errors import InputError
from sandbox.audit import KIND
from sandbox.graph.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.portal.desk import Desk

    Make = Callable[..., None]


# What can be said about a change, and what that is.
OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "audience": "The new `signInAudience`.",
        "client": "Client id of the client.",
        "end": "When the certificate ends, as 2027-06-01T00:00:00Z; halfway unless told.",
        "expression": "Which subjects are trusted.",
        "group": "The group's name; it is made.",
        "issuer": "Who is trusted.",
        "key_id": "The certificate's key id; the first one unless told.",
        "name": "What the credential is called.",
        "notes": "The new notes.",
        "other": "The other application's name; it is registered.",
        "owner": "Object id of the owner; whoever it can be unless told.",
        "permission": "An application permission of Microsoft Graph.",
        "role": "The directory role's name.",
        "scope": "The delegated permission's name.",
        "subject": "Whose tokens of that issuer.",
        "to": "The new name.",
        "uri": "The address.",
        "user": "Object id of the user.",
        "value": "What the role is called in tokens.",
    }
)


@dataclass(frozen=True)
class Change:
    """A change by name. `does` says it after "it …"; `make` takes a desk and the options by name, all of them text.

    A harmful one gives somebody access, takes it away or alters what was declared; a harmless one shows in Graph's
    answers and means nothing. `options` are the defaults of what may be said about it, by a name of `OPTIONS`.
    """

    name: str
    does: str
    harmful: bool
    make: Make
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def make_change(change: Change, desk: Desk, **options: str) -> list[str]:
    """Make a change; return the activities that it left in the audit log, in their order.

    Raises:
        InputError: what the change needs is not there, Graph refuses it, or an option is not one of its.
    """
    unknown = set(options) - set(change.options)
    if unknown:
        raise InputError(change.name, f"has no option {min(unknown)!r}", "leave it out")
    before = len(desk.world.store.all(desk.tenant_id, KIND))
    try:
        change.make(desk, **{**change.options, **options})
    except GraphError as error:
        raise InputError(change.name, f"Graph refuses: {error.message}", "see what the application has now") from error
    return [record["activityDisplayName"] for record in desk.world.store.all(desk.tenant_id, KIND)[before:]]
