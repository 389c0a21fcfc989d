"""What a command inside the sandbox sees, and what `terraform` is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.clouds import CLOUDS
from sandbox import before_terraform
from sandbox.before_terraform import Call, is_on_loopback, prepared
from sandbox.endpoint import Endpoint
from sandbox.environment import Programs, SignIn, inside, uncoloured
from sandbox.folder import SandboxFolder
from sandbox.identities import DEPLOYER

FOLDER = SandboxFolder(Path("/a sandbox"))
SIGN_IN = SignIn(
    pipeline=DEPLOYER,
    tenant_id="the tenant",
    cloud=CLOUDS["china"],
    client_secret="the secret",
    ise_user="ada",
    ise_password="the password",
)
PROGRAMS = Programs(terraform=Path("/opt/terraform"), provider="mirror-1", cli_config=Path("/a sandbox/mirror-1.tfrc"))


def environment(caller: dict[str, str]) -> dict[str, str]:
    return inside(caller, folder=FOLDER, endpoint=Endpoint(1, 8443), sign_in=SIGN_IN, programs=PROGRAMS)


@pytest.mark.parametrize(
    "name",
    [
        "ARM_ACCESS_KEY",
        "ARM_OIDC_TOKEN",
        "arm_tenant_id_of_old",
        "AZURE_REGIONAL_AUTHORITY_NAME",
        "AZURE_FEDERATED_TOKEN_FILE",
        "MSAL_FORCE_REGION",
        "TF_DATA_DIR",
        "TF_CLI_ARGS_apply",
        "TF_VAR_password",
        "TF_WORKSPACE",
        "TF_TOKEN_app_terraform_io",
        "CDKTF_HCL_OUTPUT",
        "TERRAFORM_CONFIG",
        "ftp_proxy",
        "npm_config_https_proxy",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "SYSTEM_ACCESSTOKEN",
        "IDENTITY_ENDPOINT",
        "MSI_SECRET",
        "SSL_CERT_DIR",
        "NODE_TLS_REJECT_UNAUTHORIZED",
        "PG_CONN_STR",
        "PGHOST",
        "PGSERVICEFILE",
        "ISE_INTUNE_SANDBOX_PG_CONN_STR",
        "ISE_INTUNE_SANDBOX_STATE",
    ],
)
def test_what_signs_in_or_leads_elsewhere_is_taken_away(name: str) -> None:
    assert name not in environment({name: "the caller's"})


@pytest.mark.parametrize(
    "name", ["HOME", "LANG", "ISE_INTUNE_STACKS", "ISE_INTUNE_ENVIRONMENTS", "AZUREAD_PROVIDER_MIRROR"]
)
def test_the_rest_stays(name: str) -> None:
    assert environment({name: "the caller's"})[name] == "the caller's"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "http://127.0.0.1:8443"),
        ("https_proxy", "http://127.0.0.1:8443"),
        ("HTTP_PROXY", "http://127.0.0.1:8443"),
        ("NO_PROXY", "127.0.0.1,localhost,::1"),
        ("SSL_CERT_FILE", "/a sandbox/ca.pem"),
        ("REQUESTS_CA_BUNDLE", "/a sandbox/ca.pem"),
        ("CURL_CA_BUNDLE", "/a sandbox/ca.pem"),
        ("NODE_EXTRA_CA_CERTS", "/a sandbox/ca.pem"),
        ("ARM_TENANT_ID", "the tenant"),
        ("ARM_CLIENT_ID", DEPLOYER.client_id),
        ("ARM_CLIENT_SECRET", "the secret"),
        ("ARM_ENVIRONMENT", "china"),
        ("ARM_USE_CLI", "false"),
        ("AZURE_AUTHORITY_HOST", "https://login.partner.microsoftonline.cn"),
        ("AZURE_TENANT_ID", "the tenant"),
        ("AZURE_CLIENT_SECRET", "the secret"),
        ("ISE_INTUNE_ISE_USER", "ada"),
        ("ISE_INTUNE_ISE_PASSWORD", "the password"),
        ("ISE_INTUNE_SANDBOX", "/a sandbox"),
        ("TF_CLI_CONFIG_FILE", "/a sandbox/mirror-1.tfrc"),
        ("TERRAFORM_BINARY_NAME", "/a sandbox/bin/terraform"),
        ("CDKTF_OUTPUT", "/a sandbox/cdktf.out"),
        ("CDKTF_SKIP_PROVIDER_LOCK", "true"),
        ("CHECKPOINT_DISABLE", "1"),
    ],
)
def test_the_sandbox_gives_its_own_whatever_the_caller_had(name: str, value: str) -> None:
    assert environment({name: "the caller's"})[name] == value


def test_the_sandboxs_terraform_is_the_first_on_path_and_the_callers_programs_are_still_there() -> None:
    places = environment({"PATH": "/usr/local/bin:/bin"})["PATH"].split(os.pathsep)
    assert places[0] == "/a sandbox/bin"
    assert places[-2:] == ["/usr/local/bin", "/bin"]


@pytest.mark.parametrize(
    ("caller", "terminal", "plain"),
    [
        pytest.param({}, False, True, id="a pipe"),
        pytest.param({"NO_COLOR": "1"}, True, True, id="asked for"),
        pytest.param({"NO_COLOR": ""}, True, False, id="a terminal"),
    ],
)
def test_terraform_is_told_not_to_colour_what_nobody_sees_coloured(
    caller: dict[str, str], *, terminal: bool, plain: bool
) -> None:
    given = uncoloured(caller, terminal=terminal)
    assert (given.get("TF_CLI_ARGS_plan"), given.get("NO_COLOR")) == (("-no-color", "1") if plain else (None, None))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "sandbox"
    folder.mkdir()
    return folder


def configuration(place: Path) -> Path:
    place.mkdir(parents=True)
    (place / "main.tf").write_text('terraform {\n  backend "azurerm" {}\n}\n')
    return place


def local_backend(directory: Path) -> dict[str, str]:
    override = json.loads((directory / "backend_override.tf.json").read_text())
    backend: dict[str, str] = override["terraform"]["backend"]["local"]
    return backend


def test_a_stack_of_the_sandbox_is_run_where_it_is_with_a_state_of_its_name(folder: Path) -> None:
    stack = configuration(folder / "cdktf.out" / "stacks" / "production")
    call, data = prepared(Call(["plan", "-out", "plan"], stack), folder)
    assert call == Call(["plan", "-out", "plan"], stack)
    assert local_backend(stack)["path"] == str(folder / "state" / "production.tfstate")
    assert data == folder / "terraform" / "production"


def test_two_outputs_of_one_stack_share_the_state_and_not_where_providers_are_installed(folder: Path) -> None:
    """Two checkouts deploy at once: each installs its provider, and both are of one application."""
    stacks = [configuration(folder / "cdktf.out" / which / "stacks" / "production") for which in ("one", "other")]
    one, other = (prepared(Call(["init"], stack), folder)[1] for stack in stacks)
    assert one != other
    assert len({local_backend(stack)["path"] for stack in stacks}) == 1


def test_a_folder_elsewhere_is_left_as_it_was(folder: Path, tmp_path: Path) -> None:
    mine = configuration(tmp_path / "mine")
    (mine / ".terraform.lock.hcl").write_text("committed")
    (mine / ".terraform").mkdir()
    (mine / "terraform.tfstate").write_text("the real one")
    before = sorted(mine.iterdir())
    call, _ = prepared(Call(["init"], mine), folder)
    assert sorted(mine.iterdir()) == before
    assert (mine / ".terraform.lock.hcl").read_text() == "committed"
    assert sorted(entry.name for entry in call.directory.iterdir()) == ["backend_override.tf.json", "main.tf"]
    assert (call.directory / "main.tf").resolve() == mine / "main.tf"


def test_two_folders_of_one_name_have_two_states(folder: Path, tmp_path: Path) -> None:
    one, _ = prepared(Call(["plan"], configuration(tmp_path / "one" / "infra")), folder)
    other, _ = prepared(Call(["plan"], configuration(tmp_path / "other" / "infra")), folder)
    assert local_backend(one.directory)["path"] != local_backend(other.directory)["path"]


def test_a_file_that_is_gone_is_gone_the_next_time(folder: Path, tmp_path: Path) -> None:
    mine = configuration(tmp_path / "mine")
    (mine / "extra.tf").touch()
    prepared(Call(["plan"], mine), folder)
    (mine / "extra.tf").unlink()
    call, _ = prepared(Call(["plan"], mine), folder)
    assert not os.path.lexists(call.directory / "extra.tf")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["plan", "-out=p"], ["plan", "-out={}/p"]),
        (["plan", "-out", "p"], ["plan", "-out", "{}/p"]),
        (["plan", "--var-file", "a.tfvars"], ["plan", "--var-file", "{}/a.tfvars"]),
        (["plan", "-var-file=/abs/a.tfvars"], ["plan", "-var-file=/abs/a.tfvars"]),
        (["apply", "-auto-approve", "p"], ["apply", "-auto-approve", "{}/p"]),
        (["show", "-json", "p"], ["show", "-json", "{}/p"]),
        (["state", "show", "azuread_application.a"], ["state", "show", "azuread_application.a"]),
        (
            ["import", "azuread_application.a", "/applications/1"],
            ["import", "azuread_application.a", "/applications/1"],
        ),
    ],
)
def test_a_path_is_meant_from_where_the_caller_stands(
    folder: Path, tmp_path: Path, arguments: list[str], expected: list[str]
) -> None:
    mine = configuration(tmp_path / "mine")
    call, _ = prepared(Call(arguments, mine), folder)
    assert call.arguments == [argument.format(mine) for argument in expected]


def test_init_forgets_what_another_provider_locked(folder: Path) -> None:
    stack = configuration(folder / "cdktf.out" / "stacks" / "production")
    (stack / ".terraform.lock.hcl").touch()
    prepared(Call(["plan"], stack), folder)
    assert (stack / ".terraform.lock.hcl").exists()
    prepared(Call(["init"], stack), folder)
    assert not (stack / ".terraform.lock.hcl").exists()


def synthesized(folder: Path, backend: str) -> Path:
    stack = folder / "cdktf.out" / "stacks" / "production"
    stack.mkdir(parents=True, exist_ok=True)
    (stack / "cdk.tf.json").write_text(json.dumps({"terraform": {"backend": {backend: {}}}}))
    return stack


@pytest.mark.parametrize("backend", ["azurerm", "http", "pg"])
def test_the_declared_state_is_used_where_it_is_asked_for(folder: Path, backend: str) -> None:
    stack = synthesized(folder, backend)
    _, sandboxs = prepared(Call(["plan"], stack), folder)
    assert (stack / "backend_override.tf.json").exists()
    _, declared = prepared(Call(["plan"], stack), folder, declared=True)
    assert not (stack / "backend_override.tf.json").exists()
    assert sandboxs != declared, "Terraform keeps in there which backend it used"


@pytest.mark.parametrize("backend", ["local", "remote"])
def test_a_file_of_the_projects_and_hcp_terraform_are_never_used(folder: Path, backend: str) -> None:
    stack = synthesized(folder, backend)
    prepared(Call(["plan"], stack), folder, declared=True)
    assert local_backend(stack)["path"] == str(folder / "state" / "production.tfstate")


def test_the_declared_state_is_that_of_synthesized_stacks_alone(folder: Path, tmp_path: Path) -> None:
    call, _ = prepared(Call(["plan"], configuration(tmp_path / "mine")), folder, declared=True)
    assert (call.directory / "backend_override.tf.json").exists()


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("postgres://tf:pw@127.0.0.1:5432/state?sslmode=disable", True),
        ("postgresql://localhost/state", True),
        ("postgres://[::1]:5432/state?application_name=me&connect_timeout=5", True),
        ("postgres://db.example.net/state", False),
        ("postgres://127.0.0.1.example.net/state", False),
        ("postgres://127.0.0.1,db.example.net/state", False),
        ("postgres://127.0.0.1@db.example.net/state", False),
        ("postgres://127.0.0.1/state?host=db.example.net", False),
        ("postgres://127.0.0.1/state?hostaddr=192.0.2.1", False),
        ("postgres://127.0.0.1/state?service=production", False),
        ("postgres://[::1/state", False),
        ("postgres:///state", False),
        ("host=127.0.0.1 dbname=state", False),
        ("", False),
    ],
)
def test_a_postgresql_is_used_in_here_only_if_it_says_that_it_is_on_this_machine(address: str, *, inside: bool) -> None:
    assert is_on_loopback(address) == inside


def test_terraform_is_not_started_for_a_postgresql_elsewhere(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", before_terraform.__file__, "plan"],
        cwd=synthesized(folder, "pg"),
        env={
            "ISE_INTUNE_SANDBOX": str(folder),
            "ISE_INTUNE_SANDBOX_TERRAFORM": "/bin/true",
            "ISE_INTUNE_SANDBOX_STATE": "declared",
            "PG_CONN_STR": "postgres://tf:hunter2@db.example.net/state",
        },
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "names no PostgreSQL on loopback" in done.stderr
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize("arguments", [["version", "-json"], ["-v"], [], ["fmt"], ["-help"]])
def test_what_has_no_state_runs_as_it_is(tmp_path: Path, arguments: list[str]) -> None:
    assert not Call(arguments, configuration(tmp_path / "mine")).concerns_state()


def test_chdir_names_the_configuration(tmp_path: Path) -> None:
    mine = configuration(tmp_path / "mine")
    call = Call.parse([f"-chdir={mine}", "plan"])
    assert call == Call(["plan"], mine)
    assert call.concerns_state()


def test_it_becomes_terraform_with_its_exit_status(tmp_path: Path, folder: Path) -> None:
    mine = configuration(tmp_path / "mine")
    terraform = tmp_path / "a terraform"
    terraform.write_text('#!/bin/sh\necho "$TF_DATA_DIR $*"\nexit 42\n')
    terraform.chmod(0o755)
    variables = {
        "ISE_INTUNE_SANDBOX": str(folder),
        "ISE_INTUNE_SANDBOX_TERRAFORM": str(terraform),
        "ISE_INTUNE_SANDBOX_PROVIDER": "mirror-1",
    }
    done = subprocess.run(
        [sys.executable, "-I", "-S", before_terraform.__file__, "plan"],
        cwd=mine,
        env=variables,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 42
    data, chdir, command = done.stdout.split()
    assert data.startswith(str(folder / "terraform" / "mine-"))
    assert data.endswith("-mirror-1")
    assert chdir.startswith(f"-chdir={folder}/links/mine-")
    assert command == "plan"


def test_without_a_terraform_it_says_so(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", before_terraform.__file__, "version"],
        env={"ISE_INTUNE_SANDBOX": str(folder)},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "no Terraform was found on PATH" in done.stderr
