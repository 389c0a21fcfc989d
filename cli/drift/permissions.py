"""What the identity that looks needs, level by level, as a person grants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clients.graph.permissions import LEVELS, NEEDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clients.graph.permissions import Need

_HEADER = """\
Application permissions of Microsoft Graph for the identity that looks: it reads, and writes nothing.
Each level adds one. What an identity lacks is reported as not checked, and never as clean."""


def permissions_text() -> str:
    """Return the levels, each with what it reads and by which requests."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    yield _HEADER
    for level, permission in LEVELS.items():
        yield ""
        yield f"Level {level}: {permission}"
        for need in NEEDS:
            if need.level == level:
                yield from _need(need)


def _need(need: Need) -> Iterator[str]:
    licence = f" (needs {need.licence})" if need.licence else ""
    yield f"  {need.in_words}{licence}"
    yield from (f"      GET {request}" for request in need.requests)
