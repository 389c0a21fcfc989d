"""What a command inside the sandbox sees: the caller's environment without its cloud, with the sandbox's.

Everything a program could sign in with, be led elsewhere by, or trust is taken away first and then given anew.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bootstrap.environment import tool_variables
from bootstrap.layout import Layout
from sandbox.before_terraform import DECLARED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from helpers.clouds import Cloud
    from sandbox.endpoint import Endpoint
    from sandbox.folder import SandboxFolder
    from sandbox.identities import Pipeline

# Names of variables, in any case, that sign in, lead elsewhere or are trusted; each part with whom it belongs to.
_TAKEN_AWAY = re.compile(
    r"""
    (ARM|AZURE|MSAL|TF|CDKTF)_.*            # Terraform's providers and backends, Azure's SDKs, Terraform, cdktf
    | .*_PROXY                              # everybody; npm's npm_config_https_proxy too
    | TERRAFORM_(CONFIG|BINARY_NAME)        # Terraform's older name of TF_CLI_CONFIG_FILE; cdktf
    | ACTIONS_ID_TOKEN_REQUEST_(URL|TOKEN)  # GitHub's identity of a job, as azuread and azurerm take it
    | SYSTEM_(OIDCREQUESTURI|ACCESSTOKEN)   # the same of Azure DevOps
    | (IDENTITY|MSI|IMDS)_(ENDPOINT|HEADER|SECRET|SERVER_THUMBPRINT)  # managed identities
    | SSL_CERT_(FILE|DIR) | REQUESTS_CA_BUNDLE | CURL_CA_BUNDLE | NODE_EXTRA_CA_CERTS
    | NODE_TLS_REJECT_UNAUTHORIZED | PYTHONHTTPSVERIFY
    | PG(_CONN_STR|[A-Z]+)                  # PostgreSQL's clients, Terraform's backend among them
    | ISE_INTUNE_(SANDBOX.*|ISE_USER|ISE_PASSWORD)  # this project's own, of a sandbox around this one
    """,
    re.IGNORECASE | re.VERBOSE,
)
_COLOURED = ("apply", "destroy", "init", "plan", "refresh", "show", "validate")
_LOOPBACK = "127.0.0.1,localhost,::1"
_LAYOUT = Layout(Path(__file__).resolve().parent.parent)


@dataclass(frozen=True)
class SignIn:
    """Whom the command is signed in as: a pipeline in a tenant of a cloud, and ISE's API account."""

    pipeline: Pipeline
    tenant_id: str
    cloud: Cloud
    client_secret: str
    ise_user: str
    ise_password: str


@dataclass(frozen=True)
class Programs:
    """What the command runs on. `terraform` is None where this machine has none; `provider` names its files.

    `postgresql` is the address of the one on this machine in which declared state is kept, where that is asked for.
    """

    terraform: Path | None
    provider: str
    cli_config: Path
    declared_state: bool = False
    postgresql: str = ""


def is_taken_away(name: str) -> bool:
    """Say whether a variable of the caller's has no business inside the sandbox."""
    return _TAKEN_AWAY.fullmatch(name) is not None


def inside(
    caller: Mapping[str, str], *, folder: SandboxFolder, endpoint: Endpoint, sign_in: SignIn, programs: Programs
) -> dict[str, str]:
    """Return the whole environment of a command inside the sandbox."""
    kept = {name: value for name, value in caller.items() if not is_taken_away(name)}
    return kept | dict(given(caller, folder=folder, endpoint=endpoint, sign_in=sign_in, programs=programs))


def given(
    caller: Mapping[str, str], *, folder: SandboxFolder, endpoint: Endpoint, sign_in: SignIn, programs: Programs
) -> Iterator[tuple[str, str]]:
    """Yield only what the sandbox sets."""
    yield from _tools()
    yield "ISE_INTUNE_SANDBOX", str(folder.path)
    yield from _way_out(endpoint)
    yield from _trust(folder)
    yield from _credentials(folder, sign_in)
    yield from _terraform(programs)
    yield from _cdktf(folder)
    yield "PATH", _path(caller, folder)


