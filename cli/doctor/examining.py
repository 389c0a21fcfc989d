"""The parts of an examination, each by what its own verb calls; what stops one is said in its place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cli.doctor import parts
from cli.progress import saying_if_interrupted
from cli.verify.target import Target, read_target
from helpers.declaration.environments import judge_files
from helpers.declaration.folder import environment_files, select
from helpers.declaration.locations import Location
from helpers.errors import IseIntuneError
from helpers.examination import CERTIFICATES, CHAIN, DECLARATION, DRIFT, OUTPUTS, TRUST, Examination, failed
from helpers.model import Seen
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cli.settings import Settings
    from cli.verify.acting import Acting
    from helpers.declaration.declaration import Declaration
    from helpers.declaration.environments import Judged
    from helpers.examination import Part

_NO_DECLARATION = "the environment file has mistakes, or is not here"


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    name: str
    source: Path | None
    acting: Acting
    without: frozenset[str]
    settle: float


def examine(settings: Settings, asked: Asked) -> Examination:
    """Look at every part that is asked for. Raises `InputError` where there is no such environment, nor outputs."""
    return _Examining(settings, asked).examined()


class _Examining:
    """One examination: what several parts need is read once, and its failure told in each of them."""

    def __init__(self, settings: Settings, asked: Asked) -> None:
        self._settings, self._asked = settings, asked
        # Who misspells a name must not get a page about nothing.
        files = environment_files(settings.environments) if settings.environments.is_dir() else {}
        if asked.name not in files and asked.source is None:
            select(settings.environments, [asked.name])
        self._file = files.get(asked.name)

    def examined(self) -> Examination:
        looks: dict[str, Callable[[], Part]] = {
            DECLARATION: self._declaration_part,
            CERTIFICATES: lambda: parts.certificates(self._needed()),
            OUTPUTS: lambda: parts.outputs(self._target),
            DRIFT: lambda: parts.drift(self._settings, self._needed(), self._asked.source, settle=self._asked.settle),
            TRUST: lambda: parts.trust(self._declaration, self._location),
            # Last: a probe is gone by then, but Graph may show old copies.
            CHAIN: lambda: parts.chain(self._settings, self._target, self._asked.acting),
        }
        wanted = {name: look for name, look in looks.items() if name not in self._asked.without}
        done: list[Part] = []
        with saying_if_interrupted(lambda: _how_far(list(wanted), done)):
            done.extend(_tried(name, look) for name, look in wanted.items())
        return Examination(
            name=self._asked.name,
            file=self._location.file,
            application=_application(self._declaration) or self._asked.name,
            parts=tuple(done),
            left_out=tuple(name for name in looks if name in self._asked.without),
        )

    def _declaration_part(self) -> Part:
        if self._judged is None:
            return failed(DECLARATION, ["the environment file is not here: only the outputs are looked at"])
        return parts.declaration(self._judged)

    def _needed(self) -> Declaration:
        if self._declaration is None:
            raise _Missing(_NO_DECLARATION)
        return self._declaration

    @cached_property
    def _judged(self) -> Judged | None:
        return judge_files([self._file]) if self._file else None

    @property
    def _declaration(self) -> Declaration | None:
        return self._judged.declarations[0] if self._judged and self._judged.declarations else None

    @cached_property
    def _target(self) -> Target:
        return read_target(self._settings, self._asked.name, self._asked.source)

    @property
    def _location(self) -> Location:
        return Location(str(self._file or self._asked.source), 1, 1)


def _how_far(names: Sequence[str], done: Sequence[Part]) -> str:
    looked, left = ", ".join(names[: len(done)]), ", ".join(names[len(done) :])
    return f"looked at: {looked or 'nothing'}; not, or not to the end: {left}"


class _Missing(IseIntuneError):
    """What a part needs is not there."""


def _tried(name: str, look: Callable[[], Part]) -> Part:
    try:
        return look()
    except IseIntuneError as error:
        return failed(name, (one_line(line) for line in str(error).splitlines()))


def _application(declaration: Declaration | None) -> str:
    shown = declaration.integration.application.display_name if declaration else None
    return shown.items if isinstance(shown, Seen) else ""
