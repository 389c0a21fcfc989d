"""`adopt --resume`: what it writes, what it refuses to choose, and how it ends; Terraform is played."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from cli.adopt import resume as resuming
from clients.graph import Directories
from helpers.certificates.files import read_certificate_file
from helpers.declaration.environments import read_environment
from sandbox.identities import DEPLOYER, TENANTS
from tests import recorded_plan
from tests.commanding import say
from tests.declaring import write_certificate
from tests.drifting import NAME, Fleet, entered

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commanding import Said

TENANT = TENANTS[0].id
TEMPORARY = "TERRAFORM_UPDATE_0c37aa31-9c85-4da9-140c-a2c6aed48363"
NO_STATE = '{"format_version":"1.0"}'


def _harmless() -> dict[str, Any]:
    """Return a plan that destroys and replaces nothing."""
    plan = recorded_plan.recorded()
    for each in plan["resource_changes"]:
        change = each["change"]
        if "delete" in change["actions"]:
            change |= {"actions": ["no-op"], "after": change["before"], "after_unknown": {}}
    return plan


@dataclass
class Terraform:
    """A stack as Terraform tells of it; `planned` is what the environment file said when a plan was asked for."""

    said: str = NO_STATE
    plan_document: dict[str, Any] = field(default_factory=_harmless)
    environment: Path | None = None
    planned: list[str] = field(default_factory=list)

    def initialized(self, _root: Path, name: str, *, environments: Path) -> Terraform:
        """Take the place of `clients.terraform.initialized`."""
        self.environment = environments / f"{name}.yaml"
        return self

    def state(self) -> str:
        """Return the state's JSON."""
        return self.said

    def plan(self) -> str:
        """Return the plan's JSON."""
        assert self.environment
        self.planned.append(self.environment.read_text(encoding="utf-8"))
        return json.dumps(self.plan_document)


@dataclass(frozen=True)
class Stage:
    """A sandbox with an environment that was deployed, and a Terraform that knows nothing of it."""

    fleet: Fleet
    terraform: Terraform
    capsys: pytest.CaptureFixture[str]

    def resume(self, *arguments: str) -> Said:
        """Resume the environment."""
        return say(self.capsys, "adopt", "--resume", NAME, *arguments)

    @property
    def path(self) -> Path:
        """The environment file."""
        return self.fleet.environments / f"{NAME}.yaml"

    @property
    def text(self) -> str:
        """What the environment file says."""
        return self.path.read_text(encoding="utf-8")

    def application(self) -> dict[str, Any]:
        """Return the application as the directory has it."""
        store = self.fleet.sandbox.world.store
        client_id = self.fleet.deployments[NAME].client_id
        return next(each for each in store.all(TENANT, "application") if each["appId"] == client_id)

    def change(self, **properties: Any) -> None:  # noqa: ANN401 — any JSON
        """Change the application in the directory."""
        found = {**self.application(), **properties}
        self.fleet.sandbox.world.store.put(TENANT, "application", found["id"], found)

    def another(self, number: int, **properties: Any) -> str:  # noqa: ANN401 — any JSON
        """Put another application like it beside it; return its client id."""
        ids = {"id": f"0b1e0000-0000-4000-8000-{number:012}", "appId": f"c11e0000-0000-4000-8000-{number:012}"}
        twin = {**self.application(), "keyCredentials": [], **ids, **properties}
        self.fleet.sandbox.world.store.put(TENANT, "application", twin["id"], twin)
        return ids["appId"]

    def in_state(self) -> None:
        """Let the state have everything but the certificates."""
        found, principal = self.application(), self.fleet.deployments[NAME].service_principal
        resources = [
            _resource("azuread_application.application", f"/applications/{found['id']}", client_id=found["appId"]),
            _resource("azuread_service_principal.service-principal", f"/servicePrincipals/{principal}"),
        ]
        self.terraform.said = json.dumps({"values": {"root_module": {"resources": resources}}})


def _resource(address: str, id_: str, **values: str) -> dict[str, Any]:
    type_ = address.partition(".")[0]
    return {"address": address, "mode": "managed", "type": type_, "values": {"id": id_, **values}}


