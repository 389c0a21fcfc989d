"""`ise-intune drift`: what is in Entra and was not deployed, who did it, and the way back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.completing import environment_names
from cli.gating import gated, policy_of
from cli.results import write_result

if TYPE_CHECKING:
    from cli.drift.sources import Outputs
    from cli.settings import Settings
    from helpers.drifting.drift import Drift

_HELP = """Hold what is in Entra against what was deployed and what is declared, and change nothing.

Terraform sees only what it manages. This reads Microsoft Graph itself: every certificate, client secret and federated
credential of both objects, owners, granted permissions and consents, directory roles, redirect URIs, and the rest of
where access can hide. Each difference says who did it and when, where the audit log can be read, and the way back.

The application is found by the outputs of its deploy: --outputs (a file of `cdktf deploy --outputs-file`, or a folder
with NAME.json), else Terraform's own where the stack was deployed from here, else `client_id` in the file. Signs in to
each environment's tenant with the ARM_* variables of a pipeline, AZURE_* of its own, or the Azure CLI.

\b
Formats:
  text        for a terminal
  markdown    for a comment or a chat
  json        for programs; docs/drift.schema.json describes it
  sarif       for code scanning, at the environment file
  html        one page, to read, print or keep
  prometheus  a textfile for node_exporter
  issue       title, body and state of an issue that closes itself

\b
Exit codes:
  0  everything was checked, and nothing differs that no exception covers
  2  something differs
  1  not everything could be checked, or something could not be done

\b
Examples:
  ise-intune drift
  ise-intune drift production --outputs outputs.json --deep
  terraform show -json plan.bin | ise-intune drift production --plan -
  ise-intune drift --format issue --output issue.json
  ise-intune drift --permissions
"""
_FORMATS = ("text", "markdown", "json", "sarif", "html", "prometheus", "issue")
SETTLE_SECONDS = 5.0


def _say_permissions(context: click.Context, _option: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 — click's
    """Print what the identity that looks needs at each level, and end."""
    if wanted and not context.resilient_parsing:
        from cli.drift.permissions import permissions_text

        write_result(permissions_text())
        context.exit()


@click.command(help=_HELP, short_help="What is in Entra and was not deployed.")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=environment_names)
@click.option("--outputs", "outputs", type=click.Path(path_type=Path), help="Outputs of deploys: a file or a folder.")
@click.option("--plan", "plans", multiple=True, metavar="FILE|-", help="Terraform's plan as JSON; may be repeated.")
@click.option("--deep", is_flag=True, help="Compare the bytes of certificates too: 150 requests a minute and tenant.")
@click.option(
    "--settle",
    type=click.FloatRange(0, 600),
    default=SETTLE_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait before what differs is read once more.",
)
@click.option(
    "--permissions",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_say_permissions,
    help="Say what the identity that looks needs, and do nothing else.",
)
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write the result to this file.")
@gated
@click.pass_obj
def drift(
    settings: Settings,
    *,
    names: tuple[str, ...],
    outputs: Path | None,
    plans: tuple[str, ...],
    deep: bool,
    settle: float,
    form: str,
    output: Path | None,
    gate: str | None,
    policy_file: Path | None,
) -> int:
    """Read, compare, print, and say by the exit code whether somebody has to act."""
    from cli.drift.sources import plans_of, read_declarations, read_sources
    from cli.drift.watching import Looking, watch
    from cli.plans import read_plans
    from cli.progress import advancing
    from cli.rendering import exit_code, is_for_terminal
    from helpers.drifting.assembling import assemble
    from helpers.reports.of_drift import outcome_of

    policy = policy_of(policy_file, gate)
    source = _outputs(settings, outputs)
    with advancing(settings) as advance:
        declarations, mistakes = read_declarations(settings.environments, names or settings.stacks, advance=advance)
        sources = read_sources(declarations, source, advance=advance)
    read, unread = read_plans(plans)
    planned, strange = plans_of(declarations, read)
    looking = Looking(source, deep=deep, settle=settle, cache=settings.root / ".cache" / "drift")
    watched = watch(sources, planned, looking, settings=settings)
    done = assemble(watched, now=datetime.now(UTC), policy=policy, deep=deep, errors=(*mistakes, *unread, *strange))
    on_terminal = is_for_terminal(output)
    write_result(render(done, form, now=datetime.now(UTC), on_terminal=on_terminal), output)
    return exit_code(outcome_of(done))


def _outputs(settings: Settings, path: Path | None) -> Outputs:
    from cli.drift.sources import OutputFiles, TerraformOutputs

    return OutputFiles(path) if path else TerraformOutputs(settings.root)


def render(done: Drift, form: str, *, now: datetime, on_terminal: bool = False) -> str:
    """Return what drifted in one of the formats. `now` (aware) is when the run ended."""
    if form == "json":
        return _as_json(done)
    if form == "prometheus":
        from helpers.reports.drift_metrics import drift_metrics

        return drift_metrics(done, now)
    from cli.rendering import rendered
    from helpers.reports.of_drift import report_of

    return rendered(report_of(done, lasting=form == "issue"), form, on_terminal=on_terminal)


def _as_json(done: Drift) -> str:
    from cli.results import json_result
    from helpers.reports import json_drift

    return json_result(
        json_drift.drift_object(done),
        found=json_drift.found_objects(done),
        unchecked=json_drift.unchecked_objects(done),
        errors=json_drift.error_objects(done),
    )
