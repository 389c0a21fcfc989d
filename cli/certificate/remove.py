"""`ise-intune certificate remove`: an entry that no node presents any more, taken out of an environment."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.certificate.editing import delete_unnamed, others, read_sound
from cli.completing import environment_names
from cli.replacing import all_or_nothing
from cli.results import complain, say
from helpers.declaration.adding import predecessors
from helpers.declaration.editing import without_entries
from helpers.errors import InputError
from helpers.moments import minute
from helpers.plain_text import one_line
from helpers.removal import usage_command

if TYPE_CHECKING:
    from cli.certificate.editing import Sound
    from cli.settings import Settings
    from helpers.declaration.declaration import CertificateEntry

_HELP = """Take ENTRY out of the environment NAME, and delete its file if no other entry names it.

The second half of a renewal: only once the node presents its successor, and in a change of its own. What was
compromised is taken out with `certificate revoke`, which keeps it from coming back.

With --evidence, what `certificate usage --format json` wrote in the last three days must say of this very key that it
is unused; otherwise nothing is changed, and every reason is said. --without-evidence says why it goes all the same: a
node that leaves, say. Without either it goes, with a warning.

\b
Examples:
  ise-intune certificate remove production psn-01 --evidence usage.json
  ise-intune certificate remove production psn-02 --without-evidence "psn-02 has left the deployment"
"""


_ITS_FILE = "give the file that `certificate usage` wrote"


@click.command(help=_HELP, short_help="Take an entry out of an environment.")
@click.argument("name", shell_complete=environment_names)
@click.argument("entry")
@click.option("--evidence", type=click.Path(path_type=Path), help="What `certificate usage --format json` wrote.")
@click.option("--without-evidence", "reason", metavar="REASON", help="Why it goes though nothing says it is unused.")
@click.pass_obj
def remove(settings: Settings, *, name: str, entry: str, evidence: Path | None, reason: str | None) -> None:
    """Take it out, and say what comes next."""
    sound = read_sound(settings, name)
    removed = sound.entry(entry)
    sound.require_another(removed)
    why = _why(sound, removed, evidence, reason)
    beside, broken = others(sound)
    edited = without_entries(sound.content, [entry], called=str(sound.path))
    with all_or_nothing() as changes:
        left = [sound.replace(edited, changes), *(other.declaration for other in beside)]
        files = [sound.folder / removed.file]
        deleted = list(delete_unnamed(files, changes, left=left, folder=sound.folder, broken=broken))
    say(settings, f"{sound.path}: entry {entry} taken out{f': {why}' if why else ''}")
    for file in deleted:
        say(settings, f"{file}: deleted")
    for node in removed.nodes:
        if not predecessors(sound.declaration, [node], but=entry):
            complain(f"warning: node {node} is left without a certificate; right only if it leaves the deployment")
    say(settings, f"next: commit and deploy (`cdktf deploy {name}`), which takes it off the application")


def _why(sound: Sound, entry: CertificateEntry, evidence: Path | None, reason: str | None) -> str:
    """Return for which reason it goes, for the change to say; empty where nobody gave one, which is warned of.

    Raises `InputError` with all that stands against it.
    """
    if reason is not None and not reason.strip():
        raise InputError("--without-evidence", "is empty", "say in a few words why the certificate can go")
    if evidence is not None:
        return _by_evidence(sound, entry, evidence, reason)
    if reason is not None:
        return one_line(reason.strip())
    if entry.not_after < datetime.now(UTC):
        return f"expired at {minute(entry.not_after)}"
    complain(
        f"warning: nothing was shown that says whether {entry.name} still signs in;"
        f" `{usage_command(sound.declaration.name, entry.name)}` looks, and `--evidence` holds this to it"
    )
    return ""


def _by_evidence(sound: Sound, entry: CertificateEntry, file: Path, reason: str | None) -> str:
    from helpers.usage.evidence import against, read_evidence, unused_since

    evidence = read_evidence(_content(file), name=str(file))
    objections = [*against(evidence, sound.declaration, entry, datetime.now(UTC))]
    if objections and reason is None:
        remedy = 'keep it until it is unused, or say why it can go: `--without-evidence "REASON"`'
        raise InputError(entry.name, f"stays by {file}: {'; '.join(objections)}", remedy)
    if objections:
        complain(f"warning: {file} does not say that it is unused: {one_line('; '.join(objections))}")
        return one_line((reason or "").strip())
    since = unused_since(evidence, entry)
    told = f"unused since {minute(since)}" if since else "unused"
    return f"{told}, as seen at {minute(evidence.looked_at)}"


def _content(file: Path) -> bytes:
    from helpers.usage.evidence import MOST_BYTES

    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(str(file), f"cannot be read ({error.strerror})", _ITS_FILE) from None
