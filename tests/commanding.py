"""The command line, called as a person does, in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.main import main

if TYPE_CHECKING:
    import pytest


@dataclass(frozen=True)
class Said:
    """What a command line left: its exit code, its result, its talk."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 — any JSON value
        """The result, read."""
        return json.loads(self.out)


def say(capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
    """Run one command line."""
    code = main(arguments)
    captured = capsys.readouterr()
    return Said(code, captured.out, captured.err)
