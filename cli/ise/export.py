"""`ise-intune ise export`: the certificates that ISE's nodes present, brought into an environment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.certificate.putting import put_certificate, say_remarks, say_same_key
from cli.completing import environment_names
from cli.exit_codes import COULD_NOT, FINE, FOUND
from cli.ise.connecting import Connection, connect, connected
from cli.ise.fetching import fetch
from cli.ise.target import read_target
from cli.progress import Count, saying_if_interrupted, shown
from cli.replacing import all_or_nothing
from cli.results import complain, json_result, say, write_result
from cli.tables import table
from helpers.certificates import remarks
from helpers.declaration.presenting import Change, left_behind, steps_to, unknown_nodes, with_steps
from helpers.declaration.revoking import revoked_in
from helpers.errors import InputError, ServiceError
from helpers.nearest import did_you_mean
from helpers.plain_text import one_line
from helpers.removal import removal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cli.certificate.editing import Sound
    from cli.settings import Settings
    from clients.ise_api import IseApi, Node
    from helpers.certificates import Remark
    from helpers.declaration.presenting import Presented, Step

_HELP = """Bring the certificate that each ISE node signs in with into the environment NAME.

ISE signs in to Entra with a node's Admin certificate. Of every node of the deployment the public part is fetched, never
a key: what is declared already stays; a node that presents another certificate gets an entry beside the old one, which
`certificate remove` takes out once nothing presents it. Comments and all other lines of the file stay. If one node
fails, nothing is changed; --node leaves it out.

To renew without an outage, generate the new certificate in ISE without ticking Admin, bring it with --friendly-name,
deploy, and only then tick Admin.

\b
Exit codes:
  0  the environment says what ISE's nodes present
  2  --dry-run found a difference, or a node presents an expired certificate
  1  it could not be told or done: nothing was changed

\b
Examples:
  ise-intune ise export production
  ise-intune ise export production --dry-run --format json
  ise-intune ise export production --node psn-01 --friendly-name "psn-01 until 2029"
