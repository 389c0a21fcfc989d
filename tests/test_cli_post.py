"""`post`: one comment in its place, a status that gates, an issue that closes itself, on each of three forges."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from cli.review import render
from tests.commanding import Said, say
from tests.forge_doubles import HEAD, OURS, THEIRS, TOKEN, AzureDouble, GitHubDouble, GitLabDouble
from tests.in_process import InProcess, Served
from tests.reviews import QUIET, RICH

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.reviewing.review import Review

MARKER = "<!-- ise-intune:review -->"
KEY = "ise-intune-issue:drift"
DIGEST = "d" * 64


@dataclass
class Here:
    """A runner of a forge, in a folder of its own."""

    name: str
    double: Any
    folder: Path
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def post_review(self, review: Review | bytes, *more: str) -> Said:
        """Write a review's JSON, and post it."""
        file = self.folder / "review.json"
        file.write_bytes(review if isinstance(review, bytes) else render(review, "json").encode())
        return say(self.capsys, "post", "review", str(file), *more)

    def post_issue(self, *, is_open: bool, digest: str = DIGEST, **changes: Any) -> Said:  # noqa: ANN401
        """Write an issue, and post it."""
        body = f"{MARKER}\nsomething\n\n`{digest}`\n\n<!-- {KEY} -->\n"
        state = "open" if is_open else "closed"
        issue = {"key": KEY, "title": "somebody has to look", "state": state, "body": body, "digest": digest, **changes}
        file = self.folder / "issue.json"
        file.write_text(json.dumps(issue), encoding="utf-8")
        return say(self.capsys, "post", "issue", str(file))

    def event(self, **changes: object) -> None:
        """Let something else have happened."""
        _happened(self, changes)

    def issue(self) -> tuple[str, bool]:
        """Return the one issue of ours: its text, and whether it is open."""
        (one,) = self.double.issues
        told = one.get("fields", one)
        state = told.get("state") or told["System.State"]
        body = told.get("body") or told.get("description") or told["System.Description"]
        return body, state in {"open", "opened", "To Do"}


def _happened(here: Here, changes: dict[str, object]) -> None:
    if here.name == "azure":
        here.monkeypatch.setenv("ISE_INTUNE_CHANGE_NUMBER", str(changes.get("number", 7)))
        here.monkeypatch.setenv("ISE_INTUNE_CHANGE_COMMIT", str(changes.get("commit", HEAD)))
        return
    file = here.folder / "event.json"
    if here.name == "github":
        run = {
            "event": "pull_request",
            "head_sha": HEAD,
            "head_branch": "patch-1",
            "head_repository": {"owner": {"login": "mallory"}},
            "pull_requests": [],
        }
        file.write_text(json.dumps({"workflow_run": {**run, **changes}}), encoding="utf-8")
    else:
        told = {"iid": 7, "target_project_id": 42, "last_commit": {"id": HEAD}}
        file.write_text(json.dumps({"object_kind": "merge_request", "object_attributes": {**told, **changes}}))


_VARIABLES = {
    "github": {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": "https://api.github.test",
        "GITHUB_REPOSITORY": "contoso/ise-intune",
        "GITHUB_SERVER_URL": "https://github.test",
        "GITHUB_RUN_ID": "5",
        "GITHUB_TOKEN": TOKEN,
    },
    "gitlab": {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": "https://gitlab.test/api/v4",
        "CI_PROJECT_ID": "42",
        "CI_JOB_URL": "https://gitlab.test/job/5",
        "ISE_INTUNE_GITLAB_TOKEN": TOKEN,
    },
    "azure": {
        "TF_BUILD": "True",
        "SYSTEM_COLLECTIONURI": "https://dev.azure.test/contoso/",
        "SYSTEM_TEAMPROJECT": "network team",
        "SYSTEM_ACCESSTOKEN": TOKEN,
        "BUILD_BUILDID": "5",
    },
}
_HOSTS = {"github": "api.github.test", "gitlab": "gitlab.test", "azure": "dev.azure.test"}
_DOUBLES = {"github": GitHubDouble, "gitlab": GitLabDouble, "azure": AzureDouble}


