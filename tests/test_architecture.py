"""The rooms and their arrows (docs/architecture.md): who may import whom, read from the code's own imports."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("helpers", "stacks", "clients", "cli", "sandbox", "bootstrap", "demo", "bench", "main")

# The rooms of this project that each room may import.
ARROWS = {
    "helpers": set[str](),
    "stacks": {"helpers"},
    "clients": {"helpers"},
    "cli": {"helpers", "clients", "sandbox"},
    "sandbox": {"helpers", "bootstrap"},
    "bootstrap": set[str](),
    "demo": {"helpers", "clients", "cli", "sandbox"},
    "bench": {"helpers", "sandbox", "tests"},
    "main": {"helpers", "stacks"},
}
# What stays in the rooms named beside it, and nowhere else.
KEPT_IN = {
    "cdktf": {"stacks", "bench"},
    "cdktf_cdktf_provider_azuread": {"stacks", "bench"},
    "cdktn": {"stacks", "bench"},
    "cdktn_provider_azuread": {"stacks", "bench"},
    "socket": {"clients", "sandbox", "bootstrap"},
    "subprocess": {"clients", "sandbox", "bootstrap", "demo", "bench"},
    "httpx": {"clients", "sandbox", "demo"},
    "ciscoisesdk": {"clients"},
    "azure": {"clients"},
    "starlette": {"sandbox"},
    "uvicorn": {"sandbox"},
    "trustme": {"sandbox"},
    "tf": {"sandbox"},
}


@cache
def modules(room: str) -> list[Path]:
    if room == "main":
        return [ROOT / "main.py"]
    return sorted((ROOT / room).rglob("*.py"))


@cache
def imported(path: Path) -> frozenset[str]:
    """Return the top-level name of everything a module imports at run time; what only types need is no arrow."""
    return frozenset(_imported(ast.parse(path.read_text(encoding="utf-8"))))


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in _at_run_time(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def _at_run_time(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _at_run_time(child)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_it_may(room: str) -> None:
    found = {(path.relative_to(ROOT).as_posix(), name) for path in modules(room) for name in imported(path)}
    across = {(path, name) for path, name in found if name in {*ROOMS, "tests"} and name != room}
    assert {(path, name) for path, name in across if name not in ARROWS[room]} == set()


@pytest.mark.parametrize("library", KEPT_IN)
def test_a_library_stays_in_its_rooms(library: str) -> None:
    users = {room for room in ROOMS for path in modules(room) if library in imported(path)}
    assert users <= KEPT_IN[library]


_FRAMEWORKS = {"constructs", "cdktf", "cdktf_cdktf_provider_azuread", "cdktn", "cdktn_provider_azuread"}


def test_the_framework_has_one_door() -> None:
    """Moving to another framework of the same API is one file's work."""
    doors = [path.name for path in modules("stacks") if _FRAMEWORKS & imported(path)]
    assert doors == ["framework.py"]


def test_the_sandbox_is_entered_by_its_own_verb_alone() -> None:
    inside = [path.name for path in modules("cli") if "sandbox" in imported(path)]
    assert inside == ["sandbox.py", "sandbox_portal.py", "sandbox_register.py"]


def test_the_heart_never_asks_the_time_or_the_system() -> None:
    forbidden = {"os", "time", "socket", "subprocess", "random", "secrets"}
    assert {path.name for path in modules("helpers") if forbidden & imported(path)} == set()
    for path in modules("helpers"):
        calls = {ast.unparse(node) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
        assert not calls & {"datetime.now", "date.today", "datetime.utcnow", "datetime.today"}, path


def test_every_room_is_in_the_table() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages <= {*ROOMS, "tests"}
