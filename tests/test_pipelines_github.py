"""GitHub's workflows, every step's shell run for real: from a pull request of a fork to deployed, watched, verified."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.identities import TENANTS
from tests.checkouts import repository
from tests.forge_doubles import GitHubDouble
from tests.github_jobs import GitHubRunner, Job
from tests.jobs import IDENTITIES, surrounded
from tests.pipeline_story import NAME, POLICY, TRAP_SAYS, TWO, Story, handed_over

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

WORKFLOWS = ("review", "report", "deploy", "drift", "verify")
COPIED = [
    *((f"pipelines/github/{name}.yml", f".github/workflows/{name}.yml") for name in WORKFLOWS),
    ("pipelines/github/CODEOWNERS", ".github/CODEOWNERS"),
    POLICY,
]
MAIN = {"sha": "main", "ref": "refs/heads/main"}


@dataclass
class Team:
    """A team on GitHub: its story, its workflows' runner, and the forge."""

    story: Story
    runner: GitHubRunner
    forge: GitHubDouble

    def push(self, message: str) -> dict[str, Any]:
        """Commit to main; return what GitHub says of the push."""
        before, after = self.story.push(message)
        return {"sha": after, "ref": "refs/heads/main", "event": {"before": before}}

    def job(self, file: str, job: str, github: dict[str, Any], **contexts: Any) -> Job:  # noqa: ANN401
        """Run one job of main's workflows."""
        return self.runner.run(f"{file}.yml", job, github=github, revision="main", **contexts)

    def changed(self, github: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, str]]]:
        """Run the job that says what a push concerns; return what later jobs need, and the matrix's rows."""
        done = self.job("deploy", "changed", github)
        assert not done.failed, done.said
        needs = {"changed": {"outputs": {"matrix": done.output("matrix")}}}
        return needs, json.loads(done.output("matrix"))["include"]

    def plan(self, github: dict[str, Any]) -> tuple[Job, dict[str, Any]]:
        """Run what comes before an approval; return the plan's job, and what the deploy's is told."""
        needs, (row,) = self.changed(github)
        return self.job("deploy", "plan", github, needs=needs, matrix=row), {"needs": needs, "matrix": row}

    def deploy(self, github: dict[str, Any]) -> Job:
        """Plan, approve, and deploy."""
        planned, told = self.plan(github)
        assert not planned.failed, planned.said
        return self.job("deploy", "deploy", github, **told)

    @property
    def application(self) -> str:
        """The object id of the application that was deployed last."""
        outputs = handed_over(self.runner.artifacts[f"deployed-{NAME}"])
        return str(outputs["application_object_id"]["value"])


def followed(head: str) -> dict[str, Any]:
    """Return what GitHub says of the end of a fork's review."""
    run = {
        "event": "pull_request",
        "conclusion": "success",
        "head_sha": head,
        "head_branch": "patch-1",
        "head_repository": {"owner": {"login": "mallory"}},
        "id": 4,
        "pull_requests": [],
    }
    return {**MAIN, "event": {"workflow_run": run}}


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    path, forge = tmp_path_factory.mktemp("github"), GitHubDouble()
    made = repository(path / "repository", COPIED)
    subjects = {environment: f"repo:contoso/ise-intune:environment:{environment}" for environment in IDENTITIES}
    with surrounded(path, forge.application, subjects) as around:
        variables = {
            environment: {"ARM_CLIENT_ID": pipeline.client_id, "ARM_TENANT_ID": TENANTS[0].id}
            for environment, pipeline in IDENTITIES.items()
        }
        yield Team(Story(made, around), GitHubRunner(around, made, path / "runs", variables), forge)


def test_1_a_first_environment_is_planned_approved_and_deployed(team: Team) -> None:
    """In the order of these tests: each goes on where the one before it ended."""
    team.story.declare()
    push = team.push("Declare production")
    planned, told = team.plan(push)
    assert not planned.failed, planned.said
    assert "Access review: stop" in team.runner.summary, "what a first deploy asks for is for a person to approve"
    deployed = team.job("deploy", "deploy", push, **told)
    assert not deployed.failed, deployed.said
    assert "this is what was approved (" in deployed.said
    assert "Apply complete! Resources: 5 added, 0 changed, 0 destroyed." in deployed.said
    outputs = handed_over(team.runner.artifacts[f"deployed-{NAME}"])
    assert outputs["applied"]["value"]["commit"] == push["sha"]


def test_2_a_push_that_concerns_no_environment_deploys_nothing(team: Team) -> None:
    (team.story.repository.path / "docs" / "more.md").write_text("More.\n", encoding="utf-8")
    push = team.push("Write more")
    needs, rows = team.changed(push)
    assert rows == []
    definition = team.runner.workflow("deploy.yml", "main")["jobs"]["plan"]
    waiting = Job(team.runner, definition, team.runner.folder, push, {"needs": needs})
    assert not waiting.holds()