@pytest.fixture(params=["github", "gitlab", "azure"])
def here(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Here:
    return _here(request.param, tmp_path, capsys, monkeypatch)


def _here(name: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Here:
    for variable in os.environ:
        if variable.startswith(("GITHUB_", "GITLAB_", "CI", "SYSTEM_", "TF_BUILD", "TRIGGER_", "RESOURCES_")):
            monkeypatch.delenv(variable)
    for variable, value in _VARIABLES[name].items():
        monkeypatch.setenv(variable, value)
    for variable in ("GITHUB_EVENT_PATH", "TRIGGER_PAYLOAD"):
        monkeypatch.setenv(variable, str(folder / "event.json"))
    double = _DOUBLES[name]()
    services = InProcess({_HOSTS[name]: Served(double.application)})
    monkeypatch.setattr(httpx, "Client", partial(httpx.Client, transport=httpx.MockTransport(services._handle)))
    made = Here(name, double, folder, capsys, monkeypatch)
    made.event()
    return made


def test_a_review_is_commented_once_and_written_over_the_next_time(here: Here) -> None:
    first = here.post_review(RICH)
    assert (first.code, first.err) == (0, "")
    assert first.out.startswith("https://here/")
    again = here.post_review(QUIET)
    assert (again.code, again.out) == (0, first.out)
    (comment,) = here.double.comments
    assert comment["body"].startswith(f"{MARKER}\n")
    assert "Access review: pass" in comment["body"]


def test_a_comment_of_somebody_else_with_our_first_line_is_left_alone(here: Here) -> None:
    here.double.add_comment_of(THEIRS, f"{MARKER}\nall is well")
    here.double.add_comment_of(OURS, "an older word of ours, about something else")
    assert here.post_review(RICH).code == 0
    theirs, other, ours = (comment["body"] for comment in here.double.comments)
    assert theirs == f"{MARKER}\nall is well"
    assert other == "an older word of ours, about something else"
    assert ours.startswith(f"{MARKER}\n## 🛑 Access review: stop")


def test_our_comment_is_found_behind_a_hundred_others(here: Here) -> None:
    for number in range(120):
        here.double.add_comment_of(THEIRS, f"comment {number}")
    here.post_review(RICH)
    here.post_review(RICH)
    assert len(here.double.comments) == 121


@pytest.mark.parametrize(
    ("review", "states"),
    [(QUIET, {"success", "succeeded"}), (RICH, {"failure", "failed"})],
    ids=["quiet", "rich"],
)
def test_the_status_beside_the_commit_says_how_it_ended(here: Here, review: Review, states: set[str]) -> None:
    here.post_review(review)
    (status,) = here.double.statuses
    assert status["sha"] == HEAD
    assert status["state"] in states
    assert "at or above the gate (medium)" in status["description"]


def test_the_gate_is_the_readers(here: Here) -> None:
    here.post_review(QUIET, "--gate", "low")
    here.post_review(QUIET)
    assert "the gate (low)" in here.double.statuses[0]["description"]
    assert "the gate (medium)" in here.double.statuses[1]["description"]


@pytest.mark.parametrize("content", [b"", b"{}", b" " * (6 * 1024 * 1024)], ids=["empty", "no review", "too much"])
def test_a_review_that_cannot_be_read_stops_the_change_and_is_said(here: Here, content: bytes) -> None:
    said = here.post_review(content)
    assert said.code == 1
    assert "review.json: " in said.err
    (status,) = here.double.statuses
    assert status["state"] in {"error", "failed"}
    assert "Could not be read" in here.double.comments[0]["body"]


def test_files_outside_the_environments_are_said_beside_the_verdict(here: Here) -> None:
    here.double.files += [f".github/workflows/{number}.yml" for number in range(7)]
    here.double.files.append("helpers/`](https://evil.example)")
    here.post_review(QUIET)
    body = here.double.comments[0]["body"]
    assert "The change also touches 8 files outside environments/" in body
    assert "and 3 more" in body
    assert "code owners decide" in body


def test_only_environments_are_nothing_to_say(here: Here) -> None:
    here.post_review(QUIET)
    assert "also touches" not in here.double.comments[0]["body"]


@pytest.mark.parametrize("gone", ["closed", "pushed"])
def test_a_change_that_has_gone_on_is_left_alone(here: Here, gone: str) -> None:
    if gone == "closed":
        here.double.state = "closed"
    else:
        here.double.head = "d" * 40
    said = here.post_review(RICH)
    assert (said.code, said.out) == (0, "")
    assert "no open change has this commit any more" in said.err
    assert here.double.changes == []


_STRANGE: dict[str, list[dict[str, Any]]] = {
    "github": [
        {"event": "push"},
        {"head_sha": "../../issues"},
        {"head_sha": None},
        {"head_repository": None},
        {"head_branch": 5},
    ],
    "gitlab": [{"iid": "7/notes"}, {"iid": True}, {"target_project_id": 43}, {"last_commit": {"id": "x"}}],
    "azure": [{"number": ""}, {"number": "7/../8"}, {"number": "0"}, {"commit": "x"}],
}


def test_an_event_of_another_form_posts_nothing(here: Here) -> None:
    for changes in _STRANGE[here.name]:
        here.event(**changes)
        said = here.post_review(QUIET)
        assert said.code == 1, changes
        assert said.err.startswith("error: "), changes
    assert here.double.changes == []


def test_the_event_says_which_change_to_fetch_where_it_does(here: Here) -> None:
    said = say(here.capsys, "post", "event")
    if here.name == "github":
        assert (said.code, said.out) == (1, "")
    else:
        assert (said.code, said.out) == (0, f"7 {HEAD}\n")
    here.event(**_STRANGE[here.name][-1])
    assert say(here.capsys, "post", "event").code == 1
    assert here.double.asked == []


def test_a_refusal_says_what_the_token_needs_and_not_the_token(here: Here) -> None:
    here.double.refusing = {"POST"}
    said = here.post_review(QUIET)
    assert said.code == 1
    assert "answered 403 (Resource not accessible by integration); let the job's token do this" in said.err
    assert TOKEN not in said.err + said.out


def test_a_token_goes_to_https_alone(here: Here) -> None:
    name = {"github": "GITHUB_API_URL", "gitlab": "CI_API_V4_URL", "azure": "SYSTEM_COLLECTIONURI"}[here.name]
    here.monkeypatch.setenv(name, "http://api.github.test")
    said = here.post_review(QUIET)
    assert said.code == 1
    assert "a token goes to https:// alone" in said.err
    assert here.double.asked == []


def test_a_missing_token_is_named_with_what_to_do(here: Here) -> None:
    name = {"github": "GITHUB_TOKEN", "gitlab": "ISE_INTUNE_GITLAB_TOKEN", "azure": "SYSTEM_ACCESSTOKEN"}[here.name]
    here.monkeypatch.delenv(name)
    said = here.post_review(QUIET)
    assert said.code == 1
    assert f"error: {name}: is not set; " in said.err


def test_an_answer_of_another_form_is_the_forges_and_no_defect(here: Here) -> None:
    here.double.head = None
    here.double.files = [None]
    here.double.comments = [{}]
    said = here.post_review(QUIET)
    assert "defect" not in said.err


# -- issues


def test_an_issue_is_opened_kept_and_closed(here: Here) -> None:
    opened = here.post_issue(is_open=True)
    assert (opened.code, opened.out) == (0, "https://here/11\n")
    assert here.issue()[1]
    before = len(here.double.changes)
    assert here.post_issue(is_open=True).code == 0
    assert len(here.double.changes) == before, "the same findings change nothing"
    here.post_issue(is_open=True, digest="e" * 64)
    assert "e" * 64 in here.issue()[0]
    here.post_issue(is_open=False, digest="f" * 64)
    assert not here.issue()[1]
    here.post_issue(is_open=True, digest="e" * 64)
    assert here.issue()[1], "and it opens again"


def test_where_nothing_was_found_no_issue_is_made(here: Here) -> None:
    said = here.post_issue(is_open=False)
    assert (said.code, said.out) == (0, "")
    assert here.double.issues == []


def test_an_issue_of_somebody_else_with_our_key_is_left_alone(here: Here) -> None:
    here.double.add_issue_of(THEIRS, "all is well", f"nothing to see\n<!-- {KEY} -->")
    here.post_issue(is_open=True)
    assert len(here.double.issues) == 2
    told = here.double.issues[0]
    assert (told.get("title") or told["fields"]["System.Title"]) == "all is well"


@pytest.mark.parametrize("changes", [{"state": "ajar"}, {"body": 5}, {"key": None}], ids=["state", "body", "key"])
def test_what_is_no_issue_is_refused(here: Here, changes: dict[str, Any]) -> None:
    said = here.post_issue(is_open=True, **changes)
    assert said.code == 1
    assert "give what `ise-intune drift --format issue` wrote" in said.err


def test_away_from_a_runner_it_says_so(here: Here) -> None:
    for variable in ("GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD"):
        here.monkeypatch.delenv(variable, raising=False)
    said = here.post_review(QUIET)
    assert said.code == 1
    assert "run it in a pipeline of GitHub Actions, GitLab or Azure DevOps" in said.err


# -- what is GitHub's alone


@pytest.fixture
def github(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Here:
    return _here("github", tmp_path, capsys, monkeypatch)


def test_a_hostile_branch_is_a_value_and_no_address(github: Here) -> None:
    github.event(head_branch="patch-1&state=closed#/../../x?y")
    said = github.post_review(QUIET)
    assert said.code == 0
    assert [path for _, path in github.double.asked] == ["/repos/contoso/ise-intune/pulls"]
    assert github.double.changes == []
