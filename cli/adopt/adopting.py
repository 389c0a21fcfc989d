"""Adopting: read, ask what only a person knows, write all files or none, plan."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli.adopt.asking import ask_deployer, ask_nodes, ask_reason, may_stay
from cli.adopt.checking import check
from cli.adopt.telling import say_owner, say_remaining, say_stated, say_stop, say_taken, say_unplaced
from cli.asking import somebody_is_there
from cli.certificate.putting import put_certificate
from cli.exit_codes import COULD_NOT
from cli.file_options import require_working, stated_release
from cli.new import put_schema_beside
from cli.progress import shown
from cli.replacing import all_or_nothing
from cli.results import called, complain, say
from clients.graph import Directories, Tenant
from helpers.adopting.fresh_start import Start, start_of, with_unplaced
from helpers.adopting.keys import found_keys
from helpers.adopting.remaining import remaining, unread
from helpers.adopting.sight import unsayable, unseen
from helpers.adopting.taking import Wishes, take
from helpers.clouds import CLOUDS
from helpers.declaration.environments import declaration_of_new
from helpers.declaration.folder import environment_paths, name_remedy
from helpers.declaration.revoking import revoked_in
from helpers.declaration.template import NewEnvironment, environment_text
from helpers.errors import InputError, IseIntuneError, ServiceError
from helpers.observing import observe
from helpers.permissions import permission_name
from helpers.plain_text import one_line
from helpers.terms import AdminConsent, RuleException

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from cli.settings import Settings
    from helpers.adopting.keys import FoundKey
    from helpers.adopting.remaining import Remaining
    from helpers.adopting.taking import Taken
    from helpers.declaration.declaration import Declaration
    from helpers.ise_releases import IseRelease
    from helpers.observing import Observed


@dataclass(frozen=True)
class Asked:
    """The command line. `nodes` are by key id or thumbprint in lower case, `exceptions` rule, subject, reason, day."""

    client_id: str
    tenant: str
    name: str
    deployer: str
    nodes: Mapping[str, tuple[str, ...]]
    leave: tuple[str, ...]
    exceptions: tuple[tuple[str, str, str, date], ...]
    reason: str
    cloud: str
    admin_consent: str
    release: str
    patch: int | None
    ise_api: str
    backend: str
    state_settings: Mapping[str, str]
    replace: bool
    report: Path | None
    form: str


@dataclass(frozen=True)
class _Adoption:
    """What is known of one adoption so far. `ise` may be too old for a file."""

    asked: Asked
    path: Path
    ise: IseRelease
    wishes: Wishes
    observed: Observed
    now: datetime


_NOT_WRITTEN = "nothing was written"
_WHOSE_FILE = "see whose it is and take it away, or write it anew with --replace"


@dataclass
class _Stopped(Exception):
    """Something is missing, and was said. `start` is what would have been declared, where that much is known."""

    start: Start | None = None


def adopt_application(settings: Settings, asked: Asked) -> int:
    """Adopt, and return the exit code of the gate."""
    path = _place(settings, asked)
    ise = stated_release(asked.release, asked.patch)
    if asked.report is None:
        require_working(ise)
    asked = replace(asked, deployer=asked.deployer or ask_deployer(), patch=ise.patch)
    adoption = _looked(settings, asked, path, ise)
    try:
        require_working(ise)
        adoption, taken = _taken(adoption)
        text = _text(adoption, taken)
        declaration = _declared(adoption, taken, text)
        _decided(settings, adoption, declaration, unplaced=taken.unplaced)
    except _Stopped as stopped:
        _report(settings, adoption, stopped.start or _undeclared(adoption))
        complain(_NOT_WRITTEN if asked.report is None else f"{_NOT_WRITTEN} but {asked.report}")
        return COULD_NOT
    except IseIntuneError:
        _report(settings, adoption, _undeclared(adoption))
        raise
    _write(path, text, taken, over=asked.replace)
    say_taken(settings, path, taken)
    say_stated(settings, declaration)
    say_owner(settings, declaration, adoption.observed)
    try:
        _report(settings, adoption, declaration)
        return check(settings, declaration)
    except (IseIntuneError, KeyboardInterrupt):
        complain(f"{path}: is written, and was not planned; then: {called()} adopt --check {declaration.name}")
        raise


def _place(settings: Settings, asked: Asked) -> Path:
    """Return where the file goes. Raises `InputError` for a name that cannot be one, or is one already."""
    remedy = name_remedy(asked.name)
    if remedy:
        raise InputError(asked.name, "cannot name an environment", remedy)
    path = settings.environments / f"{asked.name}.yaml"
    if path.is_symlink() or path.is_dir():
        raise InputError(str(path), "is no file of its own", "take it away, or choose another name")
    if path.exists() and not asked.replace:
        again = f"`{called()} adopt --check {asked.name}` plans it; --replace writes it anew"
        raise InputError(str(path), "exists already", again)
    return path


def _looked(settings: Settings, asked: Asked, path: Path, ise: IseRelease) -> _Adoption:
    """Read the application, the bytes of its certificates included. Raises `ServiceError` where nothing can be read."""
    tenant = Tenant(asked.tenant, CLOUDS[asked.cloud])
    with shown(settings) as show, Directories(os.environ, progress=show) as directories:
        # By itself and not from lists of all: they may be older.
        reading = directories.read_again({tenant: [asked.client_id]}, deep=True, what="reading Entra")[tenant]
        documents = reading.documents.get(asked.client_id)
        if documents and asked.report:
            documents = directories.with_owner_accounts(tenant, documents)
        cost = directories.statistics
    if reading.failure or documents is None:
        raise ServiceError("Microsoft Graph", reading.failure or "said nothing of the application", "try again")
    if settings.verbosity > 0:
        say(settings, f"Graph: {cost.requests:,} requests in {cost.round_trips:,} round trips")
    now = datetime.now(UTC)
    wishes = Wishes(
        name=asked.name,
        deployer=asked.deployer,
        nodes=asked.nodes,
        left=frozenset(each.lower() for each in (*asked.leave, *(subject for _, subject, _, _ in asked.exceptions))),
        today=now.date(),
        reason=asked.reason,
        by_code=asked.admin_consent == AdminConsent.TERRAFORM,
        exceptions=tuple(RuleException(*each) for each in asked.exceptions),
    )
    return _Adoption(asked, path, ise, wishes, observe(documents), now)


def _taken(adoption: _Adoption) -> tuple[_Adoption, Taken]:
    """Return what goes into the file, with what a person said on the way. Raises `_Stopped`."""
    observed, wishes = adoption.observed, adoption.wishes
    _stop(
        "could not be read, and nothing is adopted without", unseen(observed, by_code=wishes.by_code, left=wishes.left)
    )
    _stop("cannot be declared, and a deploy would change it", unsayable(observed))
    keys = _keys(adoption)
    taken = take(observed, keys, wishes)
    if taken.unplaced and somebody_is_there():
        nodes, left = ask_nodes(taken.unplaced)
        wishes = replace(wishes, nodes={**wishes.nodes, **nodes}, left=wishes.left | left)
        taken = take(observed, keys, wishes)
    if taken.beyond and not wishes.reason:
        wishes = replace(wishes, reason=ask_reason(map(permission_name, taken.beyond)))
        taken = take(observed, keys, wishes)
    if not taken.keys:
        say_unplaced(taken.unplaced)
        _stop("is missing", ["a certificate that ISE signs in with: none of the application's can be declared"])
    return replace(adoption, wishes=wishes), taken


def _stop(heading: str, found: Sequence[str]) -> None:
    """Say why nothing can be done, if there is a reason. Raises `_Stopped`."""
    if found:
        say_stop(heading, found)
        raise _Stopped


def _keys(adoption: _Adoption) -> tuple[FoundKey, ...]:
    return found_keys(adoption.observed, revoked=_revoked(adoption.path.parent))


def _revoked(folder: Path) -> Mapping[str, str]:
    try:
        return revoked_in(environment_paths(folder))
    except InputError:
        return {}


def _undeclared(adoption: _Adoption) -> Start:
    """Return what is decided where no file can be written."""
    asked, wishes = adoption.asked, adoption.wishes
    start = Start(
        name=asked.name,
        file=str(adoption.path),
        cloud=CLOUDS[asked.cloud],
        deployer=asked.deployer,
        ise=adoption.ise,
        admin_consent=AdminConsent(asked.admin_consent),
        exceptions=frozenset(wishes.exceptions),
    )
    return with_unplaced(start, (each for each in _keys(adoption) if each.key_id not in wishes.left))


def _text(adoption: _Adoption, taken: Taken) -> str:
    asked = adoption.asked
    return environment_text(
        NewEnvironment(
            name=asked.name,
            tenant_id=asked.tenant,
            deployer=asked.deployer,
            display_name=taken.display_name,
            certificates={},
            cloud=asked.cloud,
            profile=taken.profile,
            admin_consent=asked.admin_consent,
            release=asked.release,
            patch=asked.patch or 0,
            ise_api=asked.ise_api,
            backend=asked.backend,
            state_settings=asked.state_settings,
            found=taken.found,
        )
    )


def _declared(adoption: _Adoption, taken: Taken, text: str) -> Declaration:
    """Return what the file will declare. Raises `DeclarationErrors` for what no sound file can have."""
    coming = {each.file: each.certificate for each in taken.keys}
    # Half a character, from an argument or from Graph, is a mistake of the file like any other.
    return declaration_of_new(text.encode(errors="surrogatepass"), adoption.path, coming=coming)


def _decided(
    settings: Settings, adoption: _Adoption, declaration: Declaration, *, unplaced: Sequence[FoundKey]
) -> None:
    """See that somebody said of everything undeclared that it may stay. Raises `_Stopped`, with all that is open said.

    `unplaced` are certificates whose nodes nobody knows: each is open too.
    """
    say_unplaced(unplaced)
    waiting = {key.key_id for key in unplaced}
    every = remaining(declaration, adoption.observed, left=adoption.wishes.left, now=adoption.now)
    found = [each for each in every if each.subject not in waiting]
    for sentence in unread(declaration, adoption.observed):
        complain(f"not read: {one_line(sentence)}")
    say_remaining(settings, found, asking=somebody_is_there())
    if unplaced or not all(_settled(each) for each in found):
        raise _Stopped(with_unplaced(start_of(declaration), unplaced))


def _settled(remaining: Remaining) -> bool:
    return not remaining.is_open or (somebody_is_there() and may_stay(remaining))


def _write(path: Path, text: str, taken: Taken, *, over: bool) -> None:
    """Write the file and its certificates: all of them, or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with all_or_nothing() as changes:
        for each in taken.keys:
            put_certificate(path.parent, each.certificate, each.file, changes, over=over, remedy=_WHOSE_FILE)
        if over and path.exists():
            changes.replace(path, text.encode(), instead_of=path.read_bytes())
        else:
            changes.create(path, text.encode())
        put_schema_beside(path)


def _report(settings: Settings, adoption: _Adoption, declaration: Declaration | Start) -> None:
    """Write what is wrong with the application as it is, where that was asked for: before it is adopted too."""
    if adoption.asked.report is None:
        return
    from cli.adopt.first_day import render
    from cli.results import write_result
    from helpers.adopting.fresh import fresh_findings
    from helpers.rules.policy import Policy

    fresh = fresh_findings(declaration, adoption.observed, now=adoption.now, policy=Policy())
    write_result(render(fresh, adoption.asked.form), adoption.asked.report)
    say(settings, f"{adoption.asked.report}: what is wrong with it as it is, and the order to mend it in")
