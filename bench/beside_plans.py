"""`ise-intune drift` beside `terraform plan`: the same stacks, the unmodified provider, the same sandbox as late.

One stack is deployed by Terraform. The states of the others follow from its state by what differs, and what they made
is put into the sandbox: a plan that wants to change anything, or fails, ends the bench.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from bench.drift import fleet, look
from bench.measuring import ROOT, Failed, Figure
from sandbox.identities import DEPLOYER
from sandbox.provider_choice import MIRROR_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bench.fleet import Fleet
    from helpers.declaration.declaration import Declaration
    from tests.deployments import Deployment

_LEAST = 20
_AT_A_TIME = 2
_CHANGES_NOTHING = 0


def measured(count: int) -> Iterator[Figure]:
    """Yield how long plans of so many stacks take, as a multiple of one look at the same environments."""
    what = f"terraform plan, {count} stacks / ise-intune drift"
    if not os.environ.get(MIRROR_VARIABLE):
        yield Figure(what, None, 0, f"not measured: {MIRROR_VARIABLE} names no mirror of the real provider")
        return
    with fleet() as made:
        declarations = made.declare(count)
        pattern = _deployed(made, declarations[0])
        made.sandbox.store.unlink()
        _write_states(made, pattern, made.fill(declarations))
        plans = _planned(made, declarations)
        with made.entered() as environment:
            looks = [look(made, environment) for _ in range(3)]
    ours = statistics.median(each.run.wall for each in looks)
    times = plans / ours
    shown = f"{times:.0f} times ({plans:.0f} s, two at a time / {ours:.1f} s), at least {_LEAST} times"
    yield Figure(what, _LEAST / times, 1.0, shown)


def _deployed(made: Fleet, declaration: Declaration) -> dict[str, Any]:
    """Synthesize every stack, deploy one, and return its state."""
    with made.entered(DEPLOYER, provider="mirror") as environment:
        _done([sys.executable, "main.py"], ROOT, environment)
        _terraform(made, declaration, environment, "init", "-input=false")
        _terraform(made, declaration, environment, "apply", "-input=false", "-auto-approve")
    state: dict[str, Any] = json.loads(_state(made, declaration).read_text(encoding="utf-8"))
    return state


def _write_states(made: Fleet, pattern: Mapping[str, Any], deployments: list[Deployment]) -> None:
    """Write the state of every deployment: the pattern, with the texts that are another's put in place of its own."""
    (ids,) = (each["instances"][0]["attributes"] for each in _resources(pattern, "azuread_application"))
    (principal,) = (each["instances"][0]["attributes"] for each in _resources(pattern, "azuread_service_principal"))
    own = [ids["client_id"], ids["object_id"], principal["object_id"], *_texts(deployments[0].declaration)]
    for each in deployments:
        text = json.dumps(pattern["resources"])
        others = [each.client_id, each.application, each.service_principal, *_texts(each.declaration)]
        for old, new in zip(own, others, strict=True):
            text = text.replace(json.dumps(old)[1:-1], json.dumps(new)[1:-1])
        outputs = {name: {**pattern["outputs"][name], "value": value} for name, value in each.outputs.items()}
        state = {**pattern, "outputs": outputs, "resources": json.loads(text)}
        _state(made, each.declaration).write_text(json.dumps(state), encoding="utf-8")


def _texts(declaration: Declaration) -> Iterator[str]:
    """Yield what is in a state of one declaration's alone."""
    yield declaration.name
    for entry in declaration.certificates:
        yield entry.certificate.pem
        yield entry.key_id


def _resources(state: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each for each in state["resources"] if each["type"] == kind and each["mode"] == "managed"]


def _planned(made: Fleet, declarations: list[Declaration]) -> float:
    """Plan every stack, and return the seconds it took; that each is initialized before is not counted."""
    with made.entered(DEPLOYER, provider="mirror") as environment, ThreadPoolExecutor(_AT_A_TIME) as pool:

        def each(*arguments: str) -> float:
            started = time.perf_counter()
            list(pool.map(lambda one: _terraform(made, one, environment, *arguments), declarations))
            return time.perf_counter() - started

        each("init", "-input=false")
        return each("plan", "-input=false", "-detailed-exitcode")


def _terraform(made: Fleet, declaration: Declaration, environment: Mapping[str, str], *arguments: str) -> None:
    """Run Terraform in a stack's folder. With `-detailed-exitcode` only a plan that changes nothing ends with 0."""
    program = shutil.which("terraform", path=environment["PATH"]) or "terraform"
    _done([program, *arguments], made.sandbox.output / "stacks" / declaration.name, environment)


def _done(command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != _CHANGES_NOTHING:
        said = f"{done.stdout.strip()[-500:]}\n{done.stderr.strip()[-500:]}"
        raise Failed(f"{' '.join(command)} in {folder} ended with {done.returncode}: {said}")


def _state(made: Fleet, declaration: Declaration) -> Path:
    return made.sandbox.path / "state" / f"{declaration.name}.tfstate"
