"""`ise-intune certificate show`: what is in a node's certificate, in every form that someone wants it in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.exit_codes import COULD_NOT, FINE, FOUND
from cli.results import complain, json_result, json_text, write_result
from cli.settings import Settings
from helpers.errors import InputError
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from helpers.certificates.showing import Shown

_FORMATS = ("text", "json", "pem", "value", "manifest", "manifest-graph")

_SHOW_HELP = """Show the certificate in each FILE; - is standard input.

Takes what people export: PEM, DER, base64, the ZIP that ISE's API answers with, PKCS #7 (.p7b), or an entry of the
application's manifest. A private key anywhere in a file is refused.

\b
Formats:
  text            every form at a glance, and what there is to say about it
  json            the same for programs
  pem             PEM text
  value           base64 of the DER on one line, alone
  manifest        the keyCredentials entry with value, as in the article of 2016
  manifest-graph  the same with key, as in Microsoft Graph's manifest

\b
Exit codes:
  0  shown
  2  shown, and expired
  1  a file was refused (2 wins when both happened)

\b
Examples:
  ise-intune certificate show psn-01.zip
  ise-intune certificate show --format value psn-01.pem
  ise-intune certificate show --format json exports/*.zip --output certificates.json
"""


@click.command(help=_SHOW_HELP, short_help="Show a certificate and all its forms.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True, help="How to show.")
@click.option("--output", type=click.Path(path_type=Path), help="Write to this file instead of standard output.")
@click.option(
    "--max-lifetime-days",
    type=click.IntRange(min=1),
    metavar="DAYS",
    help="Warn about a certificate that lives longer: what the tenant's app management policy allows.",
)
@click.pass_context
def show(
    context: click.Context, files: tuple[str, ...], *, form: str, output: Path | None, max_lifetime_days: int | None
) -> None:
    """Read, judge, print; the files that can be shown are shown even when others are refused."""
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    shown, refused = _read_all(files, now, max_lifetime_days)
    for error in refused:
        complain(f"error: {error}")
    if form not in ("text", "json"):
        _say_remarks(shown, quiet=isinstance(context.obj, Settings) and context.obj.verbosity < 0)
    if shown or form == "json":
        _require_not_an_input(output, files)
        write_result(_rendered(form, shown, refused, now), output)
    context.exit(_exit_code(shown, refused))


def _read_all(
    files: Sequence[str], now: datetime, max_lifetime_days: int | None
) -> tuple[list[Shown], list[InputError]]:
    from cli.certificate.inputs import read_input
    from helpers.certificates import remarks
    from helpers.certificates.showing import Shown

    shown: list[Shown] = []
    refused: list[InputError] = []
    for file in dict.fromkeys(files):
        try:
            name, read = read_input(file)
        except InputError as error:
            refused.append(error)
        else:
            shown.append(Shown(name, read, remarks(read, now, max_lifetime_days=max_lifetime_days)))
    return shown, refused


def _rendered(form: str, shown: Sequence[Shown], refused: Sequence[InputError], now: datetime) -> str:
    from helpers.certificates.showing import as_text

    certificates = [each.certificate for each in shown]
    if form == "json":
        return _as_json(shown, refused, now)
    if form == "pem":
        return "".join(each.pem for each in certificates)
    if form == "value":
        return "".join(each.value + "\n" for each in certificates)
    if form == "text":
        return "\n".join(as_text(each, now) for each in shown)
    entries = [each.manifest_entry("key" if form == "manifest-graph" else "value") for each in certificates]
    return json_text(entries[0] if len(entries) == 1 else entries)


def _as_json(shown: Sequence[Shown], refused: Sequence[InputError], now: datetime) -> str:
    from helpers.certificates.showing import as_object, found_in, unchecked_in

    return json_result(
        {"certificates": [as_object(each, now) for each in shown]},
        found=[item for each in shown for item in found_in(each)],
        unchecked=[item for each in shown for item in unchecked_in(each)],
        errors=[{"subject": error.subject, "cause": error.cause, "remedy": error.remedy} for error in refused],
    )


def _require_not_an_input(output: Path | None, files: Sequence[str]) -> None:
    if output and output.exists() and any(Path(file).exists() and output.samefile(file) for file in files):
        raise InputError(one_line(str(output)), "is one of the files to show", "write to another file")


def _say_remarks(shown: Sequence[Shown], *, quiet: bool) -> None:
    for each in shown:
        for remark in each.remarks:
            if remark.severity == "error" or not quiet:
                complain(f"{remark.severity}: {one_line(each.name)}: {remark.what}; {remark.remedy}")


def _exit_code(shown: Sequence[Shown], refused: Sequence[InputError]) -> int:
    if any(remark.severity == "error" for each in shown for remark in each.remarks):
        return FOUND
    return COULD_NOT if refused else FINE
