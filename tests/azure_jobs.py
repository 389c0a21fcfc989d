"""Pipelines of Azure DevOps, run here: every `bash` and `AzureCLI@2` by bash, in a checkout of its own for each job.

The agent's commands that a script prints (`##vso[…]`) are obeyed as far as the pipelines use them.
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
from tests.jobs import IDENTITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.checkouts import Repository
    from tests.jobs import Surroundings

_OUTPUT = re.compile(r"^##vso\[task\.setvariable variable=(\w+);isOutput=true\](.*)$", re.MULTILINE)
_SUMMARY = re.compile(r"^##vso\[task\.uploadsummary\](.*)$", re.MULTILINE)
_MACRO = re.compile(r"\$\(([\w.]+)\)")
_TEMPLATE = re.compile(r"\$\{\{ parameters\.([\w.]+) \}\}")
_LIKE_SUCCESS = {"succeededOrFailed()"}
Document = dict[str, Any]


def subject(connection: str) -> str:
    """Return the subject of a service connection's tokens."""
    return f"sc://contoso/network team/{connection}"


@dataclass
class AzureRunner:
    """Runs jobs of pipelines. `kept` are a run's artifacts by name; `outputs` what its steps set, by step and name."""

    around: Surroundings
    repository: Repository
    folder: Path
    tenant_id: str
    kept: dict[str, Path] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    made: int = 0

    def pipeline(self, file: str, revision: str = "main") -> Document:
        """Return a pipeline as it stands in a revision."""
        text = self.repository.git("show", f"{revision}:pipelines/azure-devops/{file}.yml")
        document: Document = yaml.safe_load(text)
        return document

    def begin(self) -> None:
        """Begin another run: it has no artifacts yet."""
        self.kept.clear()
        self.outputs.clear()

    def run(
        self, file: str, name: str, *, parameters: dict[str, str] | None = None, leg: dict[str, str] | None = None
    ) -> Job:
        """Run one job to its end; `leg` are the variables of one row of its matrix."""
        self.made += 1
        pipeline = self.pipeline(file)
        (definition,) = (each for each in _jobs(pipeline) if each["job"] == name)
        given = {**pipeline.get("variables", {}), **(leg or {})}
        job = Job(self, definition, self.folder / f"{self.made}-{name}", parameters or {}, given)
        job.run()
        return job


def _jobs(pipeline: Document) -> Iterator[Document]:
    for stage in pipeline.get("stages", [pipeline]):
        yield from stage["jobs"]


@dataclass
class Job:
    """One job that runs."""

    runner: AzureRunner
    definition: Document
    folder: Path
    parameters: dict[str, str]
    given: dict[str, str]
    failed: str = ""
    said: str = ""

    @property
    def sources(self) -> Path:
        """Where the steps run."""
        return self.folder / "s"

    @property
    def temporary(self) -> Path:
        """What AGENT_TEMPDIRECTORY names."""
        return self.folder / "temp"

    def run(self) -> None:
        """Run the steps; after one that failed, only those that say so."""
        self.temporary.mkdir(parents=True)
        for step in self.definition["steps"]:
            if self.failed and step.get("condition") not in _LIKE_SUCCESS:
                continue
            status = self._step(step)
            if status and step.get("continueOnError") != "true":
                self.failed = self.failed or str(step.get("displayName", step))

    def variables(self) -> dict[str, str]:
        """Return what every step of the job sees."""
        around = self.runner.around
        known = {
            "TF_BUILD": "True",
            "SYSTEM_COLLECTIONURI": f"{around.api}/contoso/",
            "SYSTEM_TEAMPROJECT": "network team",
            "BUILD_BUILDID": "5",
            "BUILD_REASON": "IndividualCI",
            "BUILD_SOURCEVERSION": self.runner.repository.git("rev-parse", "main"),
            "AGENT_TEMPDIRECTORY": str(self.temporary),
            "PIPELINE_WORKSPACE": str(self.folder),
        }
        given = {name.upper(): self._told(str(value)) for name, value in self.given.items()}
        return {**around.variables(), **known, **given}

    def _step(self, step: Document) -> int:
        if "checkout" in step:
            check_out(self.runner.repository, "main", self.sources)
            self.runner.around.set_up(self.sources)
            return 0
        if "publish" in step:
            return self._publish(step)
        if "download" in step:
            return self._download(step)
        if "bash" in step:
            return self._run(step["bash"], step, {})
        assert step["task"] == "AzureCLI@2"
        inputs = step["inputs"]
        assert inputs["addSpnToEnvironment"] is True
        return self._run(inputs["inlineScript"], step, self._signed_in(inputs["azureSubscription"]))

    def _signed_in(self, connection: str) -> dict[str, str]:
        """Return what the task adds for a service connection with workload identity federation."""
        return {
            "servicePrincipalId": IDENTITIES[connection].client_id,
            "tenantId": self.runner.tenant_id,
            "idToken": self.runner.around.id_token(subject(connection)),
        }

    def _run(self, script: str, step: Document, more: dict[str, str]) -> int:
        environment = {name: self._told(value) for name, value in step.get("env", {}).items()}
        variables = {**self.variables(), **more, **environment}
        # Azure's agent expands its own macros in a script before a shell sees it; none of ours has one.
        assert not _MACRO.search(script.replace("$(ise-intune", "")), script
        done = self.runner.around.run(script, folder=self.sources, variables=variables)
        self.said += done.said
        for name, value in _OUTPUT.findall(done.said):
            self.runner.outputs[f"{step['name']}.{name}"] = value
        for file in _SUMMARY.findall(done.said):
            self.runner.summary += Path(file).read_text(encoding="utf-8")
        return done.status

    def _told(self, written: str) -> str:
        """Return a value with parameters and macros in it looked up."""
        written = _TEMPLATE.sub(lambda match: self.parameters[match[1]], written)
        known = {"System.AccessToken": TOKEN, **self.given}
        return _MACRO.sub(lambda match: known.get(match[1]) or known[match[1].lower()], written)

    def _publish(self, step: Document) -> int:
        found = self.sources / step["publish"]
        kept = self.folder / "artifacts" / self._told(step["artifact"])
        if not found.exists():
            return 1
        if found.is_dir():
            shutil.copytree(found, kept)
        else:
            kept.mkdir(parents=True)
            shutil.copy(found, kept)
        self.runner.kept[kept.name] = kept
        return 0

    def _download(self, step: Document) -> int:
        assert step["download"] == "current"
        name = self._told(step["artifact"])
        if name not in self.runner.kept:
            return 1
        shutil.copytree(self.runner.kept[name], self.folder / name)
        return 0


def rows(matrix: str) -> list[dict[str, str]]:
    """Return the variables of each leg of a matrix."""
    return list(json.loads(matrix).values())
