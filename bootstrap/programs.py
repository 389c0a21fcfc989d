"""Run the programs that install things, out of sight, and tell in one sentence what stopped them."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bootstrap.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# The line in which pip, npm or Python says what went wrong; npm has codes without a word of explanation before it.
TELLING = re.compile(r"^(?:ERROR:|Error:|npm error (?!code |syscall |errno )) *(.+?)\.?$", re.MULTILINE)

# What pip and npm say when they cannot reach their index. Said before "no version satisfies", which is then not so.
UNREACHED = re.compile(
    r"NewConnectionError|ConnectTimeoutError|ReadTimeoutError|NameResolutionError|ProxyError|SSLError"
    r"|Temporary failure in name resolution|Connection refused|CERTIFICATE_VERIFY_FAILED"
    r"|\b(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|SELF_SIGNED_CERT_IN_CHAIN"
    r"|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|UNABLE_TO_VERIFY_LEAF_SIGNATURE)\b"
)


@dataclass(frozen=True)
class Runner:
    """Runs programs in one folder and environment, keeping what they say in a log of their own."""

    root: Path
    environ: Mapping[str, str]
    logs: Path
    held: tuple[int, ...] = ()
    """Open files that the programs inherit: a lock, so that it lasts until the last of them has ended."""

    def run(self, title: str, command: Sequence[str | Path]) -> None:
        """Run a command to its end; raise SetupError with its own words when it fails."""
        log = self.logs / f"{title}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            ended = subprocess.run(
                list(map(str, command)),
                cwd=self.root,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=self.held,
                check=False,
            )
        if ended.returncode:
            reason = telling_line(log.read_text(encoding="utf-8", errors="replace"))
            where = log.relative_to(self.root)
            raise SetupError(
                f"{title}: {reason}; once that is mended ({where} has all of it), run the same command again."
            )


def telling_line(said: str) -> str:
    """Say best why a program failed: it reached no package index; else its first error, else its last word."""
    if UNREACHED.search(said):
        return "the package index cannot be reached; check the network, the proxy and the certificates that are trusted"
    found = TELLING.search(said)
    if found is not None:
        return found[1]
    lines = said.split("\n")
    return next((line.strip().rstrip(".") for line in reversed(lines) if line.strip()), "it said nothing")
