"""CDK Terrain in CDKTF's place: the move that docs/tomorrow.md tells, made on a copy of the project."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bootstrap import locks
from bootstrap.stamps import fingerprint
from bootstrap.steps import LOCKED, PIP
from helpers.model import PermissionType
from helpers.permissions import profiles
from tests.declaring import write_environment
from tests.sandboxes import surroundings
from tests.taking_over import API, APPLICATION, PRINCIPAL, entry

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "cdktn.txt"
_PATIENCE = 300
_CONSENT = {"profile": "article-2016", "admin_consent": "terraform"}
ENVIRONMENTS: dict[str, dict[str, Any]] = {
    "azurerm": {"permissions": _CONSENT},
    "http": {
        "state": dict.fromkeys(("address", "lock_address", "unlock_address"), "https://s.example/x")
        | {"backend": "http"},
        "cloud": "china",
    },
    "local": {"state": {"backend": "local"}, "application": {"display_name": '${file("/etc/hostname")} %{ if 1 }–'}},
    "pg": {"state": {"backend": "pg"}, "certificates": {"psn-02": {"file": "a.pem", "nodes": ["a"], "formerly": "b"}}},
    "remote": {"state": {"backend": "remote", "organization": "example"}},
}
ADOPTED = "adopted"


@dataclass(frozen=True)
class Copy:
    """A copy of what synthesizes, and where Python looks for packages before it looks here."""

    folder: Path
    packages: tuple[Path, ...] = ()

    def synthesized(self) -> dict[str, Any]:
        """Return every file that synthesis writes, read, by its path."""
        done = subprocess.run(
            [sys.executable, "main.py"],
            cwd=self.folder,
            env=surroundings(PYTHONPATH=os.pathsep.join(map(str, self.packages))),
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        output = self.folder / "cdktf.out"
        return {str(path.relative_to(output)): json.loads(path.read_bytes()) for path in sorted(output.rglob("*.json"))}


def commands() -> list[str]:
    """Return the commands of the page's first block."""
    (block, *_) = re.findall(
        r"^```sh\n(.*?)^```$", (ROOT / "docs" / "tomorrow.md").read_text(), re.MULTILINE | re.DOTALL
    )
    return str(block).splitlines()


@pytest.fixture
def copy(tmp_path: Path) -> Callable[[str], Path]:
    """Copy what the move changes, and what synthesizes."""
    for environment, changes in ENVIRONMENTS.items():
        title = {"display_name": f"Cisco ISE {environment}"}
        write_environment(tmp_path / "environments", environment, **{"application": title, **changes})
    write_environment(tmp_path / "environments", ADOPTED, **taken_over(tmp_path / "environments"))

    def copying(name: str) -> Path:
        folder = tmp_path / name
        for room in ("stacks", "helpers", "bench", "requirements"):
            shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "main.py", folder)
        shutil.copytree(tmp_path / "environments", folder / "environments")
        return folder

    return copying


def taken_over(folder: Path) -> dict[str, Any]:
    """Return what declares an application of which everything that a deploy can import was there before."""
    asked = sorted(profiles()[_CONSENT["profile"]].permissions)
    consents = {
        "roles": [
            {"permission": each.id, "resource": API, "assignment": f"assigned-{number}"}
            for number, each in enumerate(asked)
            if each.type is PermissionType.APPLICATION
        ],
        "grants": [
            {"api": api, "grant": f"granted-{number}"}
            for number, api in enumerate(sorted({each.api for each in asked if each.type is PermissionType.DELEGATED}))
        ],
    }
    return {
        "permissions": _CONSENT,
        "certificates": {"psn-01": entry(folder), "psn-01-2027": {"file": "certificates/new.pem", "nodes": ["psn-01"]}},
        "adopted": {
            "application": APPLICATION,
            "service_principal": PRINCIPAL,
            "permission_order": [each.id for each in reversed(asked)],
            "consents": consents,
            "unmanaged": {"application": ["web", "api"], "service_principal": ["notes"]},
        },
    }


def moved(folder: Path) -> Path:
    """Make the move, as far as files are concerned."""
    if shutil.which("perl") is None:
        pytest.skip("perl is not installed")
    subprocess.run(["sh", "-c", commands()[0]], cwd=folder, check=True)
    return folder


