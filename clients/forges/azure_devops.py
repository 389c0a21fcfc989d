"""Azure DevOps, as a job of a pipeline sees it that a webhook of pull requests started.

Sources: Azure DevOps REST API 7.1, "Pull Request Threads", "Pull Request Statuses", "Work Items", "Wiql"; service hook
events, "Pull request merge attempted". The pipeline hands the event's number and commit on, as variables of ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from clients.forges.api import Api, api_of, commit_id, required
from clients.forges.forge import Change, Issue, Verdict
from helpers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

_VERSION = "7.1"
_STATES = {Verdict.PASSES: "succeeded", Verdict.STOPS: "failed", Verdict.UNKNOWN: "error"}
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_RUNNER = "Azure's agents set it"
_TOKEN = "give the step `SYSTEM_ACCESSTOKEN: $(System.AccessToken)`"  # noqa: S105 — advice
_EVENT = "let a webhook of pull requests start the pipeline, as docs/pipelines.md says"
_MOST_FILES = 2000
_PATCH = "application/json-patch+json"
_TAG = "ise-intune"
_OURS = (
    "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project AND [System.CreatedBy] = @me"
    " AND [System.Tags] CONTAINS 'ise-intune' ORDER BY [System.Id]"
)
_OVER = {"Completed", "Removed", "Resolved"}


@dataclass(frozen=True)
class AzureDevOps:
    """One project. `run` is this run's address; `work_item` is the type of work item that issues are made as."""

    api: Api
    collection: Api
    environment: Mapping[str, str] = field(repr=False)
    run: str
    work_item: str

    @classmethod
    def of(cls, environment: Mapping[str, str], http: httpx.Client) -> Self:
        """Return the project that this agent works for. Raises `InputError`."""
        headers = {"Authorization": f"Bearer {required(environment, 'SYSTEM_ACCESSTOKEN', _TOKEN)}"}
        address = required(environment, "SYSTEM_COLLECTIONURI", _RUNNER).rstrip("/")
        project = quote(required(environment, "SYSTEM_TEAMPROJECT", _RUNNER), safe="")
        return cls(
            api_of("Azure DevOps", f"{address}/{project}/_apis", headers, http),
            api_of("Azure DevOps", f"{address}/_apis", headers, http),
            environment,
            f"{address}/{project}/_build/results?buildId={environment.get('BUILD_BUILDID', '')}",
            environment.get("ISE_INTUNE_WORK_ITEM_TYPE") or "Issue",
        )

    def change(self) -> Change | None:
        """Return the pull request whose merge the webhook is about, unless it has gone on since."""
        number, commit = pull_request_in(self.environment)
        found = self._get(f"/git/pullrequests/{number}")
        if found["status"] != "active" or (found.get("lastMergeCommit") or {}).get("commitId") != commit:
            return None
        there = self._pull_request(number)
        iterations = self._get(f"{there}/iterations")["value"]
        newest = max(int(each["id"]) for each in iterations)
        listed = self._get(f"{there}/iterations/{newest}/changes", **{"$top": _MOST_FILES})["changeEntries"]
        paths = [path for each in listed for path in (each["item"].get("path"), each.get("sourceServerItem")) if path]
        return Change(
            number, commit, tuple(path.removeprefix("/") for path in paths), all_paths=len(listed) < _MOST_FILES
        )

    def comment(self, change: Change, marker: str, body: str) -> str:
        """Write over the first comment of our own thread, or begin one."""
        there = self._pull_request(change.number)
        us = self.collection.get("/connectionData")["authenticatedUser"]["id"]
        for thread in self._get(f"{there}/threads")["value"]:
            first = (thread.get("comments") or [{}])[0]
            if (first.get("author") or {}).get("id") == us and (first.get("content") or "").startswith(marker):
                own = f"{there}/threads/{int(thread['id'])}"
                self._send("PATCH", f"{own}/comments/{int(first['id'])}", {"content": body})
                return self._page(change.number)
        begun = {"comments": [{"parentCommentId": 0, "content": body, "commentType": "text"}], "status": "closed"}
        self._send("POST", f"{there}/threads", begun)
        return self._page(change.number)

    def status(self, change: Change, verdict: Verdict, description: str) -> None:
        """Set our status, which a branch's policy can require."""
        status = {
            "state": _STATES[verdict],
            "description": description,
            "context": {"name": "review", "genre": "ise-intune"},
            "targetUrl": self.run,
        }
        self._send("POST", f"{self._pull_request(change.number)}/statuses", status)

    def issue(self, issue: Issue) -> str:
        """Open, write over or close our work item; the oldest of ours counts."""
        known = next((each for each in self._ours() if issue.is_keyed_in(_field(each, "Description"))), None)
        if known is None and not issue.is_open:
            return ""
        states = self._get(f"/wit/workitemtypes/{quote(self.work_item, safe='')}/states")["value"]
        categories = {each["name"]: each["category"] for each in states}
        if known is None:
            there = f"/wit/workitems/${quote(self.work_item, safe='')}"
            return _address(self._send("POST", there, _written(issue, tag=True), kind=_PATCH))
        is_open = categories.get(_field(known, "State")) not in _OVER
        if not issue.is_told_by(_field(known, "Title"), _field(known, "Description"), is_open=is_open):
            turned = [] if is_open is issue.is_open else [_turned(categories, is_open=issue.is_open)]
            self._send("PATCH", f"/wit/workitems/{int(known['id'])}", [*_written(issue), *turned], kind=_PATCH)
        return _address(known)

    def _ours(self) -> list[dict[str, Any]]:
        """Return the work items that we made, the oldest first."""
        found = self._send("POST", "/wit/wiql", {"query": _OURS})["workItems"]
        return [self._get(f"/wit/workitems/{int(each['id'])}") for each in found]

    def _pull_request(self, number: int) -> str:
        repository = self._get(f"/git/pullrequests/{number}")["repository"]["id"]
        return f"/git/repositories/{quote(repository, safe='')}/pullRequests/{number}"

    def _page(self, number: int) -> str:
        found = self._get(f"/git/pullrequests/{number}")["repository"]
        return f"{found['webUrl']}/pullrequest/{number}"

    def _get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 — any JSON value
        return self.api.get(path, **{**query, "api-version": _VERSION})

    def _send(self, method: str, path: str, content: object, *, kind: str = "application/json") -> Any:  # noqa: ANN401
        return self.api.send(method, path, content, query={"api-version": _VERSION}, kind=kind)


