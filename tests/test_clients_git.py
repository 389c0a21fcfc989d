"""git, asked what changed: which commit is compared with, which files are not as there, and what is refused."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from clients.git import repository_of
from helpers.changes.file_change import FileChange
from helpers.errors import InputError, SetupError
from tests.repositories import Checkout, checkout, clone

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def made(tmp_path: Path) -> Checkout:
    """Return a repository with one commit, tagged `first`."""
    made = checkout(tmp_path / "repository")
    made.write("kept.txt", "kept\n")
    made.write("environments/a.yaml", "a: 1\n" * 20)
    made.commit()
    made.git("tag", "first")
    return made


def since(made: Checkout, revision: str = "first", *, exactly: bool = False) -> set[tuple[str | None, str | None]]:
    repository = repository_of(made.top)
    changes = repository.changes(repository.base(revision, exactly=exactly))
    return {(change.before, change.now) for change in changes}


def test_nothing_changed_is_nothing(made: Checkout) -> None:
    assert since(made) == set()


def test_what_is_committed_staged_edited_and_not_yet_added_counts_alike(made: Checkout) -> None:
    made.write("committed.txt")
    made.commit()
    made.write("staged.txt")
    made.git("add", "staged.txt")
    made.write("kept.txt", "edited\n")
    made.write("new folder/not added.txt")
    assert since(made) == {
        (None, "committed.txt"),
        (None, "staged.txt"),
        ("kept.txt", "kept.txt"),
        (None, "new folder/not added.txt"),
    }


def test_what_git_ignores_is_no_change(made: Checkout) -> None:
    made.write(".gitignore", "demo.yaml\n")
    made.write("environments/demo.yaml")
    assert since(made) == {(None, ".gitignore")}


def test_a_file_that_was_touched_and_is_the_same_is_no_change(made: Checkout) -> None:
    os.utime(made.top / "kept.txt", (0, 0))
    assert since(made) == set()


def test_a_renamed_file_is_told_with_both_names_and_a_deleted_one_with_one(made: Checkout) -> None:
    made.git("mv", "environments/a.yaml", "environments/b.yaml")
    made.git("rm", "--quiet", "kept.txt")
    assert since(made) == {("environments/a.yaml", "environments/b.yaml"), ("kept.txt", None)}


def test_a_link_in_place_of_a_file_is_a_change(made: Checkout) -> None:
    (made.top / "kept.txt").unlink()
    (made.top / "kept.txt").symlink_to("environments/a.yaml")
    assert since(made) == {("kept.txt", "kept.txt")}


@pytest.mark.parametrize(
    "name",
    ["-rf", "--output=x", ":(exclude)a", "a\nb.yaml", "a\tb", "“ü”.yaml", "$(touch owned)", 'a" b'],
    ids=["dash", "option", "pathspec", "line-break", "tab", "letters", "shell", "quotes"],
)
def test_any_file_name_is_only_a_name(made: Checkout, name: str) -> None:
    made.write(name)
    assert since(made) == {(None, name)}
    made.commit()
    assert since(made) == {(None, name)}
    assert not (made.top / "owned").exists()


def test_a_file_name_that_is_no_text_is_still_a_name(made: Checkout) -> None:
    (made.top / os.fsdecode(b"caf\xe9")).touch()
    assert since(made) == {(None, os.fsdecode(b"caf\xe9"))}


def test_by_default_only_what_this_side_did_since_both_parted_counts(made: Checkout) -> None:
    made.git("switch", "--quiet", "--create", "other")
    made.write("theirs.txt")
    made.commit()
    made.git("switch", "--quiet", "main")
    made.write("ours.txt")
    made.commit()
    assert since(made, "other") == {(None, "ours.txt")}
    assert since(made, "other", exactly=True) == {(None, "ours.txt"), ("theirs.txt", None)}


@pytest.mark.parametrize("length", [40, 64])
def test_before_the_first_commit_there_was_nothing(made: Checkout, length: int) -> None:
    assert since(made, "0" * length) == {(None, "kept.txt"), (None, "environments/a.yaml")}


@pytest.mark.parametrize("exactly", [True, False])
def test_what_was_in_a_file_is_found_by_its_id(made: Checkout, exactly: bool) -> None:  # noqa: FBT001 — a case
    made.write("environments/a.yaml", "other\n")
    repository = repository_of(made.top)
    (change,) = repository.changes(repository.base("first", exactly=exactly))
    assert repository.contents([change.blob, ""]) == {change.blob: b"a: 1\n" * 20}
    assert repository.contents([""]) == {}


def test_a_way_into_the_repository_is_told_from_the_top(made: Checkout, tmp_path: Path) -> None:
    (tmp_path / "way in").symlink_to(made.top / "environments")
    repository = repository_of(tmp_path / "way in")
    assert repository.prefix(tmp_path / "way in") == "environments/"
    assert repository.prefix(made.top) == ""
    assert repository.prefix(tmp_path) is None


@pytest.mark.parametrize(
    "revision",
    [
        "",
        "--all",
        "-n1",
        "--output=owned",
        "^first",
        "first..HEAD",
        "first...HEAD",
        "a b",
        "a\nb",
        "\x1b[31m",
        "x" * 300,
    ],
    ids=["empty", "all", "count", "output", "not", "range", "both", "blank", "line-break", "escape", "long"],
)
def test_what_is_no_name_of_one_commit_is_refused_before_git_sees_it(made: Checkout, revision: str) -> None:
    with pytest.raises(InputError, match="is no name of a revision; name one commit") as refused:
        since(made, revision)
    assert str(refused.value).isprintable()
    assert not (made.top / "owned").exists()


@pytest.mark.parametrize("revision", ["none", "HEAD:kept.txt", "first^{tree}", "$(touch${IFS}owned)", "@{upstream}"])
def test_what_is_no_commit_here_is_told_with_what_to_do(made: Checkout, revision: str) -> None:
    with pytest.raises(InputError, match="is no commit in this clone; fetch it"):
        since(made, revision)
    assert not (made.top / "owned").exists()


def test_a_branch_may_be_called_what_it_likes(made: Checkout) -> None:
    for name in ("feature/$(touch-owned)", "fähre", "a;b|c&d"):
        made.git("branch", name)
        assert since(made, name) == set()


def test_a_shallow_clone_says_that_it_is_one(made: Checkout, tmp_path: Path) -> None:
    first = made.git("rev-parse", "HEAD")
    made.write("second.txt")
    made.commit()
    shallow = clone(made, tmp_path / "shallow", "--depth=1", "--no-tags")
    with pytest.raises(SetupError, match="this clone is shallow, and it holds no such commit; clone with the whole"):
        since(shallow, first)


def test_a_shallow_clone_whose_history_does_not_reach_back_says_so(made: Checkout, tmp_path: Path) -> None:
    made.git("branch", "other")
    made.write("second.txt")
    made.commit()
    made.git("switch", "--quiet", "other")
    made.write("third.txt")
    made.commit()
    shallow = clone(made, tmp_path / "shallow", "--depth=1", "--no-single-branch")
    with pytest.raises(SetupError, match="does not reach back to where they parted; clone with the whole"):
        since(shallow, "origin/main")
    assert since(shallow, "origin/main", exactly=True) == {("second.txt", None), (None, "third.txt")}


def test_histories_that_never_met_are_told_apart_from_a_shallow_clone(made: Checkout) -> None:
    made.git("switch", "--quiet", "--orphan", "apart")
    made.commit()
    with pytest.raises(InputError, match=r"first: has no history in common with HEAD; .*--compare revision"):
        since(made)


def test_a_folder_outside_of_any_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"is in no work tree of git \(fatal: not a git repository"):
        repository_of(tmp_path)


def test_without_git_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match="git: not found; install it"):
        repository_of(tmp_path)


def test_a_hooks_variables_do_not_lead_to_another_repository(
    made: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = checkout(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.top / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.top))
    assert repository_of(made.top).top == made.top.resolve()


def test_asking_changes_nothing(made: Checkout) -> None:
    made.write("kept.txt", "edited\n")
    made.git("add", "kept.txt")
    before = made.git("status", "--porcelain"), made.git("for-each-ref"), made.git("count-objects")
    assert since(made)
    assert (made.git("status", "--porcelain"), made.git("for-each-ref"), made.git("count-objects")) == before


def test_a_change_is_called_by_its_newest_path() -> None:
    assert FileChange("a", "b").path == "b"
    assert FileChange("a", None).path == "a"
