"""The environments that are wanted, read and judged: each by itself, beside each other and beside their folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.advancing import quietly
from helpers.declaration.claims import claims_beside, claims_in, claims_of
from helpers.declaration.clashes import clashes
from helpers.declaration.folder import content_of, environment_paths, misnamed, select
from helpers.declaration.revoking import revoked_in
from helpers.declaration.structure import judge
from helpers.declaration.yaml_reading import read_yaml
from helpers.errors import DeclarationErrors, InputError, Mistake

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from helpers.advancing import Advance
    from helpers.certificates.certificate import Certificate
    from helpers.declaration.claims import Claims
    from helpers.declaration.declaration import Declaration


@dataclass(frozen=True)
class Judged:
    """What several files declare, as far as they are sound, and all their mistakes."""

    declarations: tuple[Declaration, ...]
    mistakes: tuple[Mistake, ...]


def read_environment(path: Path, *, revoked: Mapping[str, str] | None = None) -> Declaration:
    """Read one environment file; messages call it as `path` does. Raises `DeclarationErrors` with all its mistakes.

    `revoked` is what the files of its folder revoke, looked up unless given: whoever reads many does so once.
    """
    return judge_environment(content_of(path), path, revoked=revoked)


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


def declaration_of_new(content: bytes, path: Path, *, coming: Mapping[str, Certificate]) -> Declaration:
    """Return what an environment file declares that would stand at `path` with the certificates that come with it.

    Raises `DeclarationErrors` with all its mistakes, what others of the folder claim already among them.
    """
    declaration = judge_environment(content, path, coming=coming)
    claimed = [claims_of(declaration)]
    mistakes = tuple(clashes(claimed, _others(claimed, [path], [_beside(path.parent)])))
    if mistakes:
        raise DeclarationErrors(mistakes)
    return declaration


def judge_files(paths: Iterable[Path], *, advance: Advance = quietly) -> Judged:
    """Read these environment files, and judge them one by one, beside each other and beside the rest of their folder.

    Only what concerns these files is said: of the others nothing is, whatever is wrong with them.
    """
    paths = list(paths)
    declarations: list[Declaration] = []
    mistakes: list[Mistake] = []
    beside = {folder: _beside(folder) for folder in dict.fromkeys(path.parent for path in paths)}
    revoked = {folder: revoked_in(files) for folder, files in beside.items()}
    for number, path in enumerate(paths, start=1):
        try:
            declarations.append(read_environment(path, revoked=revoked[path.parent]))
        except DeclarationErrors as error:
            mistakes.extend(error.mistakes)
        advance("judging environment files", number, len(paths))
    claimed = [claims_of(each) for each in declarations]
    return Judged(tuple(declarations), (*mistakes, *clashes(claimed, _others(claimed, paths, beside.values()))))


def _others(claimed: Sequence[Claims], paths: Iterable[Path], beside: Iterable[Iterable[Path]]) -> list[Claims]:
    """Return what the files of `beside` claim that are environments and not among `paths`, whatever they are called."""
    asked_for = {path.absolute() for path in paths}
    files = [path for files in beside for path in files if path.absolute() not in asked_for and not misnamed(path)]
    return list(claims_beside(claimed, files))


def _beside(folder: Path) -> list[Path]:
    try:
        return environment_paths(folder)
    except InputError:
        return []
