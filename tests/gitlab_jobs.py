"""Pipelines of GitLab, run here: each job's script by bash in a checkout of its own, with earlier jobs' artifacts."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from tests.checkouts import check_out
from tests.forge_doubles import TOKEN
from tests.jobs import IDENTITIES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.checkouts import Repository
    from tests.jobs import Surroundings

_NOT_JOBS = {"workflow", "stages", "variables", "default", "include"}
_PROJECT = "project_path:contoso/ise-intune"
Document = dict[str, Any]


def subject(tier: str, *, protected: bool = True) -> str:
    """Return the subject of a job's id token, as the project is told to compose it (docs/pipelines.md)."""
    return f"{_PROJECT}:environment_protected:{str(protected).lower()}:deployment_tier:{tier}"


@dataclass
class GitLabRunner:
    """Runs jobs of pipelines on the default branch. `kept` are the artifacts of a pipeline, as its jobs ran."""

    around: Surroundings
    repository: Repository
    folder: Path
    tenant_id: str
    kept: list[Path] = field(default_factory=list)
    made: int = 0

    def pipeline(self, file: str, revision: str = "main") -> Document:
        """Return a pipeline as it stands in a revision."""
        document: Document = yaml.safe_load(self.repository.git("show", f"{revision}:{file}"))
        return document

    def begin(self) -> None:
        """Begin another pipeline: it has no artifacts yet."""
        self.kept.clear()

    def child(self) -> Document:
        """Return the pipeline that a job wrote: what it includes, with what it adds to each job."""
        written: Document = yaml.safe_load((self.kept[-1] / "selected.yml").read_text(encoding="utf-8"))
        document: Document = {}
        for included in written.pop("include", ()):
            document |= self.pipeline(included["local"])
        for name, more in written.items():
            document[name] = {**document.get(name, {}), **more}
        return document

    def run(self, pipeline: Document, name: str, *, revision: str = "main", **variables: str) -> Job:
        """Run one job to its end, for the first row of its matrix where it has one."""
        self.made += 1
        definition = {**pipeline.get("default", {}), **pipeline[name]}
        (row, *_) = definition.get("parallel", {}).get("matrix", [{}])
        given = {**_plain(pipeline.get("variables", {})), **_plain(definition.get("variables", {})), **row, **variables}
        job = Job(self, definition, self.folder / f"{self.made}-{name}", revision, given)
        job.run()
        return job


@dataclass
class Job:
    """One job that runs."""

    runner: GitLabRunner
    definition: Document
    folder: Path
    revision: str
    given: dict[str, str]
    status: int = 0
    said: str = ""

    @property
    def failed(self) -> bool:
        """Whether the pipeline stops here."""
        allowed = self.definition.get("allow_failure")
        tolerated = allowed["exit_codes"] if isinstance(allowed, dict) else []
        return self.status != 0 and self.status not in tolerated

    @property
    def workspace(self) -> Path:
        """Where the script runs."""
        return self.folder / "builds"

    def run(self) -> None:
        """Check out, take the artifacts of earlier jobs, run the script, and keep its own."""
        check_out(self.runner.repository, self.revision, self.workspace)
        self.runner.around.set_up(self.workspace)
        for kept in self.runner.kept:
            shutil.copytree(kept, self.workspace, dirs_exist_ok=True)
        script = "\n".join([*self.definition.get("before_script", ()), *self.definition["script"]])
        done = self.runner.around.run(script, folder=self.workspace, variables=self._variables())
        self.status, self.said = done.status, done.said
        self._keep()

    def _variables(self) -> dict[str, str]:
        commit = self.runner.repository.git("rev-parse", self.revision)
        around = self.runner.around
        known = {
            "CI": "true",
            "GITLAB_CI": "true",
            "CI_API_V4_URL": f"{around.api}/api/v4",
            "CI_PROJECT_ID": "42",
            "CI_JOB_URL": "https://gitlab.test/job/5",
            "CI_COMMIT_SHA": commit,
            **self._of_environment(),
        }
        given = {
            name: re.sub(r"\$(\w+)", lambda each: known.get(each[1], ""), value) for name, value in self.given.items()
        }
        return {**around.variables(), **known, **given, **self._id_tokens()}

    @property
    def _environment(self) -> Document:
        environment = self.definition.get("environment", {})
        return {"name": environment} if isinstance(environment, str) else environment

    def _of_environment(self) -> dict[str, str]:
        """Return the variables that are scoped to the job's environment: nobody else gets them."""
        name = str(self._environment.get("name", ""))
        if name == "ise-intune-report":
            return {"ISE_INTUNE_GITLAB_TOKEN": TOKEN}
        if name in IDENTITIES:
            return {"ARM_CLIENT_ID": IDENTITIES[name].client_id, "ARM_TENANT_ID": self.runner.tenant_id}
        return {}

    def _id_tokens(self) -> dict[str, str]:
        tokens = self.definition.get("id_tokens", {})
        assert {each["aud"] for each in tokens.values()} <= {"api://AzureADTokenExchange"}
        said = subject(self._environment.get("deployment_tier", "other"), protected=bool(self._environment))
        return {name: self.runner.around.id_token(said) for name in tokens}

    def _keep(self) -> None:
        artifacts = self.definition.get("artifacts", {})
        if self.status and artifacts.get("when") != "always" and self.failed:
            return
        kept = self.folder / "artifacts"
        for name in artifacts.get("paths", ()):
            found = self.workspace / name
            if found.is_dir():
                shutil.copytree(found, kept / name)
            elif found.exists():
                kept.mkdir(exist_ok=True)
                shutil.copy(found, kept / name)
        if kept.exists():
            self.runner.kept.append(kept)


def applies(pipeline: Document, name: str, **variables: str) -> bool:
    """Say whether a job is in a pipeline with these variables: rules compare with texts, and `&&` joins them."""
    rules = pipeline[name].get("rules", [{}])
    return any(all(_holds(each, variables) for each in rule.get("if", "").split(" && ") if each) for rule in rules)


def _holds(condition: str, variables: dict[str, str]) -> bool:
    name, operator, text = re.fullmatch(r'\$(\w+) (==|!=) "([^"]*)"', condition).groups()  # type: ignore[union-attr]
    return (variables.get(name, "") == text) is (operator == "==")


def jobs_of(pipeline: Document, **variables: str) -> list[str]:
    """Return the jobs of a pipeline with these variables."""
    return [name for name in pipeline if name not in _NOT_JOBS and applies(pipeline, name, **variables)]


def merge_request(commit: str) -> str:
    """Return what a webhook says of merge request 7, comments of its author included."""
    told = {"iid": 7, "target_project_id": 42, "last_commit": {"id": commit}, "title": "$(touch owned)"}
    return json.dumps({"object_kind": "merge_request", "object_attributes": told})


def _plain(variables: Document) -> dict[str, str]:
    return {name: str(each["value"] if isinstance(each, dict) else each) for name, each in variables.items()}
