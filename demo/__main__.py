"""`make demo`: play the story, or, inside its sandbox, tell it."""

from __future__ import annotations

import signal
import sys

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Return how it ended; Ctrl-C and its like end it without a traceback, at any time."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        if given[:1] == ["tell"]:
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.default_int_handler)
            from demo.story import tell_story

            return tell_story(given[1:])
        from demo.beginning import begin

        return begin(given)
    except KeyboardInterrupt:
        print("\nThe story was interrupted.")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
