"""Sandboxes for tests: one server in this process, or the command line in one of its own."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from cli.main import main
from sandbox.folder import open_folder
from sandbox.keys import rsa_key_at
from sandbox.serving import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pytest

    from sandbox.endpoint import Endpoint
    from sandbox.folder import SandboxFolder

ROOT = Path(__file__).resolve().parent.parent
# Longer than anything takes; shorter than a person waits.
PATIENCE = 60

# A job in the background is told to ignore Ctrl-C, and all it starts is told so too: here it counts again.
_COMMAND_LINE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from cli.main import main
sys.exit(main())
"""


def begin(path: Path) -> SandboxFolder:
    """Make a sandbox at `path` that was served before; one that is there stays as it is."""
    if not path.exists():
        shutil.copytree(_pattern(), path)
    return open_folder(path)


@cache
def _pattern() -> Path:
    """Return the sandbox that the others are copies of: its keys, which take long to make, are those of the run."""
    around = Path(tempfile.mkdtemp(prefix="ise-intune-tests-"))
    atexit.register(shutil.rmtree, around, ignore_errors=True)
    folder = open_folder(around / "sandbox")
    with serving(folder, on_waiting=lambda: None):
        rsa_key_at(folder.path / "entra.key")  # which would be made for the first token
    return folder.path


@contextlib.contextmanager
def served(path: Path, *, new: bool = False) -> Iterator[tuple[SandboxFolder, Endpoint]]:
    """Give a sandbox at `path`, served by this process while the context lasts; a `new` one has keys of its own."""
    folder = open_folder(path) if new else begin(path)
    with serving(folder, on_waiting=lambda: None) as server:
        yield folder, server.endpoint


def lead_into(environment: pytest.MonkeyPatch, folder: SandboxFolder, endpoint: Endpoint) -> None:
    """Lead `requests` in this process through a sandbox's proxy, and let it trust what answers there."""
    for name in ("NO_PROXY", "no_proxy", "https_proxy", "CURL_CA_BUNDLE"):
        environment.delenv(name, raising=False)
    environment.setenv("HTTPS_PROXY", endpoint.proxy_url)
    environment.setenv("REQUESTS_CA_BUNDLE", str(folder.ca))


def surroundings(**variables: str) -> dict[str, str]:
    """Return an environment for the command line: ours, less what could change the outcome, and these."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ISE_INTUNE_", "AZUREAD_", "ARM_", "AZURE_", "TF_", "CDKTF_", "PYTEST_"))
        and not name.lower().endswith("_proxy")
    }
    return {**kept, "PYTHONPATH": str(ROOT), **variables}


def sandbox_arguments(verb: str, folder: Path, *more: str) -> list[str]:
    """Return the arguments of a `sandbox` verb at `folder`, with the stand-in, which is everywhere to be had."""
    provider = ["--provider", "stand-in"] if verb in {"run", "up"} else []
    return ["sandbox", verb, "--folder", str(folder), *provider, *more]


def command_line(arguments: list[str]) -> list[str]:
    """Return what starts `ise-intune` with these arguments."""
    return [sys.executable, "-c", _COMMAND_LINE, *arguments]


def start(arguments: list[str], *, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start the command line as a process; its stdout and stderr are pipes."""
    return subprocess.Popen(
        command_line(arguments),
        env=surroundings() if environment is None else environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(arguments: list[str], *, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    process = start(arguments, environment=environment)
    return end(process)


def end(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Wait for a process's own end; what does not end is killed and fails the test."""
    try:
        stdout, stderr = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError(f"did not end: {process.args!r}") from None
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def run_here(
    capfd: pytest.CaptureFixture[str], arguments: list[str], **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end in this process, with what the commands print that it starts."""
    with mock.patch.dict(os.environ, surroundings(**variables), clear=True):
        status = main(arguments)
    said = capfd.readouterr()
    return subprocess.CompletedProcess(arguments, status, said.out, said.err)


def until(happened: Callable[[], bool]) -> None:
    """Wait for something that another process does; what does not come fails the test."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.02)
