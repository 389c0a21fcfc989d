"""Remember what a step was done with, so that it is done again exactly when that has changed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

UNFINISHED = "unfinished"


def fingerprint(*parts: str | bytes) -> str:
    """Return the SHA-256, in hex, of the parts; where one ends and the next begins counts too."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(b"%d:" % len(content))
        digest.update(content)
    return digest.hexdigest()


def read(stamp: Path) -> str | None:
    """Return what the stamp says, or None where there is no stamp."""
    try:
        return stamp.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None


def write(stamp: Path, text: str) -> None:
    """Put the text into the stamp, in one motion: a reader sees the old text or the new one."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    fresh = stamp.with_name(stamp.name + ".new")
    fresh.write_text(text + "\n", encoding="ascii")
    fresh.replace(stamp)


def interrupted(folder: Path) -> bool:
    """Tell whether a step with its stamp in this folder was begun and never finished."""
    return any(read(stamp) == UNFINISHED for stamp in folder.glob("*"))
