"""The stand-in runs in a sandbox of this machine only, and signs in there as the real provider would."""

from __future__ import annotations

import os
import platform
import ssl
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from sandbox.provider import mirror
from sandbox.provider.connection import Connections
from sandbox.provider.guard import OutsideSandboxError, Surroundings, find_sandbox
from sandbox.provider.problems import Refused
from sandbox.provider.sign_in import Settings, fetch_token, read_settings
from tests.asking_graph import TENANT, Graph, filled_world
from tests.sandboxes import served
from tests.stand_in import Wire

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SIGN_IN = {"ARM_TENANT_ID": TENANT, "ARM_CLIENT_ID": "client"}
SECRET = {**SIGN_IN, "ARM_CLIENT_SECRET": "secret"}


# -- where it runs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ca.pem").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("proxy", "host"), [("http://127.0.0.1:8443", "127.0.0.1"), ("http://[::1]:8443", "::1")], ids=["IPv4", "IPv6"]
)
def test_a_sandbox_is_a_folder_with_an_authority_and_a_proxy_on_loopback(folder: Path, proxy: str, host: str) -> None:
    found = find_sandbox({"ISE_INTUNE_SANDBOX": str(folder), "HTTPS_PROXY": proxy})
    assert found == Surroundings(folder / "ca.pem", host, 8443)


@pytest.mark.parametrize(
    "proxy",
    [
        "",
        "http://127.0.0.1",
        "https://127.0.0.1:8443",
        "http://proxy.example.net:8443",
        "http://localhost:8443",
        "http://10.0.0.1:8443",
        "http://127.0.0.1.example.net:8443",
        "http://127.0.0.1@10.0.0.1:8443",
        "http://127.0.0.1:99999",
        "127.0.0.1:8443",
    ],
)
def test_any_other_way_out_is_refused(folder: Path, proxy: str) -> None:
    with pytest.raises(OutsideSandboxError, match=r"HTTPS_PROXY is not .*ise-intune sandbox run"):
        find_sandbox({"ISE_INTUNE_SANDBOX": str(folder), "HTTPS_PROXY": proxy})


@pytest.mark.parametrize("named", [False, True], ids=["unnamed", "without an authority"])
def test_without_a_sandbox_it_is_refused(tmp_path: Path, *, named: bool) -> None:
    environment = {"HTTPS_PROXY": "http://127.0.0.1:8443"} | ({"ISE_INTUNE_SANDBOX": str(tmp_path)} if named else {})
    with pytest.raises(OutsideSandboxError, match="ISE_INTUNE_SANDBOX"):
        find_sandbox(environment)


def test_only_the_sandboxs_authority_is_trusted(tmp_path: Path) -> None:
    with served(tmp_path / "one") as (one, endpoint), served(tmp_path / "other", new=True) as (other, _):
        url = f"https://login.microsoftonline.com/{TENANT}/v2.0/.well-known/openid-configuration"
        with closing(Connections(Surroundings(one.ca, "127.0.0.1", endpoint.proxy_port))) as ours:
            assert ours.send("GET", url, {}).status == 200
            assert ours.send("GET", url, {}).status == 200
            with pytest.raises(OSError, match="Tunnel connection failed"):
                ours.send("GET", "https://example.net/", {})
        theirs = Connections(Surroundings(other.ca, "127.0.0.1", endpoint.proxy_port))
        with closing(theirs), pytest.raises(ssl.SSLCertVerificationError):
            theirs.send("GET", url, {})


# -- whom it signs in as


def test_the_provider_block_goes_before_the_environment() -> None:
    settings = read_settings({"tenant_id": "of the block", "client_secret": None}, SECRET)
    assert (settings.tenant_id, settings.client_id, settings.client_secret) == ("of the block", "client", "secret")


