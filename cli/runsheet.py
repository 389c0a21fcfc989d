"""`ise-intune runsheet`: what ISE's administrator types, imports and checks, on one sheet."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.completing import environment_names
from cli.declarations import declaration_of
from cli.exit_codes import FINE, FOUND
from cli.outputs import read_stack
from cli.results import complain, json_result, write_result
from helpers.plain_text import one_line
from helpers.runsheet.json_form import as_object, found_in
from helpers.runsheet.making import run_sheet

if TYPE_CHECKING:
    from cli.settings import Settings
    from helpers.runsheet.sheet import RunSheet

_HELP = """Print the run sheet of the stack NAME: ISE's form filled in, certificates, trust roots, what to check.

Needs the stack's outputs alone: --outputs, the file that `cdktf deploy --outputs-file` wrote, or a folder with
NAME.json; else those of the stack deployed from here. Where the environment file is here too, its ISE release counts,
and what is not deployed yet is said.

\b
Formats:
  text      to read and to print
  markdown  task lists for an issue or a wiki
  json      for programs; docs/runsheet.schema.json describes it
  html      one page to work from: copies values, remembers ticks, prints on A4

\b
Exit codes:
  0  printed
  2  printed, and a node has no certificate that is valid now, or none is registered
  1  the ISE release cannot work, or there are no outputs that can be relied on

\b
Examples:
  ise-intune runsheet production
  ise-intune runsheet production --outputs outputs.json --format html --output runsheet.html
"""
_FORMATS = ("text", "markdown", "json", "html")


@click.command(help=_HELP, short_help="What ISE's administrator types and checks.")
@click.argument("name", shell_complete=environment_names)
@click.option("--outputs", "source", type=click.Path(path_type=Path), help="Read them from this file or folder.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True, help="How to show.")
@click.option("--output", type=click.Path(path_type=Path), help="Write the sheet to this file.")
@click.pass_obj
def runsheet(settings: Settings, name: str, *, source: Path | None, form: str, output: Path | None) -> int:
    """Make the sheet, print it, and say what is wrong with it."""
    outputs, named = read_stack(settings, name, source)
    sheet = run_sheet(name, outputs, source=named, now=datetime.now(UTC), declaration=declaration_of(settings, name))
    write_result(rendered(sheet, form), output)
    found = found_in(sheet)
    if form != "json":
        for each in found:
            complain(
                one_line(f"{each['severity']}: {each['subject']}: {each['what']}; {each['remedy']} [{each['id']}]")
            )
    return FOUND if found else FINE


def rendered(sheet: RunSheet, form: str) -> str:
    """Return a run sheet as text, markdown, json or html; each renderer is imported when it is asked for."""
    match form:
        case "json":
            return json_result({"run_sheet": as_object(sheet)}, found=found_in(sheet))
        case "markdown":
            from helpers.runsheet.markdown import as_markdown

            return as_markdown(sheet)
        case "html":
            from helpers.runsheet.html import as_html

            return as_html(sheet)
    from helpers.runsheet.text import as_text

    return as_text(sheet)
