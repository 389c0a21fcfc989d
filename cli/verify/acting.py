"""As whom the chain is walked: the options of every verb that walks it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Acting:
    """With a node's key and perhaps its certificate, or with a probe, agreed to by `yes`; or else with nothing."""

    key: Path | None = None
    certificate: Path | None = None
    probe: bool = False
    yes: bool = False

    def check(self) -> None:
        """Raise `UsageError` for options that contradict each other."""
        if self.key and self.probe:
            raise click.UsageError("--key and --probe are two ways to the same: leave one out")
        if self.certificate and not self.key:
            raise click.UsageError("--certificate needs its key: give --key too")
        if self.yes and not self.probe:
            raise click.UsageError("--yes is for --probe: nothing else asks")


def acting(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --key, --certificate, --probe and --yes, given to the command as `acting`."""

    @functools.wraps(command)
    def with_one(
        *arguments: Any,  # noqa: ANN401 — the command's own
        key: Path | None,
        certificate: Path | None,
        probe: bool,
        yes: bool,
        **others: Any,  # noqa: ANN401 — the command's own
    ) -> Any:  # noqa: ANN401
        chosen = Acting(key, certificate, probe, yes)
        chosen.check()
        return command(*arguments, acting=chosen, **others)

    path = click.Path(path_type=Path)
    wrapped: Callable[..., Any] = with_one
    for option in (
        click.option("--yes", is_flag=True, help="Do not ask before a probe."),
        click.option("--probe", is_flag=True, help="Register a credential for 15 minutes, and act with that."),
        click.option("--certificate", type=path, help="The key's certificate.  [default: the environment file's]"),
        click.option("--key", type=path, help="Act as the node with this private key."),
    ):
        wrapped = option(wrapped)
    return wrapped
