"""A folder of environments to add certificates to and take them from, and exports as they come out of ISE."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.certificates import read_certificate
from helpers.declaration.environments import read_environment
from tests.declaring import write_certificate
from tests.judging import SOUND
from tests.making_certificates import make_certificate, rsa_key, to_pem

if TYPE_CHECKING:
    import pytest

    from helpers.certificates.certificate import Certificate
    from helpers.declaration.declaration import Declaration

NOW = datetime.now(UTC).replace(microsecond=0)
COMMENTED = SOUND.replace(
    "  psn-01: certificates/psn-01.pem\n",
    "  # the nodes in Vienna\n  psn-01: certificates/psn-01.pem   # until March\n  # Zürich has none yet\n",
)


@dataclass(frozen=True)
class Kept:
    """The environments' folder, which ISE_INTUNE_ENVIRONMENTS names, and beside it the current folder for exports."""

    folder: Path

    @classmethod
    def below(cls, path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
        """Make a folder with the environment `production`."""
        kept = cls(path / "environments")
        kept.folder.mkdir()
        monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(kept.folder))
        monkeypatch.delenv("ISE_INTUNE_STACKS", raising=False)
        monkeypatch.chdir(path)
        kept.environment("production", COMMENTED)
        return kept

    def environment(self, name: str, text: str | bytes) -> Path:
        """Write an environment file, and the certificates that the sound text names."""
        write_certificate(self.folder, "certificates/psn-01.pem")
        path = self.folder / f"{name}.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def certificate(self, file: str, *, days: float = 365, since: float = 1, label: str = "") -> Certificate:
        """Write a certificate that ends in `days` and began `since` days ago, over a key named like the file."""
        der = make_certificate(
            label or f"{Path(file).stem}.example.net",
            key=rsa_key(Path(file).stem),
            not_before=NOW - timedelta(days=since),
            not_after=NOW + timedelta(days=days),
        )
        path = self.folder / file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(to_pem(der))
        return read_certificate(der, name=file)

    def declared(self, name: str = "production") -> Declaration:
        """Return what an environment declares now."""
        return read_environment(self.folder / f"{name}.yaml")

    def text(self, name: str = "production") -> str:
        """Return an environment file's text, its line endings untouched."""
        return (self.folder / f"{name}.yaml").read_bytes().decode()

    def everything(self) -> dict[str, bytes]:
        """Return every file below the folder, hidden ones too, with its content; folders with none."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes() if path.is_file() else b""
            for path in self.folder.rglob("*")
        }


class Failing:
    """Stands in for a function of the system, and fails at one of its calls."""

    def __init__(self, really: object, at: int, error: BaseException) -> None:
        """Fail at call number `at`, counted from 1."""
        self.really, self.left, self.error = really, at, error

    def __get__(self, instance: object, owner: type | None = None) -> object:
        """Be a method where a method stood."""
        return self if instance is None else lambda *arguments, **options: self(instance, *arguments, **options)

    def __call__(self, *arguments: object, **options: object) -> object:
        """Do what the function does, unless this is the call to fail at."""
        self.left -= 1
        if self.left == 0:
            raise self.error
        return self.really(*arguments, **options)  # type: ignore[operator]


# What changing files comes down to, each of which a full disk, a lock or a person can end.
STEPS: dict[str, tuple[object, str]] = {
    "folder": (Path, "mkdir"),
    "open": (os, "open"),
    "sync": (os, "fsync"),
    "permissions": (Path, "chmod"),
    "link": (Path, "hardlink_to"),
    "rename": (Path, "replace"),
    "delete": (Path, "unlink"),
}


@dataclass(frozen=True)
class Failure:
    """One step that fails at its call of that number, and how; `code` is the exit code that a command then has."""

    step: str
    call: int = 1
    interrupted: bool = False

    @property
    def code(self) -> int:
        """Ctrl-C has a code of its own."""
        return 130 if self.interrupted else 1

    def begin(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let it fail from now on."""
        owner, name = STEPS[self.step]
        error = KeyboardInterrupt() if self.interrupted else OSError(28, "No space left on device")
        monkeypatch.setattr(owner, name, Failing(getattr(owner, name), self.call, error))


FAILURES = [Failure(step, call, interrupted) for step in STEPS for call in (1, 2, 3) for interrupted in (False, True)]
