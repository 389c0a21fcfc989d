"""GitHub, GitLab and Azure DevOps as far as `ise-intune post` asks them: one repository each, in memory.

Each holds what its documentation has: who is asked who, pages of a hundred, and a token that may or may not.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

TOKEN = "a token of the double"
HEAD = "c" * 40
OURS, THEIRS = "ours", "theirs"
_LOGINS = {OURS: {"login": "github-actions[bot]", "type": "Bot"}, THEIRS: {"login": "mallory", "type": "User"}}
_USERS = {OURS: 1, THEIRS: 2}
_IDS = {OURS: "build-service", THEIRS: "mallory"}
Document = dict[str, Any]


@dataclass
class Double:
    """What a forge keeps. `asked` are the requests; `refusing` are methods that the token may not use."""

    head: str = HEAD
    files: list[str] = field(default_factory=lambda: ["environments/production.yaml"])
    comments: list[Document] = field(default_factory=list)
    statuses: list[Document] = field(default_factory=list)
    issues: list[Document] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    refusing: set[str] = field(default_factory=set)
    state: str = "open"

    @property
    def application(self) -> Starlette:
        """The service."""
        return Starlette(
            routes=[Route(path, self._held(answer), methods=[method]) for method, path, answer in self.rows()]
        )

    def rows(self) -> list[tuple[str, str, Callable[[Request], Awaitable[Any]]]]:
        """Return method, path and answer of each operation."""
        raise NotImplementedError

    def is_signed_in(self, request: Request) -> bool:
        """Say whether the request carries the token."""
        return request.headers.get("authorization") == f"Bearer {TOKEN}"

    def may(self, request: Request) -> bool:  # noqa: ARG002 — where tokens say it
        """Say whether the token is for this."""
        return True

    @property
    def changes(self) -> list[tuple[str, str]]:
        """What was asked that is no reading."""
        return [(method, path) for method, path in self.asked if method != "GET" and not path.endswith("/wiql")]

    def _held(self, answer: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[JSONResponse]]:
        async def held(request: Request) -> JSONResponse:
            self.asked.append((request.method, request.url.path))
            if not self.is_signed_in(request):
                return JSONResponse({"message": "Bad credentials"}, 401)
            if request.method in self.refusing or not self.may(request):
                return JSONResponse({"message": "Resource not accessible by integration"}, 403)
            return JSONResponse(await answer(request))

        return held


def _page(request: Request, values: list[Document]) -> list[Document]:
    size, page = int(request.query_params.get("per_page", 30)), int(request.query_params.get("page", 1))
    return values[(page - 1) * size : page * size]


# What a job's token needs for each path of GitHub's API: "Permissions required for fine-grained tokens".
_GITHUB_NEEDS = (
    (re.compile(r"/statuses/\w+$"), "statuses", "write"),
    (re.compile(r"/issues(/\d+)?$"), "issues", "write"),
    (re.compile(r"/pulls(/\d+/files)?$"), "pull-requests", "read"),
    (re.compile(r"/issues/(\d+/comments|comments/\d+)$"), "pull-requests", "write"),
)


class GitHubDouble(Double):
    """`contoso/ise-intune`, where pull request 7 comes from the fork `mallory/ise-intune`, branch `patch-1`.

    A token may carry, behind a blank, what the `permissions` of its job let it do.
    """

    ROOT = "/repos/contoso/ise-intune"

    def is_signed_in(self, request: Request) -> bool:
        """Say whether the request carries the token, whatever it may."""
        return request.headers.get("authorization", "").startswith(f"Bearer {TOKEN}")

    def may(self, request: Request) -> bool:
        """Say whether the token is for this."""
        said = request.headers["authorization"].removeprefix(f"Bearer {TOKEN}").strip()
        if not said:
            return True
        held = json.loads(said)
        (needs,) = ((name, level) for path, name, level in _GITHUB_NEEDS if path.search(request.url.path))
        return held.get(needs[0]) in {needs[1], "write"}

    def rows(self) -> list[tuple[str, str, Callable[[Request], Awaitable[Any]]]]:
        """Return its operations."""
        root = self.ROOT
        return [
            ("GET", f"{root}/pulls", self._pulls),
            ("GET", f"{root}/pulls/7/files", self._changed_files),
            ("GET", f"{root}/issues/7/comments", self._list_comments),
            ("POST", f"{root}/issues/7/comments", self._add_comment),
            ("PATCH", f"{root}/issues/comments/{{id:int}}", self._change_comment),
            ("POST", f"{root}/statuses/{{sha}}", self._add_status),
            ("GET", f"{root}/issues", self._list_issues),
            ("POST", f"{root}/issues", self._add_issue),
            ("PATCH", f"{root}/issues/{{id:int}}", self._change_issue),
        ]

    def add_comment_of(self, who: str, body: str) -> None:
        """Let somebody comment."""
        number = len(self.comments) + 1
        self.comments.append({"id": number, "user": _LOGINS[who], "body": body, "html_url": f"https://here/{number}"})

    def add_issue_of(self, who: str, title: str, body: str) -> None:
        """Let somebody open an issue."""
        number = len(self.issues) + 11
        login = _LOGINS[who]["login"]
        told = {"number": number, "title": title, "body": body, "state": "open", "html_url": f"https://here/{number}"}
        self.issues.append({**told, "creator": login})

    async def _pulls(self, request: Request) -> list[Document]:
        asked = (request.query_params["state"], request.query_params["head"])
        open_here = asked == ("open", "mallory:patch-1") and self.state == "open"
        return [{"number": 7, "head": {"sha": self.head}}] if open_here else []

    async def _changed_files(self, request: Request) -> list[Document]:
        return _page(request, [{"filename": name} for name in self.files])

    async def _list_comments(self, request: Request) -> list[Document]:
        return _page(request, self.comments)

    async def _add_comment(self, request: Request) -> Document:
        self.add_comment_of(OURS, (await request.json())["body"])
        return self.comments[-1]

    async def _change_comment(self, request: Request) -> Document:
        comment: Document = self.comments[request.path_params["id"] - 1]
        comment["body"] = (await request.json())["body"]
        return comment

    async def _add_status(self, request: Request) -> Document:
        status: Document = await request.json()
        assert len(status["description"]) <= 140
        self.statuses.append({**status, "sha": request.path_params["sha"]})
        return status

    async def _list_issues(self, request: Request) -> list[Document]:
        assert request.query_params["state"] == "all"
        creator = request.query_params["creator"]
        return _page(request, [each for each in self.issues if each["creator"] == creator])

    async def _add_issue(self, request: Request) -> Document:
        content = await request.json()
        self.add_issue_of(OURS, content["title"], content["body"])
        return self.issues[-1]

    async def _change_issue(self, request: Request) -> Document:
        issue = next(each for each in self.issues if each["number"] == request.path_params["id"])
        issue.update(await request.json())
        return issue


class GitLabDouble(Double):
    """Project 42, where merge request 7 is."""

    ROOT = "/api/v4/projects/42"

    def rows(self) -> list[tuple[str, str, Callable[[Request], Awaitable[Any]]]]:
        """Return its operations."""
        root = self.ROOT
        return [
            ("GET", "/api/v4/user", self._user),
            ("GET", f"{root}/merge_requests/7", self._merge_request),
            ("GET", f"{root}/merge_requests/7/diffs", self._diffs),
            ("GET", f"{root}/merge_requests/7/notes", self._list_notes),
            ("POST", f"{root}/merge_requests/7/notes", self._add_note),
            ("PUT", f"{root}/merge_requests/7/notes/{{id:int}}", self._change_note),
            ("POST", f"{root}/statuses/{{sha}}", self._add_status),
            ("GET", f"{root}/issues", self._list_issues),
            ("POST", f"{root}/issues", self._add_issue),
            ("PUT", f"{root}/issues/{{id:int}}", self._change_issue),
        ]

    def is_signed_in(self, request: Request) -> bool:
        """Say whether the request carries the token, in GitLab's own header."""
        return request.headers.get("private-token") == TOKEN

    def add_comment_of(self, who: str, body: str) -> None:
        """Let somebody comment."""
        self.comments.append({"id": len(self.comments) + 1, "author": {"id": _USERS[who]}, "body": body})

    def add_issue_of(self, who: str, title: str, body: str) -> None:
        """Let somebody open an issue."""
        number = len(self.issues) + 11
        told = {"iid": number, "title": title, "description": body, "state": "opened"}
        self.issues.append({**told, "author": _USERS[who], "web_url": f"https://here/{number}"})

    async def _user(self, _: Request) -> Document:
        return {"id": _USERS[OURS]}

    async def _merge_request(self, _: Request) -> Document:
        state = "opened" if self.state == "open" else "merged"
        return {"sha": self.head, "state": state, "changes_count": "1", "web_url": "https://here/7"}

    async def _diffs(self, request: Request) -> list[Document]:
        return _page(request, [{"new_path": name, "old_path": name} for name in self.files])

    async def _list_notes(self, request: Request) -> list[Document]:
        return _page(request, self.comments)

    async def _add_note(self, request: Request) -> Document:
        self.add_comment_of(OURS, (await request.json())["body"])
        return self.comments[-1]

    async def _change_note(self, request: Request) -> Document:
        note: Document = self.comments[request.path_params["id"] - 1]
        note["body"] = (await request.json())["body"]
        return note

    async def _add_status(self, request: Request) -> Document:
        status: Document = await request.json()
        assert status["state"] in {"pending", "running", "success", "failed", "canceled", "skipped"}
        self.statuses.append({**status, "sha": request.path_params["sha"]})
        return status

    async def _list_issues(self, request: Request) -> list[Document]:
        author = int(request.query_params["author_id"])
        return _page(request, [each for each in self.issues if each["author"] == author])

    async def _add_issue(self, request: Request) -> Document:
        content = await request.json()
        self.add_issue_of(OURS, content["title"], content["description"])
        return self.issues[-1]

    async def _change_issue(self, request: Request) -> Document:
        issue = next(each for each in self.issues if each["iid"] == request.path_params["id"])
        content = await request.json()
        turned = content.pop("state_event", None)
        issue.update(content)
        if turned:
            issue["state"] = {"close": "closed", "reopen": "opened"}[turned]
        return issue


