"""Workflows of GitHub Actions, run here: every `run:` by bash, the three actions they use by what their pages say.

Expressions are looked up in the contexts that a job has; anything else than a look-up, a comparison with a text or
null, `&&` and `!cancelled()` is an error, and so is an action that is not known.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.checkouts import check_out
from tests.forge_doubles import TOKEN

if TYPE_CHECKING:
    from tests.checkouts import Repository
    from tests.jobs import Done, Surroundings

NAME = "contoso/ise-intune"
_EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
_STEP_INTO = re.compile(r"\.([\w-]+)|\[(\d+)\]")
Context = dict[str, Any]


@dataclass
class GitHubRunner:
    """Runs jobs of workflows. `artifacts` are folders by name, for all runs; `statuses` how each step ended."""

    around: Surroundings
    repository: Repository
    folder: Path
    variables: dict[str, dict[str, str]]
    artifacts: dict[str, Path] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    summary: str = ""
    token: str = TOKEN
    made: int = 0

    def workflow(self, file: str, revision: str) -> dict[str, Any]:
        """Return a workflow as it stands in a revision."""
        text = self.repository.git("show", f"{revision}:.github/workflows/{file}")
        # YAML 1.1 reads a plain `on` as true.
        document: dict[str, Any] = yaml.safe_load(text)
        return document

    def run(self, file: str, job: str, *, github: Context, revision: str, **contexts: Context) -> Job:
        """Run one job to its end; nothing after a step that failed runs but what says `!cancelled()`."""
        self.made += 1
        document = self.workflow(file, revision)
        running = Job(self, document["jobs"][job], self.folder / f"{self.made}-{job}", github, contexts)
        running.run()
        return running

    def permitted(self, job: dict[str, Any]) -> str:
        """Return a token that carries what the job's GITHUB_TOKEN may."""
        return f"{self.token} {json.dumps(job.get('permissions', {}), sort_keys=True)}"


