"""`make demo`: make a new sandbox, and play the story inside it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from cli.main import main as ise_intune

ROOT = Path(__file__).resolve().parent.parent
SANDBOX = ROOT / ".sandbox"


def main() -> int:
    """Play the story from its beginning, and pass on how it ended."""
    if SANDBOX.exists():
        left = ise_intune(["--quiet", "sandbox", "reset", "--folder", str(SANDBOX)])
        if left:
            return left
    # Ctrl-C reaches the story too; whoever started last ends first, and this process says how.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    command = [sys.executable, "-m", "cli", "sandbox", "run", "--folder", str(SANDBOX), "--"]
    return subprocess.run([*command, sys.executable, "-m", "demo.story"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
