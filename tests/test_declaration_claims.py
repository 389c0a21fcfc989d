"""What an environment shares with one nobody asked about is seen all the same, however it is spelt there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from helpers.declaration import claims
from helpers.declaration.environments import judge_files, read_environments
from helpers.errors import DeclarationErrors
from tests.declaring import OWNER, TENANT, write_environment

if TYPE_CHECKING:
    from pathlib import Path

_LOCK = "https://git.example/lock/a"
_HTTP = {"backend": "http", "address": "https://git.example/state/a", "lock_address": _LOCK, "unlock_address": _LOCK}


def _keys(folder: Path) -> list[tuple[str, str]]:
    """Return the file and key of every mistake said when `b` alone is asked for."""
    return [(each.file, each.key) for each in judge_files([folder / "b.yaml"]).mistakes]


def _write_b(folder: Path, **changes: object) -> None:
    write_environment(folder, "b", **{"application": {"display_name": "Cisco ISE's B"}, **changes})


@pytest.mark.parametrize(
    ("state", "other"),
    [
        pytest.param({"backend": "local", "path": "state/a.tfstate"}, {"backend": "local"}, id="another's default"),
        pytest.param({"backend": "local"}, {"backend": "local", "path": "state/b.tfstate"}, id="its default"),
        pytest.param({"backend": "pg"}, {"backend": "pg", "schema_name": "ise_intune_b"}, id="its default schema"),
        pytest.param({"backend": "local", "path": "x.tfstate"}, {"backend": "local", "path": "X.tfstate"}, id="a path"),
        *(
            pytest.param(_HTTP, {**_HTTP, "address": address}, id=address)
            for address in (
                "https://GIT.example:443/state/a/",
                "https://git.example//state/a",
                "https://git.example/x/../state/./a",
                "https://git.example/%73tate/%61",
            )
        ),
    ],
)
def test_one_state_is_a_mistake_though_only_one_file_was_asked_for(
    tmp_path: Path, state: dict[str, object], other: dict[str, object]
) -> None:
    write_environment(tmp_path, "a", state=other)
    _write_b(tmp_path, state=state)
    assert _keys(tmp_path) == [(str(tmp_path / "b.yaml"), "state")]
    with pytest.raises(DeclarationErrors, match=r"b\.yaml:\d+: state: is the state of another environment too"):
        read_environments(tmp_path, only=["b"])


@pytest.mark.parametrize(
    "spelling",
    [
        "cisco ise's b",
        "'Cisco ISE''s B'",
        '"Cisco ISE\'s B"',
        '"Cisco\\x20ISE\'s \\u0042"',
        '"Cisco\n    ISE\'s\n    B"',
        "Cisco\n    ISE's B",
        ">-\n    Cisco\n    ISE's B",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_one_display_name_is_a_mistake_however_it_is_written(tmp_path: Path, spelling: str, encoding: str) -> None:
    text = f"tenant_id: {TENANT}\napplication:\n  display_name: {spelling}\n"
    (tmp_path / "a.yaml").write_text(text, encoding=encoding)
    _write_b(tmp_path)
    assert _keys(tmp_path) == [(str(tmp_path / "b.yaml"), "application.display_name")]


def test_one_application_is_a_mistake(tmp_path: Path) -> None:
    write_environment(tmp_path, "a", client_id=OWNER.upper())
    _write_b(tmp_path, client_id=OWNER)
    assert _keys(tmp_path) == [(str(tmp_path / "b.yaml"), "client_id")]


def test_one_adopted_application_is_a_mistake(tmp_path: Path) -> None:
    """Without client ids, and under another name: the object id is what Terraform imports by."""
    write_environment(tmp_path, "a", adopted={"application": OWNER.upper()})
    _write_b(tmp_path, adopted={"application": OWNER})
    assert _keys(tmp_path) == [(str(tmp_path / "b.yaml"), "adopted.application")]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a tab:\t{ Cisco ISE's B", id="no YAML"),
        pytest.param("- Cisco ISE's B", id="no mapping"),
        pytest.param("application: [Cisco ISE's B]\nstate: state/b.tfstate", id="another shape"),
        pytest.param("# Cisco ISE's B\nstate: {backend: s3, path: state/b.tfstate}", id="no known backend"),
        pytest.param("# Cisco ISE's B\nstate: {backend: local, path: [state/b.tfstate]}", id="no state"),
        pytest.param(f"tenant_id: {OWNER}\napplication: {{display_name: Cisco ISE's B}}", id="another tenant"),
    ],
)
def test_what_is_wrong_with_others_is_not_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    _write_b(tmp_path, state={"backend": "local"})
    assert _keys(tmp_path) == []


def test_others_that_clash_with_each_other_are_in_nobodys_way(tmp_path: Path) -> None:
    write_environment(tmp_path, "a")
    write_environment(tmp_path, "c")
    _write_b(tmp_path)
    assert _keys(tmp_path) == []


def test_a_file_without_the_words_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        name = {"display_name": f"Cisco ISE's B{number}"}  # begins as the other does
        write_environment(tmp_path, f"a{number}", application=name, state={"backend": "local"})
    _write_b(tmp_path, state={"backend": "local"})
    parsed: list[str] = []
    monkeypatch.setattr(claims, "read_yaml", lambda _content, file: parsed.append(file))
    assert _keys(tmp_path) == []
    assert parsed == []
