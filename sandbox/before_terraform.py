"""What `terraform` means inside the sandbox: the real one, with the sandbox's state whatever the configuration says.

Only who asks for the declared state gets it, and only where it is on this machine (`state_on_this_machine`).

Terraform lets a file named `*_override.tf.json` replace the backend of a configuration, `cloud` included
(developer.hashicorp.com/terraform/language/files/override), and takes its working data from `TF_DATA_DIR`. In the
sandbox's own output folder that file is put beside the configuration. Anywhere else nothing may be left behind, for
the next Terraform in that folder is a real one: there it runs in a folder of links to what it finds.

Started as a script for every call of Terraform, without the project on its path: the standard library only.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

_OVERRIDE = "backend_override.tf.json"
_LOCK_FILE = ".terraform.lock.hcl"
_TERRAFORMS_OWN = {".terraform", _LOCK_FILE, _OVERRIDE}
_NEEDS_NO_STATE = {"version", "fmt", "login", "logout", "metadata"}
# A path in these is meant from where the caller stands.
_OPTIONS_WITH_PATH = {"out", "var-file", "state", "state-out", "backup", "generate-config-out"}
_COMMANDS_WITH_PATH = {"apply", "show"}
DECLARED = "declared"
# PostgreSQL is asked directly; the others go through the proxy, which leads to nothing outside this machine.
_ELSEWHERE = {"azurerm", "http", "pg"}
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
# Any other parameter could name another server, or a file of the caller's.
_HARMLESS = {"application_name", "connect_timeout", "sslmode"}


@dataclass(frozen=True)
class Call:
    """One call of Terraform: its arguments without `-chdir`, and the folder of the configuration, without links."""

    arguments: list[str]
    directory: Path

    @classmethod
    def parse(cls, arguments: list[str]) -> Call:
        """Read a command line of Terraform's."""
        chdir = [argument.removeprefix("-chdir=") for argument in arguments if argument.startswith("-chdir=")]
        rest = [argument for argument in arguments if not argument.startswith("-chdir=")]
        return cls(rest, Path(chdir[-1] if chdir else ".").resolve())

    @property
    def command(self) -> str:
        """The subcommand, empty where there is none."""
        return next((argument for argument in self.arguments if not argument.startswith("-")), "")

    def concerns_state(self) -> bool:
        """Say whether a backend could play a part: there is a configuration, and a command that reads it."""
        if self.command in {"", *_NEEDS_NO_STATE} or not self.directory.is_dir():
            return False
        return any(entry.name.endswith((".tf", ".tf.json")) for entry in self.directory.iterdir())


def main(arguments: list[str], environment: dict[str, str]) -> None:
    """Become the real Terraform."""
    terraform = environment.get("ISE_INTUNE_SANDBOX_TERRAFORM")
    if not terraform:
        sys.exit("ise-intune sandbox: no Terraform was found on PATH; install 1.6 or later, or run `make setup`")
    call = Call.parse(arguments)
    if call.concerns_state():
        declared = environment.get("ISE_INTUNE_SANDBOX_STATE") == DECLARED
        if declared and "pg" in _backends(call.directory) and not is_on_loopback(environment.get("PG_CONN_STR", "")):
            sys.exit(
                "ise-intune sandbox: PG_CONN_STR names no PostgreSQL on loopback, and nothing else is used in here"
            )
        call, data = prepared(call, Path(environment["ISE_INTUNE_SANDBOX"]).resolve(), declared=declared)
        provider = environment.get("ISE_INTUNE_SANDBOX_PROVIDER", "provider")
        environment = {**environment, "TF_DATA_DIR": f"{data}-{provider}"}
        arguments = [f"-chdir={call.directory}", *call.arguments]
        outlive_cdktf(Path(environment["ISE_INTUNE_SANDBOX"]))
    os.execve(terraform, [terraform, *arguments], environment)


