"""The story of `make demo`, played on a scratch sandbox as a newcomer plays it; and its end when it cannot go on."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demo.commands import CommandFailed
from demo.place import Place
from demo.story import WRITTEN_BY, declare, tell_story, write_declaration
from demo.telling import Teller
from helpers.errors import InputError
from sandbox.intune.devices import COMPLIANT_MAC, NONCOMPLIANT_MAC, UNKNOWN_MAC
from tests.sandboxes import PATIENCE, ROOT, end, finish, sandbox_arguments, served, surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator

MIRROR = os.environ.get("AZUREAD_PROVIDER_MIRROR")
# A job in the background is told to ignore Ctrl-C, and all it starts is told so too: here it counts again.
_DEMO = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from demo.__main__ import main
sys.exit(main())
"""


@dataclass(frozen=True)
class Stage:
    """A folder with nothing in it, where the story is played."""

    path: Path

    @property
    def sandbox(self) -> Path:
        """Where the sandbox is made."""
        return self.path / "sandbox"

    def start(self) -> subprocess.Popen[str]:
        """Begin; stdout and stderr are one pipe."""
        folders = ["--folder", str(self.sandbox), "--environments", str(self.path / "environments")]
        provider = ["--provider", "mirror" if MIRROR else "stand-in"]
        return subprocess.Popen(
            [sys.executable, "-c", _DEMO, *folders, *provider],
            env=surroundings(NO_COLOR="1", PATH=_path(), **({"AZUREAD_PROVIDER_MIRROR": MIRROR} if MIRROR else {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def left_running(self) -> list[str]:
        """Return the programs that still run inside the sandbox, where the system lets us look."""
        inside = f"ISE_INTUNE_SANDBOX={self.sandbox}".encode()
        return [program for program, variables in _processes() if inside in variables.split(b"\0")]


def _path() -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def _processes() -> Iterator[tuple[str, bytes]]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            yield (process / "cmdline").read_text(), (process / "environ").read_bytes()
        except OSError:
            continue


def new_files() -> set[str]:
    """Return what git would offer to add, code apart: whoever writes some meanwhile is not the story."""
    asked = ["git", "status", "--porcelain", "--untracked-files=all"]
    lines = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return {line for line in lines if line.startswith("??") and not line.endswith(".py")}


@dataclass(frozen=True)
class Played:
    """The story, told to its end."""

    stage: Stage
    told: str
    status: int

    def fact(self, label: str) -> str:
        """Return what stands beside a label."""
        return next(line.split(label, 1)[1].strip() for line in self.told.splitlines() if f"   {label}  " in line)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    stage, before = Stage(tmp_path_factory.mktemp("demo")), new_files()
    done = end(stage.start())
    yield Played(stage, done.stdout, done.returncode)
    assert new_files() == before


@pytest.mark.e2e
def test_the_story_comes_to_a_good_end_and_leaves_nothing_running(played: Played) -> None:
    assert played.status == 0, played.told
    assert re.search(r"^Told in \d+ s\.$", played.told, re.MULTILINE)
    assert played.stage.left_running() == []


@pytest.mark.e2e
def test_the_story_shows_what_ise_is_told(played: Played) -> None:
    assert "role Application.Read.All" in played.fact("token for Microsoft Graph")
    assert "role get_device_compliance" in played.fact("token for Intune")
    verdicts = [played.fact(f"device {mac}") for mac in (COMPLIANT_MAC, NONCOMPLIANT_MAC, UNKNOWN_MAC)]
    assert [verdict.partition(":")[0] for verdict in verdicts] == ["compliant", "not compliant", "not known to Intune"]


@pytest.mark.e2e
def test_the_second_deploy_of_the_story_changes_nothing(played: Played) -> None:
    first, second = played.told.split("6  Deploy again")
    assert "Apply complete! Resources: 6 added" in first
    assert "No changes." in second


@pytest.mark.e2e
def test_the_story_is_plain_where_there_is_no_terminal(played: Played) -> None:
    assert "\x1b" not in played.told
    assert "azuread provider: " in played.told


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("command", "more", "status", "said"),
    [
        pytest.param("cdktf diff demo", "", 0, "No changes.", marks=pytest.mark.slow),
        ("certificate show", "", 0, "psn-01.ise.sandbox.test"),
        ("portal add-secret", "", 0, "adds a client secret"),
        # Nothing lags in there, so nobody need wait for it to settle.
        ("ise-intune drift demo", " --settle 0", 2, "a client secret appears on the application"),
    ],
)
def test_what_the_story_suggests_works_as_typed(
    played: Played, command: str, *, more: str, status: int, said: str
) -> None:
    (typed,) = [line.strip().removeprefix("$ ") for line in played.told.splitlines() if f"{command}" in line]
    mirror = {"AZUREAD_PROVIDER_MIRROR": MIRROR} if MIRROR else {}
    done = subprocess.run(
        ["sh", "-c", typed + more],
        cwd=ROOT,
        env=surroundings(NO_COLOR="1", **mirror),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == status, done.stderr
    assert said in done.stdout


@pytest.mark.e2e
def test_ctrl_c_in_the_middle_of_a_deploy_ends_all_that_was_started(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    process = stage.start()
    assert process.stdout is not None
    for line in process.stdout:
        if "$ cdktf deploy" in line:
            process.send_signal(signal.SIGINT)
            break
    done = end(process)
    assert done.returncode == 130
    assert "The story was interrupted." in done.stdout
    assert "Traceback" not in done.stdout
    assert stage.left_running() == []


def test_a_sandbox_that_is_up_is_not_played_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    with served(stage.sandbox):
        done = end(stage.start())
    assert done.returncode == 1
    assert f"error: {stage.sandbox}: this sandbox is up; end the command that serves it first" in done.stdout


def test_a_folder_that_is_no_sandbox_is_not_thrown_away(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.sandbox.mkdir(mode=0o700)
    (stage.sandbox / "mine").write_text("dear")
    done = end(stage.start())
    assert done.returncode == 1
    assert "holds something else than a sandbox" in done.stdout
    assert (stage.sandbox / "mine").exists()


@pytest.mark.slow
def test_a_wrong_password_ends_the_story_with_its_cause(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    place = Place(stage.sandbox, tmp_path / "environments", "stand-in")
    story = ["env", "ISE_INTUNE_ISE_PASSWORD=wrong", sys.executable, "-m", "demo", "tell", *place.arguments]
    done = finish(sandbox_arguments("run", stage.sandbox, "--", *story))
    assert done.returncode == 1
    assert "The story ends here: ISE at pan.ise.sandbox.test: answered 401; check user and password" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_the_story_is_told_inside_a_sandbox_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ISE_INTUNE_ISE_USER", raising=False)
    assert tell_story(["--folder", str(tmp_path)]) == 1
    assert "The story ends here: ISE_INTUNE_ISE_USER: is not set" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_declaration_of_somebody_elses_is_not_written_over(tmp_path: Path) -> None:
    place = Place(tmp_path / "sandbox", tmp_path)
    place.declaration.write_text("mine")
    with pytest.raises(InputError, match="was not written by the demo; rename it"):
        declare(Teller(), place, {"psn-01": "psn-01.example.net"})
    assert place.declaration.read_text() == "mine"


def test_an_edited_declaration_is_kept_beside_the_new_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(tmp_path / "sandbox", tmp_path)
    edited, kept = f"{WRITTEN_BY}name: mine\n", tmp_path / "demo.yaml.bak"
    place.declaration.write_text(edited)
    write_declaration(Teller(), place, f"{WRITTEN_BY}name: new\n")
    assert kept.read_text() == edited
    assert str(kept) in capsys.readouterr().out
    kept.unlink()
    write_declaration(Teller(), place, f"{WRITTEN_BY}name: new\n")
    assert not kept.exists()


def a_program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)


def test_a_failed_deploy_is_quoted_from_its_first_error_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = ["demo  Initializing", "demo  ╷", "      │ Error: building client", "      │ ", "Invoking Terraform failed"]
    a_program(tmp_path, "cdktf", f"printf '%s\\n' {shlex.join(said)}; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    teller = Teller()
    with pytest.raises(CommandFailed) as failed:
        teller.run_cdktf("deploy", "demo")
    teller.failed(failed.value)
    assert capsys.readouterr().out.splitlines() == [
        "   $ cdktf deploy demo",
        "         │ Error: building client",
        "   Invoking Terraform failed",
        "",
        "The story ends here: `cdktf deploy` ended with exit code 1",
    ]


def test_a_command_that_is_not_there_ends_the_story(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandFailed, match="`ise-intune check` cannot be started; `make setup` installs it"):
        Teller().run("ise-intune", "check", "demo")
