"""Deploys that are ended outright in the middle."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from sandbox.control import Control
from sandbox.faults import Fault
from tests.projects import in_stack
from tests.sandboxes import end, until

if TYPE_CHECKING:
    from tests.projects import Project

APPLY = ("apply", "-auto-approve", "-no-color", "-input=false")
# Time to kill who waits for the answer.
_LATE_SECONDS = 1.0


def kill_a_deploy(made: Project, method: str, path: str) -> None:
    """Deploy, and end Terraform and its provider outright when they wait for an answer; Entra does as it was asked."""
    number = made.environments.parent / "terraform.pid"
    with Control(made.folder) as control:
        control.set_fault(Fault(service="graph", method=method, path_prefix=path, delay=_LATE_SECONDS))
        process = made.start("sh", "-c", 'echo $$ > "$0" && exec "$@"', str(number), *in_stack(*APPLY))
        until(lambda: not control.faults())
        os.killpg(int(number.read_text()), signal.SIGKILL)
        assert end(process).returncode == 128 + signal.SIGKILL
        until(lambda: any(seen.method == method and seen.path.startswith(path) for seen in control.requests()))