"""
_COLUMNS = ("NODE", "ENTRY", "CHANGE", "COMMON NAME", "UNTIL", "SHA-1")
_LONGEST_NAME = 60
_NOTHING_CHANGED = "nothing was changed"
_NEW = {Change.ENTRY, Change.SUCCESSOR}
_Failure = tuple[str, ServiceError | InputError]


@dataclass(frozen=True)
class _Exported:
    """What one run came to. `failures` are by node; with any of them nothing was changed."""

    name: str
    dry_run: bool
    steps: tuple[Step, ...] = ()
    remarks: tuple[tuple[str, Remark], ...] = ()
    failures: tuple[_Failure, ...] = ()

    @property
    def exit_code(self) -> int:
        """2 wins over 1: an expired certificate is not hidden by a node that does not answer."""
        pending = self.dry_run and any(step.change is not Change.NOTHING for step in self.steps)
        if pending or any(remark.severity == "error" for _, remark in self.remarks):
            return FOUND
        return COULD_NOT if self.failures else FINE


@click.command(help=_HELP, short_help="Bring ISE's certificates into an environment.")
@click.argument("name", shell_complete=environment_names)
@connected
@click.option("--node", "wanted", multiple=True, metavar="NODE", help="Only this node. Repeatable.  [default: all]")
@click.option("--friendly-name", metavar="TEXT", default="", help="Not the Admin certificate, but the one called so.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write the result to this file.")
@click.pass_obj
def export(
    settings: Settings,
    *,
    name: str,
    api: str | None,
    ca: Path | None,
    insecure: bool,
    wanted: tuple[str, ...],
    friendly_name: str,
    dry_run: bool,
    form: str,
    output: Path | None,
) -> int:
    """Ask every node first; then change everything or nothing, and say what comes next."""
    target = read_target(settings, name)
    ise = connect(Connection(api, ca, insecure), target.address, file=target.path)
    known = ise.nodes()
    presented, failures = _fetched(settings, ise, _chosen(known, wanted), friendly_name)
    done = _Exported(name, dry_run, failures=tuple(failures))
    if not failures:
        sound = target.sound(presented)
        done = _brought(done, sound, presented, awaited=[each.entry for each in target.awaited])
        if not done.failures:
            _say_steps(settings, sound, done)
            _say_next(settings, sound, done, in_use=() if friendly_name else presented)
            _say_unknown(sound, [] if wanted else known)
    for node, error in done.failures:
        complain(f"error: {one_line(node)}: {error}")
    if done.failures:
        complain(f"{_NOTHING_CHANGED}; --node NODE asks only the nodes it names")
    write_result(_as_json(done) if form == "json" else table(_COLUMNS, list(_rows(done))), output)
    return done.exit_code


def _chosen(known: Sequence[Node], wanted: Sequence[str]) -> list[Node]:
    chosen = []
    for name in dict.fromkeys(wanted):
        node = next((each for each in known if name.lower() in {each.host.lower(), each.fqdn.lower()}), None)
        if node is None:
            remedy = did_you_mean(name, [each.host for each in known])
            raise InputError(f"--node {one_line(name)}", "is no node of this ISE deployment", remedy)
        chosen.append(node)
    return chosen or list(known)


def _fetched(
    settings: Settings, ise: IseApi, nodes: Sequence[Node], friendly_name: str
) -> tuple[list[Presented], list[_Failure]]:
    presented, failures = [], list[_Failure]()
    with saying_if_interrupted(lambda: _NOTHING_CHANGED), shown(settings) as show:
        for number, node in enumerate(nodes):
            show(Count("fetching the certificates of ISE's nodes", number, len(nodes)))
            try:
                presented.append(fetch(ise, node, friendly_name=friendly_name))
            except (ServiceError, InputError) as error:
                failures.append((node.host, error))
    return presented, failures


def _brought(done: _Exported, sound: Sound, presented: Sequence[Presented], *, awaited: Sequence[str]) -> _Exported:
    """Change what has to be changed, and return what became of it."""
    now = datetime.now(UTC)
    planned = steps_to(sound.declaration, presented, awaited=awaited, revoked=revoked_in(sound.beside), now=now)
    failures = tuple((_hosts(nodes), error) for nodes, error in planned.refused)
    if not failures and not done.dry_run and planned.changes:
        _write(sound, planned.changes)
    told = [("", remark) for nodes, _ in planned.refused for remark in remarks(nodes[0].certificate, now)]
    for step in planned.steps:
        source = f"the certificate of {_hosts(step.presented)}"
        told += [(step.entry, remark) for remark in say_remarks(step.certificate, now, source=source)]
        if step.change in _NEW:
            say_same_key(sound.declaration, step.certificate, source=source)
    shown = planned.steps if done.dry_run or not failures else ()
    return replace(done, steps=shown, remarks=tuple(told), failures=failures)


def _write(sound: Sound, steps: Sequence[Step]) -> None:
    edited = with_steps(sound.content, steps, called=str(sound.path))
    with all_or_nothing() as changes:
        for step in steps:
            if step.change is not Change.NODES:
                put_certificate(sound.folder, step.certificate, step.file, changes)
        if edited != sound.content:
            sound.replace(edited, changes)


def _hosts(nodes: Sequence[Presented]) -> str:
    return ", ".join(each.host for each in nodes)


def _say_steps(settings: Settings, sound: Sound, done: _Exported) -> None:
    would = "would be " if done.dry_run else ""
    for step in done.steps:
        who = one_line(", ".join(step.nodes))
        match step.change:
            case Change.FILE:
                say(settings, f"{sound.folder / step.file}: {would}written, for {who}")
            case Change.NODES:
                say(settings, f"{sound.path}: entry {step.entry} {would}made to be for {who}")
            case Change.ENTRY | Change.SUCCESSOR:
                say(settings, f"{sound.path}: entry {step.entry} {would}{step.change} for {who}")
    if all(step.change is Change.NOTHING for step in done.steps):
        say(settings, f"{sound.path}: declares what ISE's nodes present already; nothing to do")


def _say_next(settings: Settings, sound: Sound, done: _Exported, *, in_use: Sequence[Presented]) -> None:
    name = sound.declaration.name
    new = [step for step in done.steps if step.change in {*_NEW, Change.FILE}]
    for step in new:
        if in_use and step.beside:
            complain(
                f"warning: {step.entry} is in use on {_hosts(step.presented)} already, which cannot sign in to Entra "
                "until it is deployed: do so at once"
            )
        elif step.beside:
            say(settings, f"then: tick Admin for it in ISE on {_hosts(step.presented)}, and see it sign in")
    if new:
        say(settings, f"next: commit and deploy (`cdktf deploy {name}`)")
    for entry in left_behind(sound.declaration, in_use):
        say(settings, f"later: nothing presents {entry.name} any more; {removal(name, entry.name)}")


def _say_unknown(sound: Sound, known: Sequence[Node]) -> None:
    if known:
        for entry, node in unknown_nodes(sound.declaration, [(each.host, each.fqdn) for each in known]):
            complain(f"warning: entry {entry} is for node {one_line(node)}, which this ISE deployment does not list")


def _rows(done: _Exported) -> Iterator[tuple[str, ...]]:
    for step in done.steps:
        certificate = step.certificate
        name = one_line(certificate.common_name[:_LONGEST_NAME])
        for each in step.presented:
            yield (
                one_line(each.host),
                step.entry,
                f"{step.change}{' (dry run)' if done.dry_run and step.change is not Change.NOTHING else ''}",
                name,
                certificate.end_date[:10],
                certificate.sha1_hex,
            )


def _as_json(done: _Exported) -> str:
    pending = [step for step in done.steps if done.dry_run and step.change is not Change.NOTHING]
    nodes = [_as_object(step, each) for step in done.steps for each in step.presented]
    return json_result(
        {"environment": done.name, "dry_run": done.dry_run, "nodes": nodes},
        found=[
            *({"id": "environment-differs", "entry": step.entry, "change": step.change} for step in pending),
            *({**vars(remark), "entry": entry} for entry, remark in done.remarks),
        ],
        errors=[{"node": node, "error": str(error)} for node, error in done.failures],
    )


def _as_object(step: Step, presented: Presented) -> dict[str, Any]:
    certificate = step.certificate
    return {
        "node": presented.host,
        "fqdn": presented.fqdn,
        "entry": step.entry,
        "file": step.file,
        "change": step.change,
        "beside": list(step.beside),
        "common_name": certificate.common_name,
        "thumbprint_sha1": certificate.sha1_hex,
        "sha256": certificate.sha256_hex,
        "not_before": certificate.start_date,
        "not_after": certificate.end_date,
    }
