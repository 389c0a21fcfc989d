"""The environments' folder: what is found, what is selected, what is opened, and who would be in whose way."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from helpers.declaration.environments import judge_files, read_environment, read_environments
from helpers.declaration.folder import environment_files, select, stacks_selected
from helpers.declaration.yaml_reading import MAX_BYTES
from helpers.errors import DeclarationErrors, InputError
from tests.declaring import OWNER, declare, write_environment
from tests.judging import SOUND, write_text

if TYPE_CHECKING:
    from pathlib import Path

_NAME_RULE = (
    "is not a usable file name; end it with .yaml; "
    "begin with a small letter; then small letters, digits and hyphens, 40 at most"
)


def _named(name: str) -> dict[str, object]:
    return {"application": {"display_name": name}}


def test_every_file_of_the_folder_is_an_environment_sorted_by_name(tmp_path: Path) -> None:
    for name in ("b", "a-2", "a"):
        write_environment(tmp_path, name, **_named(name))
    (tmp_path / ".a.yaml.swp").touch()
    (tmp_path / ".hidden.yaml").touch()
    (tmp_path / "README.md").touch()
    (tmp_path / "environment.schema.json").touch()
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "c.yaml").touch()
    assert list(environment_files(tmp_path)) == ["a", "a-2", "b"]
    assert [each.name for each in read_environments(tmp_path)] == ["a", "a-2", "b"]


@pytest.mark.parametrize(
    "name",
    ["Production.yaml", "production.yml", "production.YAML", "1st.yaml", "a_b.yaml", "a.b.yaml", "a b.yaml",
     f"{'a' * 41}.yaml", "ä.yaml", "-.yaml", "a\nerror: forged.yaml"],
)  # fmt: skip
def test_a_file_that_looks_like_an_environment_and_cannot_be_one_is_not_passed_over(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(DeclarationErrors) as raised:
        environment_files(tmp_path)
    (line,) = str(raised.value).splitlines()
    assert line.endswith(_NAME_RULE)


def test_the_one_word_that_cdktf_has_for_itself_is_no_environments_name(tmp_path: Path) -> None:
    (tmp_path / "constructor.yaml").touch()
    with pytest.raises(DeclarationErrors, match="is not a usable file name; choose another name: `constructor` is a w"):
        environment_files(tmp_path)


def test_another_teams_misnamed_file_is_in_nobodys_way_who_asks_for_names(tmp_path: Path) -> None:
    path = write_environment(tmp_path, "a")
    (tmp_path / "Not A Name.yaml").touch()
    assert select(tmp_path, ["a"]) == [path]


def test_only_what_is_asked_for_is_opened(tmp_path: Path) -> None:
    write_environment(tmp_path, "a")
    (tmp_path / "b.yaml").write_text("a tab:\t{", encoding="utf-8")
    (tmp_path / "c.yaml").symlink_to("/nowhere")
    assert [each.name for each in read_environments(tmp_path, only=["a"])] == ["a"]
    with pytest.raises(DeclarationErrors):
        read_environments(tmp_path)


def test_a_name_that_no_file_has_is_an_error_that_knows_the_nearest(tmp_path: Path) -> None:
    write_environment(tmp_path, "production")
    with pytest.raises(InputError, match=r"^prodction: is not an environment; did you mean `production`\?$"):
        read_environments(tmp_path, only=["prodction"])
    with pytest.raises(InputError, match=r"^\.\./x: is not an environment; use one of `production`$"):
        read_environments(tmp_path, only=["../x"])


def test_in_an_empty_folder_a_name_leads_to_new(tmp_path: Path) -> None:
    assert read_environments(tmp_path) == []
    with pytest.raises(InputError, match="a: is not an environment; there is none yet: `ise-intune new NAME` writes"):
        read_environments(tmp_path, only=["a"])


def test_no_folder_is_an_error_that_says_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none: is no folder to read \(No such file or directory\); name the .* with"):
        environment_files(tmp_path / "none")


@pytest.mark.parametrize(("text", "names"), [("", []), ("a", ["a"]), ("a,b", ["a", "b"]), (" a , b,", ["a", "b"])])
def test_stacks_are_selected_by_a_list_of_names(text: str, names: list[str]) -> None:
    assert stacks_selected(text) == names


@pytest.mark.parametrize("text", [",", " ", " , "])
def test_a_selection_that_names_nothing_is_not_taken_for_everything(text: str) -> None:
    with pytest.raises(InputError, match=r"^ISE_INTUNE_STACKS: names no environment"):
        stacks_selected(text)


def test_the_mistakes_of_all_files_come_at_once_each_with_its_file(tmp_path: Path) -> None:
    write_environment(tmp_path, "a", tenant_id="x")
    write_environment(tmp_path, "b", **_named("b"))
    write_environment(tmp_path, "c", ise={"release": "2.0"})
    (tmp_path / "d.yaml").mkdir()
    with pytest.raises(DeclarationErrors) as raised:
        read_environments(tmp_path)
    assert [(each.file, each.key) for each in raised.value.mistakes] == [
        (str(tmp_path / "a.yaml"), "tenant_id"),
        (str(tmp_path / "c.yaml"), "ise.release"),
        (str(tmp_path / "d.yaml"), ""),
    ]
    judged = judge_files(environment_files(tmp_path).values())
    assert [each.name for each in judged.declarations] == ["b"], "and what is sound is there too"


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are made otherwise here")
@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        pytest.param(lambda path: path.mkdir(), "cannot be read (Is a directory)", id="a directory"),
        pytest.param(os.mkfifo, "is not a regular file", id="a pipe nobody writes to"),
        pytest.param(lambda path: path.symlink_to("/dev/zero"), "leads out of its folder by a link", id="a device"),
        pytest.param(lambda path: path.symlink_to("/etc/passwd"), "leads out of its folder by a link", id="a link out"),
        pytest.param(lambda path: path.symlink_to(path.name), "cannot be read (", id="a link to itself"),
        pytest.param(lambda path: path.symlink_to("gone.yaml"), "cannot be read (No such file", id="a link to nothing"),
        pytest.param(lambda path: path.write_bytes(b"#" * (MAX_BYTES + 1)), "is larger than 1024 KiB", id="large"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_text_is_a_mistake_and_nobody_waits_for_it(
    tmp_path: Path, make: object, complaint: str
) -> None:
    path = tmp_path / "production.yaml"
    assert callable(make)
    make(path)
    with pytest.raises(DeclarationErrors) as raised:
        read_environment(path)
    assert complaint in str(raised.value)


def test_a_link_to_another_file_of_the_folder_is_followed(tmp_path: Path) -> None:
    write_text(tmp_path, SOUND, "real.txt")
    (tmp_path / "production.yaml").symlink_to("real.txt")
    assert read_environment(tmp_path / "production.yaml").name == "production"


_AZURE = {"backend": "azurerm", "storage_account_name": "state", "container_name": "ise"}
_LOCK = "https://git.example/lock/a"
_GIT = {"backend": "http", "address": "https://git.example/state/a", "lock_address": _LOCK, "unlock_address": _LOCK}
_HCP = {"backend": "remote", "organization": "example"}
_DEFAULT_STATES = (
    {"backend": "local"},
    _AZURE,
    {"backend": "pg"},
    _HCP,
)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(_GIT, _GIT, id="one address"),
        pytest.param(_GIT, {**_GIT, "address": "https://GIT.example/state/a/"}, id="one address spelt otherwise"),
        pytest.param({**_AZURE, "key": "x"}, {**_AZURE, "key": "x", "use_oidc": True}, id="one blob"),
        pytest.param(_AZURE, {**_AZURE, "key": "ise-intune/a.tfstate"}, id="a blob that is another's by default"),
        pytest.param({"backend": "local"}, {"backend": "local", "path": "state/a.tfstate"}, id="a file, likewise"),
        pytest.param({"backend": "local"}, {"backend": "local", "path": "State/A.tfstate"}, id="but for capitals"),
        pytest.param({"backend": "pg"}, {"backend": "pg", "schema_name": "ise_intune_a"}, id="a schema, likewise"),
        pytest.param(_HCP, {**_HCP, "workspace": "ise-intune-a"}, id="a workspace, likewise"),
    ],
)
def test_two_environments_with_one_state_are_a_mistake(
    tmp_path: Path, first: dict[str, object], second: dict[str, object]
) -> None:
    write_environment(tmp_path, "a", state=first, **_named("a"))
    write_environment(tmp_path, "b", state=second, **_named("b"))
    (mistake,) = judge_files(environment_files(tmp_path).values()).mistakes
    assert (mistake.file, mistake.key) == (str(tmp_path / "b.yaml"), "state")
    assert mistake.cause == (
        f"is the state of another environment too, and each would destroy what the other made ({tmp_path / 'a.yaml'})"
    )


@pytest.mark.parametrize("state", _DEFAULT_STATES, ids=lambda state: state["backend"])
def test_states_that_follow_from_the_name_are_each_ones_own(tmp_path: Path, state: dict[str, object]) -> None:
    write_environment(tmp_path, "a", state=state, **_named("a"))
    write_environment(tmp_path, "b", state=state, **_named("b"))
    assert judge_files(environment_files(tmp_path).values()).mistakes == ()


def test_two_applications_of_one_name_in_one_tenant_are_a_mistake_as_entra_compares_names(tmp_path: Path) -> None:
    write_environment(tmp_path, "a", **_named("Cisco ISE"))
    write_environment(tmp_path, "b", **_named("cisco ise"))
    write_environment(tmp_path, "c", **_named("Cisco ISE"), tenant_id=OWNER)
    (mistake,) = judge_files(environment_files(tmp_path).values()).mistakes
    assert (mistake.file, mistake.key) == (str(tmp_path / "b.yaml"), "application.display_name")
    assert mistake.cause.startswith("is the display name of another environment in this tenant")


def test_one_application_is_not_two_environments(tmp_path: Path) -> None:
    write_environment(tmp_path, "a", client_id=OWNER, **_named("a"))
    write_environment(tmp_path, "b", client_id=OWNER.upper(), **_named("b"))
    (mistake,) = judge_files(environment_files(tmp_path).values()).mistakes
    assert (mistake.key, mistake.remedy) == ("client_id", "give each environment an application of its own")


def test_messages_name_a_file_as_the_caller_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_environment(tmp_path / "environments", "a", tenant_id="x")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DeclarationErrors, match=r"^environments/a\.yaml:2: tenant_id: 'x' is not a GUID"):
        read_environment(next(iter(environment_files(tmp_path / "environments").values())).relative_to(tmp_path))


def test_two_readings_are_equal(tmp_path: Path) -> None:
    assert declare(tmp_path).integration == declare(tmp_path).integration
