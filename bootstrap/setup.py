"""Take the steps that are not done yet, and say how long each took."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from bootstrap import terraform
from bootstrap.environment import run_environment
from bootstrap.exclusion import alone
from bootstrap.machine import require_room, require_supported, require_venv, this_machine
from bootstrap.programs import Runner
from bootstrap.steps import Plan

if TYPE_CHECKING:
    from bootstrap.layout import Layout
    from bootstrap.machine import Machine
    from bootstrap.steps import Step


def set_up(layout: Layout) -> None:
    """Bring the project's folder to where every program of it runs; a second time there is nothing to do."""
    started = time.monotonic()
    machine = this_machine()
    require_supported(machine)
    with alone(layout.root, tell) as held:
        plan = make_plan(layout, machine, held)
        due = [step for step in plan.steps() if not step.done]
        if not due:
            return
        require_venv(sys.executable)
        require_room(layout.root, sum(step.megabytes for step in due))
        for step in plan.steps():
            # Looked at again one by one: making the environment anew undoes all that was in it.
            if not step.done:
                take(step)
    tell(f"set-up: done in {time.monotonic() - started:.1f} s")


def set_up_for_slow_tests(layout: Layout) -> None:
    """Install what they need besides, once; the rest is there already."""
    with alone(layout.root, tell) as held:
        step = make_plan(layout, this_machine(), held).azurite()
        if not step.done:
            require_room(layout.root, step.megabytes)
            take(step)


def make_plan(layout: Layout, machine: Machine, held: int) -> Plan:
    """Look for Terraform, the one thing that a person may bring along, and plan for the rest."""
    found = terraform.find(os.environ, layout.scripts)
    runner = Runner(layout.root, run_environment(layout, os.environ), layout.cache / "setup", (held,))
    return Plan(
        layout=layout,
        machine=machine,
        runner=runner,
        terraform_on_path=found,
        terraform_from_wheel=terraform.needs_wheel(found, machine),
    )


def take(step: Step) -> None:
    """Take one step, on a line that gets its time at the end."""
    tell(f"set-up: {step.title} …", end="")
    started = time.monotonic()
    try:
        step.take()
    except BaseException:
        tell("")
        raise
    tell(f" {time.monotonic() - started:.1f} s")


def tell(text: str, *, end: str = "\n") -> None:
    """Talk to the person on standard error: standard output is the command's that comes after."""
    print(text, end=end, file=sys.stderr, flush=True)
