"""`ise-intune certificate rename`: another name for an entry, moved by the deploy instead of made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.certificate.editing import read_sound
from cli.completing import environment_names
from cli.replacing import all_or_nothing
from cli.results import complain, say
from helpers.declaration.adding import require_entry_name
from helpers.declaration.editing import with_entry_renamed
from helpers.errors import InputError

if TYPE_CHECKING:
    from cli.settings import Settings

_HELP = """Call the entry OLD of the environment NAME by the name NEW.

The entry then says `formerly: OLD`, by which the deploy moves the credential in Terraform's state: it is neither
destroyed nor made anew. Nodes and file stay as they are. Once every deployment of the environment has it, `formerly`
can be taken out.

\b
Example:
  ise-intune certificate rename production psn-01 psn-01-2026
"""


@click.command(help=_HELP, short_help="Give an entry another name.")
@click.argument("name", shell_complete=environment_names)
@click.argument("old")
@click.argument("new")
@click.pass_obj
def rename(settings: Settings, *, name: str, old: str, new: str) -> None:
    """Rename it, and say what comes next."""
    sound = read_sound(settings, name)
    entry = sound.entry(old)
    require_entry_name(new)
    if old == new:
        say(settings, f"{sound.path}: entry {old} is called so already; nothing to do")
        return
    if any(each.name == new for each in sound.declaration.certificates):
        raise InputError(new, f"is an entry of {name} already", "choose another name")
    if entry.formerly:
        remedy = f"deploy that first, take `formerly` out of {old} in {sound.path}, then rename it again"
        raise InputError(old, f"was renamed already, from {entry.formerly}", remedy)
    with all_or_nothing() as changes:
        sound.replace(with_entry_renamed(sound.content, old, new, called=str(sound.path)), changes)
    say(settings, f"{sound.path}: entry {old} is now {new}")
    for exception in sorted(sound.declaration.terms.exceptions, key=str):
        if exception.subject == old:
            complain(f"warning: the exception for rule {exception.rule} still names {old}; change it in {sound.path}")
    say(settings, f"next: commit and deploy (`cdktf deploy {name}`), which moves it in the state")
