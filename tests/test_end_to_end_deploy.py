"""From an environment file to an integration that ISE can use, with the real cdktf and Terraform on the sandbox.

Every step runs on the stand-in, and on the unmodified azuread provider where AZUREAD_PROVIDER_MIRROR names a mirror.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from helpers.declaration.environments import read_environment
from sandbox.identities import AUDITOR, CONSENTING_DEPLOYER, DEPLOYER, TENANTS
from sandbox.store import Store
from tests.asking_graph import filled_world
from tests.declaring import write_environment
from tests.deployments import Deployment
from tests.deployments import deployed as leave_deployed
from tests.projects import MIRROR, NAME, Project, project
from tests.sandboxes import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


pytestmark = pytest.mark.e2e

# Terraform would evaluate each of these if it reached it.
DISPLAY_NAME = 'Cisco ISE ${file("/etc/hostname")} %{ if true }x%{ endif } ${'


@pytest.fixture(
    scope="module",
    params=[
        "stand-in",
        pytest.param(
            "mirror",
            marks=pytest.mark.skipif(
                not MIRROR, reason="AZUREAD_PROVIDER_MIRROR names no mirror of the unmodified azuread provider"
            ),
        ),
    ],
)
def deployed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """An environment with consent as code, deployed by `cdktf deploy` once for all tests of this module."""
    with project(
        tmp_path_factory.mktemp(request.param),
        request.param,
        CONSENTING_DEPLOYER,
        application={"display_name": DISPLAY_NAME, "notes": DISPLAY_NAME},
        permissions={"admin_consent": "terraform"},
    ) as made:
        done = made.run(
            "cdktf", "deploy", NAME, "--auto-approve", "--outputs-file", str(made.environments / "out.json")
        )
        assert done.returncode == 0, done.stdout + done.stderr
        yield made


def test_a_second_plan_changes_nothing(deployed: Project) -> None:
    done = deployed.terraform("plan", "-detailed-exitcode", "-no-color", "-input=false")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_a_second_deploy_says_so(deployed: Project) -> None:
    done = deployed.run("cdktf", "deploy", NAME, "--auto-approve")
    assert done.returncode == 0, done.stderr
    assert "No changes" in done.stdout


def test_text_of_the_file_reaches_entra_as_it_stands(deployed: Project) -> None:
    shown = deployed.terraform("show", "-json", "-no-color")
    resources = json.loads(shown.stdout)["values"]["root_module"]["resources"]
    application = next(each["values"] for each in resources if each["type"] == "azuread_application")
    assert application["display_name"] == application["notes"] == DISPLAY_NAME


def test_the_outputs_fill_in_ises_form(deployed: Project) -> None:
    printed = deployed.run("ise-intune", "outputs", NAME, "--outputs", str(deployed.environments / "out.json"))
    assert printed.returncode == 0, printed.stderr
    outputs = deployed.outputs()
    for label, value in outputs["ise_settings"].items():
        assert label in printed.stdout
        assert value in printed.stdout
    assert (
        outputs["ise_settings"]["Client ID"]
        == outputs["client_id"]
        == outputs["applied"]["integration"]["client_id"]["items"]
    )


def test_the_outputs_are_read_from_terraform_too(deployed: Project) -> None:
    from_state = deployed.run("ise-intune", "outputs", NAME, "--format", "json")
    from_file = deployed.run(
        "ise-intune", "outputs", NAME, "--format", "json", "--outputs", str(deployed.environments / "out.json")
    )
    assert from_state.returncode == from_file.returncode == 0, from_state.stderr
    assert json.loads(from_state.stdout) == json.loads(from_file.stdout)


def test_what_was_just_deployed_has_not_drifted(deployed: Project) -> None:
    auditor, outputs = replace(deployed, deployer=AUDITOR), str(deployed.environments / "out.json")
    clean = auditor.run("ise-intune", "drift", NAME, "--deep", "--outputs", outputs)
    assert clean.returncode == 0, clean.stdout + clean.stderr
    from_state = auditor.run("ise-intune", "drift", NAME, "--format", "json")
    assert from_state.returncode == 0, from_state.stdout + from_state.stderr
    assert json.loads(from_state.stdout)["environments"][0]["deployed"]


def test_tests_without_terraform_begin_with_what_a_deploy_leaves(
    deployed: Project, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ours = filled_world(tmp_path, tmp_path_factory)
    made = leave_deployed(ours, read_environment(deployed.environments / f"{NAME}.yaml"))
    there = Store(deployed.folder.store)
    handed_out = json.loads((deployed.environments / "out.json").read_text(encoding="utf-8"))[NAME]
    left = Deployment(
        made.declaration,
        handed_out["client_id"],
        handed_out["application_object_id"],
        handed_out["applied"]["integration"]["service_principal"]["object_id"]["items"],
    )
    assert left.outputs == handed_out
    assert _plain(there, left) == _plain(ours.store, made)
    there.close()


def _plain(store: Store, left: Deployment) -> list[dict[str, Any]]:
    """Return what a deploy left, without the ids that Entra chose, who and when, and in an order of its own."""
    tenant = TENANTS[0].id
    documents = [
        store.get(tenant, "application", left.application),
        store.get(tenant, "servicePrincipal", left.service_principal),
        *store.where(tenant, "appRoleAssignment", "principalId", left.service_principal),
        *store.where(tenant, "oauth2PermissionGrant", "clientId", left.service_principal),
    ]
    chosen = ("id", "createdDateTime", "createdByAppId")
    texts = [json.dumps(_less(each or {}, *chosen), sort_keys=True) for each in documents]
    for own, name in ((left.client_id, "CLIENT"), (left.application, "OBJECT"), (left.service_principal, "PRINCIPAL")):
        texts = [text.replace(own, name) for text in texts]
    return [json.loads(text) for text in sorted(texts)]


def _less(document: dict[str, Any], *names: str) -> dict[str, Any]:
    kept = {name: value for name, value in document.items() if name not in names}
    for name, key in (("requiredResourceAccess", "resourceAppId"), ("keyCredentials", "keyId")):
        if name in kept:
            kept[name] = sorted(kept[name], key=lambda each: str(each[key]))
    return kept


def test_nothing_was_contacted_but_the_sandbox(deployed: Project) -> None:
    refused = deployed.folder.path / "refused.log"
    assert not refused.exists() or refused.read_text(encoding="utf-8") == ""


def test_the_state_stays_in_the_sandbox_whatever_the_file_says(deployed: Project) -> None:
    configured = json.loads(next(deployed.folder.path.rglob(f"stacks/{NAME}/cdk.tf.json")).read_text(encoding="utf-8"))
    assert set(configured["terraform"]["backend"]) == {"azurerm"}
    assert (deployed.folder.path / "state" / f"{NAME}.tfstate").is_file()
    assert not (ROOT / "state").exists()


def test_what_was_deployed_can_be_taken_down(deployed: Project) -> None:
    """The last of those that share the deployment. Microsoft's own principals stay."""
    done = deployed.terraform("destroy", "-auto-approve", "-no-color", "-input=false")
    assert done.returncode == 0, done.stderr
    assert "Destroy complete! Resources: 6 destroyed." in done.stdout
    assert deployed.outputs() == {}


@pytest.mark.slow
def test_a_deployer_that_is_not_the_declared_owner_is_refused_in_the_middle(tmp_path: Path) -> None:
    """The trap that `deployer` is there for: with another id in its place, Graph refuses the first deploy."""
    with project(tmp_path, "stand-in", DEPLOYER) as made:
        write_environment(made.environments, NAME, tenant_id=TENANTS[0].id, deployer=CONSENTING_DEPLOYER.object_id)
        made.synthesize()
        applied = made.terraform("apply", "-auto-approve", "-no-color", "-input=false")
        assert applied.returncode == 1
        assert "Insufficient privileges to complete the operation." in " ".join(applied.stderr.split())


@pytest.mark.slow
def test_a_deployer_without_the_power_to_consent_is_refused(tmp_path: Path) -> None:
    with project(tmp_path, "stand-in", DEPLOYER, permissions={"admin_consent": "terraform"}) as made:
        made.synthesize()
        applied = made.terraform("apply", "-auto-approve", "-no-color", "-input=false")
        assert applied.returncode == 1
        assert "Insufficient privileges to complete the operation." in " ".join(applied.stderr.split())
