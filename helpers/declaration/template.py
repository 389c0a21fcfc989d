"""The commented environment file that `ise-intune new` writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from helpers.declaration.forms import FILL_IN
from helpers.declaration.writing import scalar_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEMPLATE = """\
# yaml-language-server: $schema=environment.schema.json
#
# One Cisco ISE deployment and its application in Entra. The file's name is the stack's name: renaming it later leaves
# a live application behind. `ise-intune check {name}` judges this file. Nothing in this folder is secret.
schema: 1
tenant_id: {tenant_id} # Entra > Overview
cloud: {cloud} # global, usgovernmentl4, usgovernmentl5 or china
deployer: {deployer} # object id of the pipeline's service principal, not its client id

application:
  display_name: {display_name}
  owners: [] # object ids of further owners; an owner can add a certificate and so become ISE

permissions:
  profile: {profile} # minimal is what every ISE that works today needs
  extra: [] # beyond it: {{api, permission, type, reason}}
  # manual: an administrator opens admin_consent_url once, after the first deploy.
  # terraform: the pipeline grants, and then could grant anything to anyone.
  admin_consent: {admin_consent}

ise:
  release: "{release}" # release and patch as ISE's About page shows them
  patch: {patch}
{ise_api}
# The certificates ISE's nodes sign in with, by the node's name. In ISE: Administration > System > Certificates, the
# node's Admin certificate, Export Certificate Only. `ise-intune certificate show FILE` shows what is in one.
certificates:
{certificates}

{state}
"""

# What each backend cannot do without, and a comment on it. Secrets come from the environment, never from here.
_STATE_COMMENTS: Mapping[str, str] = MappingProxyType(
    {
        "local": "# A file on this machine: for trying things. azurerm, pg, http or remote where others deploy too.",
        "azurerm": "# A blob in an Azure storage account. Sign-in is Entra's: no account key is needed.",
        "pg": "# PostgreSQL. Set PG_CONN_STR in the pipeline's environment.",
        "http": "# An HTTP server such as GitLab's. Set TF_HTTP_USERNAME and TF_HTTP_PASSWORD for the pipeline.",
        "remote": "# HCP Terraform. Set TF_TOKEN_app_terraform_io in the pipeline's environment.",
    }
)
STATE_REQUIRED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "local": (),
        "azurerm": ("storage_account_name", "container_name"),
        "pg": (),
        "http": ("address", "lock_address", "unlock_address"),
        "remote": ("organization",),
    }
)


@dataclass(frozen=True)
class NewEnvironment:
    """What goes into a new file; `certificates` are paths by entry name, `state_settings` stand beside `backend`."""

    name: str
    tenant_id: str
    deployer: str
    display_name: str
    certificates: Mapping[str, str]
    cloud: str = "global"
    profile: str = "minimal"
    admin_consent: str = "manual"
    release: str = "3.3"
    patch: int = 4
    ise_api: str = ""
    backend: str = "local"
    state_settings: Mapping[str, str] = field(default_factory=dict)


def environment_text(new: NewEnvironment) -> str:
    """Return the text of a new environment file. Every text in it reads back as exactly that text."""
    return _TEMPLATE.format(
        name=new.name,
        tenant_id=new.tenant_id,
        cloud=new.cloud,
        deployer=new.deployer,
        display_name=scalar_text(new.display_name),
        profile=new.profile,
        admin_consent=new.admin_consent,
        release=new.release,
        patch=new.patch,
        ise_api=f"  api: {scalar_text(new.ise_api)} # where certificates are fetched from\n" if new.ise_api else "",
        certificates="\n".join(_pair(entry, path) for entry, path in new.certificates.items()),
        state="\n".join(_state_lines(new)),
    )


def _pair(key: str, value: str) -> str:
    return f"  {scalar_text(key)}: {scalar_text(value)}"


def _state_lines(new: NewEnvironment) -> list[str]:
    settings = {**dict.fromkeys(STATE_REQUIRED[new.backend], FILL_IN), **new.state_settings}
    lines = [f"  {scalar_text(key)}: {_setting(value)}" for key, value in settings.items()]
    return [_STATE_COMMENTS[new.backend], "state:", f"  backend: {new.backend}", *lines]


def _setting(value: str) -> str:
    return value if value in {"true", "false", FILL_IN} else scalar_text(value)