@dataclass
class Job:
    """One job that runs."""

    runner: GitHubRunner
    definition: dict[str, Any]
    folder: Path
    github: Context
    contexts: dict[str, Context]
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    failed: str = ""
    said: str = ""

    def run(self) -> None:
        """Run the steps."""
        self.workspace.mkdir(parents=True)
        self.temporary.mkdir()
        for step in self.definition["steps"]:
            if self.failed and not self._goes_on(step):
                continue
            done = self._step(step)
            self.said += done
            if self._last and not step.get("continue-on-error"):
                self.failed = self.failed or step["name"]
                self.runner.statuses[step["name"]] = self._last

    _last: int = 0

    @property
    def workspace(self) -> Path:
        """Where the steps run."""
        return self.folder / "workspace"

    @property
    def temporary(self) -> Path:
        """What RUNNER_TEMP names."""
        return self.folder / "temp"

    def output(self, name: str) -> str:
        """Return one of the job's outputs."""
        return str(self._text(self.definition["outputs"][name]))

    def _goes_on(self, step: dict[str, Any]) -> bool:
        return "!cancelled()" in str(step.get("if", ""))

    def _step(self, step: dict[str, Any]) -> str:
        if "uses" in step:
            action, _, digest = step["uses"].partition("@")
            assert re.fullmatch(r"[0-9a-f]{40}", digest), step["uses"]
            self._last = _ACTIONS[action](
                self, {name: self._text(value) for name, value in step.get("with", {}).items()}
            )
            return ""
        done = self._run(step)
        self._last = done.status
        return done.said

    def _run(self, step: dict[str, Any]) -> Done:
        written = self.temporary / "output"
        summary = self.temporary / "summary"
        for file in (written, summary):
            file.write_text("", encoding="utf-8")
        variables = {**self._variables(), **self._environment(step), "GITHUB_OUTPUT": str(written)}
        variables["GITHUB_STEP_SUMMARY"] = str(summary)
        done = self.runner.around.run(step["run"], folder=self.workspace, variables=variables)
        pairs = [line.partition("=") for line in written.read_text(encoding="utf-8").splitlines()]
        self.outputs[step.get("id", "")] = {name: value for name, _, value in pairs}
        self.runner.summary += summary.read_text(encoding="utf-8")
        return done

    def _variables(self) -> dict[str, str]:
        event = self.temporary / "event.json"
        event.write_text(json.dumps(self.github["event"]), encoding="utf-8")
        variables = {
            **self.runner.around.variables(),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.runner.around.api,
            "GITHUB_REPOSITORY": NAME,
            "GITHUB_SERVER_URL": "https://github.test",
            "GITHUB_RUN_ID": "5",
            "GITHUB_EVENT_PATH": str(event),
            "RUNNER_TEMP": str(self.temporary),
        }
        if self.definition.get("permissions", {}).get("id-token") == "write":
            url, token = self.runner.around.request_for_id_token(self._subject())
            variables |= {"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": token}
        return variables | self._environment(self.definition)

    def _subject(self) -> str:
        """Return what GitHub says of the job: its environment; else where it runs."""
        environment = self.definition.get("environment")
        return f"repo:{NAME}:environment:{environment}" if environment else f"repo:{NAME}:ref:{self.github['ref']}"

    def _environment(self, holder: dict[str, Any]) -> dict[str, str]:
        return {name: str(self._text(value)) for name, value in holder.get("env", {}).items()}

    def _text(self, written: object) -> object:
        """Return a value with its expressions looked up; a value that is one expression keeps its type."""
        if not isinstance(written, str):
            return written
        whole = _EXPRESSION.fullmatch(written)
        if whole:
            found = self._value(whole[1])
            return "" if found is None else found
        return _EXPRESSION.sub(lambda match: str(self._value(match[1]) or ""), written)

    def _value(self, expression: str) -> Any:  # noqa: ANN401 — any JSON value
        parsed = re.fullmatch(r"fromJSON\((.+?)\)(.*)", expression)
        if parsed:
            return _within(json.loads(self._value(parsed[1])), parsed[2])
        name, rest = re.fullmatch(r"(\w+)(.*)", expression).groups()  # type: ignore[union-attr]
        known = {
            "github": {**self.github, "token": self.runner.permitted(self.definition)},
            "runner": {"temp": str(self.temporary)},
            "steps": {name: {"outputs": values} for name, values in self.outputs.items()},
            "vars": self.runner.variables.get(str(self.definition.get("environment")), {}),
            **self.contexts,
        }
        return _within(known[name], rest)

    def holds(self) -> bool:
        """Say whether the job's own condition holds."""
        return all(self._holds(each.strip()) for each in str(self.definition.get("if", "true")).split("&&"))

    def _holds(self, condition: str) -> bool:
        compared = re.fullmatch(r"(\S+) (==|!=) ('[^']*'|null)", condition)
        if compared is None:
            return condition in {"true", "${{ !cancelled() }}"}
        stated = None if compared[3] == "null" else compared[3].strip("'")
        return (self._value(compared[1]) == stated) is (compared[2] == "==")


def _within(value: Any, path: str) -> Any:  # noqa: ANN401
    assert re.fullmatch(rf"({_STEP_INTO.pattern})*", path), path
    for name, index in _STEP_INTO.findall(path):
        if index:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value


def _checkout(job: Job, given: dict[str, Any]) -> int:
    """Check out, by default what the event is about; with no credentials left behind, or not at all."""
    assert given["persist-credentials"] is False
    place = job.workspace / given["path"] if "path" in given else job.workspace
    if place == job.workspace:
        place.rmdir()
    only = str(given.get("sparse-checkout", ""))
    check_out(job.runner.repository, str(given.get("ref") or job.github["sha"]), place, only=only)
    if not only:
        job.runner.around.set_up(place)
    return 0


def _upload(job: Job, given: dict[str, Any]) -> int:
    source = job.workspace / given["path"]
    if not source.exists():
        return int(given.get("if-no-files-found") == "error")
    place = job.folder / "artifacts" / given["name"]
    if source.is_dir():
        shutil.copytree(source, place)
    else:
        place.mkdir(parents=True)
        shutil.copy(source, place)
    job.runner.artifacts[given["name"]] = place
    return 0


def _download(job: Job, given: dict[str, Any]) -> int:
    if "run-id" in given:
        assert job.definition["permissions"]["actions"] == "read"
    found = job.runner.artifacts.get(given["name"])
    place = Path(given["path"])
    # Nothing that others made lies among the code that runs.
    assert not place.is_relative_to(job.workspace)
    if found is None:
        return 1
    shutil.copytree(found, place, dirs_exist_ok=True)
    return 0


_ACTIONS = {
    "actions/checkout": _checkout,
    "actions/upload-artifact": _upload,
    "actions/download-artifact": _download,
}