@pytest.fixture
def stage(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Stage:
    fleet, terraform = entered(tmp_path, tmp_path_factory, monkeypatch), Terraform()
    monkeypatch.setattr(resuming, "Directories", partial(Directories, ways=fleet.sandbox.ways))
    monkeypatch.setattr(resuming, "initialized", terraform.initialized)
    stage = Stage(fleet, terraform, capsys)
    stage.change(createdByAppId=DEPLOYER.client_id)
    return stage


def test_what_is_in_no_state_is_written_down_planned_and_told(stage: Stage) -> None:
    said = stage.resume()
    assert said.code == 0, said.err
    declared = read_environment(stage.path)
    assert declared.adopted
    assert declared.adopted.application == stage.application()["id"]
    assert declared.adopted.service_principal == stage.fleet.deployments[NAME].service_principal
    (entry,) = declared.certificates
    assert entry.adopted
    assert entry.adopted.sha256 == entry.certificate.sha256_hex
    assert stage.terraform.planned == [stage.text]
    assert f"in no state, of the application {stage.application()['appId']}:\n  the application\n" in said.out
    assert "the next deploy:\n" in said.out
    assert "ACCESS REVIEW" in said.out
    assert said.err.endswith(f"{NAME}.yaml: written; review it, commit, and deploy (`cdktf deploy {NAME}`)\n")


def test_resuming_once_more_before_the_deploy_writes_nothing_and_says_the_same(stage: Stage) -> None:
    first = stage.resume()
    text = stage.text
    again = stage.resume()
    assert (again.code, stage.text) == (0, text)
    assert again.out.partition("the next deploy")[2] == first.out.partition("the next deploy")[2]
    assert "names all of it already" in again.err


def test_where_the_state_has_everything_nothing_is_planned_or_written(stage: Stage) -> None:
    stage.change(keyCredentials=[])
    stage.in_state()
    text = stage.text
    said = stage.resume()
    assert (said.code, said.out, stage.text, stage.terraform.planned) == (0, "", text, [])
    assert said.err.endswith("is in the state already; nothing was written\n")


def test_a_certificate_that_the_state_lacks_is_imported_to_the_application_that_it_has(stage: Stage) -> None:
    stage.in_state()
    said = stage.resume()
    assert said.code == 0, said.err
    assert "  the certificate psn-01: key id " in said.out
    assert "  the application\n" not in said.out
    assert read_environment(stage.path).certificates[0].adopted


def test_where_nothing_was_made_the_deploy_makes_it(stage: Stage) -> None:
    stage.change(createdByAppId=None, owners=[])
    said = stage.resume()
    assert (said.code, said.out) == (0, "")
    assert "nothing to resume: deploy again" in said.err


def test_of_several_each_is_listed_with_its_evidence_and_a_person_chooses(stage: Stage) -> None:
    other = stage.another(1)
    text = stage.text
    said = stage.resume()
    assert (said.code, stage.text) == (1, text)
    lines = [line for line in said.err.splitlines() if line.startswith("  application ")]
    assert len(lines) == 2
    assert all("made by the deployer; owned by the deployer; called as declared" in line for line in lines)
    chosen = stage.resume("--client-id", other)
    assert chosen.code == 0, chosen.err
    assert f"in no state, of the application {other}:" in chosen.out
    assert f"besides there is the application {stage.application()['appId']}" in chosen.err


def test_a_client_id_of_no_candidate_is_refused(stage: Stage) -> None:
    said = stage.resume("--client-id", DEPLOYER.client_id)
    assert said.code == 1
    assert "which is not what a deploy left behind" in said.err


def test_a_client_id_beside_that_of_the_state_is_refused(stage: Stage) -> None:
    stage.in_state()
    said = stage.resume("--client-id", stage.another(1))
    assert said.code == 1
    assert f"is not the application in the state of {NAME}" in said.err


def test_what_has_the_providers_name_for_a_moment_is_imported(stage: Stage) -> None:
    stage.change(displayName=TEMPORARY, keyCredentials=[])
    said = stage.resume()
    assert said.code == 0, said.err
    adopted = read_environment(stage.path).adopted
    assert adopted
    assert adopted.application == stage.application()["id"]


def test_a_foreign_certificate_under_our_key_id_is_an_alarm_and_nothing_is_written(
    stage: Stage, tmp_path: Path
) -> None:
    foreign = read_certificate_file(write_certificate(tmp_path, "foreign.pem")).value
    stage.change(keyCredentials=[{**each, "key": foreign} for each in stage.application()["keyCredentials"]])
    text = stage.text
    said = stage.resume()
    assert (said.code, stage.text) == (2, text)
    assert "psn-01: another certificate stands on the application under its key id" in said.err


@pytest.mark.parametrize("actions", [["delete"], ["delete", "create"], ["create", "delete"]], ids="-".join)
def test_where_the_deploy_would_end_something_nothing_is_written(stage: Stage, actions: list[str]) -> None:
    change = recorded_plan.entry(stage.terraform.plan_document, recorded_plan.CERTIFICATE)["change"]
    change["actions"] = actions
    text = stage.text
    said = stage.resume()
    assert (said.code, stage.text) == (2, text)
    assert stage.terraform.planned != [text], "it was planned with what would have been written"
    assert f"would destroy or replace {recorded_plan.CERTIFICATE}; nothing was written" in said.err
    assert "ACCESS REVIEW" in said.out


def test_where_no_plan_can_be_made_nothing_is_written(stage: Stage) -> None:
    stage.terraform.plan_document = {}
    text = stage.text
    said = stage.resume()
    assert (said.code, stage.text) == (1, text)
    assert said.err.splitlines()[-1].startswith("error: the plan of production: ")


def test_a_file_that_adopts_what_is_gone_is_told_how_to_begin_anew(stage: Stage) -> None:
    assert stage.resume().code == 0
    store = stage.fleet.sandbox.world.store
    store.delete(TENANT, "application", stage.application()["id"])
    said = stage.resume()
    assert said.code == 1
    assert "which is not in Entra any more: no deploy can import it; take `adopted` out" in said.err


def test_what_a_reviewed_file_adopts_is_its_own_whoever_made_it(stage: Stage) -> None:
    assert stage.resume().code == 0
    text = stage.text
    stage.change(createdByAppId=None, owners=[])
    said = stage.resume()
    assert (said.code, stage.text) == (0, text), said.err
    assert f"in no state, of the application {stage.application()['appId']}:" in said.out


def test_a_certificate_whose_name_another_has_in_the_state_has_to_be_put_right_by_hand(stage: Stage) -> None:
    stage.in_state()
    state = json.loads(stage.terraform.said)
    id_ = f"{stage.application()['id']}/certificate/0ddd0000-0000-4000-8000-000000000001"
    state["values"]["root_module"]["resources"].append(_resource(recorded_plan.CERTIFICATE, id_))
    stage.terraform.said = json.dumps(state)
    text = stage.text
    said = stage.resume()
    assert (said.code, stage.text) == (2, text)
    assert "psn-01: the state has another certificate under this name (key id 0ddd0000-" in said.err


def test_a_deployer_that_the_tenant_does_not_have_is_told(stage: Stage) -> None:
    stage.path.write_text(stage.text.replace(DEPLOYER.object_id, "0dd00000-0000-4000-8000-000000000001"))
    said = stage.resume()
    assert said.code == 1
    assert "deployer: is no service principal of tenant" in said.err


def test_the_client_id_of_the_file_chooses(stage: Stage) -> None:
    other = stage.another(1)
    stage.path.write_text(f"client_id: {other}\n{stage.text}")
    said = stage.resume()
    assert said.code == 0, said.err
    assert f"in no state, of the application {other}:" in said.out


def test_a_neighbours_file_with_mistakes_is_told_and_in_nobodys_way(stage: Stage) -> None:
    (stage.fleet.environments / "lab.yaml").write_text("schema: 1\n")
    said = stage.resume()
    assert said.code == 0, said.err
    assert "lab.yaml: has mistakes, so nobody knows which application is its" in said.err
