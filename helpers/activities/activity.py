"""One record of the directory's audit log, as far as it says who did what to whom.

Texts are Entra's and other people's: raw, and perhaps hostile. Ids are in lower case.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class ActorKind(StrEnum):
    """What acted."""

    USER = "user"
    APPLICATION = "application"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Actor:
    """Who acted: `name` is a person's user principal name or an application's name, `id` the object's id."""

    kind: ActorKind
    name: str
    id: str


@dataclass(frozen=True)
class Target:
    """An object that was acted upon. `type` is Graph's, such as `ServicePrincipal`."""

    id: str
    type: str
    name: str


@dataclass(frozen=True)
class Key:
    """A credential as the log describes it; `id` is the key id of the credential in Graph."""

    id: str
    type: str
    name: str


@dataclass(frozen=True)
class Modified:
    """A property that was modified: the texts in its value before and after, None where the log states no value."""

    name: str
    before: tuple[str, ...] | None
    after: tuple[str, ...] | None


@dataclass(frozen=True)
class Change:
    """What changed.

    `adds` says whether something was given (True) or taken (False), None where the log does not. `keys_understood` is
    false where the log describes credentials in a way nobody here can read. `role` is the directory role, `app_role`
    the app role's id and value; `clients` are the service principals they or the scopes are for, `users` the users, and
    `apis` the names of the API they are of (client ids and URIs), where the log states them.
    """

    adds: bool | None = None
    keys_added: tuple[Key, ...] = ()
    keys_removed: tuple[Key, ...] = ()
    keys_understood: bool = True
    app_role: tuple[str, str] | None = None
    clients: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    apis: frozenset[str] = frozenset()
    scopes_before: frozenset[str] = frozenset()
    scopes_after: frozenset[str] = frozenset()
    owner_ids: frozenset[str] = frozenset()
    role: str = ""
    properties: tuple[Modified, ...] = ()


@dataclass(frozen=True)
class Activity:
    """Something that somebody did, `when` in UTC and whole seconds. `activity` is spelled as Graph spells it, trimmed.

    `address` is the actor's IP address, or empty: also where the log's is not the actor's own. `ids` are all objects
    that the record names, as targets or in values.
    """

    when: datetime
    activity: str
    actor: Actor
    address: str
    targets: tuple[Target, ...]
    correlation_id: str
    change: Change
    ids: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def target_ids(self) -> frozenset[str]:
        """The objects that were acted upon."""
        return frozenset(target.id for target in self.targets)

    @property
    def is_consent(self) -> bool:
        """Whether somebody agreed to permissions on the consent page."""
        return self.activity.casefold() == CONSENT

    @property
    def is_grant(self) -> bool:
        """Whether permissions were given or taken, which a consent writes down besides itself."""
        change = self.change
        return bool(change.app_role or change.scopes_before or change.scopes_after)

    @property
    def is_stub(self) -> bool:
        """Whether the log says only that an object was updated, and not what of it."""
        return self.activity.casefold().startswith("update ") and not self.change.properties


CONSENT = "consent to application"
