"""`ise-intune trust`: the roots ISE needs, what a deployment has of them, and what Microsoft's hosts serve now."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.exit_codes import COULD_NOT, FINE, FOUND
from cli.findings import say_trust_findings
from cli.results import complain, json_result, json_text, say, write_result
from cli.tables import table
from helpers.clouds import CLOUDS
from helpers.errors import InputError, ServiceError
from helpers.findings import GATE
from helpers.plain_text import one_line
from helpers.trust_roots import (
    FORMER_ROOTS,
    bundle,
    coverage,
    coverage_findings,
    import_payload,
    judge,
    missing,
    read_installed,
    roots,
)
from helpers.trust_roots.installed import LARGEST_INPUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cli.settings import Settings
    from helpers.trust_roots import Coverage, Installed, Listed, Root, TrustFinding

_HELP = """Show the roots that ISE must trust to ask Microsoft's services, and hold them against what is.

They are taken by fingerprint from the `certifi` package. With --installed, which of them a deployment lacks, and which
public root it trusts for more than it should; pem and ise then hold only what is missing. With --probe, what
Microsoft's hosts present to this machine now, and whether the roots cover it: HTTPS_PROXY is used where it is set.

\b
Formats:
  text  a table, and what was found
  json  the same for programs
  pem   the roots in one PEM file
  ise   a list of bodies for POST /api/v1/certs/trusted-certificate/import, safely set

\b
Exit codes:
  0  fine
  2  a root is missing, has expired or is dangerously trusted, or a host is not covered
  1  not everything could be told (2 wins when both happened)

\b
Examples:
  ise-intune trust --format pem --output roots.pem
  ise-intune trust --installed trusted-certificates.json
  ise-intune trust --probe --cloud usgovernmentl4