class AzureDouble(Double):
    """Project `network team` of `contoso`, where pull request 7 is."""

    ROOT = "/contoso/network team/_apis"

    def rows(self) -> list[tuple[str, str, Callable[[Request], Awaitable[Any]]]]:
        """Return its operations."""
        root = self.ROOT
        pull = f"{root}/git/repositories/the-repository/pullRequests/7"
        return [
            ("GET", "/contoso/_apis/connectionData", self._connection),
            ("GET", f"{root}/git/pullrequests/7", self._pull_request),
            ("GET", f"{pull}/iterations", self._iterations),
            ("GET", f"{pull}/iterations/2/changes", self._changed_files),
            ("GET", f"{pull}/threads", self._list_threads),
            ("POST", f"{pull}/threads", self._add_thread),
            ("PATCH", f"{pull}/threads/{{id:int}}/comments/1", self._change_comment),
            ("POST", f"{pull}/statuses", self._add_status),
            ("POST", f"{root}/wit/wiql", self._wiql),
            ("GET", f"{root}/wit/workitemtypes/Issue/states", self._work_item_states),
            ("POST", f"{root}/wit/workitems/$Issue", self._add_work_item),
            ("GET", f"{root}/wit/workitems/{{id:int}}", self._work_item),
            ("PATCH", f"{root}/wit/workitems/{{id:int}}", self._change_work_item),
        ]

    def add_comment_of(self, who: str, body: str) -> None:
        """Let somebody comment."""
        self.comments.append({"id": 1, "author": {"id": _IDS[who]}, "content": body, "body": body})

    def add_issue_of(self, who: str, title: str, body: str) -> None:
        """Let somebody make a work item."""
        fields = {"System.Title": title, "System.Description": body, "System.State": "To Do"}
        number = len(self.issues) + 11
        links = {"html": {"href": f"https://here/{number}"}}
        self.issues.append({"id": number, "fields": fields, "_links": links, "creator": _IDS[who]})

    async def _connection(self, _: Request) -> Document:
        return {"authenticatedUser": {"id": _IDS[OURS]}}

    async def _pull_request(self, _: Request) -> Document:
        return {
            "status": "active" if self.state == "open" else "completed",
            "lastMergeCommit": {"commitId": self.head},
            "repository": {"id": "the-repository", "webUrl": "https://here/git"},
        }

    async def _iterations(self, _: Request) -> Document:
        return {"value": [{"id": 1}, {"id": 2}]}

    async def _changed_files(self, _: Request) -> Document:
        return {"changeEntries": [{"item": {"path": f"/{name}"}} for name in self.files]}

    async def _list_threads(self, _: Request) -> Document:
        threads = [{"id": number, "comments": [comment]} for number, comment in enumerate(self.comments, start=1)]
        return {"value": [{"id": 99, "comments": []}, *threads]}

    async def _add_thread(self, request: Request) -> Document:
        self.add_comment_of(OURS, (await request.json())["comments"][0]["content"])
        return {"id": len(self.comments)}

    async def _change_comment(self, request: Request) -> Document:
        content = (await request.json())["content"]
        self.comments[request.path_params["id"] - 1].update(content=content, body=content)
        return {}

    async def _add_status(self, request: Request) -> Document:
        status: Document = await request.json()
        self.statuses.append({**status, "sha": self.head})
        return status

    async def _wiql(self, request: Request) -> Document:
        assert "[System.CreatedBy] = @me" in (await request.json())["query"]
        return {"workItems": [{"id": each["id"]} for each in self.issues if each["creator"] == _IDS[OURS]]}

    async def _work_item_states(self, _: Request) -> Document:
        named = {"To Do": "Proposed", "Doing": "InProgress", "Done": "Completed"}
        return {"value": [{"name": name, "category": category} for name, category in named.items()]}

    async def _work_item(self, request: Request) -> Document:
        return next(each for each in self.issues if each["id"] == request.path_params["id"])

    async def _add_work_item(self, request: Request) -> Document:
        self.add_issue_of(OURS, "", "")
        return await self._patched(self.issues[-1], request)

    async def _change_work_item(self, request: Request) -> Document:
        return await self._patched(await self._work_item(request), request)

    async def _patched(self, work_item: Document, request: Request) -> Document:
        assert request.headers["content-type"] == "application/json-patch+json"
        for operation in await request.json():
            name = operation["path"].removeprefix("/fields/")
            if name != operation["path"]:
                work_item["fields"][name] = operation["value"]
        return work_item
