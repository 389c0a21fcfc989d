"""`ise-intune ise trust`: the roots that ISE lacks, imported; what it trusts too much, told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.completing import environment_names
from cli.exit_codes import COULD_NOT, FINE, FOUND
from cli.findings import say_trust_findings
from cli.ise.connecting import Connection, connect, connected
from cli.ise.target import read_target
from cli.progress import Count, saying_if_interrupted, shown
from cli.results import complain, json_result, say, write_result
from cli.tables import table
from helpers.errors import ServiceError
from helpers.findings import GATE
from helpers.trust_roots import import_payload, judge, missing, roots

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cli.settings import Settings
    from clients.ise_api import IseApi
    from helpers.trust_roots import Installed, Root, TrustFinding

_HELP = """Import the roots that ISE needs to ask Microsoft's services, where the deployment of NAME lacks them.

They are those of `ise-intune trust`, trusted for authentication within ISE and for nothing else: never for client
authentication, by which whoever has a certificate below a public root could pass for a device. What ISE has already is
left alone, and what it trusts too much is told: only a person can say what else relies on it.

\b
Exit codes:
  0  ISE trusts what it needs, and no public root for more
  2  a root is dangerously trusted, has expired, or is disabled; with --dry-run, one is missing
  1  it could not be told or done (2 wins when both happened)

\b
Examples:
  ise-intune ise trust production --dry-run
  ise-intune ise trust production --ca company-ca.pem
"""
_COLUMNS = ("ROOT", "NEEDED", "ISE", "EXPIRES", "SHA-256")
_THERE, _DISABLED, _IMPORTED, _MISSING, _FAILED = "there", "disabled", "imported", "missing", "not imported"


@dataclass(frozen=True)
class _Trusted:
    """What one run came to: each root's state, what is wrong with what ISE trusts now, which imports failed."""

    name: str
    dry_run: bool
    states: dict[str, str]
    found: tuple[TrustFinding, ...]
    failures: tuple[tuple[str, ServiceError], ...]

    @property
    def exit_code(self) -> int:
        """2 wins over 1."""
        if any(finding.severity >= GATE for finding in self.found):
            return FOUND
        return COULD_NOT if self.failures else FINE


@click.command(help=_HELP, short_help="Import the roots that ISE lacks.")
@click.argument("name", shell_complete=environment_names)
@connected
@click.option("--dry-run", is_flag=True, help="Say what would be imported, and import nothing.")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write the result to this file.")
@click.pass_obj
def trust(
    settings: Settings,
    *,
    name: str,
    api: str | None,
    ca: Path | None,
    insecure: bool,
    dry_run: bool,
    form: str,
    output: Path | None,
) -> int:
    """Look first, import what is missing, look again."""
    target = read_target(settings, name)
    ise = connect(Connection(api, ca, insecure), target.address, file=target.path)
    done = _trusted(settings, ise, name, dry_run=dry_run)
    write_result(_as_json(done) if form == "json" else _as_text(done), output)
    _say(settings, done)
    return done.exit_code


def _trusted(settings: Settings, ise: IseApi, name: str, *, dry_run: bool) -> _Trusted:
    installed = ise.trusted_certificates()
    states = _states_of(installed)
    if dry_run:
        return _Trusted(name, dry_run, states, judge(installed, datetime.now(UTC)), ())
    wanted = [root for root in missing(installed) if states[root.sha256] == _MISSING]
    failures = []
    with saying_if_interrupted(lambda: _how_far(states)), shown(settings) as show:
        for number, root in enumerate(wanted):
            show(Count("importing roots", number, len(wanted)))
            try:
                states[root.sha256] = _IMPORTED if ise.import_trusted(import_payload(root)) else _THERE
            except ServiceError as error:
                states[root.sha256] = _FAILED
                failures.append((root.name, error))
    if not wanted:
        return _Trusted(name, dry_run, states, judge(installed, datetime.now(UTC)), ())
    # What was imported is judged as ISE lists it now, not as it was asked for.
    complete = True
    try:
        installed = ise.trusted_certificates()
    except ServiceError as error:
        complete = False
        failures.append(("what ISE trusts after the import", error))
    return _Trusted(name, dry_run, states, judge(installed, datetime.now(UTC), complete=complete), tuple(failures))


def _how_far(states: Mapping[str, str]) -> str:
    """Return what is imported and what perhaps is not: an answer that nobody waited for may have been a yes."""
    done = ", ".join(_in_state(states, _IMPORTED)) or "nothing"
    return f"imported: {done}; not, or not for sure: {', '.join(_in_state(states, _MISSING))}; the same command goes on"


def _in_state(states: Mapping[str, str], state: str) -> list[str]:
    return [root.name for root in roots() if states[root.sha256] == state]


def _states_of(installed: Sequence[Installed]) -> dict[str, str]:
    enabled = {each.sha256: each.enabled is not False for each in installed}
    return {
        root.sha256: _MISSING if root.sha256 not in enabled else _THERE if enabled[root.sha256] else _DISABLED
        for root in roots()
    }


def _as_text(done: _Trusted) -> str:
    return table(_COLUMNS, [_row(root, done.states[root.sha256]) for root in roots()])


def _row(root: Root, state: str) -> tuple[str, ...]:
    return root.name, root.purpose, state, root.certificate.end_date[:10], root.sha256


def _as_json(done: _Trusted) -> str:
    shown = [
        {"name": root.name, "purpose": root.purpose, "sha256": root.sha256, "state": done.states[root.sha256]}
        for root in roots()
    ]
    return json_result(
        {"environment": done.name, "dry_run": done.dry_run, "roots": shown},
        found=[{**vars(finding), "severity": str(finding.severity)} for finding in done.found],
        errors=[{"root": name, "error": str(error)} for name, error in done.failures],
    )


def _say(settings: Settings, done: _Trusted) -> None:
    say_trust_findings(settings, done.found)
    for name, error in done.failures:
        complain(f"error: {name}: {error}")
    imported, lacking = (_in_state(done.states, state) for state in (_IMPORTED, _MISSING))
    if imported:
        say(settings, f"imported: {', '.join(imported)}")
    if done.dry_run and lacking:
        say(settings, f"would be imported: {', '.join(lacking)}")
    if not imported and not lacking and not done.failures:
        say(settings, "nothing to import")
