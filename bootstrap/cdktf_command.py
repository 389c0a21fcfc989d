"""Be the `cdktf` command: Terraform waits for a lock, outlives an interrupted cdktf, and what is in the state is said.

cdktf 0.21 answers Ctrl-C by typing it into Terraform's terminal and leaves at once, which hangs that terminal up.
Terraform, about to end well, may die of that: its lock is left, and what it was making is in no state. So Terraform is
started deaf to it (`terraform_beside_cdktf.sh`), and this command stays until the last Terraform has ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bootstrap.terraform_calls import TerraformCalls
from bootstrap.whats_in_state import accounts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType

# How long Terraform waits for a lock that another deploy holds; what a person sets for TF_CLI_ARGS_… wins over it.
LOCK_TIMEOUT = "5m"
_LOCKING = ("plan", "apply", "destroy")
_BESIDE = Path(__file__).with_name("terraform_beside_cdktf.sh")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_CLOSING_SECONDS = 0.2
_BY_SIGNAL = 128
_INTERRUPTED = _BY_SIGNAL + signal.SIGINT

_WAITING = "Terraform ends what it is making and writes the state; Ctrl-C again leaves it to that alone"
_LEFT = "Terraform goes on by itself, and holds the lock of the state until it has ended"
_LOCKED = "docs/state.md says what to do about a state that is locked"


def main() -> int:
    """Run cdktf, which the arguments name, and return its exit status; 130 where it was interrupted."""
    command = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="ise-intune-cdktf-") as folder, TerraformCalls(Path(folder)) as calls:
        with _relaying() as relay:
            process = subprocess.Popen(command, env=environment(os.environ, calls.pipe))
            relay.to(process)
            status = process.wait()
            ended = _wait(calls, relay)
        if relay.signals and ended:
            _say(*accounts(calls.folders_changed()))
        elif status and (folders := calls.folders_changed()):
            _say(*map(_resuming, folders), _LOCKED)
    if status and relay.signals:
        return _INTERRUPTED
    return status if status >= 0 else _BY_SIGNAL - status


def environment(caller: Mapping[str, str], pipe: Path) -> dict[str, str]:
    """Return what cdktf runs under: its Terraform is ours, and every command that locks waits for the lock."""
    real = caller.get("TERRAFORM_BINARY_NAME") or "terraform"
    if real == str(_BESIDE):
        real = caller["ISE_INTUNE_TERRAFORM"]
    given = {f"TF_CLI_ARGS_{verb}": _with_timeout(caller.get(f"TF_CLI_ARGS_{verb}", "")) for verb in _LOCKING}
    ours = {
        "TERRAFORM_BINARY_NAME": str(_BESIDE),
        "ISE_INTUNE_TERRAFORM": real,
        "ISE_INTUNE_TERRAFORM_RUNS": str(pipe),
    }
    return {**caller, **given, **ours}


def _with_timeout(stated: str) -> str:
    # Of an option that is given twice, Terraform takes the last.
    return f"-lock-timeout={LOCK_TIMEOUT} {stated}".strip()


@dataclass
class _Relay:
    """Passes on to cdktf what ends it, those signals too that came before it was there."""

    signals: list[int] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    def to(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        for _ in self.signals:
            process.send_signal(signal.SIGINT)

    def receive(self, number: int, _frame: FrameType | None) -> None:
        self.signals.append(number)
        # The terminal itself may have told cdktf; of two interruptions it heeds one. A hanging up it would not heed.
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)


@contextmanager
def _relaying() -> Iterator[_Relay]:
    relay = _Relay()
    before = {
        number: signal.signal(number, relay.receive)
        for number in _SIGNALS
        # What we were told to ignore (nohup, a shell's `&`), cdktf ignores too.
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    yield relay
    for number, handler in before.items():
        signal.signal(number, handler)


def _wait(calls: TerraformCalls, relay: _Relay) -> bool:
    """Wait for every Terraform that cdktf left behind; say whether none is left."""
    heard = len(relay.signals)
    if calls.running():
        # One that is just closing needs no mention.
        time.sleep(_CLOSING_SECONDS)
    if calls.running():
        _say(_WAITING)
    while calls.running():
        if len(relay.signals) > heard:
            _say(_LEFT)
            return False
        time.sleep(0.05)
    return True


def _resuming(folder: Path) -> str:
    """Say what to do where Terraform met what it did not know of, or does not find what it is to import."""
    name = folder.name
    return f"{name}: of what exists already, or cannot be imported: `ise-intune adopt --resume {name}` says what to do"


def _say(*lines: str) -> None:
    # Who hung up reads nothing any more.
    with suppress(OSError):
        for line in lines:
            print(f"cdktf: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
