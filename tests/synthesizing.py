"""Stacks for tests: synthesized in this process, read back as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stacks.synthesis import synthesize

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.declaration.declaration import Declaration


def synthesized(declaration: Declaration, output: Path, *, commit: str | None = None) -> dict[str, Any]:
    """Return the Terraform JSON of one declaration's stack, written below `output`."""
    synthesize([declaration], output=output, root=output.parent, commit=commit)
    document: dict[str, Any] = json.loads(stack_file(output, declaration.name).read_text(encoding="utf-8"))
    return document


def stack_file(output: Path, name: str) -> Path:
    """Return where the Terraform JSON of a stack stands."""
    return output / "stacks" / name / "cdk.tf.json"


def resources(document: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Return a stack's resources of one type, by the name in their address."""
    found: dict[str, dict[str, Any]] = document.get("resource", {}).get(kind, {})
    return found


def addresses(document: dict[str, Any]) -> list[str]:
    """Return the address of every resource and data source, sorted."""
    managed = [f"{kind}.{name}" for kind, named in document.get("resource", {}).items() for name in named]
    looked_up = [f"data.{kind}.{name}" for kind, named in document.get("data", {}).items() for name in named]
    return sorted(managed + looked_up)