@pytest.mark.parametrize(
    ("environment", "login", "graph"),
    [
        (None, "login.microsoftonline.com", "https://graph.microsoft.com"),
        ("public", "login.microsoftonline.com", "https://graph.microsoft.com"),
        ("usgovernmentl4", "login.microsoftonline.us", "https://graph.microsoft.us"),
        ("usgovernmentl5", "login.microsoftonline.us", "https://dod-graph.microsoft.us"),
        ("china", "login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn"),
    ],
)
def test_each_cloud_has_its_hosts(environment: str | None, login: str, graph: str) -> None:
    settings = read_settings({"environment": environment}, SECRET)
    assert (settings.login_host, settings.graph) == (login, graph)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        pytest.param({"ARM_CLIENT_SECRET": "secret"}, "ARM_TENANT_ID and ARM_CLIENT_ID", id="nobody"),
        pytest.param(SIGN_IN, "no way to sign in", id="no proof"),
        pytest.param({**SIGN_IN, "ARM_OIDC_TOKEN": "token"}, "no way to sign in", id="OIDC not asked for"),
        pytest.param({**SECRET, "ARM_ENVIRONMENT": "moon"}, "'moon' is not one of", id="an unknown cloud"),
        pytest.param(
            {**SIGN_IN, "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN_FILE_PATH": "nowhere"}, "reading nowhere", id="no file"
        ),
    ],
)
def test_who_cannot_sign_in_is_told_why(environment: Mapping[str, str], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        read_settings({}, environment)


def test_an_assertion_comes_from_a_variable_a_file_or_a_request(tmp_path: Path) -> None:
    oidc = {**SIGN_IN, "ARM_USE_OIDC": "true"}
    (tmp_path / "token").write_text("of the file\n")
    in_variable = read_settings({}, {**oidc, "ARM_OIDC_TOKEN": "of the variable"})
    in_file = read_settings({}, {**oidc, "ARM_OIDC_TOKEN_FILE_PATH": str(tmp_path / "token")})
    requested = read_settings({}, {**oidc, "ARM_OIDC_REQUEST_URL": "https://a.test/", "ARM_OIDC_REQUEST_TOKEN": "t"})
    assert (in_variable.oidc_token, in_file.oidc_token) == ("of the variable", "of the file")
    assert (requested.oidc_request_url, requested.oidc_request_token) == ("https://a.test/", "t")


def test_a_refused_sign_in_says_what_entra_said(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    wire = Wire(Graph(filled_world(tmp_path, tmp_path_factory)).services)
    settings = read_settings({}, SECRET)
    with pytest.raises(Refused, match=r"unable to obtain access token.*HTTP status 400.*AADSTS700016"):
        fetch_token(settings, wire)  # type: ignore[arg-type]  # what it uses of connections
    assert "secret" not in repr(Settings("t", "c", "l", "g", client_secret="secret"))


# -- where Terraform finds it


@pytest.mark.parametrize(
    ("system", "machine", "target"),
    [("Linux", "x86_64", "linux_amd64"), ("Linux", "aarch64", "linux_arm64"), ("Darwin", "arm64", "darwin_arm64")],
)
def test_the_mirror_is_laid_out_for_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, system: str, machine: str, target: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    folder = mirror.install_mirror(tmp_path / "a mirror")
    source = folder / "registry.terraform.io" / "hashicorp" / "azuread" / "3.7.0" / target
    executable = source / "terraform-provider-azuread_v3.7.0"
    assert os.access(executable, os.X_OK)
    before = executable.stat().st_mtime_ns
    mirror.install_mirror(folder)
    assert executable.stat().st_mtime_ns == before


def test_started_by_hand_it_says_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where Python lies at a path with a space, and modules in the working folder have the names of its own."""
    program = tmp_path / "a folder" / "python"
    program.parent.mkdir()
    program.symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(program))
    folder = mirror.install_mirror(tmp_path / "mirror")
    (executable,) = folder.rglob("terraform-provider-*")
    (tmp_path / "sandbox.py").write_text("raise SystemExit(99)")
    outcome = subprocess.run([executable], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert outcome.returncode == 1
    assert outcome.stderr == "This is a Terraform provider for the sandbox of ise-intune; Terraform starts it.\n"


def test_it_ends_with_a_terraform_that_was_killed(tmp_path: Path) -> None:
    (executable,) = mirror.install_mirror(tmp_path).rglob("terraform-provider-*")
    # The provider holds its parent's stderr, which ends when the last that holds it does.
    parent = "import subprocess, sys; p = subprocess.Popen(sys.argv[1:], stdout=-1); print(p.stdout.read(4))"
    outcome = subprocess.run(
        [sys.executable, "-c", parent, str(executable)],
        env={**os.environ, "TF_PLUGIN_MAGIC_COOKIE": "x"},
        capture_output=True,
        timeout=30,
        check=True,
    )
    assert outcome.stdout == b"b'1|6|'\n"
