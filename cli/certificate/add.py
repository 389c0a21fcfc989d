"""`ise-intune certificate add`: the public part of a node's certificate, put beside an environment and into it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from cli.certificate.editing import read_sound
from cli.certificate.inputs import read_input
from cli.certificate.putting import put_certificate, say_remarks, say_same_key
from cli.completing import environment_names
from cli.replacing import all_or_nothing
from cli.results import complain, say
from helpers.declaration.adding import Addition, meant_node, predecessors, require_addable
from helpers.declaration.editing import with_entry
from helpers.declaration.revoking import revoked_in
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.certificate.editing import Sound
    from cli.settings import Settings
    from helpers.certificates.certificate import Certificate

_HELP = """Add the certificate in FILE to the environment NAME as ENTRY; - is standard input.

Takes what `certificate show` takes, and writes the public certificate alone to certificates/NAME-ENTRY.pem beside the
environment file, which gets one line more; everything else in it stays as it is. A successor stands beside the old
entry, under a name of its own, until its node has switched.

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
    sound = read_sound(settings, name)
    source, certificate = read_input(file)
    now = datetime.now(UTC)
    asked = Addition(entry, certificate, nodes=nodes, source=source)
    if not require_addable(asked, sound.declaration, revoked=revoked_in(sound.beside), now=now):
        say(settings, f"{sound.path}: entry {entry} has this certificate already; nothing to do")
        return
    presenting = tuple(dict.fromkeys(nodes)) or (entry,)
    written = f"certificates/{name}-{entry}.pem"
    with all_or_nothing() as changes:
        put_certificate(sound, certificate, written, changes)
        edited = with_entry(sound.content, entry, file=written, nodes=presenting, called=str(sound.path))
        sound.replace(edited, changes)
    say_remarks(certificate, now, source=source)
    say_same_key(sound.declaration, certificate, source=source)
    _say_done(settings, sound, entry, certificate, nodes=presenting)
    if not nodes:
        _say_whose_successor(sound, entry)


def _say_done(settings: Settings, sound: Sound, entry: str, certificate: Certificate, *, nodes: Sequence[str]) -> None:
    name, who = sound.declaration.name, ", ".join(nodes)
    say(settings, f"{sound.path}: entry {entry} added for {who}")
    say(settings, f"  {one_line(certificate.common_name)}, SHA-1 {certificate.sha1_hex}, until {certificate.end_date}")
    old = [each.name for each in predecessors(sound.declaration, nodes, but=entry)]
    say(settings, f"next: commit both files and deploy (`cdktf deploy {name}`)")
    if old:
        removals = " and ".join(f"`ise-intune certificate remove {name} {each}`" for each in old)
        say(settings, f"then: let {who} present it in ISE and see it sign in; only then {removals}, and deploy again")


def _say_whose_successor(sound: Sound, entry: str) -> None:
    node = meant_node(sound.declaration, entry)
    if node:
        complain(
            f"warning: entry {entry} is for a node of that name; if {node} shall present it, "
            f"write `nodes: [{node}]` there, as --node {node} would have"
        )
