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
    from helpers.declaration.awaiting import Awaited
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


def read_target(settings: Settings, name: str) -> Target:
    """Return the environment of that name. Raises `InputError`; `DeclarationErrors` for any mistake but such files."""
    [path] = select(settings.environments, [name])
    try:
        declaration = read_environment(path)
    except DeclarationErrors as error:
        mistakes = [mistake for mistake in error.mistakes if not awaits_file(mistake)]
        if mistakes:
            raise DeclarationErrors(mistakes) from None
        content = path.read_bytes()
        awaited = awaited_in(content, error.mistakes, called=str(path))
        return Target(path, content, address_in(content, called=str(path)), tuple(awaited))
    return Target(path, path.read_bytes(), declaration.ise_api, ())
