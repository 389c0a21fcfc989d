"""What the verbs that edit an environment file share: reading it soundly, and judging it before it is replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.declaration.environments import judge_environment, read_environment
from helpers.declaration.folder import environment_paths, select
from helpers.declaration.revoking import revoked_in
from helpers.errors import DeclarationErrors, InputError
from helpers.nearest import did_you_mean
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from cli.replacing import Changes
    from cli.settings import Settings
    from helpers.declaration.declaration import CertificateEntry, Declaration


@dataclass(frozen=True)
class Sound:
    """An environment file without mistakes: what stands in it, and what it declares."""

    path: Path
    content: bytes
    declaration: Declaration

    @property
    def folder(self) -> Path:
        """Where its certificates' paths start."""
        return self.path.parent

    @property
    def beside(self) -> list[Path]:
        """All environment files of its folder, itself included."""
        return environment_paths(self.folder)

    def entry(self, name: str) -> CertificateEntry:
        """Return the entry of that name. Raises `InputError` with the names there are."""
        entries = {entry.name: entry for entry in self.declaration.certificates}
        if name not in entries:
            raise InputError(one_line(name), f"is no entry of {self.declaration.name}", did_you_mean(name, entries))
        return entries[name]

    def require_another(self, *entries: CertificateEntry) -> None:
        """Raise `InputError` if there are none but `entries`: a deployment without any cannot sign in."""
        if len(self.declaration.certificates) > len(entries):
            return
        name, entry = self.declaration.name, entries[0]
        only = "is the only certificate" if len(entries) == 1 else "holds the only key"
        cause = f"{only} of {name}, and without one ISE cannot sign in"
        command = f"ise-intune certificate add {name} {entry.name}-new FILE --node {entry.nodes[0]}"
        raise InputError(entry.name, cause, f"add another first: `{command}`")

    def replace(self, content: bytes, changes: Changes) -> Declaration:
        """Put `content` in the place of this file, and return what it declares.

        It is judged first. Raises `DeclarationErrors` and `InputError`.
        """
        declaration = judge_environment(content, self.path)
        changes.replace(self.path, content, instead_of=self.content)
        return declaration


def read_sound(settings: Settings, name: str) -> Sound:
    """Return the environment of that name. Raises `InputError` and `DeclarationErrors`."""
    [path] = select(settings.environments, [name])
    return _read(path)


def others(but: Sound) -> tuple[list[Sound], list[Path]]:
    """Return the other environments of its folder, and the files that have mistakes."""
    sound, broken = [], []
    revoked = revoked_in(but.beside)
    for path in but.beside:
        if path == but.path:
            continue
        try:
            sound.append(_read(path, revoked))
        except DeclarationErrors:
            broken.append(path)
    return sound, broken


def delete_unnamed(
    files: Iterable[Path], changes: Changes, *, left: Iterable[Declaration], folder: Path, broken: Iterable[Path]
) -> Iterator[Path]:
    """Delete and yield those certificate files that no entry of `left` names, nor perhaps one of a broken file."""
    named = {(folder / entry.file).resolve() for declaration in left for entry in declaration.certificates}
    unjudged = [_content_of(path) for path in broken]
    for file in {path.resolve(): path for path in files}.values():
        if file.resolve() in named or any(file.name.encode() in content for content in unjudged):
            continue
        changes.delete(file)
        yield file


def _read(path: Path, revoked: Mapping[str, str] | None = None) -> Sound:
    declaration = read_environment(path, revoked=revoked)
    return Sound(path, path.read_bytes(), declaration)


def _content_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
