"""`ise-intune doctor`: everything that can be checked of one environment, on one page, and what could not be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.completing import environment_names
from cli.drift import SETTLE_SECONDS
from cli.results import write_result
from cli.verify.acting import acting

if TYPE_CHECKING:
    from cli.settings import Settings
    from cli.verify.acting import Acting
    from helpers.examination import Examination

_HELP = """Check everything there is to check of the environment NAME, and say what could not be checked and why.

\b
Parts, each of a verb of its own:
  declaration   the environment file                                        (check)
  certificates  what is wrong with them, and when they end                  (certificate expiry)
  outputs       what the deploy handed over, and whether it is of this file (outputs)
  drift         what is in Entra and was not deployed                       (drift)
  trust         the roots ISE needs, what Microsoft's hosts present, and what ISE trusts, where
                ISE_INTUNE_ISE_USER and ISE_INTUNE_ISE_PASSWORD are set    (trust, ise trust)
  chain         what is registered and consented to, and the way ISE goes: whole with --key or --probe (verify)

Signs in as `ise-intune drift` does. A part that fails spoils no other.

\b
Exit codes:
  0  all was checked, and all is well
  2  there is something to act on
  1  not everything could be checked

\b
Examples:
  ise-intune doctor production
  ise-intune doctor production --probe --yes --format html --output doctor.html
  ise-intune doctor production --outputs outputs.json --without drift
"""
_FORMATS = ("text", "markdown", "json", "html")
_OPTIONAL = ("drift", "trust", "chain")


@click.command(help=_HELP, short_help="Everything that can be checked, on one page.")
@click.argument("name", shell_complete=environment_names)
@acting
@click.option("--outputs", "source", type=click.Path(path_type=Path), help="Read the outputs from this file or folder.")
@click.option("--without", multiple=True, type=click.Choice(_OPTIONAL), help="Leave this part out; may be repeated.")
@click.option(
    "--settle",
    type=click.FloatRange(0, 600),
    default=SETTLE_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait before what has drifted is read once more.",
)
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write the result to this file.")
@click.pass_obj
def doctor(
    settings: Settings,
    name: str,
    *,
    acting: Acting,
    source: Path | None,
    without: tuple[str, ...],
    settle: float,
    form: str,
    output: Path | None,
) -> int:
    """Look at every part, print, and say by the exit code whether somebody has to act."""
    from cli.doctor.examining import Asked, examine
    from cli.rendering import exit_code, is_for_terminal

    examined = examine(settings, Asked(name, source, acting, frozenset(without), settle))
    write_result(render(examined, form, on_terminal=is_for_terminal(output)), output)
    return exit_code(examined.outcome)


def render(examined: Examination, form: str, *, on_terminal: bool = False) -> str:
    """Return what was found in one of the formats."""
    if form == "json":
        from cli.results import json_result
        from helpers.reports import json_doctor

        return json_result(
            json_doctor.doctor_object(examined),
            found=json_doctor.found_objects(examined),
            unchecked=json_doctor.unchecked_objects(examined),
        )
    from cli.rendering import rendered
    from helpers.reports.of_doctor import report_of

    return rendered(report_of(examined), form, on_terminal=on_terminal)
