"""The environments' folder: which deployments there are, and those that are wanted, read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.declaration.claims import claims_beside, claims_in, claims_of
from helpers.declaration.clashes import clashes
from helpers.declaration.mistakes import did_you_mean
from helpers.declaration.revoking import revoked_in
from helpers.declaration.structure import judge
from helpers.declaration.yaml_reading import MAX_BYTES, read_yaml
from helpers.errors import DeclarationErrors, InputError, Mistake

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from helpers.certificates.certificate import Certificate
    from helpers.declaration.claims import Claims
    from helpers.declaration.declaration import Declaration

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


@dataclass(frozen=True)
class Judged:
    """What several files declare, as far as they are sound, and all their mistakes."""

    declarations: tuple[Declaration, ...]
    mistakes: tuple[Mistake, ...]


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
    mistakes = [mistake for path in files if (mistake := _misnamed(path))]
    if mistakes:
        raise DeclarationErrors(mistakes)


def select(folder: Path, only: Collection[str]) -> list[Path]:
    """Return the files of the names in `only`, or all; sorted by name.

    Raises `InputError` for a name no file has, and what `environment_files` raises; but another team's misnamed file
    is in nobody's way who asks for names.
    """
    if not only:
        return list(environment_files(folder).values())
    files = {path.stem: path for path in environment_paths(folder) if _misnamed(path) is None}
    for name in only:
        if name not in files:
            known = did_you_mean(name, files) if files else "there is none yet: `ise-intune new NAME` writes one"
            raise InputError(name, "is not an environment", known)
    return [path for name, path in files.items() if name in only]


def read_environment(path: Path, *, revoked: Mapping[str, str] | None = None) -> Declaration:
    """Read one environment file; messages call it as `path` does. Raises `DeclarationErrors` with all its mistakes.

    `revoked` is what the files of its folder revoke, looked up unless given: whoever reads many does so once.
    """
    return judge_environment(_content(path), path, revoked=revoked)


def judge_environment(
    content: bytes,
    path: Path,
    *,
    revoked: Mapping[str, str] | None = None,
    coming: Mapping[str, Certificate] | None = None,
) -> Declaration:
    """Return what `content` declares as the environment file `path`, as `read_environment` would.

    `coming` are certificates whose files are about to be written, by path as written.
    """
    elsewhere = revoked_in(_beside(path.parent)) if revoked is None else revoked
    document = read_yaml(content, file=str(path))
    return judge(document, name=path.stem, folder=path.parent, revoked_elsewhere=elsewhere, coming=coming)


def read_environments(folder: Path, *, only: Collection[str] = ()) -> list[Declaration]:
    """Read the environments of `folder`, or `only` those named, in the order of their names.

    Raises `DeclarationErrors` with the mistakes of all files that were asked for, and `InputError` for a name that
    no file has. Files that were not asked for are looked at for what they revoke, and for what they claim that one of
    those that were asked for claims too; for nothing else.
    """
    judged = judge_files(select(folder, only))
    if judged.mistakes:
        raise DeclarationErrors(judged.mistakes)
    return list(judged.declarations)


def judge_new(content: bytes, path: Path) -> tuple[Mistake, ...]:
    """Return every mistake of an environment file that would stand at `path`, beside the rest of its folder."""
    document = read_yaml(content, file=str(path))
    beside = _beside(path.parent)
    claimed = [claims_in(document.values, document.locations, path.stem)]
    mistakes: Sequence[Mistake] = ()
    try:
        judge_environment(content, path, revoked=revoked_in(beside))
    except DeclarationErrors as error:
        mistakes = error.mistakes
    return (*mistakes, *clashes(claimed, _others(claimed, [path], [beside])))


def judge_files(paths: Iterable[Path]) -> Judged:
    """Read these environment files, and judge them one by one, beside each other and beside the rest of their folder.

    Only what concerns these files is said: of the others nothing is, whatever is wrong with them.
    """
    paths = list(paths)
    declarations: list[Declaration] = []
    mistakes: list[Mistake] = []
    beside = {folder: _beside(folder) for folder in dict.fromkeys(path.parent for path in paths)}
    revoked = {folder: revoked_in(files) for folder, files in beside.items()}
    for path in paths:
        try:
            declarations.append(read_environment(path, revoked=revoked[path.parent]))
        except DeclarationErrors as error:
            mistakes.extend(error.mistakes)
    claimed = [claims_of(each) for each in declarations]
    return Judged(tuple(declarations), (*mistakes, *clashes(claimed, _others(claimed, paths, beside.values()))))


def _others(claimed: Sequence[Claims], paths: Iterable[Path], beside: Iterable[Iterable[Path]]) -> list[Claims]:
    """Return what the files of `beside` claim that are environments and not among `paths`, whatever they are called."""
    asked_for = {path.absolute() for path in paths}
    files = [path for files in beside for path in files if path.absolute() not in asked_for and not _misnamed(path)]
    return list(claims_beside(claimed, files))


def _beside(folder: Path) -> list[Path]:
    try:
        return environment_paths(folder)
    except InputError:
        return []


def _misnamed(path: Path) -> Mistake | None:
    remedy = name_remedy(path.stem)
    if path.suffix == ".yaml" and remedy is None:
        return None
    if remedy is None or path.stem != _RESERVED:
        remedy = f"end it with .yaml; {_NAME_RULE}"
    return Mistake(str(path), 0, "", "is not a usable file name", remedy)


def _content(path: Path) -> bytes:
    """Return a file's bytes, one more at most than a file may have."""
    misnamed = _misnamed(path)
    if misnamed:
        raise DeclarationErrors([misnamed])
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(path.parent.resolve()):
            raise _unusable(path, "leads out of its folder by a link", "put the file itself there")
        if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe would keep us waiting
            raise _unusable(path, "is not a regular file", "put a file of YAML text there")
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no file can be there"
        raise _unusable(path, f"cannot be read ({reason})", "check the name and its permissions") from None


def _unusable(path: Path, cause: str, remedy: str) -> DeclarationErrors:
    return DeclarationErrors([Mistake(str(path), 0, "", cause, remedy)])
