"""Start a command and print what it cost, as JSON: a small program between the bench and what it measures.

Linux counts as a process's most memory what the one that started it had in use: the bench itself is too large to ask.
Run as a script, without the project on its path: the standard library only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time


def main(command: list[str]) -> None:
    """Run `command` to its end; print its exit code, seconds on the wall and of processor time, and KiB of memory."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    cost = {"wall": wall, "processor": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss}
    sys.stdout.write(json.dumps({"code": process.returncode, **cost}))


if __name__ == "__main__":
    main(sys.argv[1:])
