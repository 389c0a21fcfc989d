"""The environments' folder: which deployments there are, and all of them read at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpers.declaration.mistakes import did_you_mean, mistake_at
from helpers.declaration.structure import judge
from helpers.declaration.yaml_reading import MAX_BYTES, read_yaml
from helpers.errors import DeclarationErrors, InputError, Mistake

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
    from pathlib import Path

    from helpers.declaration.declaration import Declaration
    from helpers.declaration.locations import KeyPath

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_NAME_RULE = "begin with a small letter; then small letters, digits and hyphens, 40 at most"


def environment_files(folder: Path) -> dict[str, Path]:
    """Return the environment files below `folder` by name, sorted. Only the folder itself is looked at.

    Raises `InputError` if there is no such folder, `DeclarationErrors` for a file whose name cannot be a stack's:
    passing over it would look like deploying it.
    """
    if not folder.is_dir():
        raise InputError(str(folder), "is not a folder", "name the environments' folder with ISE_INTUNE_ENVIRONMENTS")
    mistakes, files = [], {}
    for path in sorted(folder.iterdir()):
        if path.suffix not in {".yaml", ".yml"} or path.name.startswith("."):
            continue
        if path.suffix == ".yml" or not NAME.fullmatch(path.stem):
            mistakes.append(Mistake(path.name, 0, "", "is not a usable file name", f"end it with .yaml; {_NAME_RULE}"))
        files[path.stem] = path
    if mistakes:
        raise DeclarationErrors(mistakes)
    return files


def read_environment(path: Path) -> Declaration:
    """Read one environment file. Raises `DeclarationErrors` with all its mistakes, `InputError` if it is unreadable."""
    if not NAME.fullmatch(path.stem):
        raise InputError(path.name, "cannot name a stack", _NAME_RULE)
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(
            str(path), f"cannot be read ({error.strerror})", "check the name and its permissions"
        ) from None
    return judge(read_yaml(text, file=path.name), name=path.stem, folder=path.parent)


def read_environments(folder: Path, *, only: Collection[str] = ()) -> list[Declaration]:
    """Read the environments below `folder`, or `only` those named, in the order of their names.

    Raises `DeclarationErrors` with the mistakes of all files that were asked for, and `InputError` for a name that
    no file has. Files that were not asked for are not opened.
    """
    return read_files(select(environment_files(folder), only))


def select(files: dict[str, Path], only: Collection[str]) -> list[Path]:
    """Return the files of the names in `only`, all if it is empty. Raises `InputError` for a name no file has."""
    for name in only:
        if name not in files:
            known = did_you_mean(name, files) if files else "there is none yet: `ise-intune new NAME` writes one"
            raise InputError(name, "is not an environment", known)
    return [path for name, path in files.items() if not only or name in only]


def read_files(paths: Iterable[Path]) -> list[Declaration]:
    """Read these environment files, and judge them beside each other."""
    declarations: list[Declaration] = []
    mistakes: list[Mistake] = []
    for path in paths:
        try:
            declarations.append(read_environment(path))
        except DeclarationErrors as error:
            mistakes.extend(error.mistakes)
    mistakes.extend(_clashes(declarations))
    if mistakes:
        raise DeclarationErrors(mistakes)
    return declarations


def _clashes(declarations: list[Declaration]) -> Iterator[Mistake]:
    """Two deployments that would fight over one thing in Entra, or over one state."""
    yield from _same(
        declarations,
        lambda declaration: (declaration.integration.tenant_id, declaration.integration.application.display_name),
        ("application", "display_name"),
        ("is the display name of another environment in this tenant", "choose another; Terraform refuses duplicates"),
    )
    yield from _same(
        declarations,
        lambda declaration: declaration.state if _is_explicit(declaration) else declaration.name,
        ("state",),
        ("is the state of another environment too", "give each its own, or leave the key out: each then gets its own"),
    )


def _is_explicit(declaration: Declaration) -> bool:
    """Say whether the file itself says where in the backend its state is, rather than leaving it to its name."""
    settings = declaration.state.model_fields_set
    return bool(settings & {"path", "key", "schema_name", "address", "workspace"})


def _same(
    declarations: list[Declaration],
    what: Callable[[Declaration], Hashable],
    path: KeyPath,
    complaint: tuple[str, str],
) -> Iterator[Mistake]:
    first: dict[Hashable, Declaration] = {}
    for declaration in declarations:
        earlier = first.setdefault(what(declaration), declaration)
        if earlier is not declaration:
            cause, remedy = complaint
            yield mistake_at(declaration.locations, path, f"{cause} ({earlier.file})", remedy)
