"""Two folders of environment files, read for a review: a change, and the state it is held against.

Most files of a large repository do not change. A file that is the same on both sides, byte for byte, with the same
certificates, is judged once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from helpers.advancing import quietly
from helpers.declaration.environments import judge_files
from helpers.declaration.folder import environment_files
from helpers.errors import DeclarationErrors
from helpers.reviewing.review import Reviewed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpers.advancing import Advance
    from helpers.declaration.declaration import Declaration


def read_folders(before: Path, after: Path, *, advance: Advance = quietly) -> tuple[list[Reviewed], list[str]]:
    """Return each environment of either folder, and what could not be read, as sentences.

    An environment with mistakes on either side is left out: it must look neither added nor removed.
    Raises `InputError` if one of the two is no folder.
    """
    errors: list[str] = []
    files = {folder: _files(folder, errors) for folder in (before, after)}
    if not any(files.values()) and not errors:
        errors.append(f"{before} and {after}: neither holds an environment file; are these the right folders?")
    later = _judged(files[after].values(), errors, advance)
    same = {name for name, path in files[before].items() if name in later and _is_same(path, later[name], before)}
    earlier = _judged((path for name, path in files[before].items() if name not in same), errors, advance)
    earlier.update({name: later[name] for name in same})
    half_read = {name for name in files[before].keys() & files[after].keys() if (name in earlier) != (name in later)}
    names = sorted((earlier.keys() | later.keys()) - half_read)
    return [Reviewed(name, earlier.get(name), later.get(name)) for name in names], errors


def _files(folder: Path, errors: list[str]) -> dict[str, Path]:
    try:
        return environment_files(folder)
    except DeclarationErrors as error:
        errors.extend(str(mistake) for mistake in error.mistakes)
        return {}


def _judged(paths: Iterable[Path], errors: list[str], advance: Advance) -> dict[str, Declaration]:
    judged = judge_files(paths, advance=advance)
    errors.extend(str(mistake) for mistake in judged.mistakes)
    return {declaration.name: declaration for declaration in judged.declarations}


def _is_same(path: Path, other: Declaration, folder: Path) -> bool:
    """Say whether `path`, in `folder`, is the file that `other` was read from, with the certificates it has there."""
    there = Path(other.file)
    pairs = [(path, there), *((folder / entry.file, there.parent / entry.file) for entry in other.certificates)]
    try:
        return all(one.is_file() and one.read_bytes() == two.read_bytes() for one, two in pairs)
    except OSError:
        return False
