"""The environment that certificates are brought into: sound, or sound but for files that are still to come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.certificate.editing import Sound
from helpers.declaration.awaiting import address_in, awaited_in, awaits_file
from helpers.declaration.environments import judge_environment, read_environment
from helpers.declaration.folder import select
from helpers.declaration.presenting import certificates_to_come
from helpers.errors import DeclarationErrors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cli.settings import Settings
    from helpers.certificates.certificate import Certificate
    from helpers.declaration.awaiting import Awaited
    from helpers.declaration.declaration import Declaration
    from helpers.declaration.presenting import Presented


@dataclass(frozen=True)
class Target:
    """An environment file as it is; `awaited` are its entries whose files are not there yet."""

    path: Path
    content: bytes
    address: str | None
    awaited: tuple[Awaited, ...]

    def sound(self, presented: Sequence[Presented]) -> Sound:
        """Return the environment as it is once those files are there. Raises `InputError` and `DeclarationErrors`."""
        coming = certificates_to_come(self.awaited, presented)
        return Sound(self.path, self.content, judge_environment(self.content, self.path, coming=coming))

    def awaited_by(self, entry: str) -> Awaited | None:
        """Return what the entry of that name awaits; None where it awaits nothing, or is none."""
        return next((each for each in self.awaited if each.entry == entry), None)

    def with_file(self, awaited: Awaited, certificate: Certificate) -> Declaration | None:
        """Return what is declared once one entry has its certificate; None as long as others are awaited too.

        Raises `DeclarationErrors` for every other mistake.
        """
        try:
            return judge_environment(self.content, self.path, coming={awaited.file: certificate})
        except DeclarationErrors as error:
            _require_nothing_else(error)
            return None


def read_target(settings: Settings, name: str) -> Target:
    """Return the environment of that name. Raises `InputError`; `DeclarationErrors` for any mistake but such files."""
    [path] = select(settings.environments, [name])
    try:
        declaration = read_environment(path)
    except DeclarationErrors as error:
        _require_nothing_else(error)
        content = path.read_bytes()
        awaited = awaited_in(content, error.mistakes, called=str(path))
        return Target(path, content, address_in(content, called=str(path)), tuple(awaited))
    return Target(path, path.read_bytes(), declaration.ise_api, ())


def _require_nothing_else(error: DeclarationErrors) -> None:
    """Raise `DeclarationErrors` with the mistakes that are more than a certificate's file that is still to come."""
    mistakes = [mistake for mistake in error.mistakes if not awaits_file(mistake)]
    if mistakes:
        raise DeclarationErrors(mistakes) from None
