"""GitLab's pipelines, every job's script run for real: from a fork's merge request to deployed, watched, verified."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from sandbox.identities import TENANTS
from tests.checkouts import repository
from tests.forge_doubles import GitLabDouble
from tests.gitlab_jobs import GitLabRunner, Job, jobs_of, merge_request, subject
from tests.jobs import surrounded
from tests.pipeline_story import NAME, POLICY, TRAP_SAYS, TWO, Story, handed_over

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

COPIED = [
    ("pipelines/gitlab/gitlab-ci.yml", ".gitlab-ci.yml"),
    ("pipelines/gitlab/deploy.yml", ".gitlab/ise-intune-deploy.yml"),
    ("pipelines/gitlab/CODEOWNERS", ".gitlab/CODEOWNERS"),
    POLICY,
]
SUBJECTS = {
    "ise-intune-plan": subject("staging"),
    "ise-intune-deploy": subject("production"),
    "ise-intune-drift": subject("testing"),
}


@dataclass
class Team:
    """A team on GitLab: its story, its pipelines' runner, and the forge."""

    story: Story
    runner: GitLabRunner
    forge: GitLabDouble

    def job(self, name: str, source: str, **variables: str) -> Job:
        """Run one job of main's pipeline, if it belongs to a pipeline of this source."""
        pipeline = self.runner.pipeline(".gitlab-ci.yml")
        assert name in jobs_of(pipeline, CI_PIPELINE_SOURCE=source, **variables)
        return self.runner.run(pipeline, name, CI_PIPELINE_SOURCE=source, **variables)

    def select(self, before: str) -> None:
        """Begin the pipeline of a push."""
        self.runner.begin()
        selected = self.job("select", "push", CI_COMMIT_BEFORE_SHA=before)
        assert not selected.failed, selected.said

    def deploy(self) -> Job:
        """Run the child pipeline's jobs: a plan, which a person approves, and the deploy."""
        planned = self.runner.run(self.runner.child(), "plan")
        assert not planned.failed, planned.said
        return self.runner.run(self.runner.pipeline(".gitlab/ise-intune-deploy.yml"), "deploy", NAME=NAME)


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    path, forge = tmp_path_factory.mktemp("gitlab"), GitLabDouble()
    made = repository(path / "repository", COPIED)
    with surrounded(path, forge.application, SUBJECTS) as around:
        yield Team(Story(made, around), GitLabRunner(around, made, path / "runs", TENANTS[0].id), forge)


def test_1_a_first_environment_is_planned_approved_and_deployed(team: Team) -> None:
    """In the order of these tests: each goes on where the one before it ended."""
    team.story.declare()
    before, after = team.story.push("Declare production")
    team.select(before)
    deployed = team.deploy()
    assert not deployed.failed, deployed.said
    assert "this is what was approved (" in deployed.said
    assert "Apply complete! Resources: 5 added, 0 changed, 0 destroyed." in deployed.said
    outputs = handed_over(team.runner.kept[-1] / "handed-over")
    assert outputs["applied"]["value"]["commit"] == after


def test_2_a_push_that_concerns_no_environment_deploys_nothing(team: Team) -> None:
    (team.story.repository.path / "docs" / "more.md").write_text("More.\n", encoding="utf-8")
    before, _ = team.story.push("Write more")
    team.select(before)
    assert team.runner.child() == {"nothing": {"script": ["echo nothing changes"]}}


def test_3_a_merge_request_of_a_fork_is_reviewed_by_mains_code_and_commented(team: Team) -> None:
    head, _ = team.story.propose("refs/merge-requests/7/head", "refs/merge-requests/7/merge")
    team.forge.head = head
    team.forge.files = ["environments/production.yaml", "Makefile"]
    payload = team.runner.folder / "payload.json"
    payload.write_text(merge_request(head), encoding="utf-8")
    team.runner.begin()
    reviewed = team.job("review", "trigger", TRIGGER_PAYLOAD=str(payload))
    assert reviewed.status in {0, 2}, reviewed.said
    assert TRAP_SAYS not in reviewed.said
    assert not {name for name in reviewed._variables() if name.startswith(("ARM_OIDC", "ISE_INTUNE_GITLAB"))}
    reported = team.job("report", "trigger", TRIGGER_PAYLOAD=str(payload))
    assert not reported.failed, reported.said
    (note,) = team.forge.comments
    assert "psn-02" in note["body"]
    assert "The change also touches 1 file outside environments/" in note["body"]
    (status,) = team.forge.statuses
    assert (status["sha"], status["name"]) == (head, "ise-intune/review")
    assert not (reviewed.workspace / "owned").exists()


