"""`ise-intune certificate add`: the public part of a node's certificate, put beside an environment and into it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from cli.certificate.editing import read_sound
from cli.certificate.inputs import read_input
from cli.certificate.putting import put_certificate, say_remarks, say_same_key
from cli.completing import environment_names
from cli.ise.target import read_target
from cli.replacing import all_or_nothing
from cli.results import complain, say
from helpers.declaration.adding import (
    Addition,
    meant_node,
    predecessors,
    require_addable,
    require_fitting,
    require_wanted,
)
from helpers.declaration.editing import with_entry
from helpers.declaration.folder import environment_paths
from helpers.declaration.revoking import revoked_in
from helpers.plain_text import one_line
from helpers.removal import removal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.certificate.editing import Sound
    from cli.ise.target import Target
    from cli.settings import Settings
    from helpers.certificates.certificate import Certificate
    from helpers.declaration.awaiting import Awaited
    from helpers.declaration.declaration import Declaration

_HELP = """Add the certificate in FILE to the environment NAME as ENTRY; - is standard input.

Takes what `certificate show` takes, and writes the public certificate alone to certificates/NAME-ENTRY.pem beside the
environment file, which gets one line more; everything else in it stays as it is. A successor stands beside the old
entry, under a name of its own, until its node has switched.

An entry whose file is not there yet, as `new` writes one, gets that file, and the environment file stays as it is.

\b
Exit codes:
  0  added, or there already
  1  refused: nothing was changed

\b
Examples:
  ise-intune certificate add production psn-03 psn-03.zip
  ise-intune certificate add production psn-01-2027 export.pem --node psn-01
"""


@click.command(help=_HELP, short_help="Add a node's certificate to an environment.")
@click.argument("name", shell_complete=environment_names)
@click.argument("entry")
@click.argument("file", metavar="FILE")
@click.option(
    "--node",
    "nodes",
    multiple=True,
    metavar="NODE",
    help="A node that presents it. Repeatable.  [default: the node of the entry's name]",
)
@click.pass_obj
def add(settings: Settings, *, name: str, entry: str, file: str, nodes: tuple[str, ...]) -> None:
    """Judge, write both files or neither, and say what comes next."""
    target = read_target(settings, name)
    awaited = target.awaited_by(entry)
    source, certificate = read_input(file)
    asked = Addition(entry, certificate, nodes=nodes, source=source)
    if awaited:
        _fill(settings, target, asked, awaited)
    else:
        # What other entries await is a mistake here as everywhere.
        _add(settings, read_sound(settings, name), asked)


def _add(settings: Settings, sound: Sound, asked: Addition) -> None:
    """Write the certificate's file and the entry's line."""
    now, name, entry, certificate = datetime.now(UTC), sound.declaration.name, asked.name, asked.certificate
    if not require_addable(asked, sound.declaration, revoked=revoked_in(sound.beside), now=now):
        say(settings, f"{sound.path}: entry {entry} has this certificate already; nothing to do")
        return
    presenting = tuple(dict.fromkeys(asked.nodes)) or (entry,)
    written = f"certificates/{name}-{entry}.pem"
    with all_or_nothing() as changes:
        put_certificate(sound.folder, certificate, written, changes)
        edited = with_entry(sound.content, entry, file=written, nodes=presenting, called=str(sound.path))
        sound.replace(edited, changes)
    say_remarks(certificate, now, source=asked.source)
    say_same_key(sound.declaration, certificate, source=asked.source)
    _say_what(settings, f"{sound.path}: entry {entry} added for {', '.join(presenting)}", certificate)
    _say_next(settings, sound.declaration, entry, nodes=presenting)
    if not asked.nodes:
        _say_whose_successor(sound, entry)


def _fill(settings: Settings, target: Target, asked: Addition, awaited: Awaited) -> None:
    """Write the file that the entry names, if the environment has no mistake then but that others are awaited too."""
    now, path, certificate = datetime.now(UTC), target.path, asked.certificate
    require_fitting(asked, awaited, file=str(path))
    require_wanted(asked, revoked=revoked_in(environment_paths(path.parent)), now=now)
    declaration = target.with_file(awaited, certificate)
    with all_or_nothing() as changes:
        put_certificate(path.parent, certificate, awaited.file, changes)
    say_remarks(certificate, now, source=asked.source)
    _say_what(settings, f"{path}: entry {asked.name} has its certificate now, {one_line(awaited.file)}", certificate)
    if declaration:
        _say_next(settings, declaration, asked.name, nodes=awaited.nodes)
    for each in target.awaited:
        if each != awaited:
            say(settings, f"next: `ise-intune certificate add {path.stem} {each.entry} FILE`, which is awaited too")


def _say_what(settings: Settings, done: str, certificate: Certificate) -> None:
    say(settings, done)
    say(settings, f"  {one_line(certificate.common_name)}, SHA-1 {certificate.sha1_hex}, until {certificate.end_date}")


def _say_next(settings: Settings, declaration: Declaration, entry: str, *, nodes: Sequence[str]) -> None:
    name, who = declaration.name, ", ".join(nodes)
    old = [each.name for each in predecessors(declaration, nodes, but=entry)]
    say(settings, f"next: commit both files and deploy (`cdktf deploy {name}`)")
    if old:
        say(settings, f"then: let {who} present it in ISE, and see it sign in")
        for each in old:
            say(settings, f"later: {removal(name, each)}")


def _say_whose_successor(sound: Sound, entry: str) -> None:
    node = meant_node(sound.declaration, entry)
    if node:
        complain(
            f"warning: entry {entry} is for a node of that name; if {node} shall present it, "
            f"write `nodes: [{node}]` there, as --node {node} would have"
        )