def test_3_a_pull_request_of_a_fork_is_reviewed_by_the_bases_code_and_commented(team: Team) -> None:
    head, merge = team.story.propose("refs/pull/7/head", "refs/pull/7/merge")
    about = {"sha": merge, "ref": "refs/pull/7/merge", "event": {"number": 7}}
    reviewed = team.job("review", "review", about)
    assert TRAP_SAYS not in reviewed.said
    assert "ACTIONS_ID_TOKEN" not in " ".join(reviewed._variables())
    assert "psn-02" in reviewed.said
    assert json.loads((team.runner.artifacts["review"] / "review.json").read_text())["environments"]

    team.forge.head = head
    team.forge.files = ["environments/production.yaml", "helpers/__init__.py", "Makefile"]
    reported = team.job("report", "report", followed(head))
    assert reported.holds()
    assert not reported.failed, reported.said
    (comment,) = team.forge.comments
    assert "psn-02" in comment["body"]
    assert "The change also touches 2 files outside environments/ (helpers/" in comment["body"]
    (status,) = team.forge.statuses
    assert (status["sha"], status["context"]) == (head, "ise-intune/review")


@pytest.mark.parametrize("hostile", ["no artifact", "not JSON", "another file", "a link"])
def test_4_a_hostile_artifact_stops_the_change_and_reaches_nothing_else(team: Team, hostile: str) -> None:
    kept, place = dict(team.runner.artifacts), team.runner.folder / f"hostile-{hostile.replace(' ', '-')}"
    place.mkdir(parents=True)
    team.runner.artifacts["review"] = place
    if hostile == "no artifact":
        del team.runner.artifacts["review"]
    elif hostile == "not JSON":
        (place / "review.json").write_text("$(touch owned) ::set-output name=x::y\n", encoding="utf-8")
    elif hostile == "another file":
        (place / "cli.py").write_text("raise SystemExit\n", encoding="utf-8")
    else:
        (place / "review.json").symlink_to(team.story.around.folder.secrets)
    reported = team.job("report", "report", followed(team.forge.head))
    team.runner.artifacts = kept
    assert reported.failed == "Post it"
    assert team.forge.statuses[-1]["state"] == "error"
    assert "Could not be read" in team.forge.comments[0]["body"]
    assert len(team.forge.comments) == 1
    assert not (reported.workspace / "owned").exists()


def test_5_after_the_merge_what_was_not_approved_is_not_deployed(team: Team) -> None:
    team.story.declare(certificates=TWO)
    push = team.push("Let a second node sign in")
    planned, told = team.plan(push)
    assert not planned.failed, planned.said
    application = team.application
    team.story.graph("PATCH", f"/applications/{application}", {"web": {"redirectUris": ["https://somewhere.example/"]}})
    refused = team.job("deploy", "deploy", push, **told)
    assert refused.failed == "Stop unless that is what was approved"
    assert "this is not what was approved" in refused.said
    assert "Apply complete" not in refused.said
    again = team.deploy(push)
    assert not again.failed, again.said
    assert "Apply complete! Resources: 1 added, 1 changed, 0 destroyed." in again.said


def test_6_every_night_one_issue_says_what_drifted_and_closes_itself(team: Team) -> None:
    night = {**MAIN, "event": {}}
    clean = team.job("drift", "look", night)
    assert not clean.failed, clean.said
    assert not team.job("drift", "tell", night).failed
    assert team.forge.issues == []
    application = team.application
    key_id = team.story.add_secret(application)
    found = team.job("drift", "look", night)
    assert found.failed == "Look", "a red night is seen as well"
    assert not team.job("drift", "tell", night).failed
    (issue,) = team.forge.issues
    assert issue["state"] == "open"
    assert "client secret" in issue["body"]
    team.story.remove_secret(application, key_id)
    assert not team.job("drift", "look", night).failed
    assert not team.job("drift", "tell", night).failed
    assert issue["state"] == "closed"


def test_7_by_hand_the_way_to_intune_is_verified(team: Team) -> None:
    asked = {**MAIN, "event": {}}
    done = team.job("verify", "verify", asked, inputs={"name": NAME})
    assert not done.failed, done.said


@pytest.mark.parametrize("name", ["nowhere", "$(touch owned)", "--help"])
def test_8_a_name_that_is_no_environment_is_refused_and_run_by_nobody(team: Team, name: str) -> None:
    asked = {**MAIN, "event": {}}
    done = team.job("verify", "verify", asked, inputs={"name": name})
    assert done.failed == "Verify"
    assert not (done.workspace / "owned").exists()


@pytest.mark.parametrize("subject", ["ref:refs/heads/main", "pull_request", "environment:ise-intune-plan"])
def test_9_no_branch_pull_request_or_other_environment_signs_in_as_the_deployer(team: Team, subject: str) -> None:
    url, token = team.story.around.request_for_id_token(f"repo:contoso/ise-intune:{subject}")
    checkout = next(team.runner.folder.glob("*-deploy")) / "workspace"
    variables = {
        **team.story.around.variables(),
        **team.runner.variables["ise-intune-deploy"],
        "ARM_USE_OIDC": "true",
        "ACTIONS_ID_TOKEN_REQUEST_URL": url,
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": token,
    }
    check = f".venv/bin/ise-intune identities --check deploy {NAME}"
    done = team.story.around.run(check, folder=checkout, variables=variables)
    assert done.status == 1
    assert "AADSTS700213" in done.said
    assert "compare the application's federated credential" in done.said


def test_everything_that_was_asked_was_served_here(team: Team) -> None:
    assert team.story.around.nobody_else_was_asked()
    shutil.rmtree(team.runner.folder)