def installed() -> Path:
    """Return a folder with what the lock names, installed once."""
    folder = ROOT / ".cache" / "cdktn" / fingerprint(LOCK.read_bytes())[:16]
    if not folder.is_dir():
        shutil.rmtree(folder.parent, ignore_errors=True)
        fresh = folder.with_suffix(".new")
        command = [sys.executable, *PIP, *LOCKED, "--quiet", "--requirement", str(LOCK), "--target", str(fresh)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
        if done.returncode:
            pytest.skip(f"CDK Terrain cannot be installed: {done.stderr.strip().splitlines()[-1]}")
        fresh.rename(folder)
    return folder


def test_the_move_is_two_commands() -> None:
    assert [command.split()[0] for command in commands()] == ["perl", "make"]
    assert commands()[1] == "make lock"


def test_the_move_leaves_no_name_of_cdktf_where_anything_is_imported(copy: Callable[[str], Path]) -> None:
    folder = moved(copy("moved"))
    for path in [*folder.glob("stacks/*.py"), *folder.glob("bench/*.py")]:
        assert re.findall(r"^\s*(?:from|import) cdktf.*", path.read_text(encoding="utf-8"), re.MULTILINE) == []


def test_the_move_asks_for_the_versions_that_are_tested(copy: Callable[[str], Path]) -> None:
    asked = (moved(copy("moved")) / "requirements" / "run.in").read_text(encoding="utf-8")
    pins = locks.pins(LOCK)
    for package in ("cdktn", "cdktn-provider-azuread"):
        assert f"\n{package} == {pins[package]}\n" in asked
    assert "cdktf-cdktf" not in asked


def test_what_cdk_terrain_needs_besides_has_the_versions_in_use() -> None:
    """Or what is compared would be two of everything."""
    ours, theirs = locks.pins(ROOT / "requirements" / "run.txt"), locks.pins(LOCK)
    different = {name for name in theirs if theirs[name] != ours.get(name)}
    assert different <= {"cdktn", "cdktn-provider-azuread"}


@pytest.mark.slow
def test_cdk_terrain_writes_the_same_json_but_for_its_version(copy: Callable[[str], Path], tmp_path: Path) -> None:
    barrier = tmp_path / "barrier"
    for name in ("cdktf", "cdktf_cdktf_provider_azuread"):
        (barrier / name).mkdir(parents=True)
        (barrier / name / "__init__.py").write_text("raise ImportError('CDKTF is not to be used')\n", encoding="utf-8")
    before = Copy(copy("before")).synthesized()
    after = Copy(moved(copy("after")), (barrier, installed())).synthesized()
    assert {name for name in before if name.endswith("cdk.tf.json")} == {
        f"stacks/{name}/cdk.tf.json" for name in (*ENVIRONMENTS, ADOPTED)
    }
    assert_takes_everything_over(before[f"stacks/{ADOPTED}/cdk.tf.json"])
    versions = [taken_out(name, document) for documents in (before, after) for name, document in documents.items()]
    ours, theirs = locks.pins(ROOT / "requirements" / "run.txt"), locks.pins(LOCK)["cdktn"]
    # Where the move has been made already, both are CDK Terrain.
    assert set(filter(None, versions)) == {ours.get("cdktf", theirs), theirs}
    assert after == before


def assert_takes_everything_over(document: dict[str, Any]) -> None:
    """Hold a stack to what only an adopted one has: import blocks, and arguments that are left alone."""
    made = {f"{type_}.{name}" for type_, each in document["resource"].items() for name in each}
    imported = {block["to"] for block in document["import"]}
    assert made - imported == {"azuread_application_certificate.certificate-psn-01-2027"}
    left_alone = {
        f"{type_}.{name}": resource["lifecycle"]["ignore_changes"]
        for type_, each in document["resource"].items()
        for name, resource in each.items()
        if "ignore_changes" in resource.get("lifecycle", {})
    }
    assert left_alone == {
        "azuread_application.application": ["api", "web"],
        "azuread_service_principal.service-principal": ["notes"],
        "azuread_application_certificate.certificate-psn-01": ["value", "encoding"],
    }


def taken_out(name: str, document: dict[str, Any]) -> str | None:
    """Take the version of the library out of a synthesized document, and return it."""
    if name == "manifest.json":
        return str(document.pop("version"))
    return str(document["//"]["metadata"].pop("version")) if name.endswith("cdk.tf.json") else None
