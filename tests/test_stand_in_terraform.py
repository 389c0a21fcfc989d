"""Terraform itself, with the stand-in from its mirror, in the sandbox."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.identities import CONSENTING_DEPLOYER, TENANTS
from sandbox.provider.mirror import install_mirror
from sandbox.provider.schema import RECORDED
from tests.making_certificates import make_certificate, to_pem
from tests.sandboxes import served

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

pytestmark = pytest.mark.e2e

SOURCE = "registry.terraform.io/hashicorp/azuread"
GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
READ_APPLICATIONS = "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"
KEY_ID = "22222222-2222-5222-8222-000000000001"
SETTINGS = {"required_providers": {"azuread": {"source": "hashicorp/azuread", "version": "3.7.0"}}}
DEPLOYMENT = {
    "terraform": SETTINGS,
    "provider": {"azuread": {"tenant_id": TENANTS[0].id, "environment": "global"}},
    "data": {
        "azuread_client_config": {"me": {}},
        "azuread_service_principal": {"graph": {"client_id": GRAPH_APP_ID}},
    },
    "resource": {
        "azuread_application": {
            "ise": {
                "display_name": "Cisco ISE",
                "owners": ["${data.azuread_client_config.me.object_id}"],
                "prevent_duplicate_names": True,
                "required_resource_access": [
                    {"resource_app_id": GRAPH_APP_ID, "resource_access": [{"id": READ_APPLICATIONS, "type": "Role"}]}
                ],
            }
        },
        "azuread_service_principal": {
            "ise": {
                "client_id": "${azuread_application.ise.client_id}",
                "owners": ["${data.azuread_client_config.me.object_id}"],
            }
        },
        "azuread_application_certificate": {
            "psn": {
                "application_id": "${azuread_application.ise.id}",
                "key_id": KEY_ID,
                "type": "AsymmetricX509Cert",
                "value": '${file("psn.pem")}',
                "lifecycle": {"create_before_destroy": True},
            }
        },
        "azuread_app_role_assignment": {
            "read": {
                "app_role_id": READ_APPLICATIONS,
                "principal_object_id": "${azuread_service_principal.ise.object_id}",
                "resource_object_id": "${data.azuread_service_principal.graph.object_id}",
            }
        },
    },
}


@dataclass(frozen=True)
class Terraform:
    """Terraform in a folder, with an environment of its own."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            ["terraform", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def succeed(self, *arguments: str) -> str:
        """Run one command that must succeed; return its stdout."""
        outcome = self.run(*arguments)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        return outcome.stdout

    def configure(self, configuration: Mapping[str, object]) -> None:
        """Write a configuration and install the provider."""
        (self.folder / "main.tf.json").write_text(json.dumps(configuration))
        self.succeed("init", "-input=false", "-no-color")


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """Terraform that knows the stand-in, but no sandbox."""
    if shutil.which("terraform") is None:
        pytest.skip("there is no terraform on PATH")
    folder = tmp_path_factory.mktemp("terraform of a stand-in")
    place = json.dumps(str(install_mirror(folder / "mirror")))
    configuration = folder / "terraform.rc"
    configuration.write_text(f"provider_installation {{\n filesystem_mirror {{\n path = {place}\n }}\n}}\n")
    environment = {"PATH": os.environ["PATH"], "TF_CLI_CONFIG_FILE": str(configuration), "CHECKPOINT_DISABLE": "1"}
    return Terraform(folder, environment)


@pytest.fixture(scope="module")
def inside(outside: Terraform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terraform]:
    """The same Terraform in a sandbox."""
    with served(tmp_path_factory.mktemp("sandboxes") / "one") as (folder, endpoint):
        secrets = json.loads((folder.path / "deployers.json").read_text())
        variables = {
            "ISE_INTUNE_SANDBOX": str(folder.path),
            "HTTPS_PROXY": endpoint.proxy_url,
            "ARM_CLIENT_ID": CONSENTING_DEPLOYER.client_id,
            "ARM_CLIENT_SECRET": secrets[CONSENTING_DEPLOYER.client_id],
        }
        yield Terraform(outside.folder, {**outside.environment, **variables})


def _without_texts(value: Any) -> Any:  # noqa: ANN401 — any JSON
    """Return a schema as it was recorded: without any key that is called `description`."""
    if isinstance(value, dict):
        return {k: _without_texts(v) for k, v in value.items() if k not in {"description", "description_kind"}}
    return [_without_texts(member) for member in value] if isinstance(value, list) else value


def test_terraform_shows_the_recorded_schema(outside: Terraform) -> None:
    outside.configure({"terraform": SETTINGS})
    shown = json.loads(outside.succeed("providers", "schema", "-json"))["provider_schemas"][SOURCE]
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    assert _without_texts(shown["provider"]) == recorded["provider"]
    for kind in ("resource_schemas", "data_source_schemas"):
        assert len(shown[kind]) == {"resource_schemas": 5, "data_source_schemas": 2}[kind]
        for name, schema in shown[kind].items():
            assert _without_texts(schema) == recorded[kind][name], name


def test_what_the_recording_lost_is_there(outside: Terraform) -> None:
    """It was made without texts, and so without the attributes called `description`."""
    outside.configure({"terraform": SETTINGS})
    shown = json.loads(outside.succeed("providers", "schema", "-json"))["provider_schemas"][SOURCE]
    for name in ("azuread_application", "azuread_service_principal"):
        assert shown["resource_schemas"][name]["block"]["attributes"]["description"]["optional"]
    assert shown["data_source_schemas"]["azuread_service_principal"]["block"]["attributes"]["description"]["computed"]


def test_outside_a_sandbox_terraform_is_told_where_the_provider_runs(outside: Terraform) -> None:
    outside.configure(DEPLOYMENT)
    outcome = outside.run("plan", "-input=false", "-no-color")
    assert outcome.returncode == 1
    assert "runs in the sandbox only" in outcome.stderr
    assert "ise-intune sandbox run" in " ".join(outcome.stderr.split())


@pytest.mark.slow
def test_a_deployment_comes_settles_is_imported_and_goes(inside: Terraform) -> None:
    inside.folder.joinpath("psn.pem").write_bytes(to_pem(make_certificate()))
    inside.configure(DEPLOYMENT)
    inside.succeed("apply", "-auto-approve", "-input=false", "-no-color")
    settled = inside.run("plan", "-detailed-exitcode", "-input=false", "-no-color")
    assert settled.returncode == 0, settled.stdout + settled.stderr

    address = "azuread_app_role_assignment.read"
    resources = json.loads(inside.succeed("show", "-json"))["values"]["root_module"]["resources"]
    state = {resource["address"]: resource["values"] for resource in resources}
    inside.succeed("state", "rm", address)
    inside.succeed("import", "-input=false", "-no-color", address, state[address]["id"])
    assert inside.run("plan", "-detailed-exitcode", "-input=false").returncode == 0

    certificate = next(r for r in resources if r["address"] == "azuread_application_certificate.psn")
    assert certificate["sensitive_values"] == {"value": True}
    assert certificate["values"]["id"] == f"{state['azuread_application.ise']['object_id']}/certificate/{KEY_ID}"
    inside.succeed("destroy", "-auto-approve", "-input=false", "-no-color")
    assert inside.succeed("state", "list") == ""
