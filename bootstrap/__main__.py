"""Set the project up, run a command in it, or lock what it requires and install that."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bootstrap import locks
from bootstrap.environment import run_environment
from bootstrap.errors import SetupError
from bootstrap.layout import Layout
from bootstrap.programs import Runner
from bootstrap.setup import set_up, set_up_for_slow_tests

USAGE = "usage: python -m bootstrap [run -- COMMAND… | for-slow-tests | lock [--upgrade] | check-locks]"
INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    """Do what the arguments say; turn what goes wrong into one sentence and an exit code."""
    try:
        return dispatch(Layout(Path(__file__).resolve().parent.parent), arguments)
    except SetupError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"set-up: {error}; once that is mended, run the same command again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("set-up: interrupted; the same command goes on from here.", file=sys.stderr)
        return INTERRUPTED


def dispatch(layout: Layout, arguments: list[str]) -> int:
    """Call what the arguments name and return the exit code."""
    match arguments:
        case []:
            set_up(layout)
        case ["for-slow-tests"]:
            set_up_for_slow_tests(layout)
        case ["run", "--", *command] if command:
            become(layout, command)
        case ["lock", *options]:
            runner = Runner(layout.root, run_environment(layout, os.environ), layout.cache / "setup")
            locks.write(layout.root / "requirements", runner, options)
            set_up(layout)
        case ["check-locks"]:
            locks.check(layout.root / "requirements")
        case _:
            raise SetupError(USAGE)
    return 0


def become(layout: Layout, command: list[str]) -> None:
    """Turn this process into the command, as if the project's environment were activated around it."""
    environ = run_environment(layout, os.environ)
    try:
        os.execvpe(command[0], command, environ)
    except OSError as error:
        raise SetupError(f"{command[0]}: {error.strerror}.") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