def pull_request_in(environment: Mapping[str, str]) -> tuple[int, str]:
    """Return the number and the merge of the pull request that a webhook told of. Raises `InputError`."""
    number = environment.get("ISE_INTUNE_CHANGE_NUMBER", "")
    if not _NUMBER.fullmatch(number):
        raise InputError("ISE_INTUNE_CHANGE_NUMBER", "names no pull request", _EVENT)
    return int(number), commit_id(environment.get("ISE_INTUNE_CHANGE_COMMIT"), "ISE_INTUNE_CHANGE_COMMIT")


def _field(work_item: dict[str, Any], name: str) -> str:
    return str(work_item["fields"].get(f"System.{name}") or "")


def _address(work_item: dict[str, Any]) -> str:
    return str(((work_item.get("_links") or {}).get("html") or {}).get("href") or work_item["url"])


def _written(issue: Issue, *, tag: bool = False) -> list[dict[str, str]]:
    """Return the operations (RFC 6902) that write an issue's text."""
    fields = {"/fields/System.Title": issue.title, "/fields/System.Description": issue.body}
    form = {"/multilineFieldsFormat/System.Description": "Markdown"}
    tags = {"/fields/System.Tags": _TAG} if tag else {}
    return [{"op": "add", "path": path, "value": value} for path, value in {**fields, **form, **tags}.items()]


def _turned(categories: Mapping[str, str], *, is_open: bool) -> dict[str, str]:
    """Return the operation that opens or closes a work item, whatever its process calls that."""
    wanted = "Proposed" if is_open else "Completed"
    for name, category in categories.items():
        if category == wanted:
            return {"op": "add", "path": "/fields/System.State", "value": name}
    raise InputError("ISE_INTUNE_WORK_ITEM_TYPE", f"has no state that is {wanted}", "name another type of work item")
