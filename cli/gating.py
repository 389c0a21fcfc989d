"""The options that say from where on a finding counts, for every verb that finds something."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helpers.findings import Severity
from helpers.rules.policy import Policy, read_policy

if TYPE_CHECKING:
    from collections.abc import Callable


def gated(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --gate and --policy, given to the command as `gate` and `policy_file`."""
    severities = click.Choice([str(each) for each in Severity])
    gate = click.option("--gate", type=severities, help="Findings count from here on. Default: the policy's.")
    policy = click.option(
        "--policy", "policy_file", type=click.Path(path_type=Path), help="The team's severities and gate."
    )
    return gate(policy(command))


def policy_of(file: Path | None, gate: str | None) -> Policy:
    """Return the policy of a file, or the default one; a gate on the command line wins. Raises `DeclarationErrors`."""
    from helpers.rules.registry import rule_ids

    policy = read_policy(file, rules=rule_ids()) if file else Policy()
    return replace(policy, gate=Severity[gate.upper()]) if gate else policy
