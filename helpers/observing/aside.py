"""What is learnt of an application while it is read, beside what the model holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from helpers.model import Gap, NotSeen, Seen
from helpers.observing.documents import Unread
from helpers.shapes import Misshapen

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from helpers.observing.documents import Document, Listing
    from helpers.surfaces import Surface

    T = TypeVar("T")


@dataclass(frozen=True)
class Aside:
    """Filled by the readers of one application: gaps, facts by what they are about, and what nobody understood."""

    gaps: set[Gap] = field(default_factory=set)
    noted: dict[str, str] = field(default_factory=dict)
    not_understood: dict[str, None] = field(default_factory=dict)

    def gap(self, surface: Surface, reason: str) -> None:
        """Keep that a part of what was seen was not seen."""
        self.gaps.add(Gap(surface, reason))

    def note(self, subject: str, fact: str) -> None:
        """Keep a fact in words about what a difference may be about."""
        if fact:
            earlier = self.noted.get(subject)
            self.noted[subject] = f"{earlier}; {fact}" if earlier and fact not in earlier else fact

    def wonder(self, what: str) -> None:
        """Keep what the model does not know, once."""
        self.not_understood[what] = None


def seen(read: Callable[[], T]) -> Seen[T] | NotSeen:
    """Return what `read` does, or why it cannot be told from what Graph answered."""
    try:
        return Seen(read())
    except Misshapen as error:
        return NotSeen(f"Graph's answer is not as it should be: {error}")


def listed(listing: Listing, read: Callable[[tuple[Document, ...]], T]) -> Seen[T] | NotSeen:
    """Return what `read` makes of a whole collection, or why there is none to read."""
    return NotSeen(listing.reason) if isinstance(listing, Unread) else seen(lambda: read(listing))
