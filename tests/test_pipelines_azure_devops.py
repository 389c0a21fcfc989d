"""Azure DevOps' pipelines, every step's shell run for real: from a pull request to deployed, watched, verified."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from sandbox.identities import TENANTS
from tests.azure_jobs import AzureRunner, Job, rows, subject
from tests.checkouts import repository
from tests.forge_doubles import AzureDouble
from tests.jobs import IDENTITIES, surrounded
from tests.pipeline_story import NAME, POLICY, TRAP_SAYS, TWO, Story, handed_over

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@dataclass
class Team:
    """A team on Azure DevOps: its story, its pipelines' runner, and the forge."""

    story: Story
    runner: AzureRunner
    forge: AzureDouble

    def changed(self) -> list[dict[str, str]]:
        """Begin the run of a push; return the legs of its matrix."""
        self.runner.begin()
        done = self.runner.run("deploy", "changed")
        assert not done.failed, done.said
        return rows(self.runner.outputs["select.matrix"])

    def plan(self) -> dict[str, str]:
        """Run what comes before an approval; return the leg to approve."""
        (leg,) = self.changed()
        planned = self.runner.run("deploy", "plan", leg=leg)
        assert not planned.failed, planned.said
        return leg

    def deploy(self) -> Job:
        """Plan, approve, and deploy."""
        return self.runner.run("deploy", "deploy", leg=self.plan())

    def proposed(self, number: str, commit: str) -> dict[str, str]:
        """Return what a webhook says of a pull request."""
        return {"change.resource.pullRequestId": number, "change.resource.lastMergeCommit.commitId": commit}

    @property
    def application(self) -> str:
        """The object id of the one application that was deployed."""
        (newest,) = self.story.graph("GET", "/applications?$filter=displayName eq 'Cisco ISE'")["value"]
        return str(newest["id"])


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    path, forge = tmp_path_factory.mktemp("azure"), AzureDouble()
    made = repository(path / "repository", [POLICY])
    subjects = {connection: subject(connection) for connection in IDENTITIES}
    with surrounded(path, forge.application, subjects) as around:
        yield Team(Story(made, around), AzureRunner(around, made, path / "runs", TENANTS[0].id), forge)


def test_1_a_first_environment_is_planned_approved_and_deployed(team: Team) -> None:
    """In the order of these tests: each goes on where the one before it ended."""
    team.story.declare()
    _, after = team.story.push("Declare production")
    deployed = team.deploy()
    assert not deployed.failed, deployed.said
    assert "Access review: stop" in team.runner.summary, "what a first deploy asks for is for a person to approve"
    assert "this is what was approved (" in deployed.said
    assert "Apply complete! Resources: 5 added, 0 changed, 0 destroyed." in deployed.said
    outputs = handed_over(team.runner.kept[f"deployed-{NAME}"])
    assert outputs["applied"]["value"]["commit"] == after


def test_2_a_push_that_concerns_no_environment_deploys_nothing(team: Team) -> None:
    (team.story.repository.path / "docs" / "more.md").write_text("More.\n", encoding="utf-8")
    team.story.push("Write more")
    assert team.changed() == []
    assert team.runner.outputs["select.matrix"] == "{}", "which the condition of both stages asks for"


def test_3_a_pull_request_is_reviewed_by_mains_code_and_commented(team: Team) -> None:
    _, merge = team.story.propose("refs/pull/7/head", "refs/pull/7/merge")
    team.forge.head = merge
    team.forge.files = ["environments/production.yaml", "Makefile"]
    team.runner.begin()
    reviewed = team.runner.run("review", "review", parameters=team.proposed("7", merge))
    assert not reviewed.failed, reviewed.said
    assert TRAP_SAYS not in reviewed.said
    assert "SYSTEM_ACCESSTOKEN" not in reviewed.variables()
    reported = team.runner.run("review", "report", parameters=team.proposed("7", merge))
    assert not reported.failed, reported.said
    (thread,) = team.forge.comments
    assert "psn-02" in thread["content"]
    assert "The change also touches 1 file outside environments/" in thread["content"]
    (status,) = team.forge.statuses
    assert status["context"] == {"name": "review", "genre": "ise-intune"}


@pytest.mark.parametrize("number", ["7; touch owned", "$(touch owned)", "7 --upload-pack=x", ""])
def test_4_what_a_webhook_says_is_a_number_or_refused(team: Team, number: str) -> None:
    team.runner.begin()
    reviewed = team.runner.run("review", "review", parameters=team.proposed(number, team.forge.head))
    assert reviewed.failed == "Fetch the change"
    assert "ISE_INTUNE_CHANGE_NUMBER: names no pull request" in reviewed.said
    assert not (reviewed.sources / "owned").exists()


def test_5_after_the_merge_what_was_not_approved_is_not_deployed(team: Team) -> None:
    team.story.declare(certificates=TWO)
    team.story.push("Let a second node sign in")
    leg = team.plan()
    redirect = {"web": {"redirectUris": ["https://somewhere.example/"]}}
    team.story.graph("PATCH", f"/applications/{team.application}", redirect)
    refused = team.runner.run("deploy", "deploy", leg=leg)
    assert refused.failed == "Stop unless that is what was approved"
    assert "Apply complete" not in refused.said
    again = team.deploy()
    assert not again.failed, again.said
    assert "Apply complete! Resources: 1 added, 1 changed, 0 destroyed." in again.said


def test_6_every_night_one_work_item_says_what_drifted_and_closes_itself(team: Team) -> None:
    assert _night(team) == ""
    assert team.forge.issues == []
    key_id = team.story.add_secret(team.application)
    assert _night(team) == "Look", "a red night is seen as well"
    (work_item,) = team.forge.issues
    assert work_item["fields"]["System.State"] == "To Do"
    assert "client secret" in work_item["fields"]["System.Description"]
    team.story.remove_secret(team.application, key_id)
    assert _night(team) == ""
    assert work_item["fields"]["System.State"] == "Done"


def _night(team: Team) -> str:
    team.runner.begin()
    looked = team.runner.run("drift", "look")
    told = team.runner.run("drift", "tell")
    assert not told.failed, looked.said + told.said
    return looked.failed


@pytest.mark.parametrize(("name", "failed"), [(NAME, ""), ("$(touch owned)", "Verify"), ("--help", "Verify")])
def test_7_by_hand_the_way_to_intune_is_verified(team: Team, name: str, failed: str) -> None:
    team.runner.begin()
    verified = team.runner.run("verify", "verify", parameters={"name": name})
    assert verified.failed == failed, verified.said
    assert not (verified.sources / "owned").exists()


def test_8_no_other_service_connection_signs_in_as_the_deployer(team: Team) -> None:
    checkout = next(team.runner.folder.glob("*-deploy")) / "s"
    variables = {
        **team.story.around.variables(),
        "ARM_CLIENT_ID": IDENTITIES["ise-intune-deploy"].client_id,
        "ARM_USE_OIDC": "true",
        "ARM_OIDC_TOKEN": team.story.around.id_token(subject("ise-intune-plan")),
    }
    done = team.story.around.run(
        f".venv/bin/ise-intune identities --check deploy {NAME}", folder=checkout, variables=variables
    )
    assert done.status == 1
    assert "AADSTS700213" in done.said


def test_everything_that_was_asked_was_served_here(team: Team) -> None:
    assert team.story.around.nobody_else_was_asked()
    shutil.rmtree(team.runner.folder)
