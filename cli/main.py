"""`ise-intune`: the verbs, and the one place where an error becomes a message and an exit code.

Start-up time is a promise: a verb's module is imported when that verb runs, and plain `--help` is answered from
`help.txt`, which a test holds equal to what click would print.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# 0 fine; 2 something was found at or above the gate; 1 could not do or not fully check it; 130 after Ctrl-C.
FINE, COULD_NOT, FOUND, INTERRUPTED = 0, 1, 2, 130

_HELP = Path(__file__).parent / "help.txt"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if list(arguments) in ([], ["--help"], ["-h"]) and "_ISE_INTUNE_COMPLETE" not in os.environ:
        sys.stdout.write(_HELP.read_text(encoding="utf-8"))
        return FINE
    from cli.running import run

    return run(arguments)