"""
_STANDARD_INPUT = "-"
_FORMATS = ("text", "json", "pem", "ise")
_COLUMNS = ("ROOT", "NEEDED", "INSTALLED", "EXPIRES", "SHA-256")
_HOST_COLUMNS = ("HOST", "PRESENTS", "BELOW", "COVERED BY")
_COMPLIANCE_SERVICE = "the compliance service's own host, which only service discovery names"


@dataclass(frozen=True)
class _Told:
    """What one run found out. `unchecked` are things nobody could tell, each with why.

    `lacking` are all roots where they were not `compared` with a whole list.
    """

    now: datetime
    lacking: tuple[Root, ...]
    compared: bool
    covered: tuple[Coverage, ...]
    found: tuple[TrustFinding, ...]
    unchecked: tuple[tuple[str, str], ...]
    errors: tuple[InputError | ServiceError, ...]


@click.command(help=_HELP, short_help="The roots ISE needs, and whether they suffice.")
@click.option("--installed", "files", multiple=True, metavar="FILE|-", help="What a deployment trusts; repeatable.")
@click.option("--probe", is_flag=True, help="Read what the cloud's hosts present now.")
@click.option("--cloud", type=click.Choice(tuple(CLOUDS)), default="global", show_default=True, help="Whose hosts.")
@click.option("--host", "hosts", multiple=True, metavar="NAME", help="Probe this host too; repeatable.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True, help="How to show.")
@click.option("--output", type=click.Path(path_type=Path), help="Write the result to this file.")
@click.pass_obj
def trust(
    settings: Settings,
    *,
    files: tuple[str, ...],
    probe: bool,
    cloud: str,
    hosts: tuple[str, ...],
    form: str,
    output: Path | None,
) -> int:
    """Find out what was asked for, and show it."""
    wanted = (*(CLOUDS[cloud].hosts if probe else ()), *hosts)
    told = _told(files, tuple(dict.fromkeys(wanted)))
    write_result(_rendered(told, form), output)
    if form != "json":
        _say(settings, told)
        if probe:
            say(settings, f"not probed: {_COMPLIANCE_SERVICE}")
    if any(finding.severity >= GATE for finding in told.found):
        return FOUND
    return COULD_NOT if told.unchecked or told.errors else FINE


def _told(files: Sequence[str], hosts: Sequence[str]) -> _Told:
    now = datetime.now(UTC)
    listed, errors = _read(files)
    installed = tuple(each for one in listed for each in one.installed)
    # Of pages of one list the last says that it is the last.
    complete = any(one.complete for one in listed)
    judged = judge(installed, now, complete=complete) if listed else ()
    covered, silent = _probed(hosts, now)
    return _Told(
        now,
        lacking=missing(installed) if listed else roots(),
        covered=covered,
        found=(*judged, *coverage_findings(covered)),
        compared=complete,
        unchecked=tuple(_not_told(installed, complete=complete or not listed)),
        errors=(*errors, *silent),
    )


def _read(files: Sequence[str]) -> tuple[list[Listed], list[InputError]]:
    listed: list[Listed] = []
    errors: list[InputError] = []
    for file in dict.fromkeys(files):
        try:
            listed.append(read_installed(_content(file), name="standard input" if file == _STANDARD_INPUT else file))
        except InputError as error:
            errors.append(error)
    return listed, errors


def _content(file: str) -> bytes:
    try:
        if file == _STANDARD_INPUT:
            return sys.stdin.buffer.read(LARGEST_INPUT + 1) if sys.stdin else b""
        with Path(file).open("rb") as stream:
            return stream.read(LARGEST_INPUT + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it has no valid name"
        raise InputError(file, f"cannot be read ({reason})", "check its path") from None


def _not_told(installed: Sequence[Installed], *, complete: bool) -> Iterator[tuple[str, str]]:
    if not complete:
        yield (
            "which roots are missing",
            "this is a page of a longer list: give the others too (nextPage, or size=100)",
        )
    if any(each.trusted_for is None for each in installed):
        yield (
            "trust settings",
            "no certificate carries them: give what GET /api/v1/certs/trusted-certificate answers",
        )


def _probed(hosts: Sequence[str], now: datetime) -> tuple[tuple[Coverage, ...], Sequence[ServiceError]]:
    if not hosts:
        return (), ()
    from clients.tls_chain import presented_chains

    chains, errors = presented_chains(hosts)
    return tuple(coverage(chain, roots(), now) for chain in chains), errors


def _rendered(told: _Told, form: str) -> str:
    match form:
        case "pem":
            return bundle(told.lacking)
        case "ise":
            return json_text([import_payload(root) for root in told.lacking])
        case "json":
            return _as_json(told)
    shown = table(_COLUMNS, [_row(root, told) for root in roots()])
    shown += "\nNo longer needed:\n" + "".join(f"  {each.name}: {each.until}\n" for each in FORMER_ROOTS)
    if told.covered:
        shown += "\n" + table(_HOST_COLUMNS, [_host_row(each) for each in told.covered])
    return shown


def _row(root: Root, told: _Told) -> tuple[str, ...]:
    installed = "-" if not told.compared else "NO" if root in told.lacking else "yes"
    return root.name, root.purpose, installed, root.certificate.end_date[:10], root.sha256


def _host_row(covered: Coverage) -> tuple[str, ...]:
    presents = one_line(covered.presented[0]) if covered.presented else "-"
    return covered.host, presents, one_line(covered.below), covered.root.name if covered.root else "NONE"


def _as_json(told: _Told) -> str:
    content: dict[str, Any] = {
        "roots": [_as_object(root, told) for root in roots()],
        "former_roots": [vars(each) for each in FORMER_ROOTS],
        "hosts": [
            {
                "host": each.host,
                "presented": list(each.presented),
                "below": each.below,
                "covered_by": each.root.name if each.root else None,
            }
            for each in told.covered
        ],
    }
    return json_result(
        content,
        found=[{**vars(finding), "severity": str(finding.severity)} for finding in told.found],
        unchecked=[{"what": what, "why": why} for what, why in told.unchecked],
        errors=[_error_object(error) for error in told.errors],
    )


def _as_object(root: Root, told: _Told) -> dict[str, Any]:
    certificate = root.certificate
    return {
        "name": root.name,
        "purpose": root.purpose,
        "sha256": root.sha256,
        "thumbprint_sha1": certificate.sha1_hex,
        "not_after": certificate.end_date,
        "installed": root not in told.lacking if told.compared else None,
        "pem": certificate.pem,
    }


def _error_object(error: InputError | ServiceError) -> dict[str, str]:
    subject = error.subject if isinstance(error, InputError) else error.service
    return {"subject": subject, "cause": error.cause, "remedy": error.remedy}


def _say(settings: Settings, told: _Told) -> None:
    say_trust_findings(settings, told.found)
    for what, why in told.unchecked:
        complain(f"not checked: {what}: {why}")
    for error in told.errors:
        complain(f"error: {error}")
