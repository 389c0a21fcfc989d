"""One hand-written entry of the catalogue: what a person adds for a permission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.catalogue.facts import Tier


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A permission as somebody who read its documentation puts it; the fields are those of `PermissionFacts`.

    `users_may_consent` is for delegated permissions: whether Microsoft lets users consent for themselves, where the
    tenant has not forbidden it; None where nothing published says so.
    """

    allows: str
    worst: str
    tier: Tier
    reasoning: str
    writes: bool = False
    purpose: str | None = None
    enough_instead: str | None = None
    users_may_consent: bool | None = False
