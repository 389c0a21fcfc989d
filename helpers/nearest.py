"""What somebody who misspelt a name may have meant."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a remedy for a misspelt name: the nearest known ones, or all where none is near."""
    known = list(known)
    nearest = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    if nearest:
        return "did you mean " + " or ".join(f"`{candidate}`" for candidate in nearest) + "?"
    return "use one of " + ", ".join(f"`{candidate}`" for candidate in known)
