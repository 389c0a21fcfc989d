"""`ise-intune certificate remove`: an entry that no node presents any more, taken out of an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.certificate.editing import delete_unnamed, others, read_sound
from cli.completing import environment_names
from cli.replacing import all_or_nothing
from cli.results import complain, say
from helpers.declaration.adding import predecessors
from helpers.declaration.editing import without_entries

if TYPE_CHECKING:
    from cli.settings import Settings

_HELP = """Take ENTRY out of the environment NAME, and delete its file if no other entry names it.

The second half of a renewal: only once the node presents its successor, and in a change of its own. What was
compromised is taken out with `certificate revoke`, which keeps it from coming back.

\b
Example:
  ise-intune certificate remove production psn-01
"""


@click.command(help=_HELP, short_help="Take an entry out of an environment.")
@click.argument("name", shell_complete=environment_names)
@click.argument("entry")
@click.pass_obj
def remove(settings: Settings, *, name: str, entry: str) -> None:
    """Take it out, and say what comes next."""
    sound = read_sound(settings, name)
    removed = sound.entry(entry)
    sound.require_another(removed)
    beside, broken = others(sound)
    edited = without_entries(sound.content, [entry], called=str(sound.path))
    with all_or_nothing() as changes:
        left = [sound.replace(edited, changes), *(other.declaration for other in beside)]
        files = [sound.folder / removed.file]
        deleted = list(delete_unnamed(files, changes, left=left, folder=sound.folder, broken=broken))
    say(settings, f"{sound.path}: entry {entry} taken out")
    for file in deleted:
        say(settings, f"{file}: deleted")
    for node in removed.nodes:
        if not predecessors(sound.declaration, [node], but=entry):
            complain(f"warning: node {node} is left without a certificate; right only if it leaves the deployment")
    say(settings, f"next: commit and deploy (`cdktf deploy {name}`), which takes it off the application")
