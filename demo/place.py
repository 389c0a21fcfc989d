"""Where the story is played: which sandbox, which environments' folder, which provider."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.provider_choice import CHOICES

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
NAME = "demo"
_SANDBOX, _ENVIRONMENTS = ROOT / ".sandbox", ROOT / "environments"


@dataclass(frozen=True)
class Place:
    """Folders are absolute; `provider` is as `ise-intune sandbox run` takes it."""

    sandbox: Path = _SANDBOX
    environments: Path = _ENVIRONMENTS
    provider: str = "auto"

    @classmethod
    def parse(cls, arguments: Sequence[str]) -> Place:
        """Read the command line of `python -m demo`."""
        parser = argparse.ArgumentParser(prog="python -m demo", description="Play the whole story on a new sandbox.")
        parser.add_argument("--folder", type=Path, default=_SANDBOX, help="the sandbox's folder, which is made anew")
        parser.add_argument("--environments", type=Path, default=_ENVIRONMENTS, help="where demo.yaml is written")
        parser.add_argument("--provider", choices=CHOICES, default="auto", help="which azuread provider runs")
        given = parser.parse_args(arguments)
        return cls(given.folder.absolute(), given.environments.absolute(), given.provider)

    @property
    def declaration(self) -> Path:
        """The environment file that the story writes."""
        return self.environments / f"{NAME}.yaml"

    def certificate(self, entry: str) -> Path:
        """Return where the story puts the certificate of an entry."""
        return self.environments / "certificates" / f"{NAME}-{entry}.pem"

    @property
    def outputs(self) -> Path:
        """What the deploy hands over."""
        return self.sandbox / f"{NAME}-outputs.json"

    @property
    def run_sheet(self) -> Path:
        """The page for ISE's administrator."""
        return self.sandbox / f"{NAME}-runsheet.html"

    @property
    def arguments(self) -> list[str]:
        """The command line that gives this place."""
        return ["--folder", str(self.sandbox), "--environments", str(self.environments), "--provider", self.provider]

    @property
    def entering(self) -> list[str]:
        """The options of `ise-intune sandbox run` that enter this sandbox; none where it is the project's own."""
        return [*self.at, *([] if self.provider == "auto" else ["--provider", self.provider])]

    @property
    def at(self) -> list[str]:
        """The option of every verb of the sandbox that names this one; none where it is the project's own."""
        return [] if self.sandbox == _SANDBOX else ["--folder", shown(self.sandbox)]

    def typed(self, *command: str) -> str:
        """Return a command of ours as one types it in the project's folder, in this shell."""
        stated = self.environments != _ENVIRONMENTS
        prefix = f"ISE_INTUNE_ENVIRONMENTS={shlex.quote(shown(self.environments))} " if stated else ""
        return prefix + shlex.join([".venv/bin/ise-intune", *command])


def shown(path: Path) -> str:
    """Return a path as one writes it in the project's folder."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
