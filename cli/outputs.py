"""`ise-intune outputs`: what a deploy handed over, under the labels of ISE's form."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.completing import environment_names
from cli.results import json_result, write_result
from clients.terraform import output_json, stack_folder
from helpers.declaration.folder import environment_files
from helpers.ise_form import FIELD_LABELS
from helpers.nearest import did_you_mean
from helpers.outputs import read_outputs, read_outputs_file
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from cli.settings import Settings
    from helpers.outputs import StackOutputs

_HELP = """Show what the stack NAME handed over: the values of ISE's form, the certificates, the consent page.

Reads `terraform output` of the stack deployed from here, or --outputs: the file that `cdktf deploy --outputs-file`
wrote, or a folder with NAME.json.

\b
Examples:
  ise-intune outputs production
  ise-intune outputs production --outputs outputs.json --format json
"""


@click.command(help=_HELP, short_help="Show a stack's outputs: ISE's form filled in.")
@click.argument("name", shell_complete=environment_names)
@click.option("--outputs", "source", type=click.Path(path_type=Path), help="Read them from this file or folder.")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write the result to this file.")
@click.pass_obj
def outputs(settings: Settings, name: str, *, source: Path | None, form: str, output: Path | None) -> None:
    """Read the outputs, and print them for a person or a program."""
    read, _ = read_stack(settings, name, source)
    write_result(json_result({"stack": name, "outputs": asdict(read)}) if form == "json" else _as_text(read), output)


def read_stack(settings: Settings, name: str, source: Path | None) -> tuple[StackOutputs, str]:
    """Return a stack's outputs, from `source` or else Terraform, and what messages call the place they are from.

    Raises `InputError`, or what `output_json` raises.
    """
    if source is not None:
        return read_outputs_file(source, stack=name), str(source)
    text = output_json(stack_folder(settings.root, name), elsewhere=_elsewhere(settings, name))
    named = f"outputs of {name}"
    return read_outputs(text, stack=name, name=named), named


def _elsewhere(settings: Settings, name: str) -> str:
    """Return what to do where the stack was not synthesized: look into the sandbox, or name another; else nothing."""
    if (settings.root / ".sandbox" / "cdktf.out" / "stacks" / name).is_dir():
        return f"the sandbox has one: ise-intune sandbox run -- ise-intune outputs {name}"
    known = environment_files(settings.environments) if settings.environments.is_dir() else {}
    return f"it is no environment: {did_you_mean(name, known)}" if known and name not in known else ""


def _as_text(outputs: StackOutputs) -> str:
    lines = ["ISE: Administration > Network Resources > External MDM > Add"]
    fields = {label: outputs.ise_settings[label] for label in FIELD_LABELS if label in outputs.ise_settings}
    lines += _aligned(fields)
    lines += ["", "Certificates registered: the node's Admin certificate must be one of these"]
    for entry, certificate in outputs.certificates.items():
        lines += [
            f"  {entry}: {certificate.common_name}, valid to {certificate.not_after}",
            f"    SHA-1 {certificate.thumbprint_sha1}",
        ]
    lines += ["", "Entra", *_aligned(_entra(outputs))]
    return "".join(f"{one_line(line)}\n" for line in lines)


def _entra(outputs: StackOutputs) -> dict[str, str]:
    return {
        "Tenant": outputs.tenant_id,
        "Application": f"{outputs.application_object_id} (object id)",
        "Admin consent": outputs.admin_consent_url,
    }


def _aligned(rows: dict[str, str]) -> list[str]:
    width = max((len(label) for label in rows), default=0)
    return [f"  {label:<{width}}  {value}" for label, value in rows.items()]
