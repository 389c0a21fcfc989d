"""What may be in the repository, and what must not."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bootstrap import locks
from demo.place import Place
from sandbox.identities import ISE_NODES

ROOT = Path(__file__).resolve().parent.parent
LOCKS = tuple(f"requirements/{name}.txt" for name in locks.NAMES)
HASHED = re.compile(r"(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+")


def tracked() -> list[Path]:
    """Return the files that git has, or would have at the next `git add`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    return [path for name in os.fsdecode(listed).split("\0") if name and (path := ROOT / name).is_file()]


def of_the_demo() -> list[str]:
    """Return the files that the demo writes beside people's own."""
    place = Place()
    files = [place.declaration, *(place.certificate(node.partition(".")[0]) for node in ISE_NODES)]
    return [str(file.relative_to(ROOT)) for file in files]


def tracked_texts() -> list[tuple[str, str]]:
    """Return each tracked file's name and text; binary ones have none."""
    texts = [(str(path.relative_to(ROOT)), path.read_bytes()) for path in tracked()]
    return [(name, text.decode(errors="replace")) for name, text in texts if b"\0" not in text]


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_one_version_and_hashes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    pinned = locks.PIN.findall(text)
    assert pinned
    assert len({package for package, _ in pinned}) == len(pinned)
    assert len(HASHED.findall(text)) == len(pinned)


@pytest.mark.parametrize("name", locks.NAMES)
def test_a_lock_meets_every_requirement_it_was_made_from(name: str) -> None:
    pinned = locks.pins(ROOT / "requirements" / f"{name}.txt")
    lines = (ROOT / "requirements" / f"{name}.in").read_text(encoding="utf-8").splitlines()
    wanted = [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]
    assert wanted
    for requirement in wanted:
        assert pinned[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_what_two_locks_share_has_one_version() -> None:
    run, dev = (locks.pins(ROOT / "requirements" / f"{name}.txt") for name in ("run", "dev"))
    assert {
        package: (run[package], dev[package]) for package in run.keys() & dev.keys() if run[package] != dev[package]
    } == {}


def test_the_locks_were_made_for_these_requirements() -> None:
    locks.check(ROOT / "requirements")


def test_no_lock_names_an_index_or_a_download_address() -> None:
    for name in (*LOCKS, *(f"requirements/{name}.in" for name in locks.NAMES), "pyproject.toml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text, name
        assert re.search(r"--(?:extra-)?index-url|--find-links", text) is None, name


@pytest.mark.parametrize("folder", [".", "tests/azurite"])
def test_npms_lock_has_hashes_and_no_download_address(folder: str) -> None:
    packages = json.loads((ROOT / folder / "package-lock.json").read_bytes())["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    # What comes inside another package's archive is covered by that one's hash.
    installed = {name: package for name, package in packages.items() if name and not package.get("inBundle")}
    assert [name for name, package in installed.items() if not package["integrity"].startswith("sha512-")] == []


@pytest.mark.parametrize("folder", [".", "tests/azurite"])
def test_npm_locks_what_package_json_asks_for(folder: str) -> None:
    asked = json.loads((ROOT / folder / "package.json").read_bytes())
    packages = json.loads((ROOT / folder / "package-lock.json").read_bytes())["packages"]
    assert packages[""]["dependencies"] == asked["dependencies"]
    for name, version in asked["dependencies"].items():
        assert packages[f"node_modules/{name}"]["version"] == version


def test_the_cdktf_command_and_the_library_have_one_version() -> None:
    """Unless the library is CDK Terrain's, which has versions of its own."""
    asked = json.loads((ROOT / "package.json").read_bytes())
    pinned = locks.pins(ROOT / "requirements" / "run.txt")
    assert pinned.keys() & {"cdktf", "cdktn"}
    assert asked["dependencies"]["cdktf-cli"] == pinned.get("cdktf", "0.21.0")


def test_no_private_key_is_in_the_repository_not_even_a_tests() -> None:
    armour = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----\s+(?:[A-Za-z0-9+/=]{16,}|Proc-Type:)")
    assert [name for name, text in tracked_texts() if armour.search(text)] == []
    suffixes = {".key", ".pvk", ".p12", ".pfx", ".jks"}
    assert [str(path) for path in tracked() if path.suffix in suffixes] == []


def test_no_file_names_a_path_of_one_machine() -> None:
    somewhere = re.compile(r"(?<![\w./…-])/(?:home|Users|root)/(?!\{|<|\$)\w+")
    here = [str(ROOT), str(Path.home())]
    found = [name for name, text in tracked_texts() if somewhere.search(text) or any(path in text for path in here)]
    assert found == []


def test_what_git_must_never_take_is_ignored() -> None:
    never = [
        *(".venv/bin/python", "node_modules/cdktf-cli/package.json", ".cache/npm/x", "cdktf.out/manifest.json"),
        *(".sandbox/world.json", "terraform.prod.tfstate", "terraform.prod.tfstate.backup", "errored.tfstate"),
        *("outputs.json", "environments/demo.yaml", "environments/demo.yaml.bak", *of_the_demo()),
        *("environments/certificates/psn.key", "psn.pvk", "psn.p12", "psn.pfx", ".env"),
    ]
    ignored = subprocess.run(
        ["git", "check-ignore", "--stdin", "--no-index"],
        cwd=ROOT,
        input="\n".join(never),
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    assert [path for path in never if path not in ignored] == []


def test_an_environment_and_its_certificates_are_not_ignored() -> None:
    kept = [
        *("environments/production.yaml", "environments/certificates/psn-01.pem", "requirements/run.txt"),
        *("environments/demo-eu.yaml", "environments/certificates/demo-eu-psn-01.pem"),
    ]
    ignored = subprocess.run(["git", "check-ignore", "--no-index", *kept], cwd=ROOT, capture_output=True, check=False)
    assert ignored.stdout == b""


def test_clean_removes_what_the_demo_declared_and_nobody_elses_environment(tmp_path: Path) -> None:
    demo, others = of_the_demo(), ["environments/demo-eu.yaml", "environments/certificates/demo-eu-psn-01.pem"]
    for name in (*demo, *others):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    subprocess.run(["make", "-f", ROOT / "Makefile", "clean"], cwd=tmp_path, capture_output=True, check=True)
    assert [name for name in demo if (tmp_path / name).exists()] == []
    assert [name for name in others if not (tmp_path / name).exists()] == []


@pytest.mark.parametrize("name", [".ci/run", "bootstrap/start.sh"])
def test_a_script_is_executable(name: str) -> None:
    assert (ROOT / name).stat().st_mode & stat.S_IXUSR


def test_every_rule_that_is_not_checked_has_its_reason_beside_it() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if re.match(r'\s+"[A-Z]+[0-9]*",', line)]
    assert rules
    assert [line for line in rules if "  # " not in line and " # " not in line] == []


def test_the_entry_point_is_the_one_that_set_up_writes() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["project"]["scripts"] == {"ise-intune": "cli.main:main"}


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split()
    told = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [line.split()[:2] for line in told.splitlines()] == [["make", target] for target in targets]
