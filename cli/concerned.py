"""Which environments a change concerns: git is asked, the answer judged, and what else it means said aloud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.results import complain, say
from clients.git import repository_of
from helpers.changes.concern import Cause, Reason, code_changed, environment_of, gone, reasons
from helpers.changes.file_change import below
from helpers.declaration.folder import environment_paths, refuse_misnamed
from helpers.errors import InputError
from helpers.nearest import did_you_mean
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from cli.settings import Settings
    from clients.git import Repository
    from helpers.changes.concern import Gone
    from helpers.changes.file_change import FileChange


@dataclass(frozen=True)
class Concerned:
    """The environments that a change since the commit `base` concerns, and why; `code` is what changed of it."""

    base: str
    files: Mapping[str, Path]
    reasons: Mapping[str, Sequence[Reason]]
    gone: Sequence[Gone]
    code: Sequence[str]

    @property
    def content(self) -> dict[str, object]:
        """What JSON says beside the environments."""
        removed = [{"name": each.name, "now": each.now or None} for each in self.gone]
        return {"compared_with": self.base, "removed": removed, "code_changes": list(self.code)}

    def objects(self, name: str) -> list[dict[str, str]]:
        """Return the reasons for one environment as JSON has them."""
        return [{"cause": str(reason.cause), "file": reason.file} for reason in self.reasons[name]]


def concerned_by_change(
    settings: Settings, names: Collection[str], revision: str, *, exactly: bool, ignore_code: bool
) -> Concerned:
    """Return which environments, of `names` or of all, the change since `revision` concerns.

    Raises `InputError` for a name that is none and a revision that is none, `SetupError` where git cannot tell,
    `DeclarationErrors` for a changed file whose name cannot be an environment's.
    """
    folder = settings.environments
    paths = environment_paths(folder)
    repository = repository_of(folder)
    base = repository.base(revision, exactly=exactly)
    changes = repository.changes(base)
    here = list(below(changes, repository.prefix(folder) or ""))
    changed = {each.now for each in here}
    refuse_misnamed(path for path in paths if path.name in changed)
    files = {path.stem: path for path in paths if environment_of(path.name)}
    earlier = repository.contents(each.blob for each in here if environment_of(each.before))
    found = reasons(files, folder, here, earlier)
    code = _code(repository, settings, changes)
    if code and not ignore_code:
        found = {name: [*why, Reason(Cause.CODE, code[0])] for name, why in found.items()}
    removed = _named(files, gone(files, here), names)
    wanted = [name for name in files if found[name] and (not names or name in names)]
    concerned = Concerned(base, {name: files[name] for name in wanted}, found, removed, code)
    _tell(settings, concerned, ignore_code=ignore_code)
    return concerned


def _code(repository: Repository, settings: Settings, changes: Sequence[FileChange]) -> list[str]:
    """Return what changed of the code; nothing where it is in another repository than the environments."""
    prefix = repository.prefix(settings.root)
    return [] if prefix is None else code_changed(below(changes, prefix))


def _named(files: Mapping[str, Path], removed: Sequence[Gone], names: Collection[str]) -> list[Gone]:
    """Return those of `removed` that are among `names`, if there are any; refuse a name that is nobody's."""
    known = {*files, *(each.name for each in removed)}
    for name in names:
        if name not in known:
            remedy = did_you_mean(name, known) if known else "there is none yet: `ise-intune new NAME` writes one"
            raise InputError(name, "is not an environment", remedy)
    return [each for each in removed if not names or each.name in names]


def _tell(settings: Settings, concerned: Concerned, *, ignore_code: bool) -> None:
    """Say what a list of names does not: what is gone, and that code changed."""
    for each in concerned.gone:
        now = f", or, if it is {each.now} now, name it as before" if each.now else ""
        what = f"the file of {each.name} is gone, and its application in Entra lives on"
        complain(one_line(f"removed: {what}; put it back and decommission it (`cdktf destroy {each.name}`){now}"))
    if concerned.code:
        more = len(concerned.code) - 1
        what = f"code changed ({concerned.code[0]}{f' and {more} more' if more else ''})"
        then = "left aside, as asked" if ignore_code else "every environment is concerned; --code-changes ignore"
        complain(one_line(f"{what}: {then}{'' if ignore_code else ' leaves it aside'}"))
    if not concerned.files:
        say(settings, "no environment is concerned")
