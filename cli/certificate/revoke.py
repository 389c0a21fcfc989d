"""`ise-intune certificate revoke`: what to do with a certificate whose key is no longer private."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from cli.certificate.editing import delete_unnamed, others, read_sound
from cli.completing import environment_names
from cli.exit_codes import COULD_NOT, FINE
from cli.replacing import all_or_nothing
from cli.results import complain, say
from helpers.declaration.adding import of_same_key
from helpers.declaration.editing import with_revocation, without_entries
from helpers.declaration.revoking import revocation_of
from helpers.errors import InputError
from helpers.plain_text import one_line, visible

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from cli.certificate.editing import Sound
    from cli.replacing import Changes
    from cli.settings import Settings
    from helpers.certificates.certificate import Certificate
    from helpers.declaration.declaration import CertificateEntry, Declaration

_HELP = """Take the certificate of ENTRY out of every environment, and refuse it from now on in all of them.

For a certificate whose key may be known to others. Every entry with it or with another certificate over its key goes,
in whichever environment of the folder; its fingerprint and that of its key stay under `revoked` of the environment
NAME, with reason and date. Until the deploy, who has the key can sign in: deploy at once. The node needs a new
certificate with a new key: add that one first where it was the only one.

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


@dataclass(frozen=True)
class _TakenOut:
    """What went from one environment, and what is declared there now."""

    sound: Sound
    gone: list[CertificateEntry]
    declaration: Declaration


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
    with all_or_nothing() as changes:
        taken = [
            _taken_out(sound, certificate, changes, reason=reason if sound is first else None, day=day)
            for sound in (first, *beside)
        ]
        files = [each.sound.folder / gone.file for each in taken for gone in each.gone]
        left = [each.declaration for each in taken]
        deleted = list(delete_unnamed(files, changes, left=left, folder=first.folder, broken=broken))
    for each in taken:
        for gone in each.gone:
            recorded = _recorded(gone.certificate) if each.sound is first else ""
            say(settings, f"{each.sound.path}: entry {gone.name} taken out{recorded}")
    for file in deleted:
        say(settings, f"{file}: deleted")
    _say_what_is_left(settings, [each.declaration.name for each in taken if each.gone], broken)
    return COULD_NOT if broken else FINE


def _taken_out(sound: Sound, certificate: Certificate, changes: Changes, *, reason: str | None, day: date) -> _TakenOut:
    """Take every certificate over this one's key out of an environment, and with a `reason` write that down there."""
    gone = of_same_key(sound.declaration, certificate)
    if not gone:
        return _TakenOut(sound, [], sound.declaration)
    sound.require_another(*gone)
    content = without_entries(sound.content, [entry.name for entry in gone], called=str(sound.path))
    for entry in gone if reason else ():
        revoked = revocation_of(entry.certificate, reason=reason or "", date=day)
        content = with_revocation(content, revoked, called=str(sound.path))
    return _TakenOut(sound, gone, sound.replace(content, changes))


def _recorded(certificate: Certificate) -> str:
    name = one_line(certificate.common_name)
    return f", and {name} (SHA-256 {certificate.sha256_hex}) and its key written under `revoked`"


def _say_what_is_left(settings: Settings, names: list[str], broken: list[Path]) -> None:
    for path in broken:
        complain(f"error: {path}: has mistakes, so nothing was taken out of it; `ise-intune check` names them")
    say(
        settings, f"next, at once: commit and deploy (`cdktf deploy {' '.join(names)}`); until then the key can sign in"
    )
    say(settings, "then: look through the application's sign-in logs in Entra since the key may have been known")
