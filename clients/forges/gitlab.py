"""GitLab, as a job of a pipeline sees it that a webhook of merge requests triggered.

Sources: GitLab REST API v4, "Merge requests", "Notes", "Commits", "Issues"; "Trigger pipelines by using the API":
the webhook's payload is in the file that TRIGGER_PAYLOAD names.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from clients.forges.api import Api, api_of, commit_id, number_in, required
from clients.forges.forge import Change, Issue, Verdict
from helpers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

_NAME = "ise-intune/review"
_STATES = {Verdict.PASSES: "success", Verdict.STOPS: "failed", Verdict.UNKNOWN: "failed"}
_LONGEST_DESCRIPTION = 255
_LABEL = "ise-intune"
_RUNNER = "GitLab's runners set it"
_TOKEN = "make a project access token as docs/pipelines.md says, for this job's environment alone"  # noqa: S105 — advice


@dataclass(frozen=True)
class GitLab:
    """One project, by its number."""

    api: Api
    project: int
    environment: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, environment: Mapping[str, str], http: httpx.Client) -> Self:
        """Return the project that this runner works for. Raises `InputError`."""
        token = required(environment, "ISE_INTUNE_GITLAB_TOKEN", _TOKEN)
        base = required(environment, "CI_API_V4_URL", _RUNNER)
        api = api_of("GitLab", base, {"PRIVATE-TOKEN": token}, http)
        return cls(api, _project(environment), environment)

    @property
    def _here(self) -> str:
        return f"/projects/{self.project}"

    def change(self) -> Change | None:
        """Return the merge request that the webhook is about, unless it has gone on since."""
        number, commit = told_of(self.environment)
        there = f"{self._here}/merge_requests/{number}"
        found = self.api.get(there)
        if found["state"] != "opened" or found["sha"] != commit:
            return None
        files = [*self.api.pages(f"{there}/diffs")]
        paths = {path for each in files for path in (each["new_path"], each["old_path"])}
        # GitLab says "1000+" where it lists no more.
        return Change(number, commit, tuple(sorted(paths)), all_paths=str(found.get("changes_count")).isdecimal())

    def comment(self, change: Change, marker: str, body: str) -> str:
        """Write over our own note, or add one."""
        there = f"{self._here}/merge_requests/{change.number}/notes"
        us = self.api.get("/user")["id"]
        ours = [
            each for each in self.api.pages(there) if each["author"]["id"] == us and each["body"].startswith(marker)
        ]
        if ours:
            made = self.api.send("PUT", f"{there}/{int(ours[0]['id'])}", {"body": body})
        else:
            made = self.api.send("POST", there, {"body": body})
        page = self.api.get(f"{self._here}/merge_requests/{change.number}")["web_url"]
        return f"{page}#note_{made['id']}"

    def status(self, change: Change, verdict: Verdict, description: str) -> None:
        """Set our status beside the commit."""
        status = {
            "state": _STATES[verdict],
            "name": _NAME,
            "description": description[:_LONGEST_DESCRIPTION],
            "target_url": self.environment.get("CI_JOB_URL", ""),
        }
        self.api.send("POST", f"{self._here}/statuses/{change.commit}", status)

    def issue(self, issue: Issue) -> str:
        """Open, write over or close our issue; the oldest of ours counts."""
        there = f"{self._here}/issues"
        us = self.api.get("/user")["id"]
        listed = self.api.pages(there, author_id=us, labels=_LABEL, order_by="created_at", sort="asc", scope="all")
        ours = [each for each in listed if issue.is_keyed_in(each.get("description") or "")]
        wanted = {"title": issue.title, "description": issue.body}
        if not ours:
            if not issue.is_open:
                return ""
            return str(self.api.send("POST", there, {**wanted, "labels": _LABEL})["web_url"])
        known = ours[0]
        is_open = known["state"] == "opened"
        if not issue.is_told_by(known["title"], known["description"], is_open=is_open):
            turned = {} if is_open is issue.is_open else {"state_event": "reopen" if issue.is_open else "close"}
            self.api.send("PUT", f"{there}/{int(known['iid'])}", {**wanted, **turned})
        return str(known["web_url"])


def told_of(environment: Mapping[str, str]) -> tuple[int, str]:
    """Return the number and the newest commit of the merge request that a webhook told of. Raises `InputError`."""
    try:
        event = json.loads(Path(environment.get("TRIGGER_PAYLOAD", "")).read_bytes())
    except (OSError, ValueError, RecursionError):
        event = None
    if not isinstance(event, dict) or event.get("object_kind") != "merge_request":
        remedy = "let a webhook of merge requests trigger the pipeline, as docs/pipelines.md says"
        raise InputError("TRIGGER_PAYLOAD", "tells of no merge request", remedy)
    told: dict[str, Any] = event.get("object_attributes") or {}
    if told.get("target_project_id") != _project(environment):
        raise InputError("TRIGGER_PAYLOAD", "tells of another project", "put the webhook into this one")
    last = told.get("last_commit")
    commit = last.get("id") if isinstance(last, dict) else None
    return number_in(told.get("iid"), "TRIGGER_PAYLOAD"), commit_id(commit, "TRIGGER_PAYLOAD")


def _project(environment: Mapping[str, str]) -> int:
    project = required(environment, "CI_PROJECT_ID", _RUNNER)
    if not project.isdecimal():
        raise InputError("CI_PROJECT_ID", "is no number", _RUNNER)
    return int(project)
