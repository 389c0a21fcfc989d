"""`ise-intune certificate revoke`: what to do with a certificate whose key is no longer private."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from cli.certificate.editing import delete_unnamed, others, read_sound
from cli.completing import environment_names
from cli.exit_codes import COULD_NOT, FINE
from cli.replacing import all_or_nothing
from cli.results import complain, say
from helpers.declaration.editing import with_revocation, without_entries
from helpers.declaration.revoking import revocation_of
from helpers.errors import InputError
from helpers.plain_text import visible

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from cli.certificate.editing import Sound
    from cli.replacing import Changes
    from cli.settings import Settings
    from helpers.declaration.declaration import CertificateEntry, Declaration
    from helpers.terms import Revoked

_HELP = """Take the certificate of ENTRY out of every environment, and refuse it from now on in all of them.

For a certificate whose key may be known to others. Every entry with it goes, in whichever environment of the folder;
its fingerprint stays under `revoked` of the environment NAME, with reason and date. Until the deploy, who has the key
can sign in: deploy at once. The node needs a new certificate with a new key: add that one first where it was the
only one.

\b
Exit codes:
  0  done
  1  refused, and nothing was changed; or done, but a file with mistakes could not be looked at

\b
Examples:
  ise-intune certificate revoke production psn-01 --reason "backup with the private key was stolen"
"""


def _day(_context: click.Context, _parameter: click.Parameter, value: datetime | None) -> date:
    today = datetime.now(UTC).date()
    day = value.date() if value else today
    if day > today:
        raise click.BadParameter(f"{day} is still to come; a revocation holds at once")
    return day


@click.command(help=_HELP, short_help="Take a compromised certificate out, for good.")
@click.argument("name", shell_complete=environment_names)
@click.argument("entry")
@click.option("--reason", required=True, help="Why, for whoever reads it in a year.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), callback=_day, help="When.  [default: today, UTC]")
@click.pass_obj
def revoke(settings: Settings, *, name: str, entry: str, reason: str, day: date) -> int:
    """Take it out everywhere, or nowhere; and say what comes next."""
    if not reason.strip() or visible(reason, keep="") != reason:
        raise InputError("--reason", "is blank, or holds control or invisible characters", "write one line of text")
    first = read_sound(settings, name)
    certificate = first.entry(entry).certificate
    beside, broken = others(first)
    revoked = revocation_of(certificate, reason=reason, date=day)
    with all_or_nothing() as changes:
        taken = [_taken_out(sound, revoked, changes, records=sound is first) for sound in (first, *beside)]
        files = [sound.folder / gone.file for sound, gone, _ in taken if gone]
        left = [declaration for _, _, declaration in taken]
        deleted = list(delete_unnamed(files, changes, left=left, folder=first.folder, broken=broken))
    for sound, gone, _ in taken:
        if gone:
            say(settings, f"{sound.path}: entry {gone.name} taken out{_recorded(revoked) if sound is first else ''}")
    for file in deleted:
        say(settings, f"{file}: deleted")
    _say_what_is_left(settings, [sound.declaration.name for sound, gone, _ in taken if gone], broken)
    return COULD_NOT if broken else FINE


def _taken_out(
    sound: Sound, revoked: Revoked, changes: Changes, *, records: bool
) -> tuple[Sound, CertificateEntry | None, Declaration]:
    """Take the certificate out of one environment; return that, what went, and what is declared now."""
    entries = sound.declaration.certificates
    gone = next((entry for entry in entries if entry.certificate.sha256_hex == revoked.sha256), None)
    if gone is None:
        return sound, None, sound.declaration
    sound.require_another(gone)
    content = without_entries(sound.content, [gone.name], called=str(sound.path))
    if records:
        content = with_revocation(content, revoked, called=str(sound.path))
    return sound, gone, sound.replace(content, changes)


def _recorded(revoked: Revoked) -> str:
    return f", and {revoked.common_name} (SHA-256 {revoked.sha256}) written under `revoked`"


def _say_what_is_left(settings: Settings, names: list[str], broken: list[Path]) -> None:
    for path in broken:
        complain(f"error: {path}: has mistakes, so nothing was taken out of it; `ise-intune check` names them")
    say(
        settings, f"next, at once: commit and deploy (`cdktf deploy {' '.join(names)}`); until then the key can sign in"
    )
    say(settings, "then: look through the application's sign-in logs in Entra since the key may have been known")