def outlive_cdktf(folder: Path) -> None:
    """Let Terraform end by itself when the cdktf that started it is interrupted.

    cdktf then types Ctrl-C into Terraform's terminal and goes at once, which hangs that terminal up. Terraform ends
    well on the first, but dies of the second: its lock is left, and what it was making is in no state. A signal that is
    ignored stays so in what this becomes. The lock is that of `sandbox.endpoint.joined`: the server waits for it.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # Inherited, unlike Python's own.
    descriptor = os.open(folder / "joined.lock", os.O_CREAT | os.O_RDWR, 0o600)
    os.set_inheritable(descriptor, True)  # noqa: FBT003 — the standard library has no name for it
    # Else the server is going already.
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)


def is_on_loopback(address: str) -> bool:
    """Say whether the address of a PostgreSQL, as a URI, names this machine in so many words, and nothing besides."""
    try:
        parts = urlsplit(address)
        parameters = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        return False
    plain = all(name in _HARMLESS for name, _ in parameters)
    return parts.scheme in {"postgres", "postgresql"} and parts.hostname in _LOOPBACK and plain


def prepared(call: Call, folder: Path, *, declared: bool = False) -> tuple[Call, Path]:
    """Give a configuration the sandbox's state; return the call to make, and where its working data may be.

    Where the `declared` state is asked for, a synthesized stack keeps the backend it names, unless that is a file.
    """
    ours = call.directory.is_relative_to(folder / "cdktf.out")
    name = call.directory.name or "root"
    if not ours:
        # Two folders of one name are two states.
        name = f"{name}-{_checksum(call.directory)}"
        call = Call(_from_here(call), _linked(call.directory, folder / "links" / name))
    if declared and ours and _backends(call.directory) & _ELSEWHERE:
        (call.directory / _OVERRIDE).unlink(missing_ok=True)
        # Terraform notes the backend there, and would ask to move the state from one to the other.
        name = f"{name}-{DECLARED}"
    else:
        _override_backend(call.directory, folder / "state", name)
    if ours and call.directory.parent != folder / "cdktf.out" / "stacks":
        # A checkout with an output folder of its own: two of them may install their provider at the same time.
        name = f"{name}-{_checksum(call.directory)}"
    if call.command == "init":
        # What was locked last time may have been another provider of that name and version.
        (call.directory / _LOCK_FILE).unlink(missing_ok=True)
    return call, folder / "terraform" / name


def _checksum(directory: Path) -> str:
    """Return eight hex digits that tell folders of one name apart."""
    return f"{zlib.crc32(os.fsencode(directory)):08x}"


def _override_backend(directory: Path, states: Path, name: str) -> None:
    _make(states)
    local = {"path": str(states / f"{name}.tfstate"), "workspace_dir": str(states / f"{name}.d")}
    content = {"//": "made by `ise-intune sandbox`", "terraform": {"backend": {"local": local}}}
    draft = directory / f".{_OVERRIDE}.{os.getpid()}"
    draft.write_text(json.dumps(content), encoding="utf-8")
    draft.replace(directory / _OVERRIDE)


def _backends(directory: Path) -> set[str]:
    """Return the kinds of backend that a synthesized stack names: one, or none where no stack is."""
    try:
        stack = json.loads((directory / "cdk.tf.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    return set(stack.get("terraform", {}).get("backend", {}))


def _linked(directory: Path, links: Path) -> Path:
    """Return a folder of links to everything in `directory` but what Terraform keeps there for itself."""
    _make(links)
    wanted = {entry.name for entry in directory.iterdir() if not _is_terraforms_own(entry.name)}
    for entry in links.iterdir():
        if entry.is_symlink() and entry.name not in wanted:
            entry.unlink(missing_ok=True)
    for name in wanted:
        # There from last time, or made just now by another Terraform.
        with contextlib.suppress(FileExistsError):
            (links / name).symlink_to(directory / name)
    return links


def _is_terraforms_own(name: str) -> bool:
    return name in _TERRAFORMS_OWN or name.endswith((".tfstate", ".tfstate.backup"))


def _from_here(call: Call) -> list[str]:
    """Return the arguments with the paths in them made absolute."""
    result: list[str] = []
    is_path = False
    for argument in call.arguments:
        name, equals, value = argument.lstrip("-").partition("=")
        if not argument.startswith("-"):
            named = is_path or (bool(result) and call.command in _COMMANDS_WITH_PATH and argument != call.command)
            result.append(str(call.directory / argument) if named else argument)
            is_path = False
        elif name in _OPTIONS_WITH_PATH and equals:
            result.append(f"-{name}={call.directory / value}")
        else:
            result.append(argument)
            is_path = name in _OPTIONS_WITH_PATH
    return result


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


if __name__ == "__main__":
    main(sys.argv[1:], dict(os.environ))
