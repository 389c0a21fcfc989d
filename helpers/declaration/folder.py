"""The environments' folder: which files of it are environments, by name; none is judged, and none opened unasked.

Nothing is imported here that takes time: completion in a shell, and whoever only lists, wait for no more than this.
"""

from __future__ import annotations

import re
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING

from helpers.declaration.yaml_reading import MAX_BYTES
from helpers.errors import DeclarationErrors, InputError, Mistake
from helpers.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

# The environment variables of a run, beside the command line's options: another folder, and which environments.
FOLDER_VARIABLE = "ISE_INTUNE_ENVIRONMENTS"
STACKS_VARIABLE = "ISE_INTUNE_STACKS"

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_NAME_RULE = "begin with a small letter; then small letters, digits and hyphens, 40 at most"
# The one name of this form that every JavaScript object has already, and CDKTF takes for a stack that is there.
_RESERVED = "constructor"


def name_remedy(name: str) -> str | None:
    """Return what to do about a name that no environment can have; None for any other."""
    if name == _RESERVED:
        return f"choose another name: `{name}` is a word of CDKTF's own"
    return None if NAME.fullmatch(name) else _NAME_RULE


def stacks_selected(text: str) -> list[str]:
    """Return the names in a value of ISE_INTUNE_STACKS, such as `a,b`; none for an empty one.

    Raises `InputError` for a value that is not empty and yet names nothing: it was meant to select something, and
    would select everything.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    if text and not names:
        raise InputError(STACKS_VARIABLE, f"names no environment ({text!r})", "name some, as in a,b, or unset it")
    return names


def environment_paths(folder: Path) -> list[Path]:
    """Return all files of `folder` that look like environments, well named or not, sorted. Raises `InputError`."""
    try:
        paths = sorted(folder.iterdir(), key=lambda path: path.stem)
    except OSError as error:
        remedy = f"name the environments' folder with {FOLDER_VARIABLE}, or write a first file: `ise-intune new NAME`"
        raise InputError(str(folder), f"is no folder to read ({error.strerror})", remedy) from None
    return [path for path in paths if path.suffix.lower() in {".yaml", ".yml"} and not path.name.startswith(".")]


def environment_files(folder: Path) -> dict[str, Path]:
    """Return the environment files of `folder` by name, sorted. Only the folder itself is looked at, no file opened.

    Raises `InputError` if there is no such folder, `DeclarationErrors` for a file whose name cannot be a stack's:
    passing over it would look like deploying it.
    """
    files = environment_paths(folder)
    refuse_misnamed(files)
    return {path.stem: path for path in files}


def refuse_misnamed(files: Iterable[Path]) -> None:
    """Raise `DeclarationErrors` if the name of any of these files cannot be a stack's."""
    mistakes = [mistake for path in files if (mistake := misnamed(path))]
    if mistakes:
        raise DeclarationErrors(mistakes)


def select(folder: Path, only: Collection[str]) -> list[Path]:
    """Return the files of the names in `only`, or all; sorted by name.

    Raises `InputError` for a name no file has, and what `environment_files` raises; but another team's misnamed file
    is in nobody's way who asks for names.
    """
    if not only:
        return list(environment_files(folder).values())
    files = {path.stem: path for path in environment_paths(folder) if misnamed(path) is None}
    for name in only:
        if name not in files:
            known = did_you_mean(name, files) if files else "there is none yet: `ise-intune new NAME` writes one"
            raise InputError(name, "is not an environment", known)
    return [path for name, path in files.items() if name in only]


def misnamed(path: Path) -> Mistake | None:
    """Return what is wrong with the name of an environment file; None where nothing is."""
    remedy = name_remedy(path.stem)
    if path.suffix == ".yaml" and remedy is None:
        return None
    if remedy is None or path.stem != _RESERVED:
        remedy = f"end it with .yaml; {_NAME_RULE}"
    return Mistake(str(path), 0, "", "is not a usable file name", remedy)


def content_of(path: Path) -> bytes:
    """Return a file's bytes, one more at most than a file may have. Raises `DeclarationErrors` if there are none."""
    mistake = misnamed(path)
    if mistake:
        raise DeclarationErrors([mistake])
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(path.parent.resolve()):
            raise _unusable(path, "leads out of its folder by a link", "put the file itself there")
        there = path.stat()
        if not (S_ISREG(there.st_mode) or S_ISDIR(there.st_mode)):  # a pipe would keep us waiting
            raise _unusable(path, "is not a regular file", "put a file of YAML text there")
        with path.open("rb") as stream:
            return stream.read(min(there.st_size, MAX_BYTES) + 1)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no file can be there"
        raise _unusable(path, f"cannot be read ({reason})", "check the name and its permissions") from None


def _unusable(path: Path, cause: str, remedy: str) -> DeclarationErrors:
    return DeclarationErrors([Mistake(str(path), 0, "", cause, remedy)])
