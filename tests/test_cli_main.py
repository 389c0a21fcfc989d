"""The command line itself: help, exit codes, one message for each error, quiet ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

import cli.lazy_commands
from cli.help import help_text
from cli.main import main
from cli.running import VERBS
from helpers.errors import InputError
from tests.commanding import say

if TYPE_CHECKING:
    from collections.abc import Callable

_ROOT = Path(__file__).resolve().parent.parent
_NOT_ON_WINDOWS = pytest.mark.skipif(sys.platform == "win32", reason="this system has other pipes and signals")
_COMMAND = [sys.executable, "-m", "cli"]


def _run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "80", **options.pop("env", {})}  # type: ignore[dict-item]
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [*_COMMAND, *arguments], cwd=_ROOT, env=environment, text=True, timeout=60, check=False,
        **{"capture_output": True, **options},
    )  # fmt: skip


def test_help_is_written_down_as_click_prints_it() -> None:
    written = (_ROOT / "cli" / "help.txt").read_text(encoding="utf-8")
    assert written == help_text(), "write it anew: python -m cli.help > cli/help.txt"
    assert max(map(len, written.splitlines())) <= 80


def test_click_itself_prints_that_help_on_a_terminal_of_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert cli.running.run(["--help"]) == 0
    assert capsys.readouterr().out == help_text()


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_that_was_asked_for_is_a_result(capsys: pytest.CaptureFixture[str], option: str) -> None:
    said = say(capsys, option)
    assert (said.code, said.out, said.err) == (0, help_text(), "")


def test_without_a_verb_nothing_was_done_and_help_is_talk(capsys: pytest.CaptureFixture[str]) -> None:
    said = say(capsys)
    assert (said.code, said.out, said.err) == (1, "", help_text())


def test_help_needs_no_import_beyond_the_standard_library() -> None:
    script = (
        "import sys; from cli.main import main; main(['--help']);"
        "sys.exit(bool({'click', 'pydantic', 'yaml', 'cryptography'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=_ROOT, capture_output=True, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(capsys: pytest.CaptureFixture[str], verb: str) -> None:
    said = say(capsys, verb, "-h")
    assert said.code == 0
    assert said.out.startswith(f"Usage: ise-intune {verb}")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    said = say(capsys, "--version")
    assert (said.code, said.out) == (0, "ise-intune, version 0.1.0\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chekc"], "error: there is no command 'chekc'; did you mean `check`?; `ise-intune --help` says more\n"),
        (["--outptu", "check"], "error: no such option '--outptu'; `ise-intune --help` says more\n"),
        (["check", "--bogus"], "error: no such option '--bogus'; `ise-intune check --help` says more\n"),
        (["check", "--format", "xml"], ("error: invalid value for '--format': 'xml' is not one of 'text', 'json'; "
         "`ise-intune check --help` says more\n")),
        (["outputs"], "error: missing argument 'NAME'; `ise-intune outputs --help` says more\n"),
        (["--root", "/none", "check"], "error: /none: is not a folder; give --root the project's folder\n"),
        (["\x1b[31m"], "error: there is no command '\\x1b[31m'; use one of "
         + ", ".join(f"`{verb}`" for verb in VERBS) + "; `ise-intune --help` says more\n"),
    ],
    ids=str,
)  # fmt: skip
def test_a_usage_error_is_one_line_and_exit_code_1(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    said = say(capsys, *arguments)
    assert (said.code, said.out, said.err) == (1, "", message)


def _raises(error: BaseException) -> Callable[[], None]:
    def raising() -> None:
        raise error

    return raising


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        pytest.param(InputError("a", "b", "c"), 1, "error: a: b; c\n", id="an error of ours"),
        pytest.param(KeyboardInterrupt(), 130, "\ninterrupted\n", id="Ctrl-C"),
        pytest.param(click.Abort(), 130, "interrupted\n", id="Ctrl-C at a question"),
        pytest.param(BrokenPipeError(32, "Broken pipe"), 1, "", id="a reader that is gone"),
        pytest.param(
            OSError(28, "No space left on device"),
            1,
            "error: standard output: No space left on device; choose another place\n",
            id="a full disk",
        ),
    ],
)
def test_what_ends_a_verb_becomes_a_message_and_an_exit_code(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    error: BaseException,
    code: int,
    message: str,
) -> None:
    # What is behind standard output is closed at a real end of the process only.
    monkeypatch.setattr(os, "dup2", lambda *_: None)
    monkeypatch.setattr(
        cli.lazy_commands, "import_module", lambda _: type("Module", (), {"check": click.command()(_raises(error))})
    )
    said = say(capsys, "check")
    assert (said.code, said.out, said.err) == (code, "", message)


def test_a_defect_is_told_by_its_place_and_never_by_what_it_was_working_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = click.command()(_raises(RuntimeError("hunter2")))
    monkeypatch.setattr(cli.lazy_commands, "import_module", lambda _: type("Module", (), {"check": failing}))
    said = say(capsys, "check")
    assert said.code == 1
    assert said.err.startswith("error: defect in ise-intune: RuntimeError at test_cli_main.py:")
    assert "hunter2" not in said.err
    assert "Traceback" not in said.err


def test_ctrl_c_while_starting_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.running.run", lambda _: _raises(KeyboardInterrupt())())
    assert main(["check"]) == 130


@_NOT_ON_WINDOWS
@pytest.mark.parametrize("arguments", [["--help"], ["check", "--schema"]], ids=str)
def test_a_reader_that_is_gone_ends_it_quietly(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = _run(*arguments, stdout=writing, stderr=subprocess.PIPE, capture_output=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [["--help"], ["check", "--schema"]], ids=str)
def test_a_full_disk_is_said_once(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = _run(*arguments, stdout=full, stderr=subprocess.PIPE, capture_output=False)
    message = "error: standard output: No space left on device; choose another place\n"
    assert (done.returncode, done.stderr) == (1, message)


@_NOT_ON_WINDOWS
def test_ctrl_c_ends_it_with_130(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "outputs")
    arguments = ["outputs", "x", "--outputs", str(tmp_path / "outputs")]
    process = subprocess.Popen([*_COMMAND, *arguments], cwd=_ROOT, stderr=subprocess.PIPE, text=True)
    with (tmp_path / "outputs").open("w"):  # opens once the command reads: only then is it interrupted
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "\ninterrupted\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_what_the_shell_asks_for(shell: str) -> None:
    done = _run(env={"_ISE_INTUNE_COMPLETE": f"{shell}_source"})
    assert done.returncode == 0
    assert "_ISE_INTUNE_COMPLETE" in done.stdout


def test_completion_offers_verbs_and_environments() -> None:
    def offered(words: str, position: int) -> list[str]:
        asked = {"_ISE_INTUNE_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(position)}
        return _run(env=asked).stdout.split()

    assert offered("ise-intune che", 1) == ["plain,check"]
    assert offered("ise-intune check exa", 2) == ["plain,example"]
    assert offered("ise-intune --root /none check exa", 4) == [], "and says nothing where there is nothing"
