"""Names of rules and surfaces that an environment file uses: one that does not exist would go unheeded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.comparing import Surface
from helpers.declaration.mistakes import mistake_at
from helpers.nearest import did_you_mean
from helpers.rules.registry import rule_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.declaration.declaration import Declaration
    from helpers.errors import Mistake


def misnamed(declaration: Declaration) -> Iterator[Mistake]:
    """Yield a mistake for each exception from a rule, and each unaudited surface, that there is not."""
    for index, exception in enumerate(declaration.settings.exceptions):
        if exception.rule not in rule_ids():
            path = ("exceptions", index, "rule")
            cause = f"`{exception.rule}` is not a rule, so nothing is excepted"
            yield mistake_at(declaration.locations, path, cause, did_you_mean(exception.rule, rule_ids()))
    surfaces = [surface.value for surface in Surface]
    for index, unaudited in enumerate(declaration.settings.unaudited):
        if unaudited.surface not in surfaces:
            path = ("unaudited", index, "surface")
            cause = f"`{unaudited.surface}` is not a surface, so nothing is left unaudited"
            yield mistake_at(declaration.locations, path, cause, did_you_mean(unaudited.surface, surfaces))
