"""`sandbox up`: a server for others to join, until it is told to end."""

from __future__ import annotations

import os
import shlex
import signal
from typing import TYPE_CHECKING

from helpers.errors import SetupError
from sandbox.endpoint import find_server
from sandbox.environment import given
from sandbox.folder import write_private
from sandbox.serving import serving
from sandbox.session import programs, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sandbox.folder import SandboxFolder
    from sandbox.serving import Server
    from sandbox.session import Wishes

# The same as `environment.is_taken_away` takes, as far as a shell can say it.
_TAKE_AWAY = """\
for name in $(env | sed -n 's/^\\([A-Za-z_][A-Za-z0-9_]*\\)=.*/\\1/p' | \
grep -Ei '^(arm|azure|msal|tf|cdktf)_|_proxy$|^ssl_cert_|^pg(_conn_str|[a-z]+)$'); do unset "$name"; done
"""


def keep_up(
    folder: SandboxFolder,
    wishes: Wishes,
    *,
    cache: Path,
    say: Callable[[str], None],
    result: Callable[[str], None],
) -> None:
    """Serve until SIGINT or SIGTERM. `result` is given the line that brings a shell inside.

    Raises:
        SetupError: the folder is served already, or the server could not be started.
    """
    already = find_server(folder)
    if already is not None:
        raise SetupError(f"{folder.path}: this sandbox is up already (process {already.pid}); `sandbox run` joins it")
    chosen = programs(folder, wishes, cache=cache, say=say)
    with serving(folder, on_waiting=lambda: None) as server:
        _end_on_signals(server)
        script = folder.path / "environment.sh"
        variables = dict(
            given(
                os.environ,
                folder=folder,
                endpoint=server.endpoint,
                sign_in=sign_in(folder, wishes),
                programs=chosen,
            )
        )
        write_private(script, _script(variables))
        say(f"the sandbox is up in {folder.path} (proxy {server.endpoint.proxy_url}); Ctrl-C ends it")
        say("join it with `ise-intune sandbox run -- COMMAND`, or bring a shell inside with:")
        result(f". {shlex.quote(str(script))}")
        server.wait()
        script.unlink(missing_ok=True)
    say("the sandbox has ended; what was made in it is kept")


def _script(variables: Mapping[str, str]) -> str:
    exports = [f"export {name}={shlex.quote(value)}" for name, value in sorted(variables.items())]
    return "\n".join([_TAKE_AWAY, *exports, ""])


def _end_on_signals(server: Server) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: server.stop())