def test_4_a_change_that_goes_on_while_it_is_reviewed_is_left_to_the_next_webhook(team: Team) -> None:
    payload = team.runner.folder / "payload.json"
    payload.write_text(merge_request("e" * 40), encoding="utf-8")
    team.runner.begin()
    reviewed = team.job("review", "trigger", TRIGGER_PAYLOAD=str(payload))
    assert reviewed.status
    assert not (reviewed.workspace / "review.json").exists()
    reported = team.job("report", "trigger", TRIGGER_PAYLOAD=str(payload))
    assert not reported.failed, reported.said
    assert "no open change has this commit any more" in reported.said
    assert len(team.forge.comments) == 1


def test_5_after_the_merge_what_was_not_approved_is_not_deployed(team: Team) -> None:
    application = _application(team)
    team.story.declare(certificates=TWO)
    before, _ = team.story.push("Let a second node sign in")
    team.select(before)
    planned = team.runner.run(team.runner.child(), "plan")
    assert not planned.failed, planned.said
    assert "psn-02" in planned.said, "who approves reads it in the job's log"
    team.story.graph("PATCH", f"/applications/{application}", {"web": {"redirectUris": ["https://somewhere.example/"]}})
    child = team.runner.pipeline(".gitlab/ise-intune-deploy.yml")
    refused = team.runner.run(child, "deploy", NAME=NAME)
    assert refused.failed
    assert "this is not what was approved" in refused.said
    assert "Apply complete" not in refused.said
    team.select(before)
    again = team.deploy()
    assert not again.failed, again.said
    assert "Apply complete! Resources: 1 added, 1 changed, 0 destroyed." in again.said


def test_6_every_night_one_issue_says_what_drifted_and_closes_itself(team: Team) -> None:
    application = _application(team)
    assert _night(team) == 0
    assert team.forge.issues == []
    key_id = team.story.add_secret(application)
    assert _night(team) == 2
    (issue,) = team.forge.issues
    assert issue["state"] == "opened"
    assert "client secret" in issue["description"]
    team.story.remove_secret(application, key_id)
    assert _night(team) == 0
    assert issue["state"] == "closed"


def _night(team: Team) -> int:
    team.runner.begin()
    looked = team.job("drift", "schedule")
    told = team.job("tell", "schedule")
    assert not told.failed, looked.said + told.said
    return looked.status


@pytest.mark.parametrize(("name", "status"), [(NAME, 0), ("$(touch owned)", 1)])
def test_7_by_hand_the_way_to_intune_is_verified(team: Team, name: str, status: int) -> None:
    team.runner.begin()
    pipeline = team.runner.pipeline(".gitlab-ci.yml")
    verified = team.runner.run(pipeline, "verify", CI_PIPELINE_SOURCE="web", NAME=name)
    assert verified.status == status, verified.said
    assert not (verified.workspace / "owned").exists()


@pytest.mark.parametrize(
    "said",
    [subject("staging"), subject("production", protected=False), "project_path:contoso/ise-intune:ref_type:branch"],
)
def test_8_no_branch_or_other_environment_signs_in_as_the_deployer(team: Team, said: str) -> None:
    checkout = next(team.runner.folder.glob("*-deploy")) / "builds"
    job = Job(team.runner, {"environment": "ise-intune-deploy"}, team.runner.folder, "main", {})
    variables = {**job._variables(), "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": team.story.around.id_token(said)}
    check = f".venv/bin/ise-intune identities --check deploy {NAME}"
    done = team.story.around.run(check, folder=checkout, variables=variables)
    assert done.status == 1
    assert "AADSTS700213" in done.said


def test_everything_that_was_asked_was_served_here(team: Team) -> None:
    assert team.story.around.nobody_else_was_asked()
    shutil.rmtree(team.runner.folder)


def _application(team: Team) -> str:
    (newest,) = team.story.graph("GET", "/applications?$filter=displayName eq 'Cisco ISE'")["value"]
    return str(newest["id"])
