"""GitHub, as a job of GitHub Actions sees it.

Sources: GitHub REST API, "Issues", "Pull requests", "Commit statuses"; webhook event `workflow_run`, which names a
pull request only where it comes from the same repository.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from clients.forges.api import Api, api_of, commit_id, number_in, required
from clients.forges.forge import Change, Issue, Verdict
from helpers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

# Who GITHUB_TOKEN is: comments and issues of anybody else are not ours to write over.
_US = "github-actions[bot]"
_CONTEXT = "ise-intune/review"
_STATES = {Verdict.PASSES: "success", Verdict.STOPS: "failure", Verdict.UNKNOWN: "error"}
_LONGEST_DESCRIPTION = 140
_RUNNER = "GitHub's runners set it"
_TOKEN = "give the step `GITHUB_TOKEN: ${{ github.token }}`"  # noqa: S105 — advice
# More files of a pull request GitHub does not list.
_MOST_FILES = 3000


@dataclass(frozen=True)
class GitHub:
    """One repository. `event` is the file that holds what happened; `run` is this run's address."""

    api: Api
    repository: str
    event: str
    run: str

    @classmethod
    def of(cls, environment: Mapping[str, str], http: httpx.Client) -> Self:
        """Return the repository that this runner works for. Raises `InputError`."""
        token = required(environment, "GITHUB_TOKEN", _TOKEN)
        headers = {"Authorization": f"Bearer {token}", "X-GitHub-Api-Version": "2022-11-28"}
        repository = required(environment, "GITHUB_REPOSITORY", _RUNNER)
        server, run = (environment.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_RUN_ID"))
        return cls(
            api_of("GitHub", required(environment, "GITHUB_API_URL", _RUNNER), headers, http),
            f"/repos/{repository}",
            environment.get("GITHUB_EVENT_PATH", ""),
            f"{server}/{repository}/actions/runs/{run}",
        )

    def change(self) -> Change | None:
        """Return the pull request whose newest commit the event's run was for: by owner, branch and commit."""
        run = _run(self.event)
        commit = commit_id(run.get("head_sha"), "the event's head_sha")
        head = f"{_text(_object(run, 'head_repository', 'owner'), 'login')}:{_text(run, 'head_branch')}"
        found = [
            number_in(pull.get("number"), "a pull request")
            for pull in self.api.pages(f"{self.repository}/pulls", state="open", head=head)
            if pull["head"]["sha"] == commit
        ]
        named = {each.get("number") for each in run.get("pull_requests") or () if isinstance(each, dict)}
        # Two of one branch into two others: the event says which one, where it may.
        numbers = [number for number in found if number in named] or found
        if not numbers:
            return None
        if len(numbers) > 1:
            listed = ", ".join(f"#{number}" for number in numbers)
            raise InputError("the event", f"is about one of {listed}, which have one commit", "close all but one")
        return self._change(numbers[0], commit)

    def _change(self, number: int, commit: str) -> Change:
        files = [*self.api.pages(f"{self.repository}/pulls/{number}/files")]
        paths = [name for each in files for name in (each["filename"], each.get("previous_filename")) if name]
        return Change(number, commit, tuple(paths), all_paths=len(files) < _MOST_FILES)

    def comment(self, change: Change, marker: str, body: str) -> str:
        """Write over our own comment, or add one."""
        there = f"{self.repository}/issues/{change.number}/comments"
        ours = [
            each
            for each in self.api.pages(there)
            if each["user"]["login"] == _US and (each.get("body") or "").startswith(marker)
        ]
        if ours:
            made = self.api.send("PATCH", f"{self.repository}/issues/comments/{int(ours[0]['id'])}", {"body": body})
        else:
            made = self.api.send("POST", there, {"body": body})
        return str(made["html_url"])

    def status(self, change: Change, verdict: Verdict, description: str) -> None:
        """Set our status, which a branch's protection can require."""
        status = {
            "state": _STATES[verdict],
            "context": _CONTEXT,
            "description": description[:_LONGEST_DESCRIPTION],
            "target_url": self.run,
        }
        self.api.send("POST", f"{self.repository}/statuses/{change.commit}", status)

    def issue(self, issue: Issue) -> str:
        """Open, write over or close our issue; the oldest of ours counts."""
        there = f"{self.repository}/issues"
        listed = self.api.pages(there, state="all", creator=_US, sort="created", direction="asc")
        ours = [each for each in listed if "pull_request" not in each and issue.is_keyed_in(each.get("body") or "")]
        if not ours:
            if not issue.is_open:
                return ""
            return str(self.api.send("POST", there, {"title": issue.title, "body": issue.body})["html_url"])
        known = ours[0]
        if not issue.is_told_by(known["title"], known["body"], is_open=known["state"] == "open"):
            wanted = {"title": issue.title, "body": issue.body, "state": "open" if issue.is_open else "closed"}
            self.api.send("PATCH", f"{there}/{int(known['number'])}", wanted)
        return str(known["html_url"])


def _run(path: str) -> dict[str, Any]:
    """Return the run of the change's own workflow that this one follows. Raises `InputError`."""
    try:
        event = json.loads(Path(path).read_bytes())
    except (OSError, ValueError, RecursionError):
        event = None
    run = event.get("workflow_run") if isinstance(event, dict) else None
    if not isinstance(run, dict) or run.get("event") != "pull_request":
        remedy = "run it in a workflow that follows the review's with `workflow_run`"
        raise InputError("the event", "is not the end of a pull request's workflow", remedy)
    return run


def _object(document: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        value = document.get(name)
        document = value if isinstance(value, dict) else {}
    return document


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        # A fork that is gone has no owner any more.
        raise InputError(f"the event's {name}", "is missing", "push the change again from a repository that is there")
    return value
