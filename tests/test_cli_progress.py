"""How far long work has come: bars on a terminal, lines elsewhere, and what an interruption leaves."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.progress import Count, advancing, shown
from cli.settings import Settings
from helpers.declaration import environments
from tests.commanding import say
from tests.declaring import write_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from helpers.declaration.declaration import Declaration

pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")

SETTINGS = Settings(Path(), 0)
WORK = (Count("reading", 1, 3), Count("reading", 2, 3, seconds_left=75.0))


@contextlib.contextmanager
def a_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """Let stderr be a terminal; return what reads all that it shows, without its commands."""
    outer, inner = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    with os.fdopen(inner, "w", encoding="utf-8") as stream, os.fdopen(outer, "rb", buffering=0) as screen:
        monkeypatch.setattr(sys, "stderr", stream)

        def read() -> str:
            # A terminal takes its time; what is written last comes last.
            print("\x04", file=stream, flush=True)
            shown = b""
            while b"\x04" not in shown:
                shown += screen.read(1 << 16)
            return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.partition(b"\x04")[0].decode())

        yield read


def test_on_a_terminal_there_is_a_bar_with_what_how_much_and_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_terminal(monkeypatch) as seen_on_it:
        with shown(SETTINGS) as show:
            for step in WORK:
                show(step)
        seen = seen_on_it()
    assert re.search(r"reading ━+\S*━* +2/3 1 min 15 s left", seen)


def test_what_is_soon_over_needs_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_terminal(monkeypatch) as seen_on_it:
        with advancing(SETTINGS) as advance:
            advance("judging", 1, 2)
        assert seen_on_it() == ""


def test_who_interrupts_at_a_terminal_is_told_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_terminal(monkeypatch) as seen_on_it:
        with contextlib.suppress(KeyboardInterrupt), shown(SETTINGS) as show:
            show(WORK[1])
            raise KeyboardInterrupt
        seen = seen_on_it()
    assert seen.rstrip().endswith("reading: 2 of 3 done")


def test_in_a_log_there_is_a_line_once_there_was_none_for_a_while(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter([0.0, 14.0, 15.0, 29.0])
    monkeypatch.setattr("cli.progress.time.monotonic", lambda: next(seconds))
    with shown(SETTINGS) as show:
        for number in (1, 2, 3):
            show(Count("reading", number, 3000))
    assert capsys.readouterr().err == "reading: 2 of 3,000\n"


def test_who_wants_quiet_gets_it_unless_it_is_interrupted(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = Settings(Path(), -1)
    with shown(quiet) as show:
        show(WORK[0])
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "arguments",
    [("check",), ("certificate", "expiry"), ("drift",), ("review", "--before", "old", "--after", ".")],
    ids=lambda arguments: arguments[0],
)
def test_who_interrupts_a_verb_is_told_how_far_it_came_and_gets_no_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    for name in ("a", "b", "c"):
        write_environment(tmp_path, name)
    (tmp_path / "old").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(tmp_path))
    really = environments.read_environment

    def read_environment(path: Path, **options: object) -> Declaration:
        if path.stem == "b":
            raise KeyboardInterrupt
        return really(path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(environments, "read_environment", read_environment)
    said = say(capsys, *arguments)
    assert (said.code, said.out) == (130, "")
    assert said.err.splitlines() == ["judging environment files: 1 of 3 done", "", "interrupted"]
