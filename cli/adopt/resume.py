"""`ise-intune adopt --resume NAME`: what a killed deploy made and no state knows, for the next one to import.

Of a lost state it is the same: everything is there, and none of it is in the state.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.adopt.checking import review_of
from cli.certificate.editing import others, read_sound
from cli.exit_codes import COULD_NOT, FINE, FOUND
from cli.progress import shown
from cli.replacing import all_or_nothing
from cli.results import complain, say, write_result
from clients.graph import Directories, Tenant
from clients.terraform import initialized
from helpers.adopting.gate import next_deploy
from helpers.adopting.left_behind import TEMPORARY, Candidate, candidates, chosen
from helpers.adopting.resuming import ForeignCertificate, in_words, managed, orphans
from helpers.declaration.editing import Imports, with_imports
from helpers.errors import InputError, ServiceError
from helpers.model import Seen, stated
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from cli.certificate.editing import Sound
    from cli.settings import Settings
    from clients.graph import MadeBy
    from helpers.adopting.gate import NextDeploy
    from helpers.adopting.resuming import Managed, Orphans
    from helpers.declaration.declaration import Declaration
    from helpers.observing import Document


class _NothingThere(Exception):
    """Nothing was left behind, and nothing is in the state."""


@dataclass
class _SeveralThere(Exception):
    """Nobody can say which application it was."""

    candidates: tuple[Candidate, ...]


@dataclass
class _WouldEnd(Exception):
    """The next deploy would destroy or replace something; `report` is the review of what it would do."""

    ends: tuple[str, ...]
    report: str


@dataclass(frozen=True)
class _Looked:
    """What was found. `left` are applications that were left behind besides, and belong to no environment here."""

    found: Orphans
    client_id: str
    left: tuple[Candidate, ...]


@dataclass(frozen=True)
class _Planned:
    """What the next deploy does, and the review of it."""

    steps: NextDeploy
    report: str


def resume(settings: Settings, name: str, *, client_id: str = "") -> int:
    """Find what was made and is in no state, write it into the environment file, and say what the next deploy does.

    `client_id` chooses the application where there are several. The file is written if nothing would be destroyed.
    """
    sound = read_sound(settings, name)
    try:
        looked = _look(settings, sound, client_id)
        _say_notes(looked)
        if not looked.found:
            say(settings, f"{name}: everything that is in Entra for it is in the state already; nothing was written")
            return FOUND if looked.found.notes else FINE
        return _write(settings, sound, looked)
    except _NothingThere:
        say(settings, f"{name}: nothing was made that its state does not have; nothing to resume: deploy again")
        return FINE
    except _SeveralThere as several:
        return _say_several(sound, several.candidates)
    except ForeignCertificate as foreign:
        complain(f"error: {foreign}")
        return FOUND


def _look(settings: Settings, sound: Sound, client_id: str) -> _Looked:
    """Read the state, then Entra, and return what the one has and the other has not."""
    declaration = sound.declaration
    stack = initialized(settings.root, declaration.name, environments=sound.folder)
    state = managed(stack.state(), name=f"the state of {declaration.name}")
    tenant = Tenant(declaration.integration.tenant_id, declaration.cloud)
    with shown(settings) as show, Directories(os.environ, progress=show) as directories:
        known = declaration.adopted.application if declaration.adopted else ""
        name = stated(declaration.integration.application.display_name)
        made = directories.read_made_by(tenant, declaration.deployer, name=name, prefix=TEMPORARY, known=known)
        found = _candidates(sound, made)
        application = _Search(declaration, state, client_id).application(made.applications, found)
        reading = directories.read_again({tenant: [application]}, deep=True)[tenant]
    if reading.failure:
        raise ServiceError("Microsoft Graph", reading.failure, "try again")
    left = tuple(each for each in found if each.client_id != application)
    return _Looked(orphans(declaration, state, reading.documents[application]), application, left)


def _candidates(sound: Sound, made: MadeBy) -> tuple[Candidate, ...]:
    """Return what the deployer may have left behind of this environment. Raises `InputError` without a deployer."""
    declaration = sound.declaration
    if not made.app_id:
        cause = f"is no service principal of tenant {declaration.integration.tenant_id}"
        remedy = "correct `deployer` (Enterprise applications > Object ID)"
        raise InputError(f"{declaration.file}: deployer", cause, remedy)
    beside, broken = others(sound)
    for path in broken:
        names = f"`ise-intune check {path.stem}` names them"
        complain(f"warning: {path}: has mistakes, so nobody knows which application is its; {names}")
    return candidates(
        made.applications,
        declaration,
        deployer_client_id=made.app_id,
        owned=made.owned,
        others=[each.declaration for each in beside],
    )


@dataclass(frozen=True)
class _Search:
    """The search for an environment's application: its state knows it, else its file, else what was found is it."""

    declaration: Declaration
    state: Managed
    client_id: str

    def application(self, applications: Collection[Document], found: tuple[Candidate, ...]) -> str:
        """Return its client id. `applications` are all that were read, `found` those that may be it."""
        if self.state.application:
            self._refuse_another()
            return self.state.client_id
        if self._adopted:
            return self._of_file(applications)
        declared = self.declaration.integration.client_id
        in_file = declared.items if isinstance(declared, Seen) else ""
        said_by = "--client-id" if self.client_id or not in_file else f"{self.declaration.file}: client_id"
        choice = chosen(found, self.client_id or in_file, said_by=said_by)
        if choice is not None:
            return choice.client_id
        raise _SeveralThere(found) if found else _NothingThere

    @property
    def _adopted(self) -> str:
        return self.declaration.adopted.application if self.declaration.adopted else ""

    def _refuse_another(self) -> None:
        """Raise `InputError` where the file or the person means another application than the state has."""
        name, there = self.declaration.name, self.state.application
        if self._adopted and self._adopted != there:
            cause = f"names the application {self._adopted}, and the state has {there}"
            raise InputError(f"{self.declaration.file}: adopted", cause, "correct `application` there, or take it out")
        if self.client_id and self.client_id.lower() != self.state.client_id:
            cause = f"{self.client_id} is not the application in the state of {name}, which is {self.state.client_id}"
            raise InputError("--client-id", cause, "leave it out")

    def _of_file(self, applications: Collection[Document]) -> str:
        """Return the client id of the application that the file's `adopted` names."""
        for each in applications:
            if str(each.get("id")).lower() == self._adopted:
                return str(each.get("appId")).lower()
        cause = f"names the application {self._adopted}, which is not in Entra any more: no deploy can import it"
        remedy = "take `adopted` out, of every certificate too; the deploy then makes everything anew"
        raise InputError(f"{self.declaration.file}: adopted", cause, remedy)


