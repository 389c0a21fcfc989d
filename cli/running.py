"""A command line, run: click parses it, a verb does it, and whatever goes wrong becomes one clear message."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.exit_codes import COULD_NOT, FINE, INTERRUPTED
from cli.lazy_commands import LazyCommands
from cli.results import complain
from cli.settings import Settings
from helpers.errors import DeclarationErrors, IseIntuneError
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

# Where each verb's click command stands. A verb is added by a line here and a module beside this one.
VERBS = {
    "new": "cli.new:new",
    "adopt": "cli.adopt:adopt",
    "check": "cli.check:check",
    "environments": "cli.environments:environments",
    "certificate": "cli.certificate:certificate",
    "review": "cli.review:review",
    "drift": "cli.drift:drift",
    "outputs": "cli.outputs:outputs",
    "runsheet": "cli.runsheet:runsheet",
    "trust": "cli.trust:trust",
    "ise": "cli.ise:ise",
    "identities": "cli.identities:identities",
    "post": "cli.post:post",
    "verify": "cli.verify:verify",
    "doctor": "cli.doctor:doctor",
    "sandbox": "cli.sandbox:sandbox",
}

_HELP = """The Cisco ISE and Microsoft Intune integration as code.

An environment file declares the application ISE signs in as, its permissions, consent and certificates; `cdktf deploy`
makes it so; these commands write, judge and compare such files, and show what ISE needs.

\b
Examples:
  ise-intune new production          write a commented environment file
  ise-intune check                   judge every environment file
  ise-intune certificate show FILE   show the certificate in an ISE export
  ise-intune sandbox run -- COMMAND  run it against a cloud on this machine

\b
Exit codes:
  0    fine
  2    something was found: see the report
  1    it could not be done, or not fully checked
  130  interrupted
"""


@click.group(
    cls=LazyCommands,
    places=VERBS,
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    help="The project's folder. Default: where ise-intune is installed from.",
)
@click.option("-v", "--verbose", count=True, help="Say more; twice for requests. Tokens never show.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but results and errors.")
@click.version_option(package_name="ise-intune", prog_name="ise-intune")
@click.pass_context
def ise_intune(context: click.Context, *, root: Path | None, verbose: int, quiet: bool) -> None:
    """Keep what holds for every verb."""
    context.obj = Settings.of(root=root, verbosity=-1 if quiet else verbose)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; no traceback ever leaves here."""
    try:
        outcome = ise_intune.main(list(arguments), prog_name="ise-intune", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except SystemExit as end:  # click's own: after completion, and when who read our output is gone
        return end.code if isinstance(end.code, int) else COULD_NOT
    except OSError as error:
        return cannot_write(error)
    except (KeyboardInterrupt, click.Abort):
        complain("interrupted")
        return INTERRUPTED
    except click.ClickException as error:
        _say_usage_error(error)
        return COULD_NOT
    except IseIntuneError as error:
        _say_error(error)
        return COULD_NOT
    except Exception as error:  # noqa: BLE001 — the last door: what gets here is a defect, and still no traceback
        return _unexpected(error)
    return outcome if isinstance(outcome, int) else FINE


def _say_error(error: IseIntuneError) -> None:
    lines = str(error).splitlines()
    for line in lines:
        complain(f"error: {line}")
    if isinstance(error, DeclarationErrors) and len(lines) > 1:
        complain(f"{len(lines)} mistakes")


def _say_usage_error(error: click.ClickException) -> None:
    """Say what click has to say of a command line as every other error is said, in one line."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        complain(error.format_message())
        return
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "ise-intune"
    message = error.format_message().rstrip(".")
    complain(f"error: {one_line(message[:1].lower() + message[1:])}; `{command} --help` says more")


def cannot_write(error: OSError) -> int:
    """Say that the result went nowhere; nothing when its reader has seen enough (`| head`)."""
    if error.errno != errno.EPIPE:
        complain(f"error: {one_line(str(error.filename or 'standard output'))}: {error.strerror}; choose another place")
    with suppress(OSError, ValueError, AttributeError):
        # Python must not try to flush again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return COULD_NOT


def _unexpected(error: Exception) -> int:
    """Say where a defect is without its message, which may hold what must not be shown."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    complain(f"error: defect in ise-intune: {type(error).__name__} at {place}; please report it with the command")
    return COULD_NOT
