"""What an interrupted deploy has made and what not: the state's addresses beside those of the synthesized stack."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_PATIENCE_SECONDS = 60
_GO_ON = "the same command goes on from here"


def accounts(folders: Iterable[Path]) -> Iterator[str]:
    """Yield a sentence for each stack's folder."""
    for folder in folders:
        there, declared = _in_state(folder), _declared(folder)
        if there is None:
            yield f"{folder.name}: the state could not be read; {_GO_ON}"
            continue
        missing = [address for address in declared if address not in there]
        yield f"{folder.name}: in the state: {_listed(there)}; not in it: {_listed(missing)}; {_GO_ON}"


def _in_state(folder: Path) -> list[str] | None:
    """Return the addresses of what is in the state, without what was only looked up; None where it does not say."""
    terraform = os.environ.get("TERRAFORM_BINARY_NAME") or "terraform"
    try:
        said = subprocess.run(
            [terraform, "state", "list"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if said.returncode:
        # Nothing was written yet: to Terraform that is an error.
        return [] if "No state file was found" in said.stderr else None
    return [line for line in said.stdout.splitlines() if not line.startswith("data.")]


def _declared(folder: Path) -> list[str]:
    try:
        stack = json.loads((folder / "cdk.tf.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [f"{kind}.{name}" for kind, resources in stack.get("resource", {}).items() for name in resources]


def _listed(addresses: Iterable[str]) -> str:
    return ", ".join(addresses) or "nothing"