def _write(settings: Settings, sound: Sound, looked: _Looked) -> int:
    """Write what was found into the file, and plan; where something would end, nothing is written."""
    found, name = looked.found, sound.declaration.name
    imports = Imports(found.application, found.service_principal, found.certificates, found.roles, found.grants)
    content = with_imports(sound.content, imports, called=str(sound.path))
    try:
        with all_or_nothing() as changes:
            if content != sound.content:
                sound.replace(content, changes)
            planned = _planned(settings, sound)
    except _WouldEnd as end:
        write_result(end.report)
        complain(
            f"error: {name}: the next deploy would destroy or replace {', '.join(end.ends)}; nothing was written: take "
            f"out of {sound.path} what asks for that, resume, deploy, and then make that change"
        )
        return FOUND
    write_result("".join(f"{line}\n" for line in _lines(sound, looked, planned.steps)) + "\n" + planned.report)
    if planned.steps.changes:
        say(
            settings, "besides importing, the deploy changes what stands above; a pipeline asks for an approval of that"
        )
    written = f"{sound.path}: written" if content != sound.content else f"{sound.path}: names all of it already"
    say(settings, f"{written}; review it, commit, and deploy (`cdktf deploy {name}`)")
    return FINE


def _planned(settings: Settings, sound: Sound) -> _Planned:
    """Return what the next deploy does. Raises `_WouldEnd`."""
    name = sound.declaration.name
    plan = initialized(settings.root, name, environments=sound.folder).plan()
    steps, report = next_deploy(plan, name=f"the plan of {name}"), review_of(plan, name)
    if steps.ends:
        raise _WouldEnd(steps.ends, report)
    return _Planned(steps, report)


def _lines(sound: Sound, looked: _Looked, upcoming: NextDeploy) -> Iterator[str]:
    """Yield what was found, and what becomes of it."""
    yield f"{sound.declaration.name}: in Entra, and in no state, of the application {looked.client_id}:"
    for what in in_words(sound.declaration, looked.found):
        yield f"  {one_line(what)}"
    yield "the next deploy:"
    steps = (("imports", upcoming.imports), ("makes", upcoming.makes), ("changes", upcoming.changes))
    yield from (f"  {verb} {address}" for verb, addresses in steps for address in addresses)


def _say_notes(looked: _Looked) -> None:
    for note in looked.found.notes:
        complain(f"warning: {one_line(note)}")
    for each in looked.left:
        complain(
            f"warning: besides there is the {each}; it is in no environment here: see whose it is and, unless somebody "
            "deploys just now, delete it (App registrations)"
        )


def _say_several(sound: Sound, found: tuple[Candidate, ...]) -> int:
    name = sound.declaration.name
    complain(f"error: {name}: nobody can say for sure which application its deploy made; choose with --client-id:")
    for each in found:
        complain(f"  {each}")
    complain("nothing was written")
    return COULD_NOT
