"""`ise-intune`: the verbs, and the one place where an error becomes a message and an exit code.

Start-up time is a promise: a verb's module is imported when that verb runs, and plain `--help` is answered from
`help.txt`, which a test holds equal to what click would print.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cli.exit_codes import COULD_NOT, FINE, INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Sequence

_HELP = Path(__file__).parent / "help.txt"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if arguments in ([], ["--help"], ["-h"]) and "_ISE_INTUNE_COMPLETE" not in os.environ:
            return _show_help(asked_for=bool(arguments))
        # Imports make a hundred thousand things that stay: looking for garbage among them is most of what it costs.
        gc.set_threshold(50_000)
        # Looking for pydantic's plugins reads the metadata of every package there is; nothing here has one.
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
        from cli.running import run

        return run(arguments)
    except KeyboardInterrupt:  # while starting; `run` says so itself
        return INTERRUPTED


def _show_help(*, asked_for: bool) -> int:
    """Print the help: as a result when asked for; without any argument as a complaint, since nothing was done."""
    stream = sys.stdout if asked_for else sys.stderr
    if stream is None:  # closed by whoever started us
        return COULD_NOT
    try:
        stream.write(_HELP.read_text(encoding="utf-8"))
        stream.flush()
    except OSError as error:
        from cli.running import cannot_write

        return cannot_write(error)
    return FINE if asked_for else COULD_NOT
