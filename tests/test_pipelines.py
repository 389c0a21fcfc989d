"""The pipelines as files: what each system's schema and its auditor say, and what none of them may hold."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from bootstrap import locks
from clients.graph.identities import IDENTITIES
from helpers.rules.policy import Policy, read_policy
from helpers.rules.registry import rule_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PIPELINES = ROOT / "pipelines"
GITHUB = sorted((PIPELINES / "github").glob("*.yml"))
GITLAB = sorted((PIPELINES / "gitlab").glob("*.yml"))
AZURE = sorted((PIPELINES / "azure-devops").glob("*.yml"))
EVERY = [*GITHUB, *GITLAB, *AZURE]
# Its patterns of file names escape more than a regular expression with Unicode's rules may.
SCHEMAS = {
    "vendor.github-workflows": (GITHUB, ()),
    "custom.github-workflows-require-timeout": (GITHUB, ()),
    "vendor.gitlab-ci": (GITLAB, ("--data-transform", "gitlab-ci")),
    "vendor.azure-pipelines": (AZURE, ("--data-transform", "azure-pipelines", "--regex-variant", "nonunicode")),
}
# What a job of GitHub's may do besides reading the repository, and why there is no other way.
WRITES = {
    ("report", "report"): {"actions": "read", "pull-requests": "write", "statuses": "write"},
    ("deploy", "plan"): {"id-token": "write"},
    ("deploy", "deploy"): {"id-token": "write"},
    ("drift", "look"): {"id-token": "write"},
    ("drift", "tell"): {"issues": "write"},
    ("verify", "verify"): {"id-token": "write"},
}
BOUND = {
    "plan": "ise-intune-plan",
    "deploy": "ise-intune-deploy",
    "look": "ise-intune-drift",
    "verify": "ise-intune-deploy",
}


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield GitHub's jobs, with the names of workflow and job."""
    for path in GITHUB:
        for name, job in read(path)["jobs"].items():
            yield path.stem, name, job


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_file_is_as_its_systems_schema_says(schema: str) -> None:
    files, more = SCHEMAS[schema]
    assert files
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *more, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_zizmor_finds_nothing_and_is_told_to_ignore_one_thing() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    done = subprocess.run(
        [zizmor, "--offline", "--no-config", "--format=plain", *map(str, GITHUB)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "No findings to report" in done.stdout
    ignored = [line for path in GITHUB for line in path.read_text().splitlines() if "zizmor:" in line]
    assert ignored == ["  workflow_run: # zizmor: ignore[dangerous-triggers]"]


@pytest.mark.parametrize("path", EVERY, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_file_holds_a_secret_or_asks_for_a_long_lived_one(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "secrets." not in text
    assert re.search(r"CLIENT_SECRET|ACCESS_KEY|PASSWORD|SAS_TOKEN", text) is None
    assert "pull_request_target" not in text


@pytest.mark.parametrize("path", EVERY, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_command_of_ours_that_a_file_calls_is_there(path: Path) -> None:
    from cli.running import VERBS

    text = re.sub(r"\n?\s*#.*|name: .*|environment: .*|group: .*", "", path.read_text(encoding="utf-8"))
    called = set(re.findall(r"\bise-intune ([a-z]+)\b", text))
    assert called <= set(VERBS)


def test_every_action_is_pinned_by_its_whole_digest_with_its_version_beside_it() -> None:
    uses = [line.strip() for path in GITHUB for line in path.read_text().splitlines() if " uses: " in line]
    assert len(uses) > 10
    pinned = re.compile(r"(?:- )?uses: actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert [line for line in uses if not pinned.fullmatch(line)] == []
    assert len({re.sub(r"^- ", "", line) for line in uses}) == 3, "of one action one version"


def test_no_expression_stands_in_a_script() -> None:
    scripts = [step["run"] for _, _, job in jobs() for step in job["steps"] if "run" in step]
    assert scripts
    assert [script for script in scripts if "${{" in script] == []
    inline = [path.read_text() for path in AZURE]
    assert [line for text in inline for line in text.splitlines() if "${{" in line and "parameters." not in line] == []


def test_a_job_may_do_what_it_must_and_nothing_else() -> None:
    assert {path.stem: read(path)["permissions"] for path in GITHUB} == {path.stem: {} for path in GITHUB}
    asked = {(workflow, name): dict(job["permissions"]) for workflow, name, job in jobs()}
    assert {each.pop("contents") for each in asked.values()} == {"read"}
    assert {key: more for key, more in asked.items() if more} == WRITES


def test_whoever_signs_in_is_bound_to_a_protected_environment() -> None:
    signing_in = {(name, job.get("environment")) for _, name, job in jobs() if "id-token" in job["permissions"]}
    assert signing_in == set(BOUND.items())
    assert {environment for _, environment in signing_in} == {each.environment for each in IDENTITIES}
    gitlab = [job for path in GITLAB for job in read(path).values() if isinstance(job, dict) and "id_tokens" in job]
    assert {job["environment"]["name"] for job in gitlab} == {each.environment for each in IDENTITIES}
    assert {(job["environment"]["name"], job["environment"]["deployment_tier"]) for job in gitlab} == {
        ("ise-intune-plan", "staging"),
        ("ise-intune-deploy", "production"),
        ("ise-intune-drift", "testing"),
    }
    connections = {name for path in AZURE for name in re.findall(r"azureSubscription: (\S+)", path.read_text())}
    assert connections == {each.environment for each in IDENTITIES}


def test_no_checkout_leaves_a_token_behind() -> None:
    checkouts = [
        step["with"]["persist-credentials"]
        for _, _, job in jobs()
        for step in job["steps"]
        if step.get("uses", "").startswith("actions/checkout")
    ]
    assert len(checkouts) == len([*jobs()]) + 1
    assert set(checkouts) == {False}
    assert not any("persistCredentials" in path.read_text() for path in AZURE)


def test_the_example_of_a_policy_is_one_and_says_what_holds_without_it() -> None:
    assert read_policy(PIPELINES / "policy.yaml", rules=rule_ids()) == Policy()


@pytest.mark.parametrize("path", sorted(PIPELINES.glob("*/CODEOWNERS")), ids=lambda path: path.parent.name)
def test_what_judges_a_change_has_owners(path: Path) -> None:
    owned = {line.split()[0] for line in path.read_text().splitlines() if line and not line.startswith("#")}
    assert {"*", "/environments/", "/helpers/", "/pipelines/", "/policy.yaml"} <= owned


def test_the_auditor_is_locked() -> None:
    assert "zizmor" in locks.pins(ROOT / "requirements" / "dev.txt")
