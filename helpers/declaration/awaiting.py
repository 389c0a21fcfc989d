"""Entries that name a certificate's file before it is there: what `ise-intune new` writes, until an export fills it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.certificates.files import DOES_NOT_EXIST
from helpers.declaration.yaml_reading import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpers.errors import Mistake


@dataclass(frozen=True)
class Awaited:
    """An entry whose `file`, as written, is not there; `nodes` are to present it."""

    entry: str
    file: str
    nodes: tuple[str, ...]


def awaits_file(mistake: Mistake) -> bool:
    """Say whether a mistake is only that a certificate's file is still to come."""
    return mistake.key.startswith("certificates.") and mistake.cause.endswith(f": {DOES_NOT_EXIST}")


def awaited_in(content: bytes, mistakes: Iterable[Mistake], *, called: str) -> list[Awaited]:
    """Return the entries that these mistakes are about, all of which await a file."""
    entries = read_yaml(content, file=called).values["certificates"]
    awaited = []
    for mistake in mistakes:
        name = mistake.key.removeprefix("certificates.")
        entry = entries[name]
        short = isinstance(entry, str)
        awaited.append(Awaited(name, entry if short else entry["file"], (name,) if short else tuple(entry["nodes"])))
    return awaited


def address_in(content: bytes, *, called: str) -> str | None:
    """Return the address of ISE's API that a file names, whose other mistakes may be what they are."""
    ise = read_yaml(content, file=called).values.get("ise")
    address = ise.get("api") if isinstance(ise, dict) else None
    return address if isinstance(address, str) else None