def uncoloured(caller: Mapping[str, str], *, terminal: bool) -> dict[str, str]:
    """Return what keeps Terraform's colours out of a pipe, and away from who set NO_COLOR.

    cdktf runs Terraform at a terminal of its own, so Terraform cannot see it. A subcommand without colours would refuse
    the option, hence one variable for each that has them.
    """
    if terminal and not caller.get("NO_COLOR"):
        return {}
    return {"NO_COLOR": "1", **{f"TF_CLI_ARGS_{subcommand}": "-no-color" for subcommand in _COLOURED}}


def _way_out(endpoint: Endpoint) -> Iterator[tuple[str, str]]:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        yield name, endpoint.proxy_url
        yield name.lower(), endpoint.proxy_url
    # Programs of one command talk to each other on loopback: jsii, Terraform's plugins, a test's own servers.
    yield "NO_PROXY", _LOOPBACK
    yield "no_proxy", _LOOPBACK


def _trust(folder: SandboxFolder) -> Iterator[tuple[str, str]]:
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        yield name, str(folder.ca)


def _credentials(folder: SandboxFolder, sign_in: SignIn) -> Iterator[tuple[str, str]]:
    for owner in ("ARM", "AZURE"):
        yield f"{owner}_TENANT_ID", sign_in.tenant_id
        yield f"{owner}_CLIENT_ID", sign_in.pipeline.client_id
        yield f"{owner}_CLIENT_SECRET", sign_in.client_secret
    # What asks without naming a cloud asks the tenant's: azuread, and azure-identity (which reads no cloud's name).
    yield "ARM_ENVIRONMENT", sign_in.cloud.terraform_environment
    yield "AZURE_AUTHORITY_HOST", f"https://{sign_in.cloud.login_host}"
    # The caller's own sign-in with Azure's command line must not be found.
    yield "ARM_USE_CLI", "false"
    yield "AZURE_CONFIG_DIR", str(folder.path / "azure")
    yield "ISE_INTUNE_ISE_USER", sign_in.ise_user
    yield "ISE_INTUNE_ISE_PASSWORD", sign_in.ise_password


def _terraform(programs: Programs) -> Iterator[tuple[str, str]]:
    yield "TF_CLI_CONFIG_FILE", str(programs.cli_config)
    yield "TF_IN_AUTOMATION", "1"
    # Read by the program that stands before Terraform (sandbox/before_terraform.py).
    yield "ISE_INTUNE_SANDBOX_PROVIDER", programs.provider
    if programs.declared_state:
        yield "ISE_INTUNE_SANDBOX_STATE", DECLARED
    if programs.postgresql:
        yield "PG_CONN_STR", programs.postgresql
    if programs.terraform is not None:
        yield "ISE_INTUNE_SANDBOX_TERRAFORM", str(programs.terraform)


def _cdktf(folder: SandboxFolder) -> Iterator[tuple[str, str]]:
    """Yield what cdktf reads: every option of its own also is a variable, CDKTF_ and the option's name."""
    yield "CI", "1"
    yield "TERRAFORM_BINARY_NAME", str(folder.programs / "terraform")
    # The first is for cdktf, the second for a program that is synthesized without it.
    yield "CDKTF_OUTPUT", str(folder.output)
    yield "CDKTF_OUTDIR", str(folder.output)
    # `terraform providers lock` asks the registry, and a mirror's checksums are not the registry's.
    yield "CDKTF_SKIP_PROVIDER_LOCK", "true"
    # A cache by name and version cannot tell a stand-in from the real one.
    yield "CDKTF_DISABLE_PLUGIN_CACHE_ENV", "1"


def _tools() -> Iterator[tuple[str, str]]:
    for name, value in tool_variables(_LAYOUT).items():
        if name != "JSII_NODE" or _LAYOUT.node.exists():
            yield name, value


def _path(caller: Mapping[str, str], folder: SandboxFolder) -> str:
    first = (folder.programs, _LAYOUT.scripts, _LAYOUT.node_modules / ".bin")
    return os.pathsep.join([*map(str, first), caller.get("PATH", os.defpath)])
